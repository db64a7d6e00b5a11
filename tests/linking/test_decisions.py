"""People's decisions: read row by row, kept, stronger than every rule, and still there after a rebuild."""

import csv
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pyoxigraph as ox
import pytest
from tests.linking.conftest import Load

from levier.errors import BrokenData
from levier.graph import EmbeddedStore
from levier.linking import explain, relink, render
from levier.linking.decisions import DECISIONS_GRAPH, decisions_file, keep, load_decisions, load_into, read_rows
from levier.linking.model import Decision
from levier.linking.review import COLUMNS, doubtful, write_review
from levier.settings import Settings
from levier.terms import ID, activity_iri

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
M2, M3 = ID + "note/migration/objective/2", ID + "note/migration/objective/3"
SERVED, CAMPS = activity_iri("XX", "served"), activity_iri("XX", "camps")

ROWS = """activity,element,decision,by,why,on
served,M3,reject,Ann,Another programme,2026-02-01
camps,M2,Confirm,Ann,"The contract says so, twice",
camps,M9,confirm,Ann,No such,
nowhere,M3,confirm,Ann,No such,
camps,M3,perhaps,Ann,Unsure,
camps,M3,confirm,,Nobody,
camps,M3,confirm,Ann,,
camps,M3,confirm,Ann,Too soon,2026-03-02
camps,M3,confirm,Ann,No day,1 March
camps,M3,,,,
"""


@pytest.fixture
def store(load: Load) -> EmbeddedStore:
    return load("sentences")


def rows(path: Path) -> tuple[list[Decision], dict[int, str]]:
    path.write_text(ROWS, encoding="utf-8")
    known = {"served": [SERVED], "camps": [CAMPS]}
    found, bad = read_rows(path, known, {"M2": M2, "M3": M3}, now=NOON)
    return found, {row.line: row.why for row in bad}


def serves(store: EmbeddedStore) -> set[tuple[str, str]]:
    found = store.select("SELECT ?i ?n { ?a levier:contributesTo/skos:notation ?n ; iati:iatiIdentifier ?i }")
    return {(row["i"].value, row["n"].value) for row in found}


def test_rows_that_hold_are_taken_and_the_others_refused_one_by_one(tmp_path: Path) -> None:
    found, bad = rows(tmp_path / "d.csv")

    assert [(SERVED, M3, False), (CAMPS, M2, True)] == [(d.activity, d.element, d.confirmed) for d in found]
    assert datetime(2026, 2, 1, 12, tzinfo=UTC) == found[0].on
    assert [4, 5, 6, 7, 8, 9, 10] == list(bad)
    assert ["'M9' is no element", "no aid activity 'nowhere'", "'perhaps'; it must be confirm or reject"] == [
        next(part for part in ("'M9' is no element", "no aid activity 'nowhere'", bad[6]) if part in bad[line])[:40]
        if line != 6
        else "'perhaps'; it must be confirm or reject"
        for line in (4, 5, 6)
    ]
    assert ("by is empty" in bad[7], "why is empty" in bad[8], "yet to come" in bad[9]) == (True, True, True)
    assert "it must be written as 2026-03-01" in bad[10]


def test_decisions_outrank_the_rules(store: EmbeddedStore, tmp_path: Path) -> None:
    relink(store, Settings())
    before = serves(store)
    kept = tmp_path / "decisions.ttl"
    keep(kept, rows(tmp_path / "d.csv")[0])
    load_into(store, kept)
    relink(store, Settings())

    assert {("served", "M3")} == before - serves(store)
    assert {("camps", "M2")} == serves(store) - before


def test_decision_says_who_when_and_why_and_is_evidence(store: EmbeddedStore, tmp_path: Path) -> None:
    keep(tmp_path / "k.ttl", rows(tmp_path / "d.csv")[0])
    load_into(store, tmp_path / "k.ttl")
    relink(store, Settings())
    (row,) = store.select(
        "SELECT ?b ?c ?v ?name ?when ?why { ?x levier:alignedActivity ?a ; levier:alignedElement/skos:notation 'M2' ; "
        "levier:basis ?b ; levier:confidence ?c ; levier:decidedAs ?v ; levier:byDecision ?d ; "
        "levier:hasEvidence/levier:evidenceValue ?why . ?a iati:iatiIdentifier 'camps' . "
        "?d prov:wasAttributedTo/foaf:name ?name ; prov:generatedAtTime ?when }"
    )

    assert ("Decided", "1", "Confirmed", "Ann", "2026-03-01T12:00:00Z", "The contract says so, twice") == (
        row["b"].value.rpartition("#")[2], row["c"].value, row["v"].value.rpartition("#")[2],
        row["name"].value, row["when"].value, row["why"].value,
    )  # fmt: skip
    assert "confirmed by Ann on 2026-03-01" in render(explain(store, "camps"))


def test_later_decision_outranks_the_earlier_and_both_are_kept(store: EmbeddedStore, tmp_path: Path) -> None:
    path = tmp_path / "k.ttl"
    keep(path, [Decision(CAMPS, M2, True, "Ann", NOON, "Yes")])
    keep(path, [Decision(CAMPS, M2, False, "Bob", NOON.replace(hour=13), "No")])
    load_into(store, path)

    assert ("Bob", False) == (load_decisions(store)[CAMPS, M2].by, load_decisions(store)[CAMPS, M2].confirmed)
    assert 2 == len(list(store.select(f"SELECT ?d {{ GRAPH <{DECISIONS_GRAPH}> {{ ?d a levier:LinkDecision }} }}")))


def test_file_that_is_broken_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "k.ttl"
    path.write_text("no turtle", encoding="utf-8")
    with pytest.raises(BrokenData, match=r"k\.ttl"):
        keep(path, [Decision(CAMPS, M2, True, "Ann", NOON, "Yes")])

    assert path.read_text(encoding="utf-8") == "no turtle"


def test_without_a_file_the_graph_stays(store: EmbeddedStore, tmp_path: Path) -> None:
    keep(tmp_path / "k.ttl", [Decision(CAMPS, M2, True, "Ann", NOON, "Yes")])
    load_into(store, tmp_path / "k.ttl")
    load_into(store, tmp_path / "gone.ttl")

    assert store.raw.contains_named_graph(ox.NamedNode(DECISIONS_GRAPH))


def test_file_stands_in_the_store_or_where_the_setting_says(tmp_path: Path) -> None:
    assert tmp_path / "decisions.ttl" == decisions_file(Settings(store=tmp_path))
    assert Path("mine.ttl") == decisions_file(Settings(store=tmp_path, decisions="mine.ttl"))


def test_doubtful_links_are_listed_with_their_evidence_until_they_are_decided(
    store: EmbeddedStore, tmp_path: Path
) -> None:
    settings = Settings(review_margin=0.5)
    doubts = doubtful(store, settings)
    page = StringIO()
    write_review(doubts, page, "en")
    listed = list(csv.DictReader(StringIO(page.getvalue())))
    keep(tmp_path / "k.ttl", [Decision(CAMPS, M3, True, "Ann", NOON, "Yes")])
    load_into(store, tmp_path / "k.ttl")

    assert list(COLUMNS) == list(listed[0])
    assert sorted(d.distance for d in doubts) == [d.distance for d in doubts]
    assert any("[refugees]" in row["speaks for"] for row in listed if row["activity"] == "served")
    assert {("camps", "M3")} == {(d.facts.identifier, d.link.element.notation) for d in doubts} - {
        (d.facts.identifier, d.link.element.notation) for d in doubtful(store, settings)
    }
