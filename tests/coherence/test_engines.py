"""The engines fail in words, name what they found alike, and the fast one keeps to the W3C's tests."""

import sys
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.sparql import processor
from rdflib.plugins.sparql.parser import parseQuery

from levier.coherence import ENGINES, Catalogue, engine, load_catalogue
from levier.coherence.catalogue import BrokenShapes
from levier.coherence.engines import EngineFailed, write_union
from levier.coherence.finding import distinct, plain_value
from levier.errors import BadUsage
from levier.graph import EmbeddedStore
from levier.terms import LEVIER, XSD

GRAPH = "https://w3id.org/levier/graph/{}"
MODULES = {"fast": "shacl", "pyshacl": "pyshacl"}

each_engine = pytest.mark.parametrize("name", sorted(ENGINES))


def store_of(*turtles: str) -> EmbeddedStore:
    store = EmbeddedStore.in_memory()
    for number, turtle in enumerate(turtles):
        prefixes = "PREFIX levier: <https://w3id.org/levier/ontology#> PREFIX iati: <https://w3id.org/levier/iati#> "
        store.load_bytes((prefixes + turtle).encode(), GRAPH.format(number), ox.RdfFormat.TURTLE)
    return store


TWO_RULES = """PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX levsh: <https://w3id.org/levier/shapes#>
PREFIX levier: <https://w3id.org/levier/ontology#>
PREFIX sh: <http://www.w3.org/ns/shacl#>
levsh:Plan a sh:NodeShape ; sh:targetClass levier:ActionPlan ; sh:property levsh:Pursued , levsh:Named .
levsh:Pursued dcterms:identifier "PLAN-900" ; sh:path levier:pursues ;
    sh:node [ a sh:NodeShape ; sh:property [ sh:path levier:name ; sh:uniqueLang true ] ] .
levsh:Named dcterms:identifier "PLAN-901" ; sh:path levier:name ; sh:minCount 1 .
levsh:Pursued sh:severity sh:Warning ; levsh:fix "F"@fr , "N"@nl , "E"@en ; sh:message "f"@fr , "n"@nl , "e"@en .
levsh:Named sh:severity sh:Warning ; levsh:fix "F"@fr , "N"@nl , "E"@en ; sh:message "f"@fr , "n"@nl , "e"@en .
"""
"""Two rules, of which the first has no query: it asks for unique languages inside another shape."""


@pytest.fixture
def two_rules(tmp_path: Path) -> Catalogue:
    (tmp_path / "rules.ttl").write_text(TWO_RULES, encoding="utf-8")
    return load_catalogue(tmp_path)


@each_engine
def test_what_has_no_query_is_left_to_the_library(name: str, two_rules: Catalogue) -> None:
    store = store_of('<a:a> a levier:ActionPlan ; levier:pursues <a:b> , <a:c> . <a:b> levier:name "b"@en , "B"@en .')
    found = [finding.key for finding in engine(name).run(two_rules, store)]

    assert [("PLAN-900", "a:a", "a:a", "a:b"), ("PLAN-901", "a:a", "a:a", "")] == found


@each_engine
def test_a_missing_library_is_said(name: str, two_rules: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, MODULES[name], None)

    with pytest.raises(EngineFailed, match=f"The {name} engine cannot be loaded") as caught:
        engine(name).run(two_rules, store_of("<a:a> a levier:ActionPlan ."))
    assert 3 == caught.value.exit_code


def test_no_rule_of_the_catalogue_is_left_to_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a large snapshot, writing the data for it would take longer than all the queries."""
    monkeypatch.setitem(sys.modules, "shacl", None)

    assert engine("fast").run(load_catalogue(), store_of("<a:a> a levier:ActionPlan ."))


@each_engine
def test_an_engine_that_breaks_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here: the store is not what it should be."""
    store = store_of("<a:a> a levier:ActionPlan .")
    monkeypatch.setattr(store, "raw", None)

    with pytest.raises(EngineFailed, match=f"The {name} engine failed"):
        engine(name).run(load_catalogue(), store)


def test_a_rule_whose_query_is_not_sparql_is_named(two_rules: Catalogue) -> None:
    broken = replace(two_rules.rules["PLAN-901"], select="SELECT $this WHERE { $this ?value }")

    with pytest.raises(BrokenShapes, match=r"rules\.ttl: PLAN-901: .*not SPARQL") as caught:
        engine("fast").run(Catalogue({broken.id: broken}, two_rules.shapes), store_of("<a:a> a levier:ActionPlan ."))
    assert 3 == caught.value.exit_code


SPARQL_RULE = (
    """
levsh:Named sh:sparql [ a sh:SPARQLConstraint ; sh:select """
    '""" SELECT $this ?value WHERE { {} } """ ] .'
)


