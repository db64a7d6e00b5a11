"""A run over a store: what it writes, and what it counts."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyoxigraph as ox
import pytest
from tests.linking.conftest import Load

from levier.graph import EmbeddedStore
from levier.linking import ALIGNMENT_GRAPH, link, relink
from levier.settings import Settings
from levier.terms import activity_iri

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
FILES = ("covid-routes", "covid-axes", "migration")


@pytest.fixture
def store(load: Load) -> EmbeddedStore:
    return load(*FILES)


def column(store: EmbeddedStore, query: str) -> list[str]:
    """The values of the variable ?x, in the order given."""
    return [row["x"].value for row in store.select(query)]


def test_no_triple_is_written_twice(store: EmbeddedStore) -> None:
    chunks: list[bytes] = []
    link(store, Settings(), chunks.append)
    lines = b"".join(chunks).splitlines()

    assert len(set(lines)) == len(lines)


def test_report_counts_linked_weak_and_none(store: EmbeddedStore) -> None:
    report = relink(store, Settings())
    rows = column(store, "SELECT DISTINCT ?x { ?x levier:contributesTo ?e }")

    assert report.activities == report.linked + report.weak + report.without
    assert len(rows) == report.linked
    assert (report.per_element["M2"], len(report.elements)) == (4, 9)


def test_shortcut_stands_from_the_threshold_up_only(store: EmbeddedStore) -> None:
    relink(store, Settings(alignment_threshold=0.8))
    confidences = column(
        store,
        "SELECT ?x { ?al levier:alignedActivity ?a ; levier:alignedElement ?e ; levier:confidence ?x . "
        "?a levier:contributesTo ?e }",
    )

    assert confidences
    assert min(map(Decimal, confidences)) >= Decimal("0.8")
    assert not column(
        store,
        "SELECT ?x { ?x levier:alignedActivity ?a ; levier:alignedElement ?e ; levier:confidence ?c ; levier:share ?s "
        "FILTER (?c < 0.8) FILTER (EXISTS { ?a levier:contributesTo ?e } || ?s > 0) }",
    )


def test_every_alignment_has_its_basis_rule_evidence_and_run(store: EmbeddedStore) -> None:
    report = relink(store, Settings())
    complete = column(
        store,
        "SELECT DISTINCT ?x { ?x a levier:Alignment ; levier:basis ?b ; levier:byRule ?r ; levier:hasEvidence ?e ; "
        "levier:confidence ?c ; levier:share ?s ; prov:wasGeneratedBy ?run . ?r a levier:AlignmentRule . "
        "?e a levier:Evidence ; levier:evidenceProperty ?p ; levier:byRule ?er . ?run a prov:Activity }",
    )

    assert report.alignments == len(complete)


def test_matched_text_is_what_stands_at_its_place(store: EmbeddedStore) -> None:
    relink(store, Settings())
    rows = store.select(
        "SELECT ?v ?m ?s ?t ?x { ?e levier:evidenceValue ?v ; levier:matchedText ?m ; levier:matchStart ?s ; "
        "levier:matchEnd ?t ; levier:evidenceProperty ?p . ?al levier:hasEvidence ?e ; levier:alignedActivity ?x }"
    )
    spans = [(r["v"].value[int(r["s"].value) : int(r["t"].value)], r["m"].value) for r in rows]

    assert len(spans) > 30
    assert [] == [pair for pair in spans if pair[0] != pair[1]]


def test_evidence_says_which_fact_it_is(store: EmbeddedStore) -> None:
    """The text of a title stands on the activity under the same property; a code is a concept."""
    relink(store, Settings())
    a = activity_iri("XX", "in-donor")
    (row,) = store.select(
        f"SELECT ?p ?code ?d {{ ?al levier:alignedActivity <{a}> ; levier:hasEvidence ?e ; levier:inDonorCost ?d . "
        "?e levier:evidenceProperty ?p ; levier:evidenceCode ?code }"
    )

    assert ("https://w3id.org/levier/iati#sector", "https://w3id.org/levier/id/code/Sector/93011", "true") == (
        row["p"].value,
        row["code"].value,
        row["d"].value,
    )


def test_fact_that_speaks_for_two_elements_stands_once(load: Load) -> None:
    store = load(turtle='<two> a iati:Activity ; iati:iatiIdentifier "two" ; '
                 'iati:title "COVID-19: hospitals and cash transfers"@en .')  # fmt: skip
    relink(store, Settings())
    shared = column(
        store,
        "SELECT ?x { ?e levier:matchedText ?x . ?h levier:hasEvidence ?e ; levier:alignedElement/skos:notation 'H2' . "
        "?s levier:hasEvidence ?e ; levier:alignedElement/skos:notation 'S' }",
    )

    assert ["COVID"] == shared


def test_run_is_recorded_with_its_time_and_software(store: EmbeddedStore) -> None:
    moments = iter([NOON, NOON + timedelta(seconds=5)])
    link(store, Settings(), lambda data: store.load_bytes(data, ALIGNMENT_GRAPH), now=lambda: next(moments))
    (row,) = store.select(
        "SELECT ?run ?from ?to ?threshold { ?run a prov:Activity ; prov:startedAtTime ?from ; prov:endedAtTime ?to ; "
        "levier:alignmentThreshold ?threshold ; prov:wasAssociatedWith ?agent . "
        "?agent a prov:SoftwareAgent ; schema:softwareVersion ?version }"
    )

    stated = [row[name].value for name in ("run", "from", "to", "threshold")]

    assert stated == [
        "https://w3id.org/levier/id/run/link-20260131T120000000000Z",
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:05Z",
        "0.5",
    ]


def test_linking_anew_replaces_what_was_there(store: EmbeddedStore) -> None:
    relink(store, Settings(alignment_threshold=0.1))
    before = store.count(ALIGNMENT_GRAPH)
    relink(store, Settings(alignment_threshold=0.9))
    runs = column(store, "SELECT ?x { ?x a prov:Activity }")

    assert store.count(ALIGNMENT_GRAPH) < before
    assert len(runs) == 1


def test_linking_anew_leaves_what_linking_from_nothing_gives(store: EmbeddedStore) -> None:
    """What stays is left in place and the rest removed; the run alone is another, with its times and its number."""

    def alignments() -> set[str]:
        quads = store.raw.quads_for_pattern(None, None, None, ox.NamedNode(ALIGNMENT_GRAPH))
        return {str(quad.triple) for quad in quads if "/run/" not in str(quad.triple)}

    relink(store, Settings(alignment_threshold=0.7))
    from_nothing = alignments()
    relink(store, Settings(alignment_threshold=0.2))
    between = alignments()
    store.load_bytes(f"<urn:old> <urn:old> <{ALIGNMENT_GRAPH}> .".encode(), ALIGNMENT_GRAPH)
    relink(store, Settings(alignment_threshold=0.7))

    assert between != from_nothing
    assert from_nothing == alignments()


def test_same_store_gives_the_same_alignments(store: EmbeddedStore) -> None:
    def once() -> set[bytes]:
        chunks: list[bytes] = []
        link(store, Settings(), chunks.append, now=lambda: NOON)
        return set(b"".join(chunks).splitlines())

    assert once() == once()


def test_progress_is_told_per_dataset(store: EmbeddedStore) -> None:
    told: list[tuple[str, int]] = []
    link(store, Settings(), lambda _: None, progress=lambda graph, n: told.append((graph.rpartition("/")[2], n)))

    assert [("covid-axes", 44), ("covid-routes", 13), ("migration", 36)] == told


def test_store_without_activities_is_linked_to_nothing(empty: EmbeddedStore) -> None:
    report = relink(empty, Settings())

    assert (0, 0, 0) == (report.activities, report.linked, report.alignments)


def test_empty_literals_and_odd_numbers_do_no_harm(load: Load) -> None:
    store = load(turtle='<odd> a iati:Activity ; iati:iatiIdentifier "odd" ; iati:title ""@en, "Refugees" ; '
                 "iati:sector <odd/1> . <odd/1> iati:code sector:15190 ; iati:percentage \"half\" .")  # fmt: skip
    relink(store, Settings())

    assert {"M1", "M3"} == set(column(store, "SELECT ?x { ?a levier:contributesTo/skos:notation ?x }"))
    assert store.raw.contains_named_graph(ox.NamedNode(ALIGNMENT_GRAPH))
