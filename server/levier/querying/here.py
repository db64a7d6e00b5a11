"""Jobs that are done where they come in: most are over before another process would have woken up for them.

The process can be killed like an engine, as long as nobody else depends on it; a watch sees to that.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from levier.querying.answer import Query
from levier.querying.engine import Job, Source
from levier.querying.places import Places
from levier.querying.run import Guard, Limits
from levier.querying.stores import Stores
from levier.querying.watch import Watch

_HELD: Final = 1 << 20
"""Bytes of an answer that are held until it is whole; what is longer is streamed, by an engine from its beginning."""
_LATE: Final = 0.25
"""Seconds after which an answer that only begins is not thrown away so soon."""
_HELD_LATE: Final = 1 << 26
"""Bytes of such an answer that are held."""

_ORDER: Final = re.compile(r"\border\s+by\b", re.ASCII)


class NotHere(Exception):
    """What has to be done by another process; with the error, where all that is left is to tell of one."""


@dataclass(frozen=True, slots=True)
class Done:
    """A job that is done, as what waits for a Run sees it."""

    head: Any
    given: Any
    chunks: list[bytes]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.chunks)

    def close(self) -> None:
        """Do nothing: it has ended."""


class Here:
    """Does jobs in this process, one at a time, within limits, and in the places that all processes share."""

    def __init__(self, places: Places, watch: Watch, stores: Stores) -> None:
        """Make it, for queries of these stores."""
        self.tired = False
        """Whether a job left this process such that it should not do another."""
        self._places = places
        self._watch = watch
        self._stores = stores
        self._process = os.getpid()

    def open(self, source: Source) -> None:
        """Open what is going to be asked; raises what opening it raises."""
        self._stores.store(source, copy=False)

    def stream(self, job: Job, limits: Limits, gone: Callable[[], bool]) -> Done:
        """Give a job that is done.

        Raises what it raises, PlacesTaken, and NotHere where its answer is too long to be held.
        """
        assert job.source is not None  # noqa: S101  # a job that streams reads
        place = self._places.take(0)
        guard = Guard(self._process, None, limits, gone)
        try:
            self._watch.over(guard)
            store = self._stores.store(job.source, copy=_in_any_order(job.arguments[0]))
            sink = _Held()
            given = job.function(store, sink, *job.arguments)
        except Exception as error:
            error.__traceback__ = None  # its frames hold rows, which no other thread may let go of
            raise
        finally:
            self._watch.done()
            self._places.free(place)
            self.tired = guard.tired
        return Done(sink.said, given, sink.chunks)


def _in_any_order(asked: object) -> bool:
    """Tell whether an answer is the same whatever order the rows are found in, but for their own order."""
    if not isinstance(asked, Query):
        return False
    low = asked.text.lower()
    # Pages of the same rows must come from the same store, unless they have an order.
    part = "limit" in low or "offset" in low
    return not part or "order by" in low or _ORDER.search(low) is not None


class _Held:
    """Where a job sends its answer, to be held."""

    __slots__ = ("_began", "_most", "_size", "chunks", "said")

    def __init__(self) -> None:
        self.said: object = None
        self.chunks: list[bytes] = []
        self._size = 0
        self._most = _HELD
        self._began = monotonic()

    def head(self, said: object) -> None:
        """Keep what is coming."""
        self.said = said
        if monotonic() - self._began > _LATE:
            self._most = _HELD_LATE

    def chunk(self, data: bytes, *, last: bool = False) -> None:
        """Keep bytes, the `last` ones like the others; raises NotHere where they are too many."""
        del last
        self._size += len(data)
        if self._size > self._most:
            raise NotHere
        self.chunks.append(data)
