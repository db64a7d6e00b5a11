"""Simple queries of clients that were heard before, answered in one go.

A client sends the same head with each of its queries, so what follows from it is worked out once. What the layers
`Observed`, `Cached` and `Quick` do for any request, one after the other, is done here for the simplest in fewer steps:
beside an engine, they come so seldom that the code of each has to be fetched from memory again. Whatever is not as
simple is left to them.
"""

from functools import lru_cache
from socket import socket
from time import perf_counter, time
from typing import TYPE_CHECKING, Final, NamedTuple

from levier.errors import NotAcceptable, SnapshotMissing
from levier.graph import Stamp
from levier.querying import Form, answer
from levier.web.answering import Streamed, streamed
from levier.web.asking import make_query
from levier.web.cached import Cached, Kept, Key, manner
from levier.web.client import SOCKET
from levier.web.evaluating import VARY, tag_of, type_of
from levier.web.headers import ALWAYS, ASK_EACH_TIME, lines
from levier.web.negotiation import GRAPH_FORMS, RESULT_FORMS, choose, takes_gzip
from levier.web.observed import Observed, Told
from levier.web.problems import Problem
from levier.web.quick import PATH, QUERY, decoded, is_usual, not_here
from levier.web.service import OBSERVED, Service, Task

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_BEGINNING: Final = f"{PATH}?{QUERY}="
"""Of the target of a simple query."""
STATUS: Final = "200 OK"
"""Of what is given."""
_OK: Final = 200
_PATH: Final = PATH + "?"
_KEPT: Final = Form("")
"""Of what is kept: the lines of its headers tell."""


class Heard(NamedTuple):
    """What follows from the head of a query."""

    environ: "WSGIEnvironment"
    """Of any query with this head, as far as the log looks at it."""
    manner: Key
    rows_as: str
    graph_as: str
    gzip: bool


def listen(environ: "WSGIEnvironment") -> Heard | None:
    """Give what follows from the head of a request, by the environment of one; None where there is more to it."""
    if environ["REQUEST_METHOD"] != "GET" or not is_usual(environ):
        return None
    accept = environ.get("HTTP_ACCEPT", "")
    rows_as, graph_as = type_of(choose("", accept, RESULT_FORMS)), type_of(choose("", accept, GRAPH_FORMS))
    if not rows_as and not graph_as:
        return None
    query = {**environ, "PATH_INFO": PATH}
    return Heard(query, manner(query), rows_as, graph_as, takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")))


class Given(NamedTuple):
    """An answer of 200, to be sent."""

    heard: Heard
    moment: float
    """When its request came, by `time`; `began` is that by `perf_counter`."""
    began: float
    facts: dict[str, object]
    """What the log is to say of it."""
    lines: str
    """Its headers, as they are sent."""
    body: Streamed


class Express:
    """Answers what is simple, before an application that is observed and keeps its answers."""

    def __init__(self, here: Service, cached: Cached, observed: Observed) -> None:
        """Make it; `observed` has `cached` behind it, and that answers from `here`."""
        self._here = here
        self._cached = cached
        self._observed = observed
        self._dataset = here.dataset()

    def answer(self, heard: Heard, target: str, client: socket) -> Given | None:
        """Give the answer to a request; None where it is for the application. Raises NotHere as that does."""
        if not target.startswith(_BEGINNING):
            return None
        moment, began = time(), perf_counter()
        stamp = self._cached.follow()
        encoded = target.removeprefix(_PATH)
        key = (target, encoded, *heard.manner)
        kept = self._cached.kept(key)
        if kept is not None:
            return Given(heard, moment, began, {"cache": "hit"}, kept.lines, Streamed(_KEPT, kept.body, None))
        fields = decoded(encoded)
        if stamp is None or not fields or len(fields) > 1 or self._cached.was_asked(key):
            return None
        facts: dict[str, object] = {}
        environ = {OBSERVED: facts, SOCKET: client}
        found = self._find(heard, fields[0][1], environ, stamp)
        if found is None:
            return None
        body, tag = found
        sent = f"{_always(body.form)}ETag: {tag}\r\n"
        if body.whole is not None:
            sent += f"Content-Length: {len(body.whole)}\r\n"
        if body.whole is not None and self._cached.keeps:
            facts["cache"] = "miss"
            if self._cached.worth(key, stamp, perf_counter() - began):
                self._cached.keep(key, Kept(STATUS, sent, body.whole, tag))
        return Given(heard, moment, began, facts, sent, body)

    def _find(self, heard: Heard, text: str, environ: "WSGIEnvironment", stamp: Stamp) -> tuple[Streamed, str] | None:
        """Give what answers a query, and its ETag; None where there is more to it."""
        try:
            task = Task(environ, self._here.follow(environ[OBSERVED], stamp))
            query = make_query(self._here, text, self._dataset, heard.rows_as, heard.graph_as, gzip=heard.gzip)
            tag = tag_of(self._here, task, query)
            return (streamed(self._here, task, answer, query), f'W/"{tag}"') if tag else None
        except (NotAcceptable, Problem, SnapshotMissing):
            return None
        except Exception as error:
            raise not_here(error) from error

    def finish(self, given: Given, sent: int, *, whole: bool) -> None:
        """Log and count an answer of which so many bytes were sent; to be called once, for each."""
        given.body.close()
        seconds = perf_counter() - given.began
        told = Told(given.heard.environ, given.moment, seconds, _OK, sent, whole, given.facts)
        self._observed.finish(told)


@lru_cache(64)
def _always(form: Form) -> str:
    """Give the lines of the headers that every answer in this form has, whole or not."""
    return lines([*Streamed(form, None, None).headers(), VARY, ASK_EACH_TIME, *ALWAYS])
