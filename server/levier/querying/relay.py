"""A relay on loopback that lives for one query: the engine asks it in place of the servers that SERVICE names.

The engine's own HTTP client follows any name to any address, and has no limits; the relay asks for it, and only the
addresses that it was made with. It asks each thing once: the engine repeats the same request for each row of an EXISTS.
"""

import hmac
import re
import secrets
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self

from levier.querying.relay_upstream import Answer, Request, Unanswered, ask

_PATIENCE: Final = 5.0
"""Seconds in which a local process must have sent its request."""


class Relay:
    """Answers the engine with what the servers at these addresses say, from the beginning to the end of a `with`."""

    def __init__(self, targets: Sequence[str], timeout: float, max_bytes: int) -> None:
        """`timeout` in seconds for each answer as a whole; `max_bytes` that each may have."""
        self._targets = tuple(targets)
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._token = secrets.token_urlsafe(32)
        self._failures: dict[int, str] = {}
        self._kept: dict[tuple[str, Request], Answer | str] = {}
        self._kept_bytes = 0
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve, name="levier-relay")

    @property
    def failures(self) -> dict[int, str]:
        """The places of the targets that gave no answer so far, and why: “the server …”."""
        return dict(self._failures)

    def address(self, place: int) -> str:
        """Give where the engine finds the target of this place."""
        return f"{self._prefix}{place}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.end()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()  # waits for the threads of the requests

    @property
    def _prefix(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{self._token}/"

    def place(self, path: str) -> int | None:
        """Give the place that a path asks for; None where it does not know the secret, or there is none."""
        token, _, number = path.removeprefix("/").partition("/")
        knows = hmac.compare_digest(token.encode(), self._token.encode())
        return int(number) if knows and number.isdecimal() and int(number) < len(self._targets) else None

    def ask(self, place: int, request: Request) -> Answer | str:
        """Ask the target of a place, or give again what it said to the same request: an answer, or why there is none.

        An error itself is not kept: it holds on to the engine's rows, which must go in the thread that made them.
        """
        target = self._targets[place]
        request = Request(self._restored(request.body), request.content_type, request.accept)
        with self._lock:
            outcome = self._kept.get((target, request))
            if outcome is None:
                outcome = self._asked(target, request)
                self._keep(target, request, outcome)
            if isinstance(outcome, str):
                self._failures.setdefault(place, outcome)
        return outcome

    def _asked(self, target: str, request: Request) -> Answer | str:
        try:
            return ask(target, request, self._timeout, self._max_bytes)
        except Unanswered as error:
            return error.reason

    def _keep(self, target: str, request: Request, outcome: Answer | str) -> None:
        """Keep an answer for the next time, as long as all of them have not more bytes than one may have."""
        size = len(outcome.body) if isinstance(outcome, Answer) else 0
        if self._kept_bytes + size <= self._max_bytes:
            self._kept_bytes += size
            self._kept[target, request] = outcome

    def _restored(self, body: bytes) -> bytes:
        """Put the real addresses into a query: a SERVICE within a SERVICE is the other server's to ask."""
        inner = re.compile(re.escape(self._prefix.encode()) + rb"(\d+)(?=>)")
        return inner.sub(lambda match: self._targets[int(match[1])].encode(), body)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that `server_close` waits for them

    def __init__(self, relay: Relay) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.relay = relay
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._ended = threading.Event()

    def serve(self) -> None:
        """Take connections until the end."""
        while not self._ended.is_set():
            self.handle_request()

    def end(self) -> None:
        """Have `serve` end: at once, where `serve_forever` looks up from time to time only."""
        self._ended.set()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.server_port), timeout=1):
            pass  # it wakes the one who waits for a connection

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # as in socketserver
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that are open: one that sends nothing, or takes nothing, would never end."""
        with self._guard:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing of a connection that broke: the engine says so."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _PATIENCE

    def do_POST(self) -> None:
        """Answer the engine, which asks by POST; http.server refuses every other method."""
        place = self.server.relay.place(self.path)
        length = self.headers.get("Content-Length", "")
        if place is None or not length.isdecimal():
            self._say(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"")
            return
        body = self.rfile.read(int(length))
        # The engine takes the answer as it needs its rows: for as long as its own client takes them.
        self.connection.settimeout(None)
        request = Request(body, self.headers.get("Content-Type", ""), self.headers.get("Accept", ""))
        outcome = self.server.relay.ask(place, request)
        if isinstance(outcome, Answer):
            self._say(HTTPStatus.OK, outcome.content_type, outcome.body)
        else:
            reason = f"The server {outcome}.\n".encode()
            self._say(HTTPStatus.BAD_GATEWAY, "text/plain; charset=utf-8", reason)

    def _say(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: the secret stands in the path."""
