"""Plain requests, as most are: read and answered in less than half of the time that gunicorn takes for them.

Gunicorn goes over each header by several settings, and sends the head and the body of an answer apart. A request that
has nothing unusual about it is read here, by gunicorn's own parser in C, given to the same WSGI application, and
answered at once. Whatever is not plain stays in the socket as it is, for gunicorn to find it there.
"""

import logging
import os
import re
from collections.abc import Iterable, Mapping
from email.utils import formatdate
from io import BytesIO
from socket import MSG_PEEK, socket
from time import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gunicorn import SERVER
from gunicorn.http.wsgi import Response, base_environ
from gunicorn_h1c import IncompleteError, ParseError, parse_request

from levier.querying import NotHere
from levier.web import FAULT, Problem, on_the_wire
from levier.web.client import SOCKET, Client

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_log = logging.getLogger(__name__)

LOOK: Final = 1 << 14
"""Bytes that are looked at; a request that has not come whole with them is not plain."""
_METHODS: Final = {b"GET", b"POST"}
_TARGET: Final = re.compile(r"/(?!/)[\w./-]*(?:\?[!-\"$-~]*)?", re.ASCII)
"""A path without an escape, and a query without a fragment."""
_LINE: Final = re.compile(rb"GET (" + _TARGET.pattern.encode() + rb") HTTP/1\.1")
"""The first line of a plain request without a body."""
_LONGEST_KNOWN: Final = 1_000
"""Bytes of the fields of a head that are remembered."""
_MOST_KNOWN: Final = 500
"""Heads whose fields are remembered."""
_OF_ONE_REQUEST: Final = {"RAW_URI", "PATH_INFO", "QUERY_STRING", "REMOTE_PORT", "wsgi.input", SOCKET}
_HOST: Final = re.compile(r"[\w.:\[\]-]+", re.ASCII)
_LENGTH: Final = re.compile(r"\d{1,5}", re.ASCII)
_ORDINARY: Final = {
    name.encode(): "HTTP_" + name.upper().replace("-", "_")
    for name in (
        "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection", "dnt", "host",
        "if-modified-since", "if-none-match", "origin", "pragma", "priority", "referer", "sec-fetch-dest",
        "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "user-agent", "x-forwarded-for", "x-forwarded-proto",
        "x-real-ip",
    )
} | {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}  # fmt: skip
"""The headers of a plain request, and what WSGI calls them; each stands in it once."""
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

    def __init__(self, cfg: Any, app: "WSGIApplication", server: tuple[Any, ...], patience: Patience) -> None:  # noqa: ANN401  # gunicorn's own
        """Make it; `server` is the address that is listened on."""
        self._app = app
        self._patience = patience
        self._cfg = cfg
        self._proxies = frozenset(cfg.forwarded_allow_ips)
        self._limits = {
            "limit_request_line": cfg.limit_request_line,
            "limit_request_fields": cfg.limit_request_fields,
            "limit_request_field_size": cfg.limit_request_field_size,
        }
        self._base: WSGIEnvironment = base_environ(cfg) | {
            "SCRIPT_NAME": "",
            "SERVER_NAME": str(server[0]),
            "SERVER_PORT": str(server[1]),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.multithread": True,
        }
        self._elsewhere = bool(os.environ.get("SCRIPT_NAME"))
        self._date = (0, "")
        self._known: dict[tuple[str, bytes], WSGIEnvironment] = {}

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
        read = self._read(seen, client, address)
        if read is None:
            return None
        environ, size = read
        environ.update(known or ())
        stays = not last and environ.get("HTTP_CONNECTION", "").lower() != "close"
        answer = _Answer(environ, size, self._cfg, self._patience.body, stays=stays)
        try:
            self._send(answer, environ)
        except TimeoutError as error:
            raise Client(environ).broken("the client took too long") from error
        return answer.stays

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

    def _read(self, seen: bytes, client: socket, address: tuple[Any, ...]) -> "tuple[WSGIEnvironment, int] | None":
        """Give the environment of a plain request and its bytes; None where it is not plain."""
        line, _, fields = seen.partition(b"\r\n")
        known = self._known.get((address[0], fields))
        if known is None:
            return self._read_all(seen, client, address)
        found = _LINE.fullmatch(line)
        if found is None or len(line) + len(b"\r\n") > self._cfg.limit_request_line:
            return self._read_all(seen, client, address)
        target = found[1].decode("ascii")
        path, _, query = target.partition("?")
        environ = known | {
            "RAW_URI": target,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REMOTE_PORT": str(address[1]),
            "wsgi.input": BytesIO(),
            SOCKET: client,
        }
        return environ, len(seen)

    def _read_all(self, seen: bytes, client: socket, address: tuple[Any, ...]) -> "tuple[WSGIEnvironment, int] | None":
        try:
            head = parse_request(seen, **self._limits)
        except (IncompleteError, ParseError):
            return None
        target = head["path"].decode("latin-1")
        if head["method"] not in _METHODS or head["minor_version"] != 1 or not _TARGET.fullmatch(target):
            return None
        if seen.startswith(b"\r"):  # an empty line before the request, which gunicorn measures by itself
            return None
        path, _, query = target.partition("?")
        environ = self._base | {
            "REQUEST_METHOD": head["method"].decode(),
            "RAW_URI": target,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REMOTE_ADDR": address[0],
            "REMOTE_PORT": str(address[1]),
            "wsgi.url_scheme": "http",
            SOCKET: client,
        }
        for name, value in head["headers"]:
            known = _ORDINARY.get(name.lower())
            if known is None or known in environ:
                return None
            environ[known] = value.decode("latin-1")
        found = self._finish(environ, seen, head["consumed"])
        if found is not None and head["method"] == b"GET" and head["consumed"] == len(seen):
            self._know(seen, environ)
        return found

    def _know(self, seen: bytes, environ: "WSGIEnvironment") -> None:
        """Remember the fields of a head without a body: a client sends the same ones with each of its requests."""
        fields = seen.partition(b"\r\n")[2]
        if len(fields) <= _LONGEST_KNOWN:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            kept = {name: value for name, value in environ.items() if name not in _OF_ONE_REQUEST}
            self._known[environ["REMOTE_ADDR"], fields] = kept

    def _finish(self, environ: "WSGIEnvironment", seen: bytes, begin: int) -> "tuple[WSGIEnvironment, int] | None":
        """Give what `_read` does, with the body, which begins where the head ends."""
        if self._elsewhere or not _HOST.fullmatch(environ.get("HTTP_HOST", "")):
            return None
        if environ.get("HTTP_CONNECTION", "close").lower() not in {"close", "keep-alive"}:
            return None
        if "HTTP_X_FORWARDED_PROTO" in environ:
            if environ["REMOTE_ADDR"] not in self._proxies:
                return None
            secure = environ["HTTP_X_FORWARDED_PROTO"] == "https"
            environ["wsgi.url_scheme"] = "https" if secure else "http"
        length = environ.get("CONTENT_LENGTH", "" if environ["REQUEST_METHOD"] == "POST" else "0")
        if not _LENGTH.fullmatch(length) or begin + int(length) > len(seen):
            return None
        end = begin + int(length)
        environ["wsgi.input"] = BytesIO(seen[begin:end])
        return environ, end

    def _now(self) -> str:
        """Give the date of an answer, which is the same for a second."""
        now = int(time())
        if self._date[0] != now:
            self._date = (now, formatdate(now, usegmt=True))
        return self._date[1]


