"""Answers that are given again as long as the same snapshot is served.

An answer that took long is kept at once, any other when it is asked for again: most are not, and keeping all of them
would drive those out that are worth it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from time import perf_counter
from typing import TYPE_CHECKING, Final

from cachetools import LRUCache

from levier.graph import Snapshots, Stamp
from levier.web.headers import lines, read_lines
from levier.web.service import OBSERVED, STAMP

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_DEPENDS: Final = (
    "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "HTTP_HOST", "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "CONTENT_TYPE",
    "wsgi.url_scheme",
)  # fmt: skip
"""What an answer may depend on, besides the address, the body and the snapshot."""
_METHODS: Final = {"GET", "POST", "QUERY"}
_LONGEST_BODY: Final = 1 << 16
"""Bytes of a posted query whose answer is kept."""
_ENTRIES: Final = 8
"""The longest answer that is kept takes no more than this part of what may be kept."""
_LONG: Final = 0.005
"""Seconds that an answer takes which is kept at once."""
_ONCE: Final = 10_000
"""Requests that are remembered as asked once."""
_ENTRY: Final = 4_000
"""Bytes that an entry takes besides its body, about: mostly its key and its headers."""

Key = tuple[str | bytes, ...]
"""What the answer to a request depends on."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A whole answer."""

    status: str
    lines: str
    """Its headers, as they are sent."""
    body: bytes
    tag: str


class Cached:
    """A WSGI application that gives again what it gave: answers of 200 with an ETag and a known length."""

    def __init__(self, app: "WSGIApplication", snapshots: Snapshots, most: int) -> None:
        """Make it; what is kept is of the snapshot in use, and `most` bytes at most."""
        self._app = app
        self._snapshots = snapshots
        self._kept: LRUCache[Key, Kept] = LRUCache(most, getsizeof=_size) if most else LRUCache(0)
        self._longest = most // _ENTRIES
        self._stamp: Stamp | None = None
        self._asked_once: set[int] = set()

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return int(self._kept.currsize)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request, from what is kept where it can be."""
        stamp = environ[STAMP] = self.follow()
        key = _key(environ)
        if stamp is None or key is None or self._kept.maxsize == 0:
            return self._app(environ, start_response)
        kept = self._kept.get(key)
        if kept is None:
            return self._ask(key, stamp, environ, start_response)
        environ.setdefault(OBSERVED, {})["cache"] = "hit"
        has = environ.get("HTTP_IF_NONE_MATCH", "")
        if has.strip() == "*" or kept.tag.removeprefix("W/") in has:
            start_response("304 NOT MODIFIED", [h for h in read_lines(kept.lines) if h[0] not in _OF_A_BODY])
            return []
        start_response(kept.status, read_lines(kept.lines))
        return [kept.body]

    def follow(self) -> Stamp | None:
        """Give what changes with the snapshot in use; forget all where it has changed."""
        stamp = self._snapshots.stamp()
        if stamp != self._stamp:
            self._kept.clear()
            self._asked_once.clear()
            self._stamp = stamp
        return stamp

    def _ask(
        self, key: Key, stamp: Stamp, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        said: list[tuple[str, list[tuple[str, str]]]] = []
        began = perf_counter()

        def listen(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> object:
            said.append((status, headers))
            return start_response(status, headers, exc_info)  # type: ignore[arg-type]

        body = self._app(environ, listen)  # type: ignore[arg-type]
        status, headers = said[-1] if said else ("", [])
        named = dict(headers)
        tag = named.get("ETag", "")
        if not status.startswith("200") or not tag or not 0 <= int(named.get("Content-Length", -1)) <= self._longest:
            return body
        try:
            whole = b"".join(body)
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()
        environ.setdefault(OBSERVED, {})["cache"] = "miss"
        if self.worth(key, stamp, perf_counter() - began):
            self.keep(key, Kept(status, lines(headers), whole, tag))
        return [whole]

    @property
    def keeps(self) -> bool:
        """Whether anything may be kept."""
        return self._longest > 0

    def kept(self, key: Key) -> Kept | None:
        """Give what answers a request, if it is kept."""
        return self._kept.get(key)

    def was_asked(self, key: Key) -> bool:
        """Tell whether there was such a request, of which the answer is to be kept now that there is another."""
        return hash(key) in self._asked_once

    def worth(self, key: Key, stamp: Stamp, seconds: float) -> bool:
        """Tell whether an answer is to be kept that took so many seconds, of the snapshot of a stamp."""
        return stamp == self._stamp and (seconds > _LONG or self._again(hash(key)))

    def keep(self, key: Key, kept: Kept) -> None:
        """Keep an answer, if it is no longer than what is kept may be."""
        if len(kept.body) <= self._longest and _size(kept) <= self._kept.maxsize:
            self._kept[key] = kept

    def _again(self, request: int) -> bool:
        """Tell whether a request was seen before, by its hash: one that is mistaken for another is kept early."""
        if request in self._asked_once:
            self._asked_once.discard(request)
            return True
        if len(self._asked_once) >= _ONCE:
            self._asked_once.clear()
        self._asked_once.add(request)
        return False


_OF_A_BODY: Final = {"Content-Length", "Content-Type", "Content-Encoding"}


def _size(kept: Kept) -> int:
    return len(kept.body) + _ENTRY


def manner(environ: "WSGIEnvironment") -> Key:
    """Give the part of a request's key that does not change with its query."""
    return tuple(environ.get(name, "") for name in _DEPENDS)


def _key(environ: "WSGIEnvironment") -> Key | None:
    """Give what the answer to a request depends on; None where it is not to be kept. The body stays readable."""
    if environ["REQUEST_METHOD"] not in _METHODS or "HTTP_AUTHORIZATION" in environ:
        return None
    key = (environ.get("RAW_URI", ""), environ.get("QUERY_STRING", ""), *manner(environ))
    if environ["REQUEST_METHOD"] == "GET":
        return key
    length = environ.get("CONTENT_LENGTH", "")
    if not length.isascii() or not length.isdigit() or int(length) > _LONGEST_BODY:
        return None
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    return (*key, body)
