"""What answers a query, by whatever way the protocol brought it: its form, its tag, and what the engine makes of it."""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from levier.errors import NotAcceptable, SnapshotMissing
from levier.graph import Dataset
from levier.querying import answer
from levier.web.answering import Streamed, streamed
from levier.web.asking import is_volatile, make_query
from levier.web.headers import ASK_EACH_TIME, NEVER_KEPT
from levier.web.negotiation import GRAPH_FORMS, RESULT_FORMS, Form, choose
from levier.web.problems import Problem
from levier.web.service import InUse, Request, Service, facts_of, fingerprint

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_READING = {"GET", "HEAD"}


class Asked(NamedTuple):
    """A query as the protocol brought it."""

    text: str
    dataset: Dataset
    form: str
    """What `format=` means, as `format_of` gives it."""
    accept: str
    gzip: bool
    seconds: float | None
    """What the client gives its query; None where it leaves that to the service."""


class Answer(NamedTuple):
    """What answers a query."""

    headers: tuple[tuple[str, str], ...]
    """Beside those that say what the body is."""
    body: Streamed | None
    """None where the client has it."""


def evaluate(here: Service, in_use: InUse, environ: "WSGIEnvironment", asked: Asked, has: Callable[[str], bool]) -> Answer:
    """Give the answer to a query; `has` tells whether the client has that of an ETag.

    Raises Problem, and what an engine raises, as long as nothing of the answer is sent.
    """
    try:
        return _evaluate(here, in_use, environ, asked, has)
    except SnapshotMissing:  # tidied away between the look at the pointer and the opening
        return _evaluate(here, here.follow(facts_of(environ)), environ, asked, has)


def _evaluate(here: Service, in_use: InUse, environ: "WSGIEnvironment", asked: Asked, has: Callable[[str], bool]) -> Answer:
    rows_form, graph_form = choose(asked.form, asked.accept, RESULT_FORMS), choose(asked.form, asked.accept, GRAPH_FORMS)
    if isinstance(rows_form, str) and isinstance(graph_form, str):
        raise Problem("not-acceptable", rows_form)
    query = make_query(here, asked.text, asked.dataset, _type(rows_form), _type(graph_form), gzip=asked.gzip)
    mark = facts_of(environ)["query"] = fingerprint(query.text, repr(query.dataset))
    tag = "" if is_volatile(query.text) else here.tag_of(in_use, mark, _edition(query.rows_as, query.graph_as, query.gzip))
    headers = (_VARY, ("ETag", f'"{tag}"')) if tag else (_VARY, NEVER_KEPT)
    if environ["REQUEST_METHOD"] in _READING and tag:
        headers = (*headers, ASK_EACH_TIME)
        if has(tag):
            return Answer(headers, None)
    try:
        return Answer(headers, streamed(here, Request(environ, in_use, asked.seconds), answer, query))
    except NotAcceptable:  # only the engine finds out which kind of form is needed
        refused = next((form for form in (rows_form, graph_form) if isinstance(form, str)), "No form fits.")
        raise Problem("not-acceptable", refused) from None


_VARY = ("Vary", "Accept, Accept-Encoding")


def _type(form: Form[ox.QueryResultsFormat] | Form[ox.RdfFormat] | str) -> str:
    return "" if isinstance(form, str) else form.media_type


@lru_cache(64)
def _edition(rows_as: str, graph_as: str, gzip: bool) -> str:  # noqa: FBT001  # a key
    return fingerprint(rows_as, graph_as, str(gzip))
