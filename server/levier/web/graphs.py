"""`/graphs`: the SPARQL 1.1 Graph Store HTTP Protocol; reading is open, writing for who knows the token."""

import secrets
from typing import Final

import pyoxigraph as ox
from flask import Blueprint, Response, request

from levier.graph import Change, DeleteGraph, PostGraph, PutGraph
from levier.web.answering import stream
from levier.web.dumping import Dump, dump, has_graph
from levier.web.negotiation import GRAPH_FORMS, Form, negotiate, takes_gzip
from levier.web.problems import Problem
from levier.web.service import service
from levier.web.update import allow_writing, apply

blueprint = Blueprint("graphs", __name__)

_FORMS: Final = {form.names[0]: form for form in GRAPH_FORMS}
_MULTIPART: Final = "multipart/form-data"
_NAME: Final = 8
"""Bytes of chance in the name of a graph that a client leaves to us."""

Part = tuple[bytes, str]
"""What is to be written: its bytes and its media type."""


@blueprint.route("/graphs", methods=["GET", "PUT", "POST", "DELETE"])
@blueprint.route("/graphs/", methods=["GET", "PUT", "POST", "DELETE"], endpoint="slash")
def indirect() -> Response:
    """Do what is asked with the graph that the address names in `graph` or `default` (§4.2)."""
    if request.method == "POST" and not {"graph", "default"} & set(request.args):
        return _make()
    return _do(_named(), None)


@blueprint.route("/graphs/<path:name>", methods=["GET", "PUT", "POST", "DELETE"])
def direct(name: str) -> Response:
    """Do what is asked with the graph whose IRI is the address itself (§4.1), but for the extension of a form."""
    return _do(_without_extension(request.base_url), _FORMS.get(name.rpartition(".")[2]))


def _do(graph: str | None, form: Form[ox.RdfFormat] | None) -> Response:
    match request.method:
        case "PUT":
            written = _write(PutGraph(graph, _parts()))
            return Response(status=201 if written else 204)
        case "POST":
            written = _write(PostGraph(graph, _parts()))
            return Response(status=201 if written else 200)
        case "DELETE":
            _write(DeleteGraph(graph))
            return Response(status=200)
        case _:
            return _give(graph, form or negotiate(request, GRAPH_FORMS))


def _make() -> Response:
    """Make a graph at a new address (§5.5)."""
    root = request.base_url.rstrip("/")
    graph = f"{root}/{secrets.token_hex(_NAME)}"
    _write(PostGraph(graph, _parts()))
    return Response(status=201, headers={"Location": graph})


def _write(change: Change) -> bool:
    """Apply a change; give whether it made the graph."""
    return apply(change).made


def _give(graph: str | None, form: Form[ox.RdfFormat]) -> Response:
    here = service()
    if graph is not None and not here.run(has_graph, graph):
        raise Problem("unknown-graph", f"There is no graph <{graph}>.")
    gzip = takes_gzip(request.headers.get("Accept-Encoding", ""))
    tag = here.tag(form.names[0], "gz" if gzip else "")
    if tag and request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        chosen = here.settings
        wanted = Dump(graph, form.media_type, gzip, chosen.max_rows, chosen.max_bytes)
        response = stream(dump, wanted)
    response.vary.update(("Accept", "Accept-Encoding"))
    if tag:
        response.set_etag(tag)
    return response


def _named() -> str | None:
    """Give the graph that the query string names, None for the default graph; raises Problem where it names not one."""
    graphs, default = request.args.getlist("graph"), "default" in request.args
    if len(graphs) + default != 1:
        raise Problem("bad-graph-iri", "The address names one graph: graph=IRI, or default.")
    if default:
        return None
    try:
        ox.NamedNode(graphs[0])
    except ValueError:
        raise Problem("bad-graph-iri", f"{graphs[0]!r} is not an absolute IRI.") from None
    root = request.url_root + "graphs/"
    return _without_extension(graphs[0]) if graphs[0].startswith(root) else graphs[0]


def _without_extension(address: str) -> str:
    stem, _, extension = address.rpartition(".")
    return stem if extension in _FORMS else address


def _parts() -> tuple[Part, ...]:
    """Give what the body brings, one or several parts, after a look at the token: nobody else may send much."""
    allow_writing()
    request.max_content_length = service().settings.max_write_bytes
    if request.mimetype != _MULTIPART:
        return ((request.get_data(), _kind(request.mimetype)),)
    files = [file for name in request.files for file in request.files.getlist(name)]
    if not files:
        raise Problem("not-rdf", "There is no file in the body.")
    return tuple((file.read(), _kind(file.mimetype)) for file in files)


def _kind(media_type: str) -> str:
    """Give the media type that the engine knows it by; raises Problem where it is not one of RDF."""
    for form in GRAPH_FORMS:
        if media_type == form.media_type or media_type in form.aliases:
            return form.media_type
    listed = ", ".join(form.media_type for form in GRAPH_FORMS)
    raise Problem("unsupported-media-type", f"A graph is sent as one of {listed}, not as {media_type or 'nothing'}.")
