"""Stores with the notes, the rules and small authored activities."""

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from levier.graph import EmbeddedStore
from levier.resources import folder
from levier.terms import graph_iri

NOTES = ("migration", "covid-health", "covid-socioeconomic")
FIXTURES = Path(__file__).parent / "fixtures"

PREFIXES = """
@base <https://w3id.org/levier/id/activity/XX/> .
@prefix iati: <https://w3id.org/levier/iati#> .
@prefix levier: <https://w3id.org/levier/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix code: <https://w3id.org/levier/id/code/> .
@prefix sector: <https://w3id.org/levier/id/code/Sector/> .
@prefix vocabulary: <https://w3id.org/levier/id/code/SectorVocabulary/> .
@prefix rule: <https://w3id.org/levier/id/rule/> .
"""

Load = Callable[..., EmbeddedStore]


def with_notes() -> EmbeddedStore:
    """A store that has the notes, and no rule."""
    store = EmbeddedStore.in_memory()
    for note in NOTES:
        store.load(folder("data") / "notes" / f"{note}.ttl", graph_iri("note", note))
    return store


def with_notes_and_rules(*fixtures: str) -> EmbeddedStore:
    """A store that has the notes, the rules of the project, and fixture files, each in an aid graph of its own."""
    store = with_notes()
    store.load(folder("data") / "linking" / "rules.ttl", graph_iri("linking", "rules"))
    for name in fixtures:
        store.load(FIXTURES / f"{name}.ttl", graph_iri("aid", name))
    return store


@pytest.fixture
def empty() -> EmbeddedStore:
    """The notes and the rules of the project, and no activity."""
    return with_notes_and_rules()


@pytest.fixture
def load(empty: EmbeddedStore) -> Load:
    """Put fixture files or Turtle into the store, each in an aid graph of its own, and give the store."""

    def put(*names: str, turtle: str = "") -> EmbeddedStore:
        for name in names:
            empty.load(FIXTURES / f"{name}.ttl", graph_iri("aid", name))
        if turtle:
            empty.load_bytes((PREFIXES + turtle).encode(), graph_iri("aid", "authored"), ox.RdfFormat.TURTLE)
        return empty

    return put


@pytest.fixture
def with_rules() -> Callable[[str], EmbeddedStore]:
    """Make a store of the notes and the given rules alone, in Turtle."""

    def make(turtle: str) -> EmbeddedStore:
        store = with_notes()
        store.load_bytes((PREFIXES + turtle).encode(), graph_iri("linking", "rules"), ox.RdfFormat.TURTLE)
        return store

    return make
