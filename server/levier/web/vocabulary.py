"""`/ontology` and `/shapes`: the vocabulary and the shapes, as a page for a browser and as RDF for others."""

from functools import cache

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request

from levier.graph import EmbeddedStore
from levier.resources import Folder, folder
from levier.terms import GRAPH, PREFIXES
from levier.web.negotiation import GRAPH_FORMS, negotiate, prefers_html
from levier.web.service import service

blueprint = Blueprint("vocabulary", __name__)

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
    store = _bundled(name)
    if prefers_html(request, GRAPH_FORMS):
        rows = list(store.select(listing % {"language": service().settings.language}))
        response = Response(render_template(f"{name}.html", rows=rows))
    else:
        form = negotiate(request, GRAPH_FORMS)
        body = ox.serialize((quad.triple for quad in store.raw), format=form.value, prefixes=PREFIXES)
        response = Response(body or b"", content_type=form.content_type)
        response.add_etag()
    response.vary.add("Accept")
    return response


@cache
def _bundled(name: Folder) -> EmbeddedStore:
    """Give the Turtle files of a bundled folder together; they do not change while the program runs."""
    store = EmbeddedStore.in_memory()
    for path in sorted(folder(name).rglob("*.ttl")):
        store.load(path, GRAPH + "files")
    return store
