"""Counts the rows of a result while it is written, without parsing it: each form separates its rows in its own way."""

import re
from collections.abc import Callable
from typing import Final


class _Marked:
    """Counts marks of one length, of which each row has one and nothing else has any."""

    def __init__(self, mark: re.Pattern[bytes], length: int, *, besides: int = 0) -> None:
        """Make it; `besides` marks are of no row, such as that of a heading."""
        self._mark = mark
        self._length = length
        self._besides = besides
        self._tail = b""

    def __call__(self, piece: bytes) -> int:
        joined = self._tail + piece
        self._tail = joined[max(0, len(joined) - self._length + 1) :]
        found = len(self._mark.findall(joined)) - self._besides
        self._besides = 0
        return found


class _Csv:
    """Counts the ends of lines outside quotes (RFC 4180); a quote within quotes is doubled, which changes nothing."""

    def __init__(self) -> None:
        self._inside = 0
        self._heading = 1

    def __call__(self, piece: bytes) -> int:
        parts = piece.split(b'"')
        found = sum(part.count(b"\n") for part in parts[self._inside :: 2])
        self._inside = (self._inside + len(parts) - 1) % 2
        found -= self._heading
        self._heading = 0
        return found


# A quote within a string of JSON is escaped, and one that ends a string is before a comma or a brace: so this is the
# beginning of a row. Rows without a value are missed.
_ROW_OF_JSON: Final = re.compile(rb'\{"(?<=[,\[]..)[^,}]')  # it begins with letters, which are found quickly
_ROW_OF_XML: Final = re.compile(rb"<result>")
_LINE: Final = re.compile(rb"\n")

Counter = Callable[[bytes], int]
"""Gives how many more rows end, or begin, in a piece of what is written."""

_COUNTERS: Final[dict[str, Callable[[], Counter]]] = {
    "application/sparql-results+json": lambda: _Marked(_ROW_OF_JSON, 4),
    "application/sparql-results+xml": lambda: _Marked(_ROW_OF_XML, 8),
    "text/csv": _Csv,
    "text/tab-separated-values": lambda: _Marked(_LINE, 1, besides=1),
    "application/n-triples": lambda: _Marked(_LINE, 1),
    "application/n-quads": lambda: _Marked(_LINE, 1),
}


def counter(media_type: str) -> Counter:
    """Give a counter for a form; it counts nothing for forms of graphs that do not have a statement in each line."""
    make = _COUNTERS.get(media_type)
    return make() if make else lambda _: 0
