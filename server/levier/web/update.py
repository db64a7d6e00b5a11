"""`/update`: the update operation of the SPARQL 1.1 Protocol (§2.2), for who knows the token."""

import hmac
from functools import partial
from typing import Final

import pyoxigraph as ox
from flask import Blueprint, Request, Response, request

from levier.graph import Change, RunUpdate, Written, write, write_elsewhere
from levier.web.asking import check
from levier.web.posted import FORM, decoded
from levier.web.problems import Problem
from levier.web.service import fingerprint, observe, service

blueprint = Blueprint("update", __name__)

_UPDATE: Final = "application/sparql-update"
_BEARER: Final = "bearer"
_PATIENCE: Final = 10.0
"""Seconds that a write waits for another to finish."""


@blueprint.route("/update", methods=["POST"])
@blueprint.route("/update/", methods=["POST"], endpoint="slash")
def update() -> Response:
    """Run an update, whole or not at all."""
    allow_writing()
    request.max_content_length = request.max_form_memory_size = service().settings.max_write_bytes
    text, using, named = _read(request)
    chosen = service().settings
    check(text, chosen.max_write_bytes, chosen.max_query_depth, "update")
    observe(query=fingerprint(text))
    for iri in (*using, *named):
        try:
            ox.NamedNode(iri)
        except ValueError:
            raise Problem("bad-graph-iri", f"{iri!r} is not the IRI of a graph.") from None
    apply(RunUpdate(text, using, named))
    return Response(status=204)


def is_update(request: Request) -> bool:
    """Tell whether a request to the address of queries brings an update."""
    return request.mimetype == _UPDATE or (request.mimetype == FORM and "update" in request.form)


def allow_writing() -> None:
    """Raise Problem where the service is not writable, or the client does not know the token."""
    chosen = service().settings
    if not chosen.writable:
        raise Problem("read-only", "This service reads only; it takes no update.")
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    known = hmac.compare_digest(given.strip().encode(), chosen.token.encode())
    if scheme.lower() != _BEARER or not known:
        raise Problem("token-needed", "Writing needs the token.", "Send it as `Authorization: Bearer TOKEN`.")
    observe(writer=chosen.writer)


def apply(change: Change) -> Written:
    """Make a new snapshot with a change, or change nothing; for who may write.

    Raises Problem where the client may not, and what `levier.graph.writing.write` raises.
    """
    allow_writing()
    here = service()
    chosen = here.settings
    if chosen.endpoint:
        return here.write(write_elsewhere, chosen.endpoint, change, chosen.query_timeout)
    work = partial(
        write,
        chosen.store,
        change,
        writer=chosen.writer,
        union=not here.strict,
        keep=chosen.keep_snapshots,
        wait=_PATIENCE,
    )
    written = here.write(work)
    observe(snapshot=written.version)
    return written


def _read(request: Request) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Give the update, and the graphs that it is to use; raises Problem with the status that the protocol says."""
    graphs = request.args
    if request.mimetype == _UPDATE:
        updates = [decoded(request)]
    elif request.mimetype == FORM:
        updates, graphs = request.form.getlist("update"), request.values
    else:
        given = request.mimetype or "nothing"
        raise Problem("unsupported-media-type", f"An update is posted as {_UPDATE} or as a form, not as {given}.")
    if len(updates) != 1:
        raise Problem("one-query", f"Exactly one update is needed; there are {len(updates) or 'none'}.")
    using, named = graphs.getlist("using-graph-uri"), graphs.getlist("using-named-graph-uri")
    return updates[0], tuple(using), tuple(named)
