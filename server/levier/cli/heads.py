"""Reads requests that have nothing unusual about them, as most have not, by gunicorn's own parser in C.

Gunicorn goes over each header by several settings. What is read here needs none of them; a head is read once, for
clients send the same one with each of their requests, all but its first line.
"""

import os
import re
from io import BytesIO
from socket import socket
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gunicorn.http.wsgi import base_environ
from gunicorn_h1c import IncompleteError, ParseError, parse_request

from levier.web.client import SOCKET
from levier.web.express import Heard, listen

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_METHODS: Final = {b"GET", b"POST"}
_TARGET: Final = re.compile(r"/(?!/)[\w./-]*(?:\?[!-\"$-~]*)?", re.ASCII)
"""A path without an escape, and a query without a fragment."""
_LINE: Final = re.compile(rb"GET (" + _TARGET.pattern.encode() + rb") HTTP/1\.1")
"""The first line of a plain request without a body."""
_LONGEST_KNOWN: Final = 1_000
"""Bytes of a head that is remembered."""
_MOST_KNOWN: Final = 500
"""Heads that are remembered."""
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


class Head(NamedTuple):
    """The head of a request, without its first line."""

    environ: "WSGIEnvironment"
    """What it says to an application."""
    stays: bool
    """Whether another request may follow."""
    heard: Heard | None = None
    """What it says of a query, where it is remembered."""


class Request(NamedTuple):
    """A plain request."""

    head: Head
    target: str
    body: bytes
    size: int
    """Bytes of all of it."""

    def environ(self, client: socket, address: tuple[Any, ...]) -> "WSGIEnvironment":
        """Give what an application is told of it, and of the client that sent it."""
        path, _, query = self.target.partition("?")
        return self.head.environ | {
            "RAW_URI": self.target,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REMOTE_PORT": str(address[1]),
            "wsgi.input": BytesIO(self.body),
            SOCKET: client,
        }


class Heads:
    """What the clients of one process send."""

    def __init__(self, cfg: Any, server: tuple[Any, ...]) -> None:  # noqa: ANN401  # gunicorn's own
        """Make it; `server` is the address that is listened on."""
        self._proxies = frozenset(cfg.forwarded_allow_ips)
        self._limits = {
            "limit_request_line": cfg.limit_request_line,
            "limit_request_fields": cfg.limit_request_fields,
            "limit_request_field_size": cfg.limit_request_field_size,
        }
        self._longest_line = cfg.limit_request_line - len(b"\r\n")
        self._base: WSGIEnvironment = base_environ(cfg) | {
            "SCRIPT_NAME": "",
            "SERVER_NAME": str(server[0]),
            "SERVER_PORT": str(server[1]),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.multithread": True,
            "wsgi.url_scheme": "http",
        }
        self._elsewhere = bool(os.environ.get("SCRIPT_NAME"))
        self._known: dict[tuple[str, bytes], Head] = {}

    def read(self, seen: bytes, address: tuple[Any, ...]) -> Request | None:
        """Give the request that is seen first on a connection from an address; None where it is not plain."""
        line, _, fields = seen.partition(b"\r\n")
        head = self._known.get((address[0], fields))
        if head is None:
            return self._read(seen, fields, address[0])
        found = _LINE.fullmatch(line)
        if found is None or len(line) > self._longest_line:
            return self._read(seen, fields, address[0])
        return Request(head, found[1].decode("ascii"), b"", len(seen))

    def _read(self, seen: bytes, fields: bytes, remote: str) -> Request | None:
        try:
            read = parse_request(seen, **self._limits)
        except (IncompleteError, ParseError):
            return None
        target, begin = read["path"].decode("latin-1"), read["consumed"]
        if read["method"] not in _METHODS or read["minor_version"] != 1 or not _TARGET.fullmatch(target):
            return None
        if seen.startswith(b"\r"):  # an empty line before the request, which gunicorn measures by itself
            return None
        said: WSGIEnvironment = {"REQUEST_METHOD": read["method"].decode(), "REMOTE_ADDR": remote}
        for name, value in read["headers"]:
            known = _ORDINARY.get(name.lower())
            if known is None or known in said:
                return None
            said[known] = value.decode("latin-1")
        length = self._length(said)
        if length is None or begin + length > len(seen):
            return None
        head = Head(self._base | said, stays=said.get("HTTP_CONNECTION", "").lower() != "close")
        if read["method"] == b"GET" and begin == len(seen):
            self._know(head, fields)
        return Request(head, target, seen[begin : begin + length], begin + length)

    def _length(self, said: "WSGIEnvironment") -> int | None:
        """Give the bytes of a body, by what a head says; None where that is not plain."""
        if self._elsewhere or not _HOST.fullmatch(said.get("HTTP_HOST", "")):
            return None
        if said.get("HTTP_CONNECTION", "close").lower() not in {"close", "keep-alive"}:
            return None
        if "HTTP_X_FORWARDED_PROTO" in said:
            if said["REMOTE_ADDR"] not in self._proxies:
                return None
            said["wsgi.url_scheme"] = "https" if said["HTTP_X_FORWARDED_PROTO"] == "https" else "http"
        length = said.get("CONTENT_LENGTH", "" if said["REQUEST_METHOD"] == "POST" else "0")
        return int(length) if _LENGTH.fullmatch(length) else None

    def _know(self, head: Head, fields: bytes) -> None:
        """Remember the head of a request without a body."""
        if len(fields) <= _LONGEST_KNOWN:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[head.environ["REMOTE_ADDR"], fields] = head._replace(heard=listen(head.environ))
