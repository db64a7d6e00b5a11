"""What is said of the nodes that the activities of a dataset have in common, from the file of their lines.

They may be more than the activities, and so they are not held: a database on disk knows where the lines of each stand.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from levier.linking.facts import TYPE, Stated

_BEGIN: Final = re.compile(rb"^(<[^>]*>) <%b> " % TYPE.encode(), re.MULTILINE)
"""The first line of a node says its class."""
_BLOCK: Final = 1_000_000


class Common:
    """Tells what is stated of a node, by its IRI."""

    def __init__(self, lines: BinaryIO, read: Callable[[bytes], Stated]) -> None:
        """Take the lines of N-Quads, those of each node together; `read` gives what lines say of one node."""
        self._lines = lines
        self._read = read
        self._nodes = sqlite3.connect("")  # a file of its own, gone when it is closed
        self._nodes.execute("CREATE TABLE node (hash INTEGER, place INTEGER)")
        self._nodes.executemany("INSERT INTO node VALUES (?, ?)", _places(lines))
        self._nodes.execute("CREATE INDEX by_hash ON node (hash, place)")

    def get(self, iri: str) -> Stated | None:
        """Give what is stated of a node, or None where it is not among them."""
        subject = b"<%b>" % iri.encode()
        for (place,) in self._nodes.execute("SELECT place FROM node WHERE hash = ?", (hash(subject),)):
            self._lines.seek(place)
            if said := b"".join(self._next(subject)):
                return self._read(said)
        return None

    def _next(self, subject: bytes) -> Iterator[bytes]:
        """Give the next lines, as long as they are of a subject."""
        while (line := self._lines.readline()).startswith(subject):
            yield line


def _places(lines: BinaryIO) -> Iterator[tuple[int, int]]:
    """Give the hash of each node's IRI, and the place where its lines begin."""
    place = 0
    while block := lines.read(_BLOCK) + lines.readline():
        for begin in _BEGIN.finditer(block):
            yield hash(begin[1]), place + begin.start()
        place += len(block)
