"""Watches every request, outermost of all: one line of JSON per answer in the log, and the metrics.

A line says what came, from where, and what became of it. It never holds a query, a token or anything else of what
stands behind the `?` of an address or in a body.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from json import JSONEncoder
from time import gmtime, perf_counter, strftime, time
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TextIO

from levier.querying import NotHere
from levier.web.metrics import Metrics
from levier.web.service import BEGAN, OBSERVED

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_FACTS: Final = ("query", "snapshot", "rows", "cache", "code", "writer", "stopped")
"""What the application may say of a request."""
_LONGEST_AGENT: Final = 200
_LONGEST_PATH: Final = 1_000
_LONGEST_METHOD: Final = 20
_ONE_WRITE: Final = 4_000
"""Bytes that a system writes to a pipe at once (4096 on Linux), so that lines of several processes do not mix."""
_SHORT: Final = 80
"""Characters of what a client chose, where the line would be longer; each takes twelve bytes at most."""
_WAIT: Final = 64
"""Answers that may wait to be told."""
_FAULT: Final = 500
"""The status that a server gives where the application gave none."""

_encode = JSONEncoder(separators=(",", ":")).encode


class Told(NamedTuple):
    """What is to be told of a request that was answered."""

    environ: "WSGIEnvironment"
    """Of it, or of another like it to the log."""
    moment: float
    """When it came, in seconds of the epoch."""
    seconds: float
    status: int
    bytes: int
    whole: bool
    """Whether all of the answer was sent."""
    facts: dict[str, object]
    """What the application says of it."""


class Observed:
    """A WSGI application whose requests are logged and counted."""

    def __init__(
        self, app: "WSGIApplication", *, log: TextIO | None, metrics: Metrics | None, at_once: bool = True
    ) -> None:
        """Make it; what is None gets nothing. What is not told `at_once` waits for `tell`, or until it is much."""
        self._app = app
        self._log = log
        self._metrics = metrics
        self._most = 0 if at_once else _WAIT
        self._untold: list[Told] = []

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request; the application may say more of it in `environ["levier.observed"]`."""
        answer = _Answer(environ, start_response, self.finish)
        try:
            answer.body = self._app(environ, answer.start)
        except NotHere:
            raise  # whoever answers it tells of it
        except BaseException:
            answer.close()
            raise
        return answer

    def tell(self) -> None:
        """Log and count what was answered since the last time: many at once take a part of the time of one by one."""
        answers, self._untold = self._untold, []
        if self._log is not None and answers:
            for lines in _together(map(_line, answers)):
                with suppress(OSError):  # a full disk must not keep anybody from an answer
                    self._log.write(lines)
        if self._metrics is not None:
            for answer in answers:
                environ = answer.environ
                path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
                self._metrics.observe(path, method, answer.status, answer.seconds, answer.facts)
            if answers:
                self._metrics.settle()

    def finish(self, told: Told) -> None:
        """Take note of a request that was answered."""
        self._untold.append(told)
        if len(self._untold) > self._most:
            self.tell()


class _Answer:
    """The answer to one request on its way to the server: it counts what goes by."""

    __slots__ = (
        "began", "body", "bytes", "closed", "environ", "facts", "finish", "moment", "status", "tell", "whole",
    )  # fmt: skip

    def __init__(self, environ: "WSGIEnvironment", tell: "StartResponse", finish: Callable[[Told], None]) -> None:
        self.began: float = environ.get(BEGAN) or perf_counter()
        self.moment = time()
        self.environ = environ
        self.facts: dict[str, object] = {}
        environ[OBSERVED] = self.facts
        self.tell = tell
        self.finish = finish
        self.body: Iterable[bytes] = ()
        self.status = _FAULT
        self.bytes = 0
        self.whole = False
        self.closed = False

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:  # noqa: ANN401  # what sys.exc_info gives
        """Hand the status and the headers on; gives the old way of sending a body (PEP 3333)."""
        write = self.tell(status, headers, exc_info) if exc_info else self.tell(status, headers)
        self.status = int(status[:3])

        def counted(chunk: bytes) -> object:
            self.bytes += len(chunk)
            return write(chunk)

        return counted

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.body:
            self.bytes += len(chunk)
            yield chunk
        self.whole = True

    def close(self) -> None:
        """Close the answer itself, then log and count it; a second time nothing happens."""
        if self.closed:
            return
        self.closed = True
        try:
            close = getattr(self.body, "close", None)
            if close is not None:
                close()
        except BaseException:
            self.whole = False
            raise
        finally:
            seconds = perf_counter() - self.began
            self.finish(Told(self.environ, self.moment, seconds, self.status, self.bytes, self.whole, self.facts))


def _together(lines: Iterable[str]) -> Iterator[str]:
    """Give as many lines at a time as are written at once."""
    waiting: list[str] = []
    size = 0
    for line in lines:
        if size + len(line) > _ONE_WRITE:
            yield "".join(waiting)
            waiting.clear()
            size = 0
        waiting.append(line)
        size += len(line)
    yield "".join(waiting)


def _line(answer: Told) -> str:
    """Give the line of a request, in ASCII and never longer than what is written at once."""
    environ, facts = answer.environ, answer.facts
    path = _text(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))[:_LONGEST_PATH]
    entry: dict[str, object] = {
        "time": f"{_second(int(answer.moment))}.{int(answer.moment % 1 * 1000):03}Z",
        "method": environ["REQUEST_METHOD"][:_LONGEST_METHOD],
        "path": path,
        "status": answer.status,
        "seconds": round(answer.seconds, 6),
        "bytes": answer.bytes,
        "client": environ.get("REMOTE_ADDR", ""),
        "agent": _text(environ.get("HTTP_USER_AGENT", ""))[:_LONGEST_AGENT],
    }
    for name in _FACTS:
        if name in facts:
            entry[name] = facts[name]
    if not answer.whole:
        entry["broken"] = True
    line = _encode(entry)
    if len(line) >= _ONE_WRITE:
        entry["path"], entry["agent"] = path[:_SHORT], str(entry["agent"])[:_SHORT]
        line = _encode(entry)
    return line.replace("\x7f", "\\u007f") + "\n"  # the one control character that JSON lets stand


@lru_cache(2)
def _second(moment: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(moment))


def _text(given: str) -> str:
    """Give the text of a WSGI string, which has a character for each byte; bytes that are not UTF-8 stay visible."""
    return given if given.isascii() else given.encode("latin-1", "replace").decode("utf-8", "backslashreplace")
