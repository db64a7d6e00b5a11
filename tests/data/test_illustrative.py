"""The illustrative plan and monitoring rounds: sound, marked, and never about real actors."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from lxml import etree

from levier import terms
from levier.graph.turtle import canonical

FILES = {
    "plan-2024.ttl": terms.graph_iri("plan", "illustrative-2024"),
    "round-2024.ttl": terms.graph_iri("round", "2024"),
    "round-2025.ttl": terms.graph_iri("round", "2025"),
}
MARKS = {"fr": "(exemple fictif)", "nl": "(fictief voorbeeld)", "en": "(illustrative)"}
PREFIXES = "".join(f"PREFIX {prefix}: <{space}>\n" for prefix, space in terms.PREFIXES.items())


@pytest.fixture(scope="module")
def store(root: Path) -> ox.Store:
    """The three files, each in its own graph."""
    loaded = ox.Store()
    for name, graph in FILES.items():
        path = root / "data/illustrative" / name
        loaded.load(path=path, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(graph))
    return loaded


def _rows(store: ox.Store, columns: str, pattern: str) -> set[tuple[str, ...]]:
    """Give the rows of a query over all graphs; names without their namespace of things."""
    answer = store.query(f"{PREFIXES} SELECT DISTINCT {columns} WHERE {{ {pattern} }}", use_default_graph_as_union=True)
    assert isinstance(answer, ox.QuerySolutions)
    return {tuple(_short(value) for value in row) for row in answer}


def _short(value: object) -> str:
    text = value.value if isinstance(value, ox.NamedNode | ox.Literal) else str(value)
    return text.removeprefix(terms.ID)


@pytest.mark.parametrize(("name", "graph"), FILES.items())
def test_each_file_is_canonical_and_one_dataset_marked_illustrative(root: Path, name: str, graph: str) -> None:
    text = (root / "data/illustrative" / name).read_text(encoding="utf-8")
    dataset = ox.NamedNode(terms.LEVIER + "Dataset")
    quads = list(ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))
    mark = ox.Triple(ox.NamedNode(graph), ox.NamedNode(terms.LEVIER + "illustrative"), ox.Literal(value=True))

    assert canonical(text) == text
    assert [quad.subject for quad in quads if quad.object == dataset] == [ox.NamedNode(graph)]
    assert mark in {quad.triple for quad in quads}


def test_no_statement_stands_in_two_files(store: ox.Store) -> None:
    """The union of graphs doesn't deduplicate, so a statement said twice would count twice."""
    assert len({quad.triple for quad in store}) == len(store)


@pytest.mark.parametrize("language", MARKS)
def test_every_name_says_that_it_is_an_example(store: ox.Store, language: str) -> None:
    named = _rows(store, "?thing", "?thing a ?class FILTER(?class != levier:IndicatorValue)")
    marked = _rows(
        store,
        "?thing",
        "?thing skos:prefLabel|dcterms:title ?name "
        f'FILTER(LANG(?name) = "{language}" && STRENDS(?name, "{MARKS[language]}"))',
    )

    assert named == marked


def test_speaks_of_no_real_actor(store: ox.Store) -> None:
    """What an invented report says must not be read as said of a real organisation."""
    actors = _rows(store, "?actor", "?x levier:responsibleActor|levier:reportingActor|levier:hasParticipant ?actor")

    assert {name for (name,) in actors} == {
        f"organisation/local-illustrative-{name}" for name in ("agency", "federation", "institute", "ngo")
    }


def test_says_nothing_new_of_anything_real(store: ox.Store) -> None:
    """No invented participant or report hangs on the platform of the note, or on a round that may yet be held."""
    subjects = {name for (name,) in _rows(store, "?thing", "?thing ?property ?value")}
    rounds = _rows(store, "?round ?platform ?note", "?round levier:roundOf ?platform . ?platform levier:monitors ?note")

    assert {name for name in subjects - set(FILES.values()) if "illustrative" not in name} == set()
    assert rounds == {
        (f"round/illustrative-{year}", "platform/illustrative", "note/migration") for year in (2024, 2025)
    }


def test_the_plan_translates_objectives_1_3_and_4_and_no_activity_serves_objective_2(store: ox.Store) -> None:
    translated = _rows(store, "?objective", "?plan levier:translates ?objective")
    pursued = _rows(store, "?objective", "?activity a levier:OperationalActivity ; levier:pursues ?objective")
    expected = {(f"note/migration/objective/{number}",) for number in (1, 3, 4)}

    assert translated == expected
    assert pursued == expected


def test_one_activity_alone_has_no_concrete_result(store: ox.Store) -> None:
    without = _rows(
        store,
        "?activity",
        "?activity a levier:OperationalActivity FILTER NOT EXISTS { ?result levier:resultOf ?activity }",
    )

    assert without == {("plan/illustrative-2024/activity/4",)}


