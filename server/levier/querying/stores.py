"""The store of a snapshot, and where that is small enough, a copy of it in memory."""

import logging
import threading
from pathlib import Path
from time import sleep
from typing import Final

from levier.errors import LevierError
from levier.graph import EmbeddedStore, Store
from levier.graph.store import size
from levier.querying.engine import Opened, SnapshotSource, Source

_log = logging.getLogger(__name__)

_SETTLED: Final = 0.5
"""Seconds that a snapshot has to be in use before it is copied: where much is written, each is so only for a moment."""


class Stores:
    """Opens what is asked, and keeps it open for the next time."""

    def __init__(self, most: int) -> None:
        """Make it; a snapshot of at most so many bytes on disk is copied into memory."""
        self._most = most
        self._opened = Opened()
        self._source: Source | None = None
        self._copied: tuple[Source, Store] | None = None

    def store(self, source: Source, *, copy: bool) -> Store:
        """Give the store of a source, in memory where a `copy` will do and is there; raises what opening it raises."""
        if source != self._source:
            self._opened.store(source)
            self._source, self._copied = source, None
            self._begin_copy(source)
        copied = self._copied
        return copied[1] if copy and copied and copied[0] == source else self._opened.store(source)

    def _begin_copy(self, source: Source) -> None:
        if isinstance(source, SnapshotSource) and 0 < _size(source.path) <= self._most:
            # The end of the process waits for it: the engine's code is not to be left in its middle.
            threading.Thread(target=self._copy, args=(source,), name="levier-copy").start()

    def _copy(self, source: SnapshotSource) -> None:
        sleep(_SETTLED)
        if source != self._source:
            return
        try:
            self._copied = source, EmbeddedStore.open(Path(source.path)).copied()
        except (LevierError, OSError, SyntaxError, ValueError) as error:  # it is answered from disk, as larger ones are
            _log.warning("the snapshot in use could not be copied into memory: %s", error)


def _size(path: str) -> int:
    """Give the bytes of a snapshot on disk; 0 where it is being tidied away."""
    try:
        return size(Path(path))
    except OSError:
        return 0
