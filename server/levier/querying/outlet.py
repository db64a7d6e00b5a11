"""Where the engine writes an answer: counted against its limits, compressed where that is wanted, sent in chunks."""

import zlib
from typing import Final, NamedTuple

from levier.errors import ResultTooLong
from levier.querying.counting import counter
from levier.querying.engine import Sink

_CHUNK: Final = 1 << 16
"""Bytes that are sent at once."""
_WORTH: Final = 1_400
"""Bytes from which compressing is worth it: fewer fit one packet anyway."""
_LEVEL: Final = 1
"""Of compression: higher ones take several times as long for a few per cent."""
_GZIP: Final = 31
"""What zlib calls the gzip format with the largest window."""


class Form(NamedTuple):
    """What an answer is written as: the head of a stream."""

    media_type: str
    gzip: bool = False


class Size(NamedTuple):
    """The size of a finished answer."""

    rows: int
    """As many as the form lets be counted."""
    bytes: int
    """Before compression."""


class Outlet:
    """A file, as far as the engine's serialiser cares, from which an answer goes to the front in chunks."""

    def __init__(self, sink: Sink, form: Form, max_rows: int, max_bytes: int) -> None:
        """Make it; `form.gzip` says whether the client takes it compressed."""
        self._sink = sink
        self._form = form
        self._max = Size(max_rows, max_bytes)
        self._rows = self._bytes = 0
        self._count = counter(form.media_type)
        self._waiting: list[bytes] = []
        self._waits = 0
        self._begun = False
        self._press = zlib.compressobj(_LEVEL, wbits=_GZIP) if form.gzip else None

    def write(self, piece: bytes) -> int:
        """Take a piece; raises ResultTooLong where there are more rows or bytes than there may be."""
        self._rows += self._count(piece)
        self._bytes += len(piece)
        if self._rows > self._max.rows or self._bytes > self._max.bytes:
            raise _too_long(self._max, rows=self._rows > self._max.rows)
        self._waiting.append(piece)
        self._waits += len(piece)
        if self._waits >= _CHUNK:
            self._send()
        return len(piece)

    def flush(self) -> None:
        """Do nothing: what waits is sent when it is worth it."""

    def finish(self) -> Size:
        """Send what is left."""
        if not self._begun and self._bytes < _WORTH:
            self._press = None
        self._send(last=True)
        return Size(max(0, self._rows), self._bytes)

    def _send(self, *, last: bool = False) -> None:
        if not self._begun:
            self._sink.head(Form(self._form.media_type, gzip=self._press is not None))
            self._begun = True
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._waits = 0
        if self._press:
            data = self._press.compress(data) + (self._press.flush() if last else b"")
        if data:
            self._sink.chunk(data, last=last)


def _too_long(most: Size, *, rows: bool) -> ResultTooLong:
    what = f"{most.rows:,} rows" if rows else f"{most.bytes:,} bytes"
    return ResultTooLong(f"The result is longer than the {what} that it may be.", hint="Add a LIMIT, or ask in parts.")