class _Answer:
    """The answer to one request on its way to the client."""

    def __init__(self, environ: "WSGIEnvironment", size: int, cfg: Any, patience: float, *, stays: bool) -> None:  # noqa: ANN401  # gunicorn's own
        self.stays = stays
        """Whether another request may follow."""
        self.begun = False
        """Whether anything was sent."""
        self.version = (1, 1)
        self.method: str = environ["REQUEST_METHOD"]
        self._client: socket = environ[SOCKET]
        self._size = size
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
        length = next((int(value) for name, value in self._headers if name == "Content-Length"), _WHOLE + 1)
        if length > _WHOLE or self._status[:3] in _WITHOUT_A_BODY:
            self._stream(body)
            return
        whole = b"".join(body)
        stays = "keep-alive" if self.stays else "close"
        lines = [f"HTTP/1.1 {self._status}\r\nServer: {SERVER}\r\nDate: {date}\r\nConnection: {stays}"]
        lines += [f"{name}: {value}" for name, value in self._headers]
        head = "\r\n".join(lines)
        if head.count("\n") != len(lines) + 2 or head.count("\r") != len(lines) + 2 or len(whole) != length:
            raise ValueError("an answer with a header of several lines, or of another length than it says")
        self.say(head.encode("latin-1") + b"\r\n\r\n" + whole)

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
        response.close()
        self.stays = not response.should_close()
