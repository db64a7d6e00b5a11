"""`/id/…`: every thing has an address; a browser is sent to its page, other clients to its data (303)."""

from collections.abc import Iterator
from urllib.parse import quote, unquote

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from levier.graph import Store
from levier.terms import ID, PREFIXES
from levier.web.links import path_of
from levier.web.negotiation import GRAPH_FORMS, HTML, Form, negotiate, prefers_html
from levier.web.portrait import Portrait, illustrative_graphs, portray
from levier.web.problems import Problem
from levier.web.service import service, tagged

blueprint = Blueprint("things", __name__)

_EXTENSIONS: dict[str, Form[ox.RdfFormat]] = {form.names[0]: form for form in GRAPH_FORMS}
_PAGE = HTML.names[0]


@blueprint.route("/id/<path:key>")
def thing(key: str) -> AnyResponse:
    """Send a client on to the page or the data of a thing, or give the one that the extension names."""
    key = _raw_key(key)
    found = service().run(find, key)
    if found:
        return _send_on(found)
    stem, _, extension = key.rpartition(".")
    found = service().run(find, stem) if extension in {*_EXTENSIONS, _PAGE} else None
    if found is None:
        raise Problem("unknown-thing", f"The graph says nothing of <{ID}{key}>.", "The front page lists what is here.")
    return _page(found) if extension == _PAGE else _data(found, _EXTENSIONS[extension])


def _send_on(iri: str) -> AnyResponse:
    """Redirect: what was asked for is a thing in the world, and what can be sent is a document about it."""
    extension = _PAGE if prefers_html(request, GRAPH_FORMS) else negotiate(request, GRAPH_FORMS).names[0]
    response = redirect(f"{path_of(iri, request.root_path)}.{extension}", 303)
    response.vary.add("Accept")
    return response


def _page(iri: str) -> Response:
    here, root = service(), request.root_path
    chosen = here.settings
    portrait: Portrait = here.run(portray, iri, chosen.language, chosen.page_rows, root, here.once(illustrative_graphs))
    page = render_template(
        "thing.html",
        thing=portrait,
        address=path_of(iri, root),
        extensions=list(_EXTENSIONS),
        rows=chosen.page_rows,
    )
    return tagged(Response(page), _PAGE)


def _data(iri: str, form: Form[ox.RdfFormat]) -> Response:
    response = Response(service().run(serialise, iri, form.media_type), content_type=form.content_type)
    return tagged(response, form.names[0])


def serialise(store: Store, iri: str, media_type: str) -> bytes:
    """Give the statements of a thing, of the nodes below its IRI, and of those that it has in common with others."""
    triples = dict.fromkeys(quad.triple for quad in store.below(iri))
    return ox.serialize(triples, format=ox.RdfFormat.from_media_type(media_type), prefixes=PREFIXES) or b""


def find(store: Store, key: str) -> str | None:
    """Give the IRI that a key means, where the graph says something of it."""
    for candidate in dict.fromkeys(_readings(key)):
        try:
            node = ox.NamedNode(ID + candidate)
        except ValueError:
            continue
        if next(store.quads(node), None) is not None:
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
