"""What is said of nodes in common is found in the file of their lines, however many they are."""

import io

import pytest

from levier.linking.common import Common
from levier.linking.lines import LineReader
from levier.terms import COMMON, IATI, RDF

GRAPH = "<https://w3id.org/levier/graph/aid/d>"


def lines(number: int, name: str = "sector") -> str:
    node = f"<{COMMON}d/{name}/{number}>"
    return (
        f"{node} <{RDF}type> <{IATI}SectorAllocation> {GRAPH} .\n"
        f'{node} <{IATI}codeText> "{number} <{COMMON}d/sector/1> é" {GRAPH} .\n'
        f"{node} <{IATI}percentage> {number} {GRAPH} .\n"
    )


def common(text: str) -> Common:
    reader = LineReader([IATI + "sector"])
    return Common(io.BytesIO(text.encode()), reader.of_node)


@pytest.mark.parametrize("block", [1, 100, 1_000_000])
def test_each_node_is_found_whatever_the_blocks(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr("levier.linking.common._BLOCK", block)
    found = common("".join(map(lines, range(50))))

    for number in reversed(range(50)):
        stated = found.get(f"{COMMON}d/sector/{number}")
        assert stated
        assert [f"{number} <{COMMON}d/sector/1> é"] == [value.value for value in stated[IATI + "codeText"]]


def test_what_is_not_there_is_none_and_a_longer_name_is_another() -> None:
    found = common(lines(1) + lines(11))

    assert found.get(f"{COMMON}d/sector/2") is None
    assert found.get(f"{COMMON}d/sector/111") is None
    assert found.get(f"{COMMON}d/sector/1") != found.get(f"{COMMON}d/sector/11")
    assert common("").get(f"{COMMON}d/sector/1") is None


def test_nodes_of_the_same_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("levier.linking.common.hash", lambda _: 7, raising=False)
    found = common("".join(map(lines, range(5))))

    assert [f"{n} <{COMMON}d/sector/1> é" for n in range(5)] == [
        stated[IATI + "codeText"][0].value for n in range(5) if (stated := found.get(f"{COMMON}d/sector/{n}"))
    ]
