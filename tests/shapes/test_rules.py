"""Every rule has a dataset that passes and the smallest that fails, and both engines find the same in them."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from levier.coherence import LANGUAGES, Catalogue, Finding, Rule, engine, load_catalogue
from levier.coherence.setwise import target_query
from levier.graph import EmbeddedStore
from levier.terms import SH, SHAPES, XSD

HERE = Path(__file__).parent
CATALOGUE = load_catalogue()
EXPECTED_FOCUS = ox.NamedNode(SHAPES + "expectedFocus")
SUBJECTS = ("NOTE", "PLAN", "ROUND", "ACTOR", "AID", "MONEY", "LINK", "COHERE", "TERM")

each_rule = pytest.mark.parametrize("rule", list(CATALOGUE), ids=lambda rule: rule.id)


TARGETS_ARE_FAULTS = {"AID-033"}
"""Rules that look at nothing where nothing is wrong: conversion says of which values white space stood around them."""


def alone(rule: Rule) -> Catalogue:
    """Give the catalogue of one rule, and of the shapes that its own names."""
    shapes = CATALOGUE.shapes
    others = {ox.NamedNode(other.shape) for other in CATALOGUE if other.id != rule.id}
    owners = [
        q.subject for q in shapes.quads_for_object(ox.NamedNode(rule.shape)) if q.predicate.value == SH + "property"
    ]
    kept, waiting, done = ox.Dataset(), [ox.NamedNode(rule.shape), *owners], set()
    while waiting:
        node = waiting.pop()
        done.add(node)
        for quad in shapes.quads_for_subject(node):
            if quad.object not in others:
                kept.add(quad)
                waiting += (
                    [quad.object]
                    if isinstance(quad.object, ox.NamedNode | ox.BlankNode) and quad.object not in done
                    else []
                )
    return Catalogue({rule.id: rule}, kept)


def load(rule: Rule, name: str) -> EmbeddedStore:
    store = EmbeddedStore.in_memory()
    store.load(HERE / rule.id / f"{name}.ttl", "https://w3id.org/levier/graph/fixture")
    return store


def of_rule(findings: list[Finding], rule: Rule) -> list[Finding]:
    return [finding for finding in findings if finding.rule.id == rule.id]


def expected_foci(store: EmbeddedStore, rule: Rule) -> list[str]:
    quads = store.raw.quads_for_pattern(ox.NamedNode(rule.shape), EXPECTED_FOCUS, None, None)
    return sorted(quad.object.value for quad in quads if isinstance(quad.object, ox.NamedNode))


def test_every_rule_has_fixtures_and_every_fixture_a_rule() -> None:
    folders = {path.name for path in HERE.iterdir() if path.is_dir() and path.name[-1].isdigit()}
    files = {path.parent.name: path.name for path in HERE.glob("*/*.ttl") if path.parent.name in folders}

    assert set(CATALOGUE.rules) == folders == set(files)


def test_every_subject_has_rules() -> None:
    subjects = {rule.id.rpartition("-")[0] for rule in CATALOGUE}

    assert set(SUBJECTS) == subjects


@each_rule
def test_the_passing_dataset_has_a_target_and_no_finding(rule: Rule) -> None:
    store = load(rule, "pass")
    targets = list(store.select(target_query(rule.targets, store)))
    findings = engine("fast").run(alone(rule), store)

    assert targets or rule.id in TARGETS_ARE_FAULTS
    assert [] == findings


@each_rule
def test_the_failing_dataset_has_exactly_the_finding_expected(rule: Rule) -> None:
    store = load(rule, "fail")
    expected = expected_foci(store, rule)
    found = [finding.focus for finding in engine("fast").run(alone(rule), store)]

    assert expected
    assert expected == found


@each_rule
def test_both_engines_find_the_same(rule: Rule) -> None:
    for name in ("pass", "fail"):
        store = load(rule, name)
        reference, fast = (engine(each).run(alone(rule), store) for each in ("pyshacl", "fast"))

        assert [(f.key, f.path) for f in reference] == [(f.key, f.path) for f in fast]


def test_both_engines_find_the_same_with_all_rules_on_all_datasets() -> None:
    """Each rule meets the data that every other rule was made for; datasets that name the same things are mixed."""
    store = EmbeddedStore.in_memory()
    for path in sorted(HERE.glob("*-*/*.ttl")):
        store.load(path, "https://w3id.org/levier/graph/fixture")
    reference, fast = (engine(each).run(CATALOGUE, store) for each in ("pyshacl", "fast"))

    assert len({finding.rule.id for finding in fast}) > len(CATALOGUE) / 2
    assert [(f.key, f.path) for f in reference] == [(f.key, f.path) for f in fast]


@each_rule
def test_a_rule_says_all_it_must(rule: Rule) -> None:
    texts = [said[language] for said in (rule.messages, rule.fixes) for language in LANGUAGES]

    assert rule.sources
    assert rule.targets
    assert all(text.endswith(".") for text in texts)
    assert len(set(texts)) == len(texts)


@each_rule
def test_a_message_fills_in_only_what_its_query_finds(rule: Rule) -> None:
    """SHACL substitutes `{?value}` in SPARQL constraints alone, and a query that names no value fills in nothing."""
    selected = rule.select.partition("WHERE")[0] if rule.select else ""
    uses = ["{?value}" in text for text in rule.messages.values()]

    assert len(set(uses)) == 1
    assert not uses[0] or "?value" in selected


@each_rule
def test_a_query_means_the_same_asked_once_or_per_node(rule: Rule) -> None:
    """What SHACL forbids with pre-bound variables, and what the set-wise engine needs (see `setwise`)."""
    query = rule.select or ""

    assert not any(word in query for word in ("MINUS", "VALUES", "SERVICE", "AS $this", "AS ?this"))
    assert "GROUP BY" not in query or "GROUP BY $this" in query
    assert not query or "WHERE {" in query


def test_every_property_shape_that_is_applied_is_a_rule() -> None:
    """A finding of a shape without an identifier could not be told."""
    shapes = CATALOGUE.shapes
    known = {rule.shape for rule in CATALOGUE}
    targets = {quad.subject for quad in shapes if quad.predicate.value in {SH + "targetClass", SH + "targetSubjectsOf"}}
    applied = {
        quad.object.value
        for quad in shapes
        if quad.predicate.value == SH + "property" and quad.subject in targets and isinstance(quad.object, ox.NamedNode)
    }

    assert applied
    assert applied <= known


def test_every_prefix_of_a_query_is_declared() -> None:
    """Other SHACL engines read the declarations, so they must suffice without our own prefixes."""
    declared = {q.object.value for q in CATALOGUE.shapes if q.predicate.value == SH + "prefix"}
    spaces = [q.object for q in CATALOGUE.shapes if q.predicate.value == SH + "namespace"]

    assert declared >= {"dcterms", "iati", "levier", "org", "schema", "skos", "xsd"}
    assert {XSD + "anyURI"} == {space.datatype.value for space in spaces if isinstance(space, ox.Literal)}
