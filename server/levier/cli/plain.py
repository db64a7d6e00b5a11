"""Plain requests, as most are: read and answered in less than half of the time that gunicorn takes for them.

Gunicorn sends the head and the body of an answer apart. A request that `heads.py` can read is given to the same WSGI
application, or to what answers simple queries before it, and answered at once. Whatever is not plain stays in the
socket as it is, for gunicorn to find it there.
"""

import logging
from collections.abc import Iterable, Mapping
from email.utils import formatdate
from socket import MSG_PEEK, socket
from time import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gunicorn import SERVER
from gunicorn.http.wsgi import Response

from levier.cli.heads import Heads, Request
from levier.querying import NotHere
from levier.web import FAULT, Express, Problem, on_the_wire
from levier.web.client import SOCKET, Client
from levier.web.express import STATUS
from levier.web.headers import lines, read_lines

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_log = logging.getLogger(__name__)

LOOK: Final = 1 << 14
"""Bytes that are looked at; a request that has not come whole with them is not plain."""
_WITHOUT_A_BODY: Final = {"204", "304"}
_WHOLE: Final = 1 << 20
"""Bytes of a body that are sent together with its head."""


class Patience(NamedTuple):
    """The seconds that a client has."""

    head: float
    """To send the head of a request."""
    body: float
    """To send or take something of a body."""


class Plain:
    """The plain requests of one process."""

    def __init__(
        self,
        cfg: Any,  # noqa: ANN401  # gunicorn's own
        app: "WSGIApplication",
        server: tuple[Any, ...],
        patience: Patience,
        express: Express | None = None,
    ) -> None:
        """Make it; `server` is the address that is listened on, and `express` is asked before the application."""
        self._app = app
        self._express = express
        self._patience = patience
        self._cfg = cfg
        self._heads = Heads(cfg, server)
        self._date = (0, "")

    def answer(
        self, client: socket, address: tuple[Any, ...], *, last: bool, known: Mapping[str, Any] | None = None
    ) -> bool | None:
        """Answer the next request of a connection, of which something may be `known` for its environment.

        Gives whether another may follow it, which none may where it is to be the `last`; None where the request is
        not plain, and still to be read. Raises OSError where the client is gone.
        """
        client.settimeout(self._patience.head)
        try:
            seen = client.recv(LOOK, MSG_PEEK)
        except TimeoutError:
            return False
        client.settimeout(self._patience.body)
        return self.give(seen, client, address, last=last, known=known) if seen else False

    def give(
        self,
        seen: bytes,
        client: socket,
        address: tuple[Any, ...],
        *,
        last: bool,
        known: Mapping[str, Any] | None = None,
    ) -> bool | None:
        """Answer the request that is seen on a connection, and take it off; gives what `answer` does.

        Raises what the application does where that is NotHere: the request is then still to be read.
        """
        request = self._heads.read(seen, address)
        if request is None:
            return None
        head = request.head
        answer = _Answer(client, request, self._cfg, self._patience.body, stays=head.stays and not last)
        try:
            if self._express is None or not self._in_one_go(self._express, request, client, answer):
                self._send(answer, {**request.environ(client, address), **(known or {})})
        except TimeoutError as error:
            raise Client({SOCKET: client}).broken("the client took too long") from error
        return answer.stays

    def _in_one_go(self, express: Express, request: Request, client: socket, answer: "_Answer") -> bool:
        """Give what is asked, if it can be given in one go; tells whether."""
        heard = request.head.heard
        given = express.answer(heard, request.target, client) if heard is not None else None
        if given is None:
            return False
        done = False
        try:
            whole = given.body.whole
            if whole is not None and len(whole) <= _WHOLE:
                answer.say_whole(STATUS, given.lines, whole, self._now())
            else:
                answer.start(STATUS, read_lines(given.lines))
                answer.send(given.body.pieces(), self._now())
            done = True
        finally:
            express.finish(given, answer.sent, whole=done)
        return True

    def _send(self, answer: "_Answer", environ: "WSGIEnvironment") -> None:
        body: Iterable[bytes] = ()
        try:
            body = self._app(environ, answer.start)
            answer.send(body, self._now())
        except (OSError, NotHere):
            raise
        except Exception:
            if answer.begun:
                raise
            _log.exception("a fault of ours while answering %s", environ["PATH_INFO"])
            answer.stays = False
            answer.say(on_the_wire(Problem("fault", FAULT)))
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()

    def _now(self) -> str:
        """Give the date of an answer, which is the same for a second."""
        now = int(time())
        if self._date[0] != now:
            self._date = (now, formatdate(now, usegmt=True))
        return self._date[1]


class _Answer:
    """The answer to one request on its way to the client."""

    def __init__(self, client: socket, request: Request, cfg: Any, patience: float, *, stays: bool) -> None:  # noqa: ANN401  # gunicorn's own
        self.stays = stays
        """Whether another request may follow."""
        self.begun = False
        """Whether anything was sent."""
        self.sent = 0
        """Bytes of the body that were."""
        self.version = (1, 1)
        self.method: str = request.head.environ["REQUEST_METHOD"]
        self._client = client
        self._size = request.size
        self._cfg = cfg
        self._patience = patience
        self._status = ""
        self._headers: list[tuple[str, str]] = []

    def start(self, status: str, headers: list[tuple[str, str]], _: object = None) -> Any:  # noqa: ANN401  # nothing
        """Take the status and the headers; the old way of sending a body (PEP 3333) is not offered."""
        self._status, self._headers = status, headers

    def should_close(self) -> bool:
        """Tell gunicorn what it would ask its own request."""
        return not self.stays

    def send(self, body: Iterable[bytes], date: str) -> None:
        """Send it: at once where it is short and its length is known, otherwise piece by piece as gunicorn does."""
        length = _WHOLE + 1
        for name, value in self._headers:
            if name == "Content-Length":
                length = int(value)
        if length > _WHOLE or self._status[:3] in _WITHOUT_A_BODY:
            self._stream(body)
            return
        whole = b"".join(body)
        if len(whole) != length:
            raise ValueError("an answer of another length than it says")
        self.say_whole(self._status, lines(self._headers), whole, date)

    def say_whole(self, status: str, headers: str, body: bytes, date: str) -> None:
        """Send an answer at once, by the lines of its headers."""
        stays = "keep-alive" if self.stays else "close"
        own = f"HTTP/1.1 {status}\r\nServer: {SERVER}\r\nDate: {date}\r\nConnection: {stays}\r\n"
        self.say(f"{own}{headers}\r\n".encode("latin-1") + body)
        self.sent = len(body)

    def say(self, said: bytes) -> None:
        """Send all of what is to be sent."""
        self._take()
        self.begun = True
        try:
            sent = self._client.send(said)  # most go at once: `sendall` asks the system for its buffers before
        except BlockingIOError:
            sent = 0
        if sent < len(said):
            self._client.settimeout(self._patience)
            self._client.sendall(memoryview(said)[sent:])

    def _take(self) -> None:
        """Take the request off the connection: nobody else is to answer it now."""
        if self._size:
            self._client.recv(self._size)
            self._size = 0

    def _stream(self, body: Iterable[bytes]) -> None:
        response = Response(self, self._client, self._cfg)
        response.start_response(self._status, self._headers)
        self._take()
        self._client.settimeout(self._patience)
        for piece in body:
            self.begun = True
            response.write(piece)
            self.sent += len(piece)
        response.close()
        self.stays = not response.should_close()
