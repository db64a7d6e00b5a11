"""The links of a build are those of a run over the whole store, however its aid is cut into parts."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from levier.build import BuildReport, sample
from levier.build.links import Slice, parts
from levier.graph import Snapshots
from levier.linking import ALIGNMENT_GRAPH, link
from levier.linking.decisions import decisions_file, keep
from levier.linking.model import Decision
from levier.settings import Settings

Make = Callable[..., BuildReport]


def lines(number: int, size: int) -> bytes:
    """Lines about an activity and a node of it, and one about an activity that is a copy elsewhere."""
    activity = f"<https://w3id.org/levier/id/activity/R/{number}"
    about = [f'{activity}> <p> "x" <g> .\n', *(f'{activity}/budget/{node}> <p> "x" <g> .\n' for node in range(size))]
    return "".join(about).encode()


def test_parts_are_whole_activities_and_together_everything(tmp_path: Path) -> None:
    big, small, empty = tmp_path / "big", tmp_path / "small", tmp_path / "empty"
    each = [lines(number, number % 7) for number in range(40)]
    big.write_bytes(b"".join(each))
    small.write_bytes(lines(99, 1))
    empty.write_bytes(b"")
    found = list(parts([(big, empty), (empty, empty), (small, empty)], size=300))
    starts = {sum(map(len, each[:number])) for number in range(41)}
    cuts = [one for part in found for one in part]

    assert len(found) > 5
    assert {one.start for one in cuts if one.path == big} <= starts
    assert (len(big.read_bytes()), len(small.read_bytes())) == (
        sum(one.length for one in cuts if one.path == big),
        sum(one.length for one in cuts if one.path == small),
    )
    assert all(before.start + before.length == after.start for before, after in pairs(cuts, big))


def pairs(cuts: list[Slice], path: Path) -> list[tuple[Slice, Slice]]:
    of_path = [one for one in cuts if one.path == path]
    return list(pairwise(of_path))


def test_no_aid_is_one_empty_part(tmp_path: Path) -> None:
    assert [()] == list(parts([]))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_build_finds_the_links_that_a_run_over_its_store_finds(
    make: Make, settings: Settings, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    monkeypatch.setattr("levier.build.links.parts", lambda files: parts(files, size=20_000))
    report = make(sample(), jobs=jobs)
    store = Snapshots(settings.store).open()
    again: list[bytes] = []
    other = link(store, settings, again.append)
    run = "/run/link-"
    written = {line for line in store.dump(ALIGNMENT_GRAPH).decode().splitlines() if run not in line}
    found = {line for line in b"".join(again).decode().splitlines() if run not in line}

    assert (found, True) == (written, len(found) > 100)
    assert (other.activities, other.linked, other.weak, other.alignments, other.per_element) == (
        report.links.activities,
        report.links.linked,
        report.links.weak,
        report.links.alignments,
        report.links.per_element,
    )
    assert list(store.select("SELECT ?r { GRAPH graph:alignment { ?r a prov:Activity ; prov:endedAtTime ?t } }"))


def test_a_decision_of_a_person_survives_every_rebuild(make: Make, settings: Settings) -> None:
    make(sample())
    query = "SELECT ?a ?e { ?a levier:contributesTo ?e } ORDER BY ?a ?e LIMIT 1"
    (row,) = Snapshots(settings.store).open().select(query)
    activity, element = row["a"].value, row["e"].value
    keep(decisions_file(settings), [Decision(activity, element, False, "Ann", datetime(2026, 3, 1, tzinfo=UTC), "No")])
    for _ in range(2):
        make(sample())
        store = Snapshots(settings.store).open()
        still = list(store.select(f"SELECT ?x {{ <{activity}> levier:contributesTo <{element}> ; ?p ?x }}"))
        decided = f"SELECT ?x {{ ?x levier:alignedActivity <{activity}> ; levier:decidedAs levier:Rejected }}"

        assert ([], 1) == (still, len(list(store.select(decided))))
