"""What answers a query, by whatever way the protocol brought it: its form, its tag, and what the engine makes of it."""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

from levier.errors import NotAcceptable, SnapshotMissing
from levier.graph import Dataset
from levier.querying import Query, answer
from levier.web.answering import Streamed, streamed
from levier.web.asking import is_volatile, make_query
from levier.web.headers import ASK_EACH_TIME, NEVER_KEPT
from levier.web.negotiation import GRAPH_FORMS, RESULT_FORMS, Form, choose
from levier.web.problems import Problem
from levier.web.service import Service, Task, facts_of, fingerprint

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_READING: Final = {"GET", "HEAD"}
VARY: Final = ("Vary", "Accept, Accept-Encoding")


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

    headers: list[tuple[str, str]]
    """Beside those that say what the body is."""
    body: Streamed | None
    """None where the client has it."""


def evaluate(here: Service, task: Task, asked: Asked, has: Callable[[str], bool]) -> Answer:
    """Give the answer to a query; `has` tells whether the client has that of an ETag.

    Raises Problem, and what an engine raises, as long as nothing of the answer is sent.
    """
    try:
        return _evaluate(here, task, asked, has)
    except SnapshotMissing:  # tidied away between the look at the pointer and the opening
        now = here.follow(facts_of(task.environ))
        return _evaluate(here, task._replace(in_use=now), asked, has)


def _evaluate(here: Service, task: Task, asked: Asked, has: Callable[[str], bool]) -> Answer:
    rows_form = choose(asked.form, asked.accept, RESULT_FORMS)
    graph_form = choose(asked.form, asked.accept, GRAPH_FORMS)
    if isinstance(rows_form, str) and isinstance(graph_form, str):
        raise Problem("not-acceptable", rows_form)
    query = make_query(here, asked.text, asked.dataset, type_of(rows_form), type_of(graph_form), gzip=asked.gzip)
    tag = tag_of(here, task, query)
    headers = [VARY, ("ETag", f'W/"{tag}"') if tag else NEVER_KEPT]
    if tag and task.environ["REQUEST_METHOD"] in _READING:
        headers.append(ASK_EACH_TIME)
        if has(tag):
            return Answer(headers, None)
    try:
        return Answer(headers, streamed(here, task, answer, query))
    except NotAcceptable:  # only the engine finds out which kind of form is needed
        refused = next((form for form in (rows_form, graph_form) if isinstance(form, str)), "No form fits.")
        raise Problem("not-acceptable", refused) from None


def type_of(form: Form[ox.QueryResultsFormat] | Form[ox.RdfFormat] | str) -> str:
    """Give the media type of a form that was chosen; empty where there is a reason instead."""
    return "" if isinstance(form, str) else form.media_type


def name_query(environ: "WSGIEnvironment", text: str, dataset: Dataset) -> str:
    """Give what tells a query from others, and have the log say it."""
    mark = fingerprint(text, _name(dataset))
    facts_of(environ)["query"] = mark
    return mark


def tag_of(here: Service, task: Task, query: Query) -> str:
    """Give the ETag of an answer; empty where it may differ from one time to the next."""
    mark = name_query(task.environ, query.text, query.dataset)
    return (
        ""
        if is_volatile(query.text)
        else here.tag_of(task.in_use, mark, _forms(query.rows_as, query.graph_as, query.gzip))
    )


@lru_cache(64)
def _name(dataset: Dataset) -> str:
    return repr(dataset)


@lru_cache(64)
def _forms(rows_as: str, graph_as: str, gzip: bool) -> str:
    return fingerprint(rows_as, graph_as, str(gzip))
