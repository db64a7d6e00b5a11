"""Queries that come as most do, answered without Flask: only the reading of the request is another.

Whatever is unusual about a request, and every answer that is an error, is left to the application.
"""

from binascii import a2b_qp
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Final

from levier.errors import LevierError, PlacesTaken
from levier.querying import NotHere
from levier.web.evaluating import Asked, evaluate
from levier.web.headers import ALWAYS
from levier.web.negotiation import format_of, takes_gzip
from levier.web.posted import FORM
from levier.web.service import FAILED, STAMP, Service, Task, facts_of
from levier.web.sparql import as_dataset, as_seconds

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH: Final = "/sparql"
QUERY: Final = "query"
_ONCE: Final = {QUERY, "format", "timeout"}
_OFTEN: Final = {"default-graph-uri", "named-graph-uri"}
_UNUSUAL: Final = frozenset((
    "HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_RANGE",
    "HTTP_IF_RANGE",
))  # fmt: skip
_HTML: Final = "html"
_LONGEST_FORM: Final = 1 << 14
"""Bytes of a form that every service takes, whatever its limits."""

Fields = list[tuple[str, str]]


class Quick:
    """A WSGI application before that of Flask."""

    def __init__(self, here: Service, app: "WSGIApplication") -> None:
        """Make it, before the application that answers what is not for it; that one may raise NotHere."""
        self._here = here
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        fields = None if FAILED in environ else _fields(environ)
        if fields is None:
            return self._app(environ, start_response)
        try:
            asked = self._asked(fields, environ)
            task = Task(environ, self._here.follow(facts_of(environ), environ.get(STAMP)), asked.seconds)
            answered = evaluate(self._here, task, asked, _has_nothing)
        except Exception as error:  # noqa: BLE001  # whatever it is, nothing is sent, and it is told as all others are
            environ[FAILED] = error
            return self._app(environ, start_response)
        assert answered.body is not None  # noqa: S101  # the client has nothing
        start_response("200 OK", [*answered.body.headers(), *answered.headers, *ALWAYS])
        return answered.body.pieces()

    def _asked(self, fields: Fields, environ: "WSGIEnvironment") -> Asked:
        one = dict(fields)
        graphs: tuple[list[str], list[str]] = ([], [])
        for name, value in fields:
            if name in _OFTEN:
                graphs[name == "named-graph-uri"].append(value)
        return Asked(
            one[QUERY],
            as_dataset(self._here, *graphs),
            format_of(one.get("format", "")),
            environ.get("HTTP_ACCEPT", ""),
            takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")),
            as_seconds(one.get("timeout", "")),
        )


def elsewhere(environ: "WSGIEnvironment", _: "StartResponse") -> Iterable[bytes]:
    """Be the application where there is none: raise NotHere, with an error where another try would give it again."""
    raise not_here(environ.get(FAILED))


def not_here(error: Exception | None) -> NotHere:
    """Give what says that another process has to answer, because of this error if any."""
    return NotHere(error) if isinstance(error, LevierError) and not isinstance(error, PlacesTaken) else NotHere()


def _has_nothing(_: str) -> bool:
    return False


def _fields(environ: "WSGIEnvironment") -> Fields | None:
    """Give the fields of a query that comes as most do; None for another, and for one whose client may want a page."""
    if environ.get("PATH_INFO") != PATH or not is_usual(environ):
        return None
    encoded = _encoded(environ)
    if not encoded:
        return None
    fields = decoded(encoded)
    if fields is None:
        return None
    if len(fields) == 1 and fields[0][0] == QUERY:  # as most
        return fields
    names = [name for name, _ in fields if name not in _OFTEN]
    usual = QUERY in names and _ONCE.issuperset(names) and len(set(names)) == len(names)
    page = any(name == "format" and format_of(value) == _HTML for name, value in fields)
    return fields if usual and not page else None


def is_usual(environ: "WSGIEnvironment") -> bool:
    """Tell whether a client asks for a whole answer, and not for a page."""
    return _HTML not in environ.get("HTTP_ACCEPT", "").lower() and _UNUSUAL.isdisjoint(environ)


def decoded(encoded: str) -> Fields | None:
    """Give the fields, as `parse_qsl` does in ten times the time; None where they are not encoded as they should be.

    But for the sign, `%41` is quoted-printable, for which Python has a decoder in C. What it would read in another way
    is a sign without two digits, at which the length does not come out, and one before the end of a line.
    """
    if "\n" in encoded or "\r" in encoded:
        return None
    fields = []
    for field in filter(None, encoded.split("&")):
        name, _, value = field.partition("=")
        raw = value.replace("+", " ").encode()
        decoded = a2b_qp(raw.replace(b"=", b"%3D").replace(b"%", b"=")) if b"%" in raw else raw
        if len(decoded) != len(raw) - 2 * raw.count(b"%"):
            return None
        try:
            fields.append((name, decoded.decode()))
        except UnicodeDecodeError:
            return None
    return fields


def _encoded(environ: "WSGIEnvironment") -> str:
    """Give the fields as they are sent; nothing where they are not sent as usual."""
    query: str = environ["QUERY_STRING"]
    if environ["REQUEST_METHOD"] == "GET":
        return query if query.isascii() else ""
    body = environ["wsgi.input"]
    if environ["REQUEST_METHOD"] != "POST" or query or environ.get("CONTENT_TYPE") != FORM or type(body) is not BytesIO:
        return ""
    given = body.getvalue()
    return given.decode("ascii") if len(given) <= _LONGEST_FORM and given.isascii() else ""