def test_every_activity_says_where_for_whom_until_when_and_with_what(store: ox.Store) -> None:
    needed = (
        "levier:partOfPlan levier:pursues levier:responsibleActor levier:atLevel levier:forTargetGroup "
        "levier:hasHorizon levier:fundedThrough levier:throughChannel schema:startDate schema:endDate"
    )
    whole = " ; ".join(f"{name} ?v{number}" for number, name in enumerate(needed.split()))
    all_of_them = _rows(store, "?activity", "?activity a levier:OperationalActivity")

    assert len(all_of_them) == 6
    assert _rows(store, "?activity", f"?activity a levier:OperationalActivity ; {whole}") == all_of_them


def test_activities_run_within_the_plan(store: ox.Store) -> None:
    outside = _rows(
        store,
        "?activity",
        """?activity levier:partOfPlan ?plan ; schema:startDate ?start ; schema:endDate ?end .
        ?plan schema:startDate ?first ; schema:endDate ?last
        FILTER(?start < ?first || ?end > ?last || ?end < ?start)""",
    )

    assert outside == set()


def test_activities_are_carried_out_as_activities_of_the_sample(store: ox.Store, root: Path) -> None:
    sample = etree.parse(root / "data/aid/sample.xml").getroot()
    known = {
        terms.activity_iri(
            activity.find("reporting-org").get("ref", ""),  # type: ignore[union-attr]  # mandatory in a valid file
            (activity.findtext("iati-identifier") or "").strip(),
        ).removeprefix(terms.ID)
        for activity in sample.iterfind("iati-activity")
    }
    carried = {name for (name,) in _rows(store, "?aid", "?activity levier:carriedOutAs ?aid")}

    assert len(carried) == 3
    assert carried <= known


def test_everyone_expected_reported_in_2024_and_the_federation_not_in_2025(store: ox.Store) -> None:
    missing = _rows(
        store,
        "?round ?actor",
        """?round levier:roundOf/levier:hasParticipant ?actor FILTER NOT EXISTS
        { ?report levier:inRound ?round ; levier:reportingActor ?actor ; levier:reportStatus levier:Submitted }""",
    )

    assert missing == {("round/illustrative-2025", "organisation/local-illustrative-federation")}


def test_every_report_has_one_progress_a_day_within_its_round_and_something_to_speak_of(store: ox.Store) -> None:
    whole = """?report a levier:ActorReport ; levier:inRound ?round ; levier:reportsOn ?subject ; dcterms:issued ?day .
        ?round schema:startDate ?first ; schema:endDate ?last FILTER(?first <= ?day && ?day <= ?last)
        { SELECT ?report (COUNT(?progress) AS ?progresses) { ?report levier:progress ?progress } GROUP BY ?report }
        FILTER(?progresses = 1)"""
    reports = _rows(store, "?report", "?report a levier:ActorReport")

    assert len(reports) == 13
    assert _rows(store, "?report", whole) == reports


def test_reports_are_by_the_actor_responsible_for_what_they_speak_of(store: ox.Store) -> None:
    foreign = _rows(
        store,
        "?report",
        """?report levier:reportingActor ?actor ; levier:reportsOn ?activity .
        ?activity a levier:OperationalActivity ; levier:responsibleActor ?other FILTER(?other != ?actor)""",
    )

    assert foreign == set()


def test_every_indicator_has_a_value_each_year_but_one(store: ox.Store) -> None:
    silent = _rows(
        store,
        "?round ?indicator",
        """?round a levier:MonitoringRound . ?indicator a levier:Indicator FILTER NOT EXISTS
        { ?value levier:ofIndicator ?indicator ; levier:inReport/levier:inRound ?round ; rdf:value ?number }""",
    )

    assert silent == {("round/illustrative-2025", "plan/illustrative-2024/activity/2/indicator/1")}


def test_every_term_is_defined_and_every_thing_of_the_facts_exists(store: ox.Store, root: Path) -> None:
    """Terms are in the ontology; objectives, levels, groups, horizons, channels and instruments are in the data."""
    facts = ox.Store()
    for path in [*root.glob("ontology/*.ttl"), *root.glob("data/*.ttl"), *root.glob("data/notes/*.ttl")]:
        facts.load(path=path, format=ox.RdfFormat.TURTLE)
    subjects = {quad.subject for quad in facts} | {quad.subject for quad in store}
    named = {node for quad in store for node in (quad.predicate, quad.object) if isinstance(node, ox.NamedNode)}
    ours = {node for node in named if node.value.startswith(terms.BASE) and "/id/activity/" not in node.value}

    assert {node.value for node in ours - subjects} == set()
