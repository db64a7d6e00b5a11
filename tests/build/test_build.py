"""A build composes notes, aid and links into a snapshot, and harms nothing when it cannot."""

from collections.abc import Callable
from pathlib import Path

import pytest

from levier.build import BuildReport, Plan, build, sample
from levier.build.statements import read, read_all
from levier.errors import BadInput, BrokenData, NothingToDo
from levier.graph import EmbeddedStore, Snapshots
from levier.iati import sources
from levier.resources import folder
from levier.settings import Settings
from levier.terms import GRAPH, IATI, ID, LEVIER

DERIVED = ("alignment", "exchange-rates", "extensions", "organisations", "provenance", "references")
"""Graphs that speak of the others, and are described by no provenance of their own."""

Make = Callable[..., BuildReport]
Write = Callable[..., Path]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedStore:
    """The bundled data and sample, illustrations included, built once."""
    settings = Settings(store=tmp_path_factory.mktemp("whole"))
    build(settings, Plan(sources([sample()]), illustrative=True))
    return Snapshots(settings.store).open()


def ask(store: EmbeddedStore, query: str) -> list[tuple[str, ...]]:
    return [tuple(value.value for value in row) for row in store.select(query)]


def test_no_triple_stands_in_two_graphs(whole: EmbeddedStore) -> None:
    """The union of graphs does not deduplicate, so one that did would be counted twice."""
    twice = ask(whole, "SELECT ?s ?p ?g ?h { GRAPH ?g { ?s ?p ?o } GRAPH ?h { ?s ?p ?o } FILTER(STR(?g) < STR(?h)) }")

    assert [] == twice


def test_every_graph_is_described_with_the_run_that_made_it(whole: EmbeddedStore) -> None:
    described = {iri for (iri,) in ask(whole, "SELECT ?g { ?g a levier:Dataset ; prov:wasGeneratedBy ?run }")}
    derived = {GRAPH + name for name in DERIVED}

    assert set(whole.graphs()) - derived == described


def test_every_term_of_ours_that_the_snapshot_uses_is_defined(whole: EmbeddedStore) -> None:
    used = ask(whole, "SELECT DISTINCT ?t { { ?s ?t ?o } UNION { ?s a ?t } }")
    ours = {term for (term,) in used if term.startswith((LEVIER, IATI))}
    defined = {term for (term,) in ask(whole, "SELECT ?t { GRAPH graph:ontology { ?t rdfs:isDefinedBy ?module } }")}

    assert set() == ours - defined


def test_the_notes_the_aid_and_their_links_are_there(whole: EmbeddedStore) -> None:
    note = "<https://w3id.org/levier/id/note/migration>"
    [(objectives,)] = ask(whole, f"SELECT (COUNT(?o) AS ?n) {{ ?o skos:topConceptOf {note} }}")
    [(activities,)] = ask(whole, "SELECT (COUNT(?a) AS ?n) { ?a a iati:Activity }")
    [(linked,)] = ask(whole, "SELECT (COUNT(DISTINCT ?a) AS ?n) { ?a levier:contributesTo ?e . ?a a iati:Activity }")

    assert ("4", "18", True) == (objectives, activities, 0 < int(linked) <= 18)


def test_illustrations_come_in_only_if_asked_for(make: Make, write: Write, settings: Settings) -> None:
    make(write("a.xml", 1))
    plans = ask(Snapshots(settings.store).open(), "SELECT ?p { ?p a levier:ActionPlan }")

    assert [] == plans


def test_a_file_that_cannot_be_read_stops_no_other(make: Make, write: Write, tmp_path: Path) -> None:
    page = tmp_path / "page.xml"
    page.write_text("<!doctype html><html><body>404</body></html>", encoding="utf-8")
    report = make(page, write("a.xml", 1, 2))

    assert (False, 2, "page.xml" in (report.aid.sources[0].error or "")) == (
        report.clean,
        report.aid.converted,
        True,
    )


def test_a_truncated_file_gives_its_complete_activities(make: Make, write: Write) -> None:
    path = write("cut.xml", 1, 2, 3)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("XX-TEST-3") + 40], encoding="utf-8")
    report = make(path)

    assert (2, True) == (report.aid.converted, report.aid.sources[0].error is not None)


