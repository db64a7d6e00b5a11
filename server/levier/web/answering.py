"""Sends what an engine streams: whole where it is short, in parts where it is long, broken off where it is stopped."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from flask import Response, request

from levier.errors import LevierError
from levier.querying import Done, Form, Run, Size
from levier.web.client import Client
from levier.web.service import Service, Task, facts_of, service

WHOLE: Final = 1 << 20
"""Bytes up to which an answer is held until it is finished: its length is known, an error can still be told."""


class Streamed(NamedTuple):
    """The answer of an engine: all of it, or the beginning and what is to come."""

    form: Form
    whole: bytes | None
    rest: "_Rest | None"

    def headers(self) -> list[tuple[str, str]]:
        """Give the headers that say what it is."""
        kind = self.form.media_type
        said = [("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)]
        if self.whole is not None:
            said.append(("Content-Length", str(len(self.whole))))
        if self.form.gzip:
            said.append(("Content-Encoding", "gzip"))
        return said

    def pieces(self) -> Iterable[bytes]:
        """Give the bytes of it; to be closed if they are not taken to their end."""
        return self.rest or (self.whole or b"",)

    def close(self) -> None:
        """Free the engine, if it is still under way."""
        if self.rest is not None:
            self.rest.close()

    def response(self) -> Response:
        """Give it as Flask has it."""
        if self.rest is None:
            return Response(self.whole, headers=self.headers())
        # Held whole otherwise, to find out its length.
        return Response(self.rest, headers=self.headers(), direct_passthrough=True)


def stream(function: Callable[..., Size], *args: object) -> Response:
    """Give the response with what a function of a module streams from an engine; raises what `streamed` raises."""
    return streamed(service(), Task(request.environ, service().in_use()), function, *args).response()


def streamed(here: Service, task: Task, function: Callable[..., Size], *args: object) -> Streamed:
    """Give what a function of a module streams from an engine.

    Raises what the function raises, and QueryStopped, as long as nothing of the answer is sent.
    """
    run = here.stream(function, args, task)
    finished = True
    try:
        chunks = iter(run)
        begun, finished = _begin(chunks)
        form = run.head
        assert isinstance(form, Form)  # noqa: S101  # a job that streams says first what it sends
        if not finished:
            return Streamed(form, None, _Rest(begun, chunks, run, task))
    finally:
        if finished:
            run.close()
    facts_of(task.environ)["rows"] = run.given.rows
    return Streamed(form, b"".join(begun), None)


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

    def __init__(self, begun: list[bytes], chunks: Iterator[bytes], run: Run | Done, task: Task) -> None:
        self._begun = begun
        self._chunks = chunks
        self._run = run
        self._client = Client(task.environ)
        self._observed = facts_of(task.environ)

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
        self._run.close()
