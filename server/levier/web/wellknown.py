"""`/.well-known/void`: what is served, told to machines in VoID and DCAT: the whole, each named graph, how to get it.

Nothing is said of a graph but what the snapshot says of it, in the graph itself or in the provenance graph. So a
licence of the whole is only told where every graph has the same one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox
from flask import Blueprint, Response, request

from levier.graph import Store
from levier.graph.provenance import PROVENANCE_GRAPH
from levier.terms import (
    DCAT,
    DCTERMS,
    FOAF,
    GEO,
    IATI,
    ID,
    LEVIER,
    ORG,
    OWL,
    PREFIXES,
    PROV,
    RDF,
    SCHEMA,
    SKOS,
    SKOSXL,
    VOID,
    XSD,
    graph_iri,
)
from levier.web.description import FORMATS, count_all
from levier.web.negotiation import GRAPH_FORMS, negotiate
from levier.web.service import fingerprint, service

blueprint = Blueprint("wellknown", __name__)

_PATH: Final = "/.well-known/void"
_ONTOLOGY: Final = graph_iri("ontology")
_PROTOCOL: Final = "https://www.w3.org/TR/sparql11-protocol/"
_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"

_OF_A_GRAPH: Final = {
    RDF + "type",
    *(DCTERMS + name for name in ("title", "description", "license", "publisher", "creator", "source")),
    *(DCTERMS + name for name in ("issued", "modified")),
    *(PROV + name for name in ("wasGeneratedBy", "generatedAtTime")),
    *(LEVIER + name for name in ("activityCount", "illustrative", "proposal")),
    VOID + "triples",
    IATI + "version",
}
"""What is passed on of what a snapshot says of a graph."""
_OF_A_RUN: Final = {RDF + "type", *(PROV + name for name in ("startedAtTime", "endedAtTime", "wasAssociatedWith"))}
_OF_A_MODULE: Final = {DCTERMS + "license", DCTERMS + "creator"}

_TELLING: Final = {
    LEVIER: ("factStatus", "activityCount", "contributesTo"),
    IATI: ("iatiIdentifier", "title"),
    SKOS: ("prefLabel",),
    SKOSXL: ("literalForm",),
    DCTERMS: ("title", "source"),
    PROV: ("wasGeneratedBy",),
    ORG: ("member",),
    FOAF: ("page", "name"),
    SCHEMA: ("startDate",),
    GEO: ("lat",),
}
"""Properties by which to tell that a vocabulary is used: to look at all statements would take minutes."""

_GRAPHS: Final = """
SELECT ?thing ?property ?value {
  { GRAPH <%s> { ?thing ?property ?value } }
  UNION { VALUES ?thing { %s } GRAPH ?thing { ?thing ?property ?value } }
}
"""
_RUNS: Final = "SELECT ?thing ?property ?value { VALUES ?thing { %s } GRAPH ?graph { ?thing ?property ?value } }"
_MODULES: Final = "SELECT ?thing ?property ?value { GRAPH <%s> { ?thing a owl:Ontology ; ?property ?value } }"
_USED: Final = "SELECT ?property { VALUES ?property { %s } FILTER EXISTS { GRAPH ?graph { ?thing ?property ?value } } }"

Term = ox.NamedNode | ox.BlankNode | ox.Literal
Fact = tuple[str, str, Term]
"""A subject, a property and a value."""


@dataclass(frozen=True, slots=True)
class Served:
    """What the front knows of what it serves."""

    base: str
    """The address of the service, with a slash at the end."""
    version: str = ""
    """The version of the snapshot; empty where there is none."""
    built: datetime | None = None
    triples: int | None = None


@blueprint.route(_PATH)
def void() -> Response:
    """Give the description in the form that the request asks for."""
    here = service()
    form = negotiate(request, GRAPH_FORMS)
    tag = here.tag(fingerprint(request.url_root), form.names[0])
    if tag and request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        snapshot = here.in_use().snapshot
        served = Served(request.url_root)
        if snapshot is not None:
            served = Served(request.url_root, snapshot.version, snapshot.built, here.once(count_all))
        response = Response(here.run(describe_dataset, served, form.media_type), content_type=form.content_type)
    response.vary.add("Accept")
    if tag:
        response.set_etag(tag)
    return response


def describe_dataset(store: Store, served: Served, media_type: str = "application/n-triples") -> bytes:
    """Give the description of what a store holds, as a document; made in an engine.

    It takes some milliseconds for a hundred graphs: no graph is counted.
    """
    document = served.base + _PATH[1:]
    whole = f"{document}#dataset"
    graphs = [name for name in store.graphs() if _is_iri(name)]
    said = _said_of_graphs(store, graphs)
    facts: list[Fact] = [
        (document, RDF + "type", _node(VOID + "DatasetDescription")),
        (document, FOAF + "primaryTopic", _node(whole)),
        *_whole(served, whole, graphs, said),
        *((whole, VOID + "vocabulary", _node(name)) for name in _vocabularies(store)),
    ]
    for name in graphs:
        facts += _graph(served.base, name)
    facts += said
    runs = {value.value for _, name, value in said if name == PROV + "wasGeneratedBy" and _is_iri(value.value)}
    facts += _select(store, _RUNS % _listed(sorted(runs)), _OF_A_RUN)
    triples = dict.fromkeys(ox.Triple(_node(s), _node(p), o) for s, p, o in facts)
    form = ox.RdfFormat.from_media_type(media_type)
    return ox.serialize(triples, format=form, prefixes=PREFIXES) or b""


def _whole(served: Served, whole: str, graphs: list[str], said: list[Fact]) -> Iterator[Fact]:
    """Say what the whole is, and where it is asked."""
    endpoint = f"{served.base}sparql"
    for kind in (VOID + "Dataset", DCAT + "Catalog"):
        yield whole, RDF + "type", _node(kind)
    if _ONTOLOGY in graphs:  # the data are ours, or built on ours
        yield whole, DCTERMS + "title", ox.Literal("Levier")
        yield whole, VOID + "uriSpace", ox.Literal(ID)
    yield whole, FOAF + "homepage", _node(served.base)
    yield whole, VOID + "sparqlEndpoint", _node(endpoint)
    yield whole, DCAT + "service", _node(endpoint)
    yield endpoint, RDF + "type", _node(DCAT + "DataService")
    yield endpoint, DCAT + "endpointURL", _node(endpoint)
    yield endpoint, DCAT + "endpointDescription", _node(endpoint)
    yield endpoint, DCAT + "servesDataset", _node(whole)
    yield endpoint, DCTERMS + "conformsTo", _node(_PROTOCOL)
    for name in FORMATS:
        yield whole, VOID + "feature", _node(name)
    if served.version:
        yield whole, OWL + "versionInfo", ox.Literal(served.version)
    if served.built is not None:
        text = served.built.isoformat(timespec="seconds")
        yield whole, DCTERMS + "modified", ox.Literal(text, datatype=_node(XSD + "dateTime"))
    if served.triples is not None:
        yield whole, VOID + "triples", ox.Literal(served.triples)
    for name in graphs:
        yield whole, VOID + "subset", _node(name)
        yield whole, DCAT + "dataset", _node(name)
    licences = {name: {o for s, p, o in said if s == name and p == DCTERMS + "license"} for name in graphs}
    for licence in set.intersection(*licences.values()) if licences else ():
        yield whole, DCTERMS + "license", licence


def _graph(base: str, name: str) -> Iterator[Fact]:
    """Say how to get a named graph."""
    address = f"{base}graphs?graph={quote(name, safe='')}"
    download = f"{address}&format={GRAPH_FORMS[0].names[0]}"
    yield name, RDF + "type", _node(VOID + "Dataset")
    yield name, RDF + "type", _node(DCAT + "Dataset")
    yield name, VOID + "dataDump", _node(download)
    yield name, DCAT + "distribution", _node(address)
    yield address, RDF + "type", _node(DCAT + "Distribution")
    yield address, DCAT + "accessURL", _node(address)
    yield address, DCAT + "accessService", _node(f"{base}sparql")
    yield address, DCAT + "downloadURL", _node(download)
    yield address, DCAT + "mediaType", _node(_MEDIA_TYPES + GRAPH_FORMS[0].media_type)


def _said_of_graphs(store: Store, graphs: list[str]) -> list[Fact]:
    """Give what each graph, or the provenance graph, says of it, and of the vocabulary what its modules say."""
    known = set(graphs)
    asked = _select(store, _GRAPHS % (PROVENANCE_GRAPH, _listed(graphs)), _OF_A_GRAPH)
    said = [fact for fact in asked if fact[0] in known]
    modules = _select(store, _MODULES % _ONTOLOGY, _OF_A_MODULE) if _ONTOLOGY in known else []
    return said + [(_ONTOLOGY, fact[1], fact[2]) for fact in modules]


def _select(store: Store, query: str, properties: set[str]) -> list[Fact]:
    """Give the facts of a query that have one of the properties; a blank node would mean nothing elsewhere."""
    return [
        (row["thing"].value, row["property"].value, row["value"])
        for row in store.select(query)
        if row["property"].value in properties and isinstance(row["value"], (ox.NamedNode, ox.Literal))
    ]


def _vocabularies(store: Store) -> list[str]:
    spaces = {space + name: space for space, names in _TELLING.items() for name in names}
    found = {spaces[row["property"].value] for row in store.select(_USED % _listed(spaces))}
    return [space for space in _TELLING if space in found]


def _listed(iris: Iterable[str]) -> str:
    return " ".join(f"<{iri}>" for iri in iris)


def _is_iri(name: str) -> bool:
    """Tell whether a name may stand in a query: a store may hold one that was never checked."""
    try:
        ox.NamedNode(name)
    except ValueError:
        return False
    return True


def _node(iri: str) -> ox.NamedNode:
    return ox.NamedNode(iri)