def test_an_activity_of_two_files_is_kept_once_and_said_to_be_in_both(
    make: Make, write: Write, settings: Settings
) -> None:
    make(write("one/a.xml", 1, 2), write("two/b.xml", 2, 3))
    store = Snapshots(settings.store).open()
    amounts = ask(store, "SELECT (SUM(?v) AS ?sum) { ?a a iati:Activity ; iati:transaction/iati:value ?v }")
    also = ask(store, "SELECT ?g { ?a levier:alsoReportedIn ?g }")
    copy = "?c a levier:ActivityCopy ; levier:copyOf ?a ; iati:transaction/iati:value ?v FILTER(?v = 1000)"
    copies = ask(store, f"SELECT ?a {{ {copy} }}")

    assert ([("3000",)], [(GRAPH + "aid/b",)]) == (amounts, also)
    assert [(f"{ID}activity/XX-TEST/XX-TEST-2",)] == copies


def test_two_processes_build_what_one_builds(make: Make, write: Write, settings: Settings) -> None:
    files = [write("a.xml", 1, 2), write("b.xml", 2, 3), write("c.xml", 4)]
    dumps = []
    for jobs in (1, 2):
        make(*files, jobs=jobs)
        store = Snapshots(settings.store).open()
        dumps.append([sorted(store.dump(graph).splitlines()) for graph in store.graphs() if "/aid/" in graph])

    assert (3, True) == (len(dumps[0]), dumps[0] == dumps[1])


def test_provenance_has_the_account_of_each_dataset(make: Make, write: Write, settings: Settings) -> None:
    make(write("a.xml", 1, 2), write("b.xml", 2, 3))
    figures = "levier:itemsRead ?r ; levier:itemsMade ?m ; levier:itemsConverted ?c ; levier:itemsRepaired ?f"
    rows = ask(
        Snapshots(settings.store).open(),
        f"""SELECT ?n ?d ?t ?balance {{ GRAPH graph:provenance {{
            ?g levier:fileName ?n ; levier:duplicateCount ?d ; levier:recordClass iati:Activity ; void:triples ?t ;
            {figures} ; levier:itemsKept ?k ; levier:itemsDropped ?x
            BIND(?r + ?m - ?c - ?f - ?k - ?x AS ?balance) }}
            {{ SELECT ?g (COUNT(*) AS ?t) {{ GRAPH ?g {{ ?s ?p ?o }} }} GROUP BY ?g }} }} ORDER BY ?n""",
    )

    assert [("a.xml", "0", "0"), ("b.xml", "1", "0")] == [(name, copies, balance) for name, copies, _, balance in rows]


OUTSIDE = """<iati-activities version="2.03" xmlns:x="https://x.example/"><iati-activity x:colour="red">
<iati-identifier>XX-TEST-9</iati-identifier><reporting-org ref="XX-TEST" type="22"/><x:note>n</x:note><own>o</own>
<transaction><transaction-type code="3"/><transaction-date iso-date="2021-02-03"/>
<value currency="USD" value-date="2021-02-03">1000</value></transaction></iati-activity></iati-activities>"""


