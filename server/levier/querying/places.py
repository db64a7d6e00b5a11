"""How many jobs may run at a time, over all the processes of a service.

A place is a byte of one file, taken by locking it. They inherit the file; the kernel frees the places of a process
that ends, however it ends.
"""

import fcntl
import os
import tempfile
import time
import weakref
from typing import Final

from levier.errors import PlacesTaken

_POLL: Final = 0.01
"""Seconds between two tries."""


class Places:
    """The places of a service; made before its processes are forked, and used by all of them."""

    def __init__(self, total: int) -> None:
        self.total = total
        with tempfile.TemporaryFile() as file:
            self._file = os.dup(file.fileno())
        self._close = weakref.finalize(self, os.close, self._file)
        self._ours: set[int] = set()
        self._first: int = 0

    def take(self, patience: float) -> int:
        """Give a place, to be freed; raises PlacesTaken where none is free for `patience` seconds."""
        until = 0.0
        while (place := self._take()) is None:
            until = until or time.monotonic() + patience
            if time.monotonic() >= until:
                raise PlacesTaken(
                    f"All {self.total} places for queries are taken.",
                    hint="Ask again after the seconds of Retry-After.",
                )
            time.sleep(_POLL)  # by its module: a front makes it cooperative after this one is imported
        return place

    def free(self, place: int) -> None:
        """Give a place back."""
        self._ours.discard(place)
        self._first = place
        if self._close.alive:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place)

    def taken(self) -> int:
        """Give the number of places that are taken, by this process or another."""
        return sum(1 for place in range(self.total) if place in self._ours or self._locked(place))

    def close(self) -> None:
        """Forget the file."""
        self._close()

    def _take(self) -> int | None:
        if self._takes(self._first):  # other processes have the others
            return self._first
        return next(filter(self._takes, range(self.total)), None)

    def _takes(self, place: int) -> bool:
        if place in self._ours or not self._lock(place):  # a lock keeps out other processes only
            return False
        self._ours.add(place)
        return True

    def _lock(self, place: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except OSError:
            return False
        return True

    def _locked(self, place: int) -> bool:
        if not self._lock(place):
            return True
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place)
        return False
