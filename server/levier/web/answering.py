"""Sends what an engine streams: whole where it is short, in parts where it is long, broken off where it is stopped."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Final

from flask import Response, request

from levier.errors import LevierError
from levier.querying import Form, Run, Size
from levier.web.client import Client
from levier.web.service import OBSERVED, observe, service

WHOLE: Final = 1 << 20
"""Bytes up to which an answer is held until it is finished: its length is known, an error can still be told."""


def stream(function: Callable[..., Size], *args: object, seconds: float | None = None) -> Response:
    """Give the response with what a function of a module streams from an engine, within `seconds` if they are less.

    Raises what the function raises, and QueryStopped, as long as nothing of the answer is sent.
    """
    with ExitStack() as stack:
        run = stack.enter_context(service().stream(function, *args, seconds=seconds))
        chunks = iter(run)
        begun, finished = _begin(chunks)
        form = run.head
        assert isinstance(form, Form)  # noqa: S101  # a job that streams says first what it sends
        if finished:
            observe(rows=run.given.rows)
            response = Response(b"".join(begun))
        else:
            rest = _Rest(begun, chunks, run, stack.pop_all(), Client(request.environ))
            response = Response(rest, direct_passthrough=True)  # or it would be held whole to find out its length
    charset = "; charset=utf-8" if form.media_type.startswith("text/") else ""
    response.content_type = form.media_type + charset
    if form.gzip:
        response.headers["Content-Encoding"] = "gzip"
    return response


def takes_gzip() -> bool:
    """Tell whether the client takes an answer compressed."""
    return request.accept_encodings.quality("gzip") > 0


def _begin(chunks: Iterator[bytes]) -> tuple[list[bytes], bool]:
    begun: list[bytes] = []
    size = 0
    for chunk in chunks:
        begun.append(chunk)
        size += len(chunk)
        if size > WHOLE:
            return begun, False
    return begun, True


class _Rest:
    """The body of a long answer; closing it frees the engine."""

    def __init__(self, begun: list[bytes], chunks: Iterator[bytes], run: Run, stack: ExitStack, client: Client) -> None:
        self._begun = begun
        self._chunks = chunks
        self._run = run
        self._stack = stack
        self._client = client
        self._observed = request.environ.setdefault(OBSERVED, {})

    def __iter__(self) -> Iterator[bytes]:
        while self._begun:
            yield self._begun.pop(0)
        try:
            yield from self._chunks
        except LevierError as error:
            self._observed["stopped"] = error.code
            raise self._client.broken(error.message) from error
        self._observed["rows"] = self._run.given.rows

    def close(self) -> None:
        """Free the engine; ends it where the answer was not taken to its end."""
        self._stack.close()