def test_extensions_are_described_with_their_xml_name(make: Make, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text(OUTSIDE, encoding="utf-8")
    make(tmp_path / "x.xml")
    store = Snapshots(settings.store).open()
    rows = ask(
        store,
        """SELECT ?space ?name ?value { ?a a iati:Activity ; ?p ?value .
           GRAPH graph:extensions { ?p a rdf:Property ; rdfs:label ?name ; levier:xmlNamespace ?space } }""",
    )

    assert {("https://x.example/", "colour", "red"), ("https://x.example/", "note", "n"), ("", "own", "o")} == set(rows)


def test_an_exchange_rate_that_is_used_is_stated_once_with_its_source(
    make: Make, settings: Settings, tmp_path: Path
) -> None:
    for name in ("x", "y"):
        (tmp_path / f"{name}.xml").write_text(OUTSIDE, encoding="utf-8")
    make(tmp_path / "x.xml", tmp_path / "y.xml")
    rows = ask(
        Snapshots(settings.store).open(),
        """SELECT ?rate ?published { GRAPH graph:exchange-rates { ?r a levier:ExchangeRate ; levier:rate ?rate ;
           levier:forDate "2021-02-03"^^xsd:date ; levier:rateDate ?published ; dcterms:source ?source } }""",
    )

    assert [("1.2017", "2021-02-03")] == rows


def test_organisations_are_stated_once_whatever_files_name_them(make: Make, write: Write, settings: Settings) -> None:
    make(write("a.xml", 1), write("b.xml", 2))
    rows = ask(Snapshots(settings.store).open(), 'SELECT ?o { ?o dcterms:identifier "XX-PARTNER" }')

    assert 1 == len(rows)


@pytest.mark.parametrize("aid", ["missing.xml", "empty.xml"])
def test_a_build_of_nothing_leaves_the_snapshot_in_use(
    make: Make, write: Write, settings: Settings, tmp_path: Path, aid: str
) -> None:
    version = make(write("a.xml", 1)).version
    (tmp_path / "empty.xml").touch()

    with pytest.raises(NothingToDo, match="None of the aid"):
        make(tmp_path / aid)

    assert version == Snapshots(settings.store).require().version


def test_broken_turtle_names_every_broken_file_and_leaves_the_snapshot_in_use(
    make: Make, write: Write, settings: Settings, tmp_path: Path
) -> None:
    version = make(write("a.xml", 1)).version
    (tmp_path / "mine").mkdir()
    for name in ("x.ttl", "y.ttl"):
        (tmp_path / "mine" / name).write_text("<http://e/a> <http://e/b> 1 .\n<http://e/c> oops\n", encoding="utf-8")

    with pytest.raises(BrokenData, match=r"x\.ttl:2: not Turtle[^\n]*\n[^\n]*y\.ttl:2"):
        make(write("a.xml", 1), data=[tmp_path / "mine"])

    assert version == Snapshots(settings.store).require().version


PREFIX = "@prefix levier: <https://w3id.org/levier/ontology#> .\n"
NOTE = "<https://w3id.org/levier/id/note/migration> a levier:StrategyNote ."


@pytest.mark.parametrize("name", [*DERIVED, "ontology", "aid/mine"])
def test_a_graph_that_the_build_writes_itself_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.ttl"
    path.write_text(f"{PREFIX}<{GRAPH}{name}> a levier:Dataset .", encoding="utf-8")

    with pytest.raises(BrokenData, match="writes itself"):
        read(path)


@pytest.mark.parametrize(("flag", "expected"), [("true", True), ("false", False)])
def test_a_file_is_illustrative_where_it_says_true(tmp_path: Path, flag: str, expected: bool) -> None:
    path = tmp_path / "x.ttl"
    path.write_text(f"{PREFIX}<{GRAPH}x> a levier:Dataset ; levier:illustrative {flag} .", encoding="utf-8")

    assert expected == read(path).illustrative


def test_a_statement_that_another_file_makes_already_is_refused(
    make: Make, write: Write, settings: Settings, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.ttl"
    mine.write_text(f"{PREFIX}<{GRAPH}note/mine> a levier:Dataset . {NOTE}", encoding="utf-8")

    with pytest.raises(BrokenData, match=r"migration\.ttl and .*mine\.ttl: both say"):
        make(write("a.xml", 1), data=[mine])

    assert Snapshots(settings.store).current() is None


def test_a_turtle_file_that_names_no_graph_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.ttl"
    path.write_text("<http://e/a> <http://e/b> 1 .\n", encoding="utf-8")

    with pytest.raises(BrokenData, match="names 0 graphs"):
        read(path)


def test_a_folder_of_statements_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        read_all([tmp_path / "gone"], illustrative=False)


def test_ones_own_statements_come_in_beside_the_bundled(
    make: Make, write: Write, settings: Settings, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.ttl"
    mine.write_text(
        "@prefix levier: <https://w3id.org/levier/ontology#> .\n"
        "<https://w3id.org/levier/graph/note/mine> a levier:Dataset .\n"
        "<https://w3id.org/levier/id/note/mine> a levier:StrategyNote .\n",
        encoding="utf-8",
    )
    make(write("a.xml", 1), data=[mine])
    graph = "<https://w3id.org/levier/graph/note/mine>"
    notes = ask(Snapshots(settings.store).open(), f"SELECT ?n {{ GRAPH {graph} {{ ?n a levier:StrategyNote }} }}")

    assert [("https://w3id.org/levier/id/note/mine",)] == notes


def test_no_two_bundled_files_name_the_same_graph() -> None:
    found = read_all([folder("data")], illustrative=True)

    assert len(found) == len({item.graph for item in found})
