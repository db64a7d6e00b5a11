"""A node that several activities have in common is found wrong in each of them, in its own place."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import SH
from tests.coherence.conftest import ACTIVITY
from tests.coherence.test_corpus import only

from levier.build import Plan, build
from levier.coherence import (
    FORMATS,
    Checked,
    Finding,
    Outcome,
    Saying,
    Severity,
    Terms,
    check_files,
    check_snapshot,
    engine,
    placed,
    settle,
)
from levier.coherence.configuration import Configuration
from levier.coherence.places import located
from levier.graph import Snapshots
from levier.iati import sources
from levier.settings import Settings
from levier.terms import COMMON, IATI, ID, LEVIER, activity_iri, copy_iri

CATALOGUE = only({"AID-018", "AID-021"})
"""A rule for nodes of a class, and one for whatever has a property."""
COPY = copy_iri("b", 1)
HEAD, _, REST = ACTIVITY.partition("  <iati-activity ")
ONE = "  <iati-activity " + REST.partition("</iati-activities>")[0].replace('percentage="60"', 'percentage="160"')
WITHDRAWN = '<sector code="74010" percentage="20"/>'
each_engine = pytest.mark.parametrize("name", ["fast", "pyshacl"])


def iri(number: int) -> str:
    return activity_iri("XM-DAC-2-10", f"XM-DAC-2-10-{number}")


def written(path: Path, *numbers: int, text: str = ONE) -> Path:
    """Write activities of these numbers that share a sector of 160 % and a withdrawn one."""
    body = "".join(text.replace("XM-DAC-2-10-1<", f"XM-DAC-2-10-{number}<") for number in numbers)
    path.write_text(f"{HEAD}{body}</iati-activities>", encoding="utf-8")
    return path


def checked(*files: Path, name: str = "fast") -> Checked:
    return check_files(files, engine(name), CATALOGUE)


def terms(**given: object) -> Terms:
    return Terms(CATALOGUE, **{"configuration": Configuration(), **given})  # type: ignore[arg-type]


def snapshot_of(folder: Path, *files: Path, name: str = "fast") -> Checked:
    build(Settings(store=folder / "store"), Plan(sources(files), data=[]))
    return check_snapshot(Snapshots(folder / "store").open(), engine(name), CATALOGUE)


def places(of: Checked, findings: Sequence[Finding] | None = None) -> list[tuple[str, str, str, int | None]]:
    """Give rule, number of the activity or the whole IRI of what else is meant, file and line."""
    assert of.store
    found = located(of.findings if findings is None else findings, of.store, of.files)
    return sorted(
        (one.rule.id, one.about.removeprefix(iri(0)[:-1]), Path(one.place.file).name, one.place.line)
        for one in found
        if one.place
    )


TWO = [
    ("AID-018", "1", "a.xml", 10),
    ("AID-018", "2", "a.xml", 25),
    ("AID-021", "1", "a.xml", 11),
    ("AID-021", "2", "a.xml", 26),
]


@each_engine
def test_what_two_activities_say_alike_is_found_in_both(tmp_path: Path, name: str) -> None:
    found = checked(written(tmp_path / "a.xml", 1, 2), name=name)
    nodes = {one.focus for one in found.findings}

    assert 2 == len(nodes)
    assert all(node.startswith(COMMON) for node in nodes)
    assert TWO == places(found)


@each_engine
def test_it_is_the_same_in_a_snapshot(tmp_path: Path, name: str) -> None:
    assert TWO == places(snapshot_of(tmp_path, written(tmp_path / "a.xml", 1, 2), name=name))


def test_a_copy_gives_what_it_gave_when_its_nodes_were_its_own(tmp_path: Path) -> None:
    """Nothing inside a copy has a class, so a percentage is looked at in the activity alone."""
    first, second = written(tmp_path / "a.xml", 1), written(tmp_path / "b.xml", 1)
    found = snapshot_of(tmp_path, first, second)

    assert [("AID-018", "1", "a.xml", 10), ("AID-021", "1", "a.xml", 11), ("AID-021", COPY, "b.xml", 11)] == places(
        found
    )


def test_what_only_a_copy_says_is_not_found_by_a_class(tmp_path: Path) -> None:
    right = ONE.replace('percentage="160"', 'percentage="80"')
    found = snapshot_of(tmp_path, written(tmp_path / "a.xml", 1, text=right), written(tmp_path / "b.xml", 1))

    assert {"AID-021"} == {rule for rule, *_ in places(found)}


def test_a_node_that_nothing_leads_to_is_found_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    node = f"{COMMON}a/sector/1"
    path.write_text(f"<{node}> a <{IATI}SectorAllocation> ; <{IATI}percentage> 160.0 .", encoding="utf-8")

    assert [("AID-018", node, "a.ttl", 1)] == places(checked(path))


def test_in_one_activity_it_is_found_in_each_element_but_once_in_all_payments(tmp_path: Path) -> None:
    place = '<location><location-id vocabulary="XX" code="1"/></location>'
    paid = f"<transaction>{WITHDRAWN}</transaction>"
    text = ONE.replace("    <transaction>", f"{place}\n{place}\n{paid}\n{paid}\n<transaction>").replace(
        WITHDRAWN, "", 1
    )
    catalogue = only({"AID-020", "AID-021"})
    found = check_files([written(tmp_path / "a.xml", 1, text=text)], engine("fast"), catalogue)

    assert [
        ("AID-020", "1/location/1", "a.xml", 12),
        ("AID-020", "1/location/2", "a.xml", 13),
        ("AID-021", "1", "a.xml", 14),
    ] == places(found)


def test_a_dataset_that_is_called_like_a_payment_is_none(tmp_path: Path) -> None:
    found = snapshot_of(tmp_path, written(tmp_path / "a.xml", 1), written(tmp_path / "transaction.xml", 1))

    assert ("AID-021", copy_iri("transaction", 1), "transaction.xml", 11) in places(found)


def test_files_of_one_name_keep_their_findings_apart(tmp_path: Path) -> None:
    """What they say alike is one node, for the name of a file is the key of its dataset."""
    for folder, number in (("x", 1), ("y", 2)):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder / "a.xml", number)
    found = checked(tmp_path)
    assert found.store
    files = {one.about: one.place.file for one in located(found.findings, found.store, found.files) if one.place}

    assert {iri(1): str(tmp_path / "x" / "a.xml"), iri(2): str(tmp_path / "y" / "a.xml")} == files


def test_a_waiver_for_one_activity_leaves_the_other(tmp_path: Path) -> None:
    waiver = tmp_path / "waiver.ttl"
    waiver.write_text(
        f"<{ID}waiver/x> a <{LEVIER}Waiver> ; <{LEVIER}waives> <{iri(1)}> ; <{LEVIER}waivedRule> 'AID-018' ;"
        f" <{LEVIER}reason> 'Known.' .",
        encoding="utf-8",
    )
    found = checked(written(tmp_path / "a.xml", 1, 2), waiver)
    outcome = settle(found, terms())

    assert TWO[1:] == places(found, outcome.findings)
    assert TWO[:1] == places(found, [one.finding for one in outcome.settled])
    assert () == outcome.stale


@pytest.mark.parametrize(
    ("name", "numbers"), [("a.xml", (1, 2)), ("a.xml", (3, 1, 2)), ("b.xml", (1, 2))], ids=["as is", "more", "renamed"]
)
def test_a_baseline_accepts_one_of_two_whatever_else_changes(
    tmp_path: Path, name: str, numbers: tuple[int, ...]
) -> None:
    before = checked(written(tmp_path / "a.xml", 1))
    entries = terms().accepting(before, settle(before, terms()), Severity.INFO, "Known.", date(2026, 11, 29)).entries
    outcome = settle(checked(written(tmp_path / name, *numbers)), terms(entries=entries))

    assert {iri(1)} == {one.finding.about for one in outcome.settled}
    assert {iri(number) for number in numbers} - {iri(1)} == {one.about for one in outcome.findings}
    assert () == outcome.stale


@pytest.fixture
def outcome(tmp_path: Path) -> Outcome:
    found = checked(written(tmp_path / "a.xml", 1, 2))
    assert found.store
    return placed(settle(found, terms()), found.store)


@pytest.mark.parametrize("form", sorted(FORMATS.keys() - {"github"}))
def test_every_report_names_the_activity(outcome: Outcome, form: str) -> None:
    """But for the annotations of GitHub, which name the file and the line alone."""
    said = FORMATS[form](outcome, Saying()).replace("&#95;", "_")

    assert all(said.count(f"XM-DAC-2-10-{number}") >= 2 for number in (1, 2))


def test_the_reports_for_programs_tell_node_and_activity_apart(outcome: Outcome) -> None:
    findings = json.loads(FORMATS["json"](outcome, Saying()))["findings"]
    graph = rdflib.Graph().parse(data=FORMATS["turtle"](outcome, Saying()), format="turtle")
    about = [(str(node), str(graph.value(one, rdflib.SDO.about))) for one, node in graph.subject_objects(SH.focusNode)]

    assert sorted((one["focus"], one["within"]) for one in findings) == sorted(about)
    assert {iri(1), iri(2)} == {record for _, record in about}
    assert all(node.startswith(COMMON) for node, _ in about)
