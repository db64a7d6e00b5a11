"""Watches over a request: the engine cannot be stopped within a query, so the whole process that runs it ends.

It ends where time is up, where it takes too much memory, or where the client has gone. A client that is still there is
told; the server starts another process in its place.
"""

import logging
import os
import resource
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from flask import Flask

from levier.settings import Settings
from levier.web.problems import Problem, respond

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_log = logging.getLogger(__name__)

SOCKET: Final = "gunicorn.socket"
"""Where gunicorn keeps the client's connection; under a server without it nothing is watched."""
WATCH: Final = "levier.watch"
"""Where a request finds the one who watches over it."""
_LOOK: Final = 0.2
"""Seconds between two looks at the memory and at the client."""
_ESTABLISHED: Final = 1
"""The first byte of TCP_INFO (Linux, tcp(7)) as long as neither side has closed the connection."""
_MEMORY: Final = Path("/proc/self/statm")
"""Where Linux tells how many pages the process holds in memory, as the second number."""


class Watch:
    """A WSGI application that ends its process where a request goes beyond its limits before its answer is ready.

    Only for servers that run one request at a time in a process: the others in it would end with it.
    """

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request, or tell the client why not and end the process."""
        if SOCKET not in environ:
            return self._app(environ, start_response)
        watched = Watched(self._app, environ, self._settings.query_timeout, self._settings.max_query_memory)
        environ[WATCH] = watched
        threading.Thread(target=watched.look, daemon=True).start()
        try:
            return self._app(environ, start_response)
        finally:
            watched.answered()


class Watched:
    """One request, from its arrival until its answer is ready to be sent."""

    def __init__(self, app: Flask, environ: "WSGIEnvironment", seconds: float, memory: int) -> None:
        self._app = app
        self._environ = environ
        self._seconds = seconds
        self._memory = memory
        self._before = _held()
        self._began = monotonic()
        self._done = threading.Event()
        self._deciding = threading.Lock()

    def shorten(self, seconds: float) -> None:
        """Let the request run for so many seconds only, where that is less than it may."""
        self._seconds = min(self._seconds, seconds)

    def answered(self) -> None:
        """Look no more: either the answer is sent or the process ends, never both."""
        with self._deciding:
            self._done.set()

    def look(self) -> None:
        """Look at the clock, the memory and the client until the answer is ready, or one of them ends the process."""
        while not self._done.wait(min(_LOOK, max(0, self._began + self._seconds - monotonic()))):
            if monotonic() - self._began >= self._seconds:
                self._end(_late(self._seconds))
            elif _held() - self._before > self._memory:
                self._end(_large(self._memory))
            elif _gone(self._environ[SOCKET]):
                self._end(None)

    def _end(self, problem: Problem | None) -> None:
        """End the process; without a problem there is nobody to tell."""
        with self._deciding:
            if self._done.is_set():
                return
            reason = problem.detail if problem else "The client went away."
            _log.warning("%s %s was ended: %s", self._environ["REQUEST_METHOD"], self._environ["PATH_INFO"], reason)
            try:
                if problem:
                    self._tell(problem)
            finally:
                os._exit(0)

    def _tell(self, problem: Problem) -> None:
        """Write the answer straight to the connection, since the thread that should is within the engine."""
        with self._app.request_context(self._environ):
            response = self._app.process_response(respond(problem))
        body = b"" if self._environ["REQUEST_METHOD"] == "HEAD" else response.get_data()
        head = "".join(f"{name}: {value}\r\n" for name, value in response.headers)
        client: socket.socket = self._environ[SOCKET]
        client.sendall(f"HTTP/1.1 {response.status}\r\n{head}Connection: close\r\n\r\n".encode("latin-1") + body)
        client.shutdown(socket.SHUT_WR)


def _late(seconds: float) -> Problem:
    return Problem(
        "query-timeout",
        f"The query ran longer than the {seconds:g} s that it may, and was ended.",
        "Ask for less: fewer patterns that have no variable in common, or a narrower one first.",
    )


def _large(memory: int) -> Problem:
    return Problem(
        "query-memory",
        f"The query took more than the {memory:,} bytes of memory that it may, and was ended.",
        "Ask for less: a LIMIT, fewer columns, no ORDER BY over all there is.",
    )


def _held() -> int:
    """Give the bytes of memory that the process holds; 0 where the system does not tell."""
    try:
        pages = _MEMORY.read_bytes().split()[1]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()


def _gone(client: socket.socket) -> bool:
    """Tell whether the client has closed its side, as far as the system tells; one that waits has not."""
    try:
        return client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != _ESTABLISHED
    except (OSError, AttributeError):  # a Unix socket; a system other than Linux
        return False
