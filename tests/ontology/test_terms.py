"""Every term of ours that is used is defined, and every example of a term is Turtle that shows it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from levier.resources import folder
from levier.terms import BASE, IATI, LEVIER, PREFIXES, RDFS, SHAPES, SKOS

OURS = (LEVIER, IATI, SHAPES)
HEAD = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
MODULES = sorted(folder("ontology").glob("*.ttl"))
TURTLE = sorted(path for name in ("ontology", "data", "shapes", "queries") for path in folder(name).rglob("*.ttl"))
SHAPE_FILES = sorted(folder("shapes").rglob("*.ttl"))
QUERIES = sorted(folder("queries").rglob("*.rq"))
PREFIXED = re.compile(r"(?<![\w:/#?$])(levier|iati|levsh):([A-Za-z][A-Za-z0-9]*)")


def quads(path: Path) -> Iterator[ox.Quad]:
    return iter(ox.parse(path=path, format=ox.RdfFormat.TURTLE))


def terms_of(text: str) -> set[str]:
    """Give the terms of ours that a query names, by prefix or in full; comment lines apart."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    short = {PREFIXES[prefix] + local for prefix, local in PREFIXED.findall(lines)}
    return short | {iri for iri in re.findall(r"<([^<>\s]+#[A-Za-z0-9]+)>", lines) if iri.startswith(OURS)}


def used_in_turtle(path: Path) -> set[str]:
    """Give the terms of ours in a Turtle file, those inside the queries of a shape included."""
    found: set[str] = set()
    for quad in quads(path):
        for term in (quad.subject, quad.predicate, quad.object):
            if isinstance(term, ox.NamedNode) and term.value.startswith(OURS):
                found.add(term.value)
        if quad.predicate.value.startswith(PREFIXES["sh"]) and isinstance(quad.object, ox.Literal):
            found |= terms_of(quad.object.value) if quad.object.language is None else set()
    return found


@pytest.fixture(scope="module")
def defined() -> set[str]:
    """Terms of our modules that say which module defines them, and shapes that are described somewhere."""
    by_module = RDFS + "isDefinedBy"
    terms = {str(quad.subject) for path in MODULES for quad in quads(path) if quad.predicate.value == by_module}
    shapes = {str(quad.subject) for path in SHAPE_FILES for quad in quads(path)}
    return {name.strip("<>") for name in terms | {name for name in shapes if name.startswith(f"<{SHAPES}")}}


@pytest.mark.parametrize("path", TURTLE, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_term_in_our_turtle_is_defined(path: Path, defined: set[str]) -> None:
    assert used_in_turtle(path) - defined == set()


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_term_in_our_queries_is_defined(path: Path, defined: set[str]) -> None:
    assert terms_of(path.read_text(encoding="utf-8")) - defined == set()


def test_an_undefined_term_would_be_seen(tmp_path: Path, defined: set[str]) -> None:
    file = tmp_path / "typo.ttl"
    file.write_text(
        HEAD + 'levier:StrategyNot a owl:Class ; sh:select "SELECT * { ?s iati:titel ?o }" .', encoding="utf-8"
    )

    assert used_in_turtle(file) - defined == {LEVIER + "StrategyNot", IATI + "titel"}


def test_a_term_of_a_query_is_read_by_prefix_and_in_full() -> None:
    query = f"# levier:Comment\nSELECT * {{ ?levier:x a levier:StrategyNote ; <{IATI}title> ?t }}"

    assert terms_of(query) == {LEVIER + "StrategyNote", IATI + "title"}


def examples() -> list[tuple[str, str]]:
    """Give each term of the core, alignment and conversion modules with each of its examples."""
    return [
        (str(quad.subject).strip("<>"), quad.object.value)
        for path in MODULES
        if path.name in {"core.ttl", "alignment.ttl", "conversion.ttl"}
        for quad in quads(path)
        if quad.predicate.value == SKOS + "example" and isinstance(quad.object, ox.Literal)
    ]


def test_every_example_is_turtle_that_shows_its_term(defined: set[str]) -> None:
    for term, text in examples():
        shown = set()
        for quad in ox.parse((HEAD + text).encode(), format=ox.RdfFormat.TURTLE, base_iri=BASE):
            shown |= {
                node.value for node in (quad.subject, quad.predicate, quad.object) if isinstance(node, ox.NamedNode)
            }

        assert term in shown
        assert {iri for iri in shown if iri.startswith(OURS)} - defined == set()


def test_an_example_is_a_fact_of_ours_or_says_it_is_an_example() -> None:
    """No reader should take an invented note, plan or code for a real one."""
    stated = {
        (quad.subject, quad.predicate, quad.object)
        for path in sorted(folder("data").rglob("*.ttl"))
        for quad in quads(path)
    }
    if not stated:
        pytest.skip("there are no data files beside this checkout")
    shown = [
        (quad.subject, quad.predicate, quad.object)
        for _, text in examples()
        for quad in ox.parse((HEAD + text).encode(), format=ox.RdfFormat.TURTLE, base_iri=BASE)
    ]
    about_things = [triple for triple in shown if not str(triple[0]).lstrip("<").startswith(OURS)]
    invented = [triple for triple in about_things if triple not in stated and "example" not in str(triple[0]).lower()]

    assert invented == []
