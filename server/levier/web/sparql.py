"""`/sparql`: the query operation of the SPARQL 1.1 Protocol (§2.1), by GET, by both POSTs and by QUERY."""

from dataclasses import dataclass
from math import inf

import pyoxigraph as ox
from flask import Blueprint, Request, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from levier.errors import NotAcceptable, SnapshotMissing
from levier.graph import Dataset
from levier.querying import Query, answer
from levier.web import update
from levier.web.answering import stream, takes_gzip
from levier.web.asking import is_volatile, make_query
from levier.web.description import describe_service
from levier.web.negotiation import GRAPH_FORMS, RESULT_FORMS, Form, T, negotiate, prefers_html
from levier.web.posted import FORM, decoded
from levier.web.problems import Problem
from levier.web.service import fingerprint, observe, service

blueprint = Blueprint("sparql", __name__)

_QUERY = "application/sparql-query"
_IN_THE_ADDRESS = {"GET", "HEAD"}
"""The methods whose query stands in the address; the others bring it as their body."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as the protocol brought it."""

    text: str
    dataset: Dataset


@blueprint.route("/sparql", methods=["GET", "POST", "QUERY"])
@blueprint.route("/sparql/", methods=["GET", "POST", "QUERY"], endpoint="slash")
def sparql() -> AnyResponse:
    """Answer a query; without one, a browser gets the query page and other clients the service description."""
    if request.method in _IN_THE_ADDRESS:
        if "update" in request.args:
            raise Problem("update-by-get", "An update is never asked for by GET.", "Post it to /update.")
        if prefers_html(request, (*RESULT_FORMS, *GRAPH_FORMS)):
            return _to_the_page()
        if "query" not in request.args:
            return describe_service(request)
    elif request.method == "POST" and update.is_update(request):
        return update.update()
    asked = read(request)
    return _answer(asked, _seconds(request.values.get("timeout", "")))


def read(request: Request) -> Asked:
    """Give the query and the dataset of a protocol request; raises Problem with the status that the protocol says."""
    graphs = request.args
    if request.method in _IN_THE_ADDRESS:
        queries = request.args.getlist("query")
    elif request.mimetype == _QUERY:
        queries = [decoded(request)]
    elif request.mimetype == FORM:
        queries, graphs = request.form.getlist("query"), request.values
    else:
        given = request.mimetype or "nothing"
        raise Problem("unsupported-media-type", f"A query is posted as {_QUERY} or as a form, not as {given}.")
    if len(queries) != 1:
        raise Problem("one-query", f"Exactly one query is needed; there are {len(queries) or 'none'}.")
    return Asked(queries[0], _dataset(graphs.getlist("default-graph-uri"), graphs.getlist("named-graph-uri")))


def _seconds(timeout: str) -> float | None:
    """Give the seconds that the client gives its query; None where it leaves them to the service."""
    if not timeout:
        return None
    try:
        seconds = float(timeout)
    except ValueError:
        seconds = 0
    if not 0 < seconds < inf:
        raise Problem("bad-timeout", f"timeout={timeout} is not a number of seconds above 0.")
    return seconds


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


def _answer(asked: Asked, seconds: float | None) -> Response:
    rows_form, graph_form = _negotiate(RESULT_FORMS), _negotiate(GRAPH_FORMS)
    if isinstance(rows_form, Problem) and isinstance(graph_form, Problem):
        raise rows_form
    rows_as, graph_as = ("" if isinstance(form, Problem) else form.media_type for form in (rows_form, graph_form))
    query = make_query(asked.text, asked.dataset, rows_as, graph_as, gzip=takes_gzip())
    tag = _tag(query)
    if tag and request.method in _IN_THE_ADDRESS and request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        response = _ask(query, seconds, next((f for f in (rows_form, graph_form) if isinstance(f, Problem)), None))
    response.vary.update(("Accept", "Accept-Encoding"))
    if tag:
        response.set_etag(tag)
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


def _ask(query: Query, seconds: float | None, otherwise: Problem | None) -> Response:
    try:
        try:
            return stream(answer, query, seconds=seconds)
        except SnapshotMissing:
            service().renew()
            return stream(answer, query, seconds=seconds)
    except NotAcceptable:
        raise otherwise or Problem("not-acceptable", "No form fits.") from None


def _negotiate(forms: tuple[Form[T], ...]) -> Form[T] | Problem:
    """Give the form that the client takes, or why there is none: only the engine finds out which kind is needed."""
    try:
        return negotiate(request, forms)
    except Problem as problem:
        return problem


def _tag(query: Query) -> str:
    """Give the ETag of an answer; empty where it may differ from one time to the next."""
    asked = fingerprint(query.text, repr(query.dataset))
    observe(query=asked)
    if is_volatile(query.text):
        return ""
    return service().tag(asked, fingerprint(query.rows_as, query.graph_as, str(query.gzip)))
