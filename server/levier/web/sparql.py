"""`/sparql`: the query operation of the SPARQL 1.1 Protocol (§2.1), by GET, by both POSTs and by QUERY."""

from dataclasses import dataclass
from math import inf

import pyoxigraph as ox
from flask import Blueprint, Request, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from levier.graph import Dataset, QueryResults
from levier.web.asking import ask
from levier.web.description import describe_service
from levier.web.negotiation import GRAPH_FORMS, RESULT_FORMS, Form, negotiate, prefers_html
from levier.web.problems import Problem
from levier.web.service import service
from levier.web.watch import WATCH

blueprint = Blueprint("sparql", __name__)

_QUERY = "application/sparql-query"
_UPDATE = "application/sparql-update"
_FORM = "application/x-www-form-urlencoded"
_IN_THE_ADDRESS = {"GET", "HEAD"}
"""The methods whose query stands in the address; the others bring it as their body."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as the protocol brought it."""

    text: str
    dataset: Dataset


@blueprint.route("/sparql", methods=["GET", "POST", "QUERY"])
def sparql() -> AnyResponse:
    """Answer a query; without one, a browser gets the query page and other clients the service description."""
    if request.method in _IN_THE_ADDRESS:
        if "update" in request.args:
            raise Problem("update-by-get", "An update is never asked for by GET, and this service takes none.")
        if prefers_html(request, (*RESULT_FORMS, *GRAPH_FORMS)):
            return _to_the_page()
        if "query" not in request.args:
            return describe_service(request)
    asked = read(request)
    _shorten(request.values.get("timeout", ""))
    return _answer(ask(asked.text, asked.dataset))


def read(request: Request) -> Asked:
    """Give the query and the dataset of a protocol request; raises Problem with the status that the protocol says."""
    graphs = request.args
    if request.method in _IN_THE_ADDRESS:
        queries = request.args.getlist("query")
    elif request.mimetype == _QUERY:
        queries = [_body(request)]
    elif request.mimetype == _UPDATE or (request.mimetype == _FORM and "update" in request.form):
        raise Problem("read-only", "This service reads only; it takes no update.")
    elif request.mimetype == _FORM:
        queries, graphs = request.form.getlist("query"), request.values
    else:
        given = request.mimetype or "nothing"
        raise Problem("unsupported-media-type", f"A query is posted as {_QUERY} or as a form, not as {given}.")
    if len(queries) != 1:
        raise Problem("one-query", f"Exactly one query is needed; there are {len(queries) or 'none'}.")
    return Asked(queries[0], _dataset(graphs.getlist("default-graph-uri"), graphs.getlist("named-graph-uri")))


def _shorten(timeout: str) -> None:
    """Let the request run for the seconds that its client gives it, where they are less than the service's."""
    if not timeout:
        return
    try:
        seconds = float(timeout)
    except ValueError:
        seconds = 0
    if not 0 < seconds < inf:
        raise Problem("bad-timeout", f"timeout={timeout} is not a number of seconds above 0.")
    if WATCH in request.environ:
        request.environ[WATCH].shorten(seconds)


def _to_the_page() -> AnyResponse:
    response = redirect(url_for("pages.query", **request.args.to_dict(flat=False)), 303)  # type: ignore[arg-type]
    response.vary.add("Accept")
    return response


def _dataset(default_graphs: list[str], named_graphs: list[str]) -> Dataset:
    for iri in (*default_graphs, *named_graphs):
        try:
            ox.NamedNode(iri)
        except ValueError:
            raise Problem("bad-graph-iri", f"{iri!r} is not the IRI of a graph.") from None
    return service().dataset(tuple(default_graphs), tuple(named_graphs))


def _body(request: Request) -> str:
    """Give the posted query, which is UTF-8 (SPARQL 1.1 Protocol §2.1.3)."""
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8"}:
        raise Problem("unsupported-media-type", f"A query is posted in UTF-8, not in {charset}.")
    try:
        return request.get_data().decode("utf-8")
    except UnicodeDecodeError:
        raise Problem("not-utf-8", "The body is not UTF-8.") from None


def _answer(results: QueryResults) -> Response:
    if isinstance(results, ox.QueryTriples):
        graph_form = negotiate(request, GRAPH_FORMS)
        return send(results.serialize(format=graph_form.value), graph_form)
    form = negotiate(request, RESULT_FORMS)
    return send(results.serialize(format=form.value), form)


def send(body: bytes | None, form: Form[ox.QueryResultsFormat] | Form[ox.RdfFormat]) -> Response:
    """Give the response with an answer in its form, tagged with the snapshot that it is from.

    The form is in the tag too: a cache that keeps several forms of one address tells them apart by it
    (RFC 9110 §8.8.3.3).
    """
    here = service()
    response = Response(body or b"", content_type=form.content_type)
    response.vary.add("Accept")
    response.set_etag(f"{here.in_use().snapshot.version}.{form.names[0]}{'.strict' if here.strict else ''}")
    return response
