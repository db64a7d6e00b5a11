"""Errors over HTTP: `application/problem+json` (RFC 9457) with a stable `code` and one sentence, never a stack trace.

A browser gets the same sentence on a page.
"""

import json
import logging
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from levier.errors import LevierError, SnapshotMissing
from levier.web.service import observe

_log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"

CODES: Final[dict[str, int]] = {
    "bad-request": 400,
    "one-query": 400,
    "query-syntax": 400,
    "query-too-deep": 400,
    "bad-graph-iri": 400,
    "using-conflict": 400,
    "not-rdf": 400,
    "bad-timeout": 400,
    "bad-parameter": 400,
    "not-utf-8": 400,
    "update-by-get": 400,
    "token-needed": 401,
    "read-only": 403,
    "query-rejected": 403,
    "not-found": 404,
    "unknown-thing": 404,
    "unknown-graph": 404,
    "unknown-question": 404,
    "method-not-allowed": 405,
    "not-acceptable": 406,
    "query-too-long": 413,
    "address-too-long": 414,
    "unsupported-media-type": 415,
    "fault": 500,
    "service-failed": 502,
    "endpoint-failed": 502,
    "snapshot-missing": 503,
    "query-timeout": 503,
    "query-memory": 503,
    "query-lost": 503,
    "client-gone": 503,
    "result-too-long": 503,
    "places-taken": 503,
    "write-busy": 503,
}
"""Every code that a problem can have, and its HTTP status."""

_OF_STATUS = {404: "not-found", 405: "method-not-allowed", 413: "query-too-long", 415: "unsupported-media-type"}
_SAID = {
    404: ("There is nothing at this address.", "The front page lists what is here."),
    405: ("This address does not take that method.", ""),
    413: ("The request is longer than this service takes.", ""),
}
FAULT: Final = "A fault of ours, not of your request; it is in the server's log."
_NOT_TOLD = {"fault", "snapshot-missing"}
"""The codes of errors whose message may name files of the server."""
_AGAIN = {"places-taken": 1, "write-busy": 5, "snapshot-missing": 30}
"""Seconds after which it is worth asking again."""


class Problem(Exception):
    """An answer that is an error: a stable code, with its HTTP status, one sentence, and what to do."""

    def __init__(self, code: str, detail: str, hint: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.status = CODES[code]
        self.detail = detail
        self.hint = hint


def register(app: Flask) -> None:
    """Map every error that a request can raise, at this single boundary."""
    app.register_error_handler(Problem, respond)
    app.register_error_handler(LevierError, lambda error: respond(from_ours(error)))
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(Exception, lambda error: respond(_from_fault(error)))


def respond(problem: Problem) -> Response:
    """Give the answer that tells the problem."""
    if request.accept_mimetypes.quality("text/html") > request.accept_mimetypes.quality(MEDIA_TYPE):
        response = Response(render_template("problem.html", problem=problem), content_type="text/html; charset=utf-8")
    else:
        response = jsonify(as_json(problem))
        response.content_type = MEDIA_TYPE
    response.status_code = problem.status
    response.vary.add("Accept")
    response.headers["Cache-Control"] = "no-store"
    if problem.code in _AGAIN:
        response.headers["Retry-After"] = str(_AGAIN[problem.code])
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="levier"'
    observe(code=problem.code)
    return response


def as_json(problem: Problem) -> dict[str, str | int]:
    """Give the members of the problem's JSON; its type is `about:blank`, so that its title is that of the status."""
    title = HTTPStatus(problem.status).phrase
    body: dict[str, str | int] = {"type": "about:blank", "title": title, "status": problem.status}
    return body | {"code": problem.code, "detail": problem.detail} | ({"hint": problem.hint} if problem.hint else {})


def on_the_wire(problem: Problem) -> bytes:
    """Give the bytes of the whole HTTP response that tells a problem, for a server that could not read the request."""
    body = json.dumps(as_json(problem), ensure_ascii=False).encode()
    status = HTTPStatus(problem.status)
    head = f"HTTP/1.1 {status} {status.phrase}\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


def from_ours(error: LevierError) -> Problem:
    """Give the problem that an error of Levier is to whoever asked."""
    if isinstance(error, SnapshotMissing):
        return Problem(error.code, "There is nothing to answer from: no snapshot is built yet.", "Try again later.")
    if error.code in CODES and error.code not in _NOT_TOLD:
        return Problem(error.code, error.message, error.hint)
    return _from_fault(error)


def _from_http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:  # noqa: PLR2004  # a redirection, such as of a doubled slash
        return Response(status=status, headers=dict(error.get_headers()))
    detail, hint = _SAID.get(status, (error.description or error.name, ""))
    response = respond(Problem(_OF_STATUS.get(status, "bad-request"), detail, hint))
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def _from_fault(error: Exception) -> Problem:
    _log.error("a fault of ours while answering %s %s", request.method, request.path, exc_info=error)
    return Problem("fault", FAULT)
