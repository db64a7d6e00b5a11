"""`/id/…`: every thing has an address; a browser is sent to its page, other clients to its data (303)."""

from collections.abc import Iterator
from urllib.parse import quote, unquote

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from levier.graph import EmbeddedStore
from levier.terms import ID, PREFIXES
from levier.web.links import path_of
from levier.web.negotiation import GRAPH_FORMS, HTML, Form, negotiate, prefers_html
from levier.web.portrait import Painter, illustrative_graphs
from levier.web.problems import Problem
from levier.web.service import service
from levier.web.sparql import send

blueprint = Blueprint("things", __name__)

_EXTENSIONS: dict[str, Form[ox.RdfFormat]] = {form.names[0]: form for form in GRAPH_FORMS}
_PAGE = HTML.names[0]


@blueprint.route("/id/<path:key>")
def thing(key: str) -> AnyResponse:
    """Send a client on to the page or the data of a thing, or give the one that the extension names."""
    key = _raw_key(key)
    store = service().store()
    found = _find(store, key)
    if found:
        return _send_on(found)
    stem, _, extension = key.rpartition(".")
    found = _find(store, stem) if extension in {*_EXTENSIONS, _PAGE} else None
    if found is None:
        raise Problem("unknown-thing", f"The graph says nothing of <{ID}{key}>.", "The front page lists what is here.")
    return _page(store, found) if extension == _PAGE else _data(store, found, _EXTENSIONS[extension])


def _send_on(iri: str) -> AnyResponse:
    """Redirect: what was asked for is a thing in the world, and what can be sent is a document about it."""
    extension = _PAGE if prefers_html(request, GRAPH_FORMS) else negotiate(request, GRAPH_FORMS).names[0]
    response = redirect(f"{path_of(iri)}.{extension}", 303)
    response.vary.add("Accept")
    return response


def _page(store: EmbeddedStore, iri: str) -> Response:
    here = service()
    painter = Painter(store, here.settings.language, here.settings.page_rows, here.in_use().once(illustrative_graphs))
    page = render_template(
        "thing.html", thing=painter.portray(iri), address=path_of(iri), extensions=list(_EXTENSIONS), rows=painter.rows
    )
    return Response(page)


def _data(store: EmbeddedStore, iri: str, form: Form[ox.RdfFormat]) -> Response:
    triples = dict.fromkeys(quad.triple for quad in store.below(iri))
    return send(ox.serialize(triples, format=form.value, prefixes=PREFIXES), form)


def _find(store: EmbeddedStore, key: str) -> str | None:
    """Give the IRI that a key means, where the graph says something of it."""
    for candidate in dict.fromkeys(_readings(key)):
        try:
            node = ox.NamedNode(ID + candidate)
        except ValueError:
            continue
        if next(iter(store.raw.quads_for_pattern(node, None, None, None)), None) is not None:
            return node.value
    return None


def _readings(key: str) -> Iterator[str]:
    """Give what a key may have been before a client escaped it more, or less, than our IRIs are."""
    yield key
    yield "/".join(quote(unquote(part), safe="") for part in key.split("/"))
    yield unquote(key)


def _raw_key(decoded: str) -> str:
    """Give the path below /id/ as it was sent: a `%2F` within an identifier is not a slash.

    WSGI hands over the path decoded; the servers keep the original beside it, its bytes read as Latin-1.
    """
    raw = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or "").partition("?")[0]
    _, found, key = raw.encode("latin-1").decode("utf-8", "replace").partition("/id/")
    return key if found and unquote(key) == decoded else decoded
