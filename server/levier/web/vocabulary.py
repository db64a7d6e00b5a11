"""`/ontology` and `/shapes`: the vocabulary and the shapes, as a page for a browser and as RDF for others."""

from functools import cache
from typing import Final, TypeVar

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request

from levier.graph import EmbeddedStore
from levier.resources import Folder, folder
from levier.terms import GRAPH, PREFIXES
from levier.web.negotiation import GRAPH_FORMS, negotiate, prefers_html
from levier.web.service import service

blueprint = Blueprint("vocabulary", __name__)

T = TypeVar("T")

_FILES: Final = ox.NamedNode(GRAPH + "files")

_TERMS = """
SELECT DISTINCT ?term ?space ?kind ?label ?definition WHERE {
  VALUES ?kind { owl:Class owl:ObjectProperty owl:DatatypeProperty }
  ?term a ?kind ; skos:prefLabel ?label ; skos:definition ?definition .
  FILTER(LANG(?label) = "%(language)s" && LANG(?definition) = "%(language)s")
  BIND(IF(STRSTARTS(STR(?term), STR(iati:)), "iati", "levier") AS ?space)
} ORDER BY DESC(?space) ?kind ?term
"""

_RULES = """
SELECT DISTINCT ?subject ?shape ?id ?severity ?message ?fix WHERE {
  ?shape dcterms:identifier ?id ; sh:message ?message ; rdfs:isDefinedBy ?module .
  ?module dcterms:title ?subject .
  OPTIONAL { ?shape sh:severity ?severity }
  OPTIONAL { ?shape levsh:fix ?fix FILTER(LANG(?fix) = "%(language)s") }
  FILTER(LANG(?message) = "%(language)s" && LANG(?subject) = "%(language)s")
} ORDER BY ?subject ?id
"""


@blueprint.route("/ontology")
def ontology() -> Response:
    """Give the vocabulary."""
    return _give("ontology", _TERMS)


@blueprint.route("/shapes")
def shapes() -> Response:
    """Give the coherence shapes."""
    return _give("shapes", _RULES)


def _give(name: Folder, listing: str) -> Response:
    if prefers_html(request, GRAPH_FORMS):
        rows = list(_bundled(name).select(listing % {"language": service().settings.language}))
        response = Response(render_template(f"{name}.html", rows=rows))
    else:
        form = negotiate(request, GRAPH_FORMS)
        body = ox.serialize(_triples(name), format=form.value, prefixes=PREFIXES)
        response = Response(body or b"", content_type=form.content_type)
        response.add_etag()
    response.vary.add("Accept")
    return response


@cache
def _bundled(name: Folder) -> EmbeddedStore:
    """Give the Turtle files of a bundled folder together; they do not change while the program runs."""
    store = EmbeddedStore.in_memory()
    store.raw.extend(ox.Quad(triple.subject, triple.predicate, triple.object, _FILES) for triple in _triples(name))
    return store


@cache
def _triples(name: Folder) -> tuple[ox.Triple, ...]:
    """Give what the files say, in their order, which names the blank nodes too: every front gives the same bytes."""
    names: dict[ox.BlankNode, ox.BlankNode] = {}

    def named(term: T) -> T | ox.BlankNode:
        return names.setdefault(term, ox.BlankNode(f"b{len(names)}")) if isinstance(term, ox.BlankNode) else term

    said = (quad for path in sorted(folder(name).rglob("*.ttl")) for quad in ox.parse(path=path, base_iri=_FILES.value))
    return tuple(dict.fromkeys(ox.Triple(named(quad.subject), quad.predicate, named(quad.object)) for quad in said))
