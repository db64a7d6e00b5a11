"""`/sparql`: the query operation of the SPARQL 1.1 Protocol (§2.1), by GET, by both POSTs and by QUERY."""

from math import inf

import pyoxigraph as ox
from flask import Blueprint, Request, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from levier.graph import Dataset
from levier.web import update
from levier.web.description import describe_service
from levier.web.evaluating import Asked, evaluate, name_query
from levier.web.negotiation import GRAPH_FORMS, RESULT_FORMS, format_of, prefers_html, takes_gzip
from levier.web.posted import FORM, decoded
from levier.web.problems import Problem
from levier.web.service import FAILED, Service, Task, service

blueprint = Blueprint("sparql", __name__)

_QUERY = "application/sparql-query"
_IN_THE_ADDRESS = {"GET", "HEAD"}
"""The methods whose query stands in the address; the others bring it as their body."""


@blueprint.route("/sparql", methods=["GET", "POST", "QUERY"])
@blueprint.route("/sparql/", methods=["GET", "POST", "QUERY"], endpoint="slash")
def sparql() -> AnyResponse:
    """Answer a query; without one, a browser gets the query page and other clients the service description."""
    if FAILED in request.environ:  # the process that asked has ended, or leaves it to this one to tell
        asked = read(request)
        service().in_use()
        name_query(request.environ, asked.text, asked.dataset)
        raise request.environ[FAILED]
    if request.method in _IN_THE_ADDRESS:
        if "update" in request.args:
            raise Problem("update-by-get", "An update is never asked for by GET.", "Post it to /update.")
        if prefers_html(request, (*RESULT_FORMS, *GRAPH_FORMS)):
            return _to_the_page()
        if "query" not in request.args:
            return describe_service(request)
    elif request.method == "POST" and update.is_update(request):
        return update.update()
    return _answer(read(request))


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
    return Asked(
        queries[0],
        as_dataset(service(), graphs.getlist("default-graph-uri"), graphs.getlist("named-graph-uri")),
        format_of(request.values.get("format", "")),
        request.headers.get("Accept", ""),
        takes_gzip(request.headers.get("Accept-Encoding", "")),
        as_seconds(request.values.get("timeout", "")),
    )


def as_dataset(here: Service, default_graphs: list[str], named_graphs: list[str]) -> Dataset:
    """Give the dataset that a request names; raises Problem where a graph has no IRI."""
    for iri in (*default_graphs, *named_graphs):
        try:
            ox.NamedNode(iri)
        except ValueError:
            raise Problem("bad-graph-iri", f"{iri!r} is not the IRI of a graph.") from None
    return here.dataset(tuple(default_graphs), tuple(named_graphs))


def as_seconds(timeout: str) -> float | None:
    """Give the seconds that the client gives its query; None where it leaves them to the service; raises Problem."""
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


def _answer(asked: Asked) -> Response:
    here = service()
    task = Task(request.environ, here.in_use(), asked.seconds)
    answered = evaluate(here, task, asked, request.if_none_match.contains_weak)
    response = Response(status=304) if answered.body is None else answered.body.response()
    response.headers.extend(answered.headers)
    return response