def with_query(folder: Path, pattern: str) -> Catalogue:
    """Give the two rules, the second of them with a query."""
    text = TWO_RULES.replace("sh:path levier:name ; sh:minCount 1 .", "sh:path levier:name .")
    (folder / "rules.ttl").write_text(text + SPARQL_RULE.replace("{}", pattern, 1), encoding="utf-8")
    return load_catalogue(folder)


@each_engine
def test_a_query_that_must_be_given_its_node_is_left_to_the_library(name: str, tmp_path: Path) -> None:
    store = store_of("<a:a> a levier:ActionPlan . <a:b> a levier:ActionPlan .")
    catalogue = with_query(tmp_path, "$this a ?value { FILTER ($this = <a:a>) }")

    assert [("PLAN-901", "a:a", "a:a", LEVIER + "ActionPlan")] == [
        finding.key for finding in engine(name).run(catalogue, store)
    ]


@pytest.mark.parametrize(
    "pattern",
    ["$this ?p ?value MINUS { $this ?p 'x' }", "VALUES ?value { 1 }", "{ SELECT ?value { ?s ?p ?value } }"],
)
def test_a_query_that_shacl_does_not_allow_stops_the_run_and_names_itself(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(BrokenShapes, match=r"rules\.ttl: .*Named>: its query says (MINUS|VALUES|a subquery)"):
        with_query(tmp_path, pattern)


def test_an_unknown_engine_is_bad_usage() -> None:
    with pytest.raises(BadUsage, match="'slow' is no engine; it must be fast or pyshacl"):
        engine("slow")


@each_engine
def test_a_finding_may_join_graphs(name: str) -> None:
    """The union of graphs is checked: the plan is in one, what it translates in another."""
    store = store_of("<a:plan> a levier:ActionPlan .", "<a:plan> levier:translates <a:objective> .")
    rules = {finding.rule.id for finding in engine(name).run(load_catalogue(), store)}

    assert "PLAN-002" in rules
    assert "PLAN-001" not in rules


@each_engine
def test_a_class_stands_for_its_subclasses_in_the_data(name: str) -> None:
    subclass = "<a:Programme> <http://www.w3.org/2000/01/rdf-schema#subClassOf> iati:Activity . "
    sectors = "<a:a> a <a:Programme> ; iati:sector <a:1> . <a:1> iati:percentage 90.0 ."
    findings = engine(name).run(load_catalogue(), store_of(subclass + sectors))
    found = {finding.rule.id: finding.value for finding in findings}

    assert "90" == found["AID-010"]
    assert "AID-001" in found


@each_engine
def test_a_blank_node_can_be_a_focus(name: str) -> None:
    found = engine(name).run(load_catalogue(), store_of("[] a levier:ConcreteResult ."))

    assert {"PLAN-009", "PLAN-010", "PLAN-013"} == {finding.rule.id for finding in found}
    assert all(finding.focus.startswith("_:") for finding in found)


def test_a_message_names_the_value_in_every_language() -> None:
    store = store_of("<a:a> a iati:Activity ; iati:sector <a:1> . <a:1> iati:percentage 90.0 .")
    finding = next(f for f in engine("fast").run(load_catalogue(), store) if f.rule.id == "AID-010")

    assert {"fr", "nl", "en"} == set(finding.message)
    assert all(" 90 " in text for text in finding.message.values())


def test_findings_are_distinct_and_sorted() -> None:
    store = store_of("<a:b> a levier:ConcreteResult . <a:a> a levier:ConcreteResult .")
    found = engine("fast").run(load_catalogue(), store)

    assert found == distinct(reversed(found * 2))


@pytest.mark.parametrize(
    ("text", "datatype", "expected"),
    [("90.50", "decimal", "90.5"), ("100", "decimal", "100"), ("90.50", "string", "90.50"), ("ten", "decimal", "ten")],
)
def test_decimals_are_written_alike(text: str, datatype: str, expected: str) -> None:
    assert expected == plain_value(text, XSD + datatype)


def test_the_reference_engine_leaves_rdflib_as_it_was() -> None:
    engine("pyshacl").run(load_catalogue(), store_of("<a:a> a levier:ActionPlan ."))

    assert rdflib.NORMALIZE_LITERALS is True
    assert processor.__dict__["parseQuery"] is parseQuery


def test_the_union_is_written_whole(tmp_path: Path) -> None:
    write_union(store_of("<a:a> <a:p> 1 .", "<a:b> <a:p> 2 ."), tmp_path / "all.nt")

    assert 2 == len((tmp_path / "all.nt").read_text(encoding="utf-8").splitlines())
