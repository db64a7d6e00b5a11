"""The service description of `/sparql` (SPARQL 1.1 Service Description): what a client may expect of it."""

import pyoxigraph as ox
from flask import Request, Response, url_for

from levier.terms import RDF, VOID
from levier.web.negotiation import GRAPH_FORMS, negotiate
from levier.web.service import service

SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_RESULT_FORMATS = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
_GRAPH_FORMATS = ("Turtle", "N-Triples", "JSON-LD", "RDF_XML")


def describe_service(request: Request) -> Response:
    """Give the description in the form that the request asks for."""
    form = negotiate(request, GRAPH_FORMS)
    body = ox.serialize(_triples(), format=form.value, prefixes={"sd": SD, "void": VOID})
    response = Response(body or b"", content_type=form.content_type)
    response.vary.add("Accept")
    return response


def _triples() -> list[ox.Triple]:
    endpoint = ox.NamedNode(url_for("sparql.sparql", _external=True))
    dataset, default = ox.BlankNode(), ox.BlankNode()
    features = [] if service().strict else ["UnionDefaultGraph"]
    count = ox.Literal(0 if service().strict else service().in_use().count())
    said: list[tuple[ox.NamedNode | ox.BlankNode, str, ox.NamedNode | ox.BlankNode | ox.Literal]] = [
        (endpoint, RDF + "type", ox.NamedNode(SD + "Service")),
        (endpoint, SD + "endpoint", endpoint),
        (endpoint, SD + "supportedLanguage", ox.NamedNode(SD + "SPARQL11Query")),
        *((endpoint, SD + "feature", ox.NamedNode(SD + name)) for name in features),
        *((endpoint, SD + "resultFormat", ox.NamedNode(_FORMATS + name)) for name in _RESULT_FORMATS + _GRAPH_FORMATS),
        (endpoint, SD + "defaultDataset", dataset),
        (dataset, RDF + "type", ox.NamedNode(SD + "Dataset")),
        (dataset, SD + "defaultGraph", default),
        (default, RDF + "type", ox.NamedNode(SD + "Graph")),
        (default, VOID + "triples", count),
    ]
    return [ox.Triple(s, ox.NamedNode(p), o) for s, p, o in said]
