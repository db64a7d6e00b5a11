"""rdflib's SPARQLStore and SPARQLUpdateStore: a graph elsewhere, used as if it were here."""

from datetime import date
from decimal import Decimal
from typing import Literal as OneOf

import pytest
from rdflib import RDFS, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, SKOS
from rdflib.plugins.stores.sparqlstore import SPARQLStore, SPARQLUpdateStore
from rdflib.query import ResultRow
from tests.clients.conftest import NOTES, ROWS, TOKEN
from tests.serving import Server

HEALTH = URIRef("http://example.org/health")
METHODS: tuple[OneOf["GET", "POST", "POST_FORM"], ...] = ("GET", "POST", "POST_FORM")


def reading(server: Server, method: OneOf["GET", "POST", "POST_FORM"] = "GET") -> SPARQLStore:
    return SPARQLStore(f"{server.url}/sparql", method=method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("form", ["xml", "json", "csv", "tsv"])
def test_the_rows_are_the_same_by_every_method_and_in_every_form(
    server: Server, method: OneOf["GET", "POST", "POST_FORM"], form: str
) -> None:
    graph = Graph(SPARQLStore(f"{server.url}/sparql", method=method, returnFormat=form), identifier=URIRef(NOTES))
    labels = [str(row[0]) for row in graph.query(ROWS) if isinstance(row, ResultRow)]

    assert labels == ["Migration", "Santé, COVID-19"]


def test_values_come_with_their_datatypes(server: Server) -> None:
    rows = [row for row in Graph(reading(server)).query(ROWS) if isinstance(row, ResultRow)]

    assert rows[1][0] == Literal("Santé, COVID-19", lang="fr")
    assert [term.toPython() for term in rows[1][1:] if isinstance(term, Literal)] == [
        date(2020, 6, 1),
        12,
        Decimal("0.25"),
    ]


def test_triples_are_found_by_pattern(server: Server) -> None:
    graph = Graph(reading(server), identifier=URIRef(NOTES))

    assert graph.value(HEALTH, SKOS.prefLabel) == Literal("Santé, COVID-19", lang="fr")
    assert len(list(graph.triples((None, DCTERMS.issued, None)))) == 2
    assert (HEALTH, SKOS.prefLabel, Literal("Migration", lang="fr")) not in graph


def test_truths_and_graphs_are_answered(server: Server) -> None:
    graph = Graph(reading(server))

    assert graph.query(f"ASK {{ <{HEALTH}> ?p ?o }}").askAnswer is True
    assert len(graph.query(f"DESCRIBE <{HEALTH}>").graph or ()) >= 5


def test_the_graphs_are_named(server: Server) -> None:
    assert NOTES in {str(context) for context in reading(server).contexts()}


def test_what_is_added_is_there_and_what_is_removed_is_gone(server: Server) -> None:
    store = SPARQLUpdateStore(
        f"{server.url}/sparql", f"{server.url}/update", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    graph = Graph(store, identifier=URIRef("http://example.org/by-rdflib"))
    said = (HEALTH, RDFS.comment, Literal("Écrit d’ailleurs", lang="fr"))

    graph.add(said)
    assert [said] == list(graph)

    graph.remove(said)
    assert list(graph) == []
