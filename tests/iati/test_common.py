"""Nodes that the records of a dataset have in common: one per distinct content, whoever leads to it."""

from collections.abc import Iterator

import pytest
from tests.iati.conftest import ACTIVITY, Convert, Result

from levier.iati.containers import Element
from levier.iati.nodes import Dated, Shared
from levier.iati.plan import plan
from levier.terms import COMMON, ID

SECTOR = '<sector vocabulary="1" code="12220" percentage="50"><narrative xml:lang="en">Health</narrative></sector>'
OTHER = f"{ID}activity/BE-1/BE-1-B"


def activity(identifier: str, content: str) -> str:
    start = f"<iati-activity><iati-identifier>{identifier}</iati-identifier>"
    return f'{start}<reporting-org ref="BE-1" type="10"/>{content}</iati-activity>\n'


def file(*activities: str) -> str:
    return f'<iati-activities version="2.03">{"".join(activities)}</iati-activities>'


def sectors(result: Result, one: str = ACTIVITY) -> list[str]:
    return result.values("iati:sector", activity=one)


def test_the_same_content_is_one_node_for_all_activities_and_transactions(convert: Convert) -> None:
    result = convert(file(activity("BE-1-A", SECTOR), activity("BE-1-B", f"<transaction>{SECTOR}</transaction>")))

    assert sectors(result) == result.values("iati:sector", "transaction/1", OTHER)
    assert 1 == result.count("iati:percentage") == result.count("iati:narrative")
    assert 2 == result.count("iati:reportingOrg")
    assert 1 == result.count("iati:organisation")


def test_how_the_xml_is_written_makes_no_other_node(convert: Convert) -> None:
    turned = (
        "<sector percentage='50' code=' 12220' vocabulary='1'>\n <narrative xml:lang='en'> Health </narrative></sector>"
    )
    result = convert(file(activity("BE-1-A", SECTOR), activity("BE-1-B", turned)))

    assert sectors(result) == sectors(result, OTHER)
    assert len(set(result.lines.splitlines())) == len(result.lines.splitlines())


@pytest.mark.parametrize(
    ("was", "other"),
    [("12220", "12230"), ('"50"', '"51"'), ('vocabulary="1"', 'vocabulary="2"'), ("Health", "Santé"), ('"en"', '"fr"')],
)
def test_other_content_is_another_node(convert: Convert, was: str, other: str) -> None:
    result = convert(file(activity("BE-1-A", SECTOR), activity("BE-1-B", SECTOR.replace(was, other))))

    assert sectors(result) != sectors(result, OTHER)


def test_a_node_keeps_its_name_when_another_activity_comes_before(convert: Convert) -> None:
    before = convert(file(activity("BE-1-A", SECTOR)))
    after = convert(file(activity("BE-1-B", '<sector code="1"/>'), activity("BE-1-A", '<tag code="2"/>' + SECTOR)))

    assert sectors(before) == sectors(after)
    assert sectors(before)[0].startswith(COMMON.removeprefix(ID) + "test/sector/")


def test_what_one_element_has_twice_is_two_nodes_and_the_same_two_elsewhere(convert: Convert) -> None:
    result = convert(file(activity("BE-1-A", SECTOR * 2), activity("BE-1-B", SECTOR * 3)))
    two, three = sectors(result), sectors(result, OTHER)

    assert (2, 3) == (len(two), len(three))
    assert set(two) < set(three)
    assert 3 == result.count("iati:percentage")


def test_what_names_an_activity_is_of_the_record(convert: Convert) -> None:
    named = '<transaction><provider-org ref="BE-2" provider-activity-id="BE-2-X"/></transaction>'
    result = convert(file(activity("BE-1-A", named * 2), activity("BE-1-B", named)))
    first, second, other = (
        result.values("iati:providerOrg", "transaction/1"),
        result.values("iati:providerOrg", "transaction/2"),
        result.values("iati:providerOrg", "transaction/1", OTHER),
    )

    assert first == second == ["activity/BE-1/BE-1-A/org/1"]
    assert other == ["activity/BE-1/BE-1-B/org/1"]


def test_where_they_are_too_many_to_be_remembered_they_are_said_again(
    convert: Convert, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = file(*(activity(f"BE-1-{n}", f'<sector code="{n % 7}"/>{SECTOR}') for n in range(40)))
    whole = convert(content)
    monkeypatch.setattr("levier.iati.sink._REMEMBERED", 3)
    monkeypatch.setattr("levier.iati.sink._STATED", 5)
    monkeypatch.setattr("levier.iati.nodes._REMEMBERED", 2)
    bounded = convert(content)

    assert set(whole.store) == set(bounded.store)
    assert len(bounded.lines) > len(whole.lines)


def nodes(element: Element) -> Iterator[Shared]:
    for child in element.children.values():
        below = child.node if isinstance(child, Dated) else child
        if isinstance(below, Shared):
            yield below
        yield from nodes(below)


@pytest.mark.parametrize("record", ["iati-activity", "iati-organisation"])
def test_nothing_below_a_node_in_common_is_a_node_or_depends_on_more_than_its_xml(record: str) -> None:
    shared = list(nodes(plan(record)))

    assert len(shared) >= 5
    assert [] == [one.path for one in shared if not one.flat]
