"""The service description of `/sparql` (SPARQL 1.1 Service Description): what a client may expect of it."""

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox
from flask import Request, Response, url_for

from levier.graph import Dataset, Store
from levier.terms import RDF, VOID
from levier.web.negotiation import GRAPH_FORMS, negotiate
from levier.web.service import fingerprint, service, tagged

SD: Final = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS: Final = "http://www.w3.org/ns/formats/"
_RESULT_FORMATS: Final = tuple(_FORMATS + "SPARQL_Results_" + name for name in ("JSON", "XML", "CSV", "TSV"))
FORMATS: Final = tuple(_FORMATS + name for name in ("Turtle", "N-Triples", "JSON-LD", "N-Quads", "TriG", "RDF_XML"))
"""The IRIs that the W3C gives the forms of a graph, as `GRAPH_FORMS` has them."""

_COUNT: Final = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def describe_service(request: Request) -> Response:
    """Give the description in the form that the request asks for."""
    form = negotiate(request, GRAPH_FORMS)
    triples = list(_triples())
    body = ox.serialize(triples, format=form.value, prefixes={"sd": SD, "void": VOID}) or b""
    response = Response(body, content_type=form.content_type)
    response.vary.add("Accept")
    return tagged(response, fingerprint(*map(str, triples)), form.names[0])


def count_all(store: Store) -> int:
    """Give the number of statements of all graphs; an engine needs a second for five million."""
    return store.count()


def count_default(store: Store) -> int:
    """Give the number of statements of the default graph alone."""
    rows = store.query(_COUNT, Dataset("strict"))
    assert isinstance(rows, ox.QuerySolutions)  # noqa: S101  # a SELECT gives rows
    return int(next(iter(rows))["n"].value)


def _triples() -> Iterator[ox.Triple]:
    endpoint = ox.NamedNode(url_for("sparql.sparql", _external=True))
    dataset, default = ox.BlankNode("dataset"), ox.BlankNode("default")
    said: list[tuple[ox.NamedNode | ox.BlankNode, str, ox.NamedNode | ox.BlankNode | ox.Literal]] = [
        (endpoint, RDF + "type", ox.NamedNode(SD + "Service")),
        (endpoint, SD + "endpoint", endpoint),
        *((endpoint, SD + "supportedLanguage", ox.NamedNode(SD + name)) for name in _languages()),
        *((endpoint, SD + "feature", ox.NamedNode(SD + name)) for name in _features()),
        *((endpoint, SD + "resultFormat", ox.NamedNode(name)) for name in _RESULT_FORMATS + FORMATS),
        *((endpoint, SD + "inputFormat", ox.NamedNode(name)) for name in FORMATS if service().settings.writable),
        (endpoint, SD + "defaultDataset", dataset),
        (dataset, RDF + "type", ox.NamedNode(SD + "Dataset")),
        (dataset, SD + "defaultGraph", default),
        (default, RDF + "type", ox.NamedNode(SD + "Graph")),
    ]
    if not service().settings.endpoint:  # elsewhere a count may take long, and is not kept
        count = service().once(count_default if service().strict else count_all)
        said.append((default, VOID + "triples", ox.Literal(count)))
    return (ox.Triple(s, ox.NamedNode(p), o) for s, p, o in said)


def _languages() -> Iterator[str]:
    yield "SPARQL11Query"
    if service().settings.writable:
        yield "SPARQL11Update"


def _features() -> Iterator[str]:
    chosen = service().settings
    if chosen.services:
        yield "BasicFederatedQuery"
    if chosen.endpoint:
        return  # what it sees as its default graph, and whether it knows empty graphs, is its own choice
    yield "EmptyGraphs"
    if not service().strict:
        yield "UnionDefaultGraph"
