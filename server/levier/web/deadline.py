"""The time limit of a request: the engine cannot be stopped within a query, so the whole process that runs it ends.

Before it ends, the client is told; the server starts another process in its place.
"""

import logging
import os
import socket
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from flask import Flask

from levier.web.problems import Problem, respond

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_log = logging.getLogger(__name__)

SOCKET: Final = "gunicorn.socket"
"""Where gunicorn keeps the client's connection; under a server without it there is no limit."""


class Deadline:
    """A WSGI application with a limit on the seconds until its answer is ready to be sent.

    Only for servers that run one request at a time in a process: the others in it would end with it.
    """

    def __init__(self, app: Flask, seconds: float) -> None:
        self._app = app
        self._seconds = seconds
        self._deciding = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request, or tell the client that time is up and end the process."""
        if SOCKET not in environ:
            return self._app(environ, start_response)
        answered = threading.Event()
        timer = threading.Timer(self._seconds, self._end, (environ, answered))
        timer.daemon = True
        timer.start()
        try:
            return self._app(environ, start_response)
        finally:
            with self._deciding:  # either the answer is sent or the process ends, never both
                answered.set()
            timer.cancel()

    def _end(self, environ: "WSGIEnvironment", answered: threading.Event) -> None:
        with self._deciding:
            if answered.is_set():
                return
            path = environ.get("PATH_INFO", "")
            _log.warning("%s %s ran longer than %s s and was ended.", environ["REQUEST_METHOD"], path, self._seconds)
            try:
                self._tell(environ)
            finally:
                os._exit(0)

    def _tell(self, environ: "WSGIEnvironment") -> None:
        """Write the answer straight to the connection, since the thread that should is within the engine."""
        with self._app.request_context(environ):
            problem = Problem(
                "query-timeout",
                f"The query ran longer than the {self._seconds:g} s that it may, and was ended.",
                "Ask for less: fewer patterns that have no variable in common, or a narrower one first.",
            )
            response = self._app.process_response(respond(problem))
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else response.get_data()
        head = "".join(f"{name}: {value}\r\n" for name, value in response.headers)
        client: socket.socket = environ[SOCKET]
        client.sendall(f"HTTP/1.1 {response.status}\r\n{head}Connection: close\r\n\r\n".encode("latin-1") + body)
        client.shutdown(socket.SHUT_WR)
