"""The library describes itself in the graph, as editors look for it."""

import pyoxigraph as ox
import pytest

from levier.graph import EmbeddedStore
from levier.questions import LANGUAGES, QUESTIONS_GRAPH, executables, questions
from levier.terms import ID, PREFIXES

EXAMPLES = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT DISTINCT ?executable ?comment ?query {
  ?executable a sh:SPARQLExecutable ; rdfs:comment ?comment ; sh:select|sh:ask|sh:construct ?query
} ORDER BY ?executable
"""
"""What editors ask an endpoint for its examples."""


@pytest.fixture(scope="module")
def store() -> EmbeddedStore:
    store = EmbeddedStore.in_memory()
    store.load_bytes(executables(questions()), QUESTIONS_GRAPH)
    return store


def test_an_editor_finds_every_question_once_with_its_query(store: EmbeddedStore) -> None:
    found = {row["executable"].value: (row["comment"].value, row["query"].value) for row in store.select(EXAMPLES)}

    assert {f"{ID}question/{one.name}": (one.title("en"), one.text) for one in questions()} == found
    assert len(questions()) == len(list(store.select(EXAMPLES)))


def test_an_editor_finds_the_prefixes(store: EmbeddedStore) -> None:
    rows = store.select("SELECT ?prefix ?space { [] sh:prefix ?prefix ; sh:namespace ?space }")

    assert PREFIXES == {row["prefix"].value: row["space"].value for row in rows}


def test_a_question_has_its_titles_in_three_languages(store: EmbeddedStore) -> None:
    rows = store.select(f"SELECT ?label {{ <{ID}question/in-donor-share> rdfs:label ?label }}")

    assert set(LANGUAGES) == {row["label"].language for row in rows}


def test_the_path_of_a_parameter_ends_with_its_variable(store: EmbeddedStore) -> None:
    """As SHACL says: the local name of the path is the name of the variable."""
    rows = store.select("SELECT ?query ?path { [] sh:select ?query ; sh:parameter/sh:path ?path }")
    pairs = [(row["query"].value, row["path"].value.rpartition("/")[2]) for row in rows]

    assert sum(len(question.parameters) for question in questions()) == len(pairs)
    assert all(f"VALUES ?{name} {{" in query for query, name in pairs)


def test_a_parameter_says_what_it_may_be(store: EmbeddedStore) -> None:
    parameter = f"{ID}question/lost-partner-status/parameter/country"
    said = {(quad.predicate.value.rpartition("#")[2], quad.object) for quad in store.quads(ox.NamedNode(parameter))}

    assert ("optional", ox.Literal(True)) in said
    assert ("nodeKind", ox.NamedNode("http://www.w3.org/ns/shacl#IRI")) in said
