"""What runs in a process of its own and can be killed: an engine opens a store, does one job at a time, and answers."""

import pickle
import signal
import socket
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from levier.errors import EngineFault, LevierError
from levier.graph import EmbeddedStore, Store, open_endpoint
from levier.querying.frames import Frames, Kind

_GRACE: Final = 5.0
"""Seconds after its time that an engine ends by itself, should nobody be there to end it."""


class Source(Protocol):
    """What a job is asked of."""

    def open(self) -> Store:
        """Open it; raises SnapshotMissing where it is gone."""
        ...


class SnapshotSource(NamedTuple):
    """A snapshot on disk."""

    path: str

    def open(self) -> Store:
        """Open it for reading; raises SnapshotMissing where it was tidied away."""
        return EmbeddedStore.open(Path(self.path))


class EndpointSource(NamedTuple):
    """A SPARQL endpoint elsewhere."""

    url: str
    timeout: int

    def open(self) -> Store:
        """Give it; it is asked what it is."""
        return open_endpoint(self.url, timeout=self.timeout)


class Sink:
    """Where a job that streams sends its answer: once what it is, then its bytes."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._said: object = None
        self._only: bytes | None = None

    def head(self, said: object) -> None:
        """Say what is coming; picklable."""
        self._said = said

    def chunk(self, data: bytes, *, last: bool = False) -> None:
        """Send bytes; waits for a front that is slow to take them. The `last` go with what the job gives."""
        if self._said is not None:
            if last:
                self._only = data
                return
            self._frames.send(Kind.HEAD, pickle.dumps(self._said), more=True)
            self._said = None
        self._frames.send(Kind.CHUNK, data, more=last)

    def end(self, given: object) -> None:
        """Say what the job gave, with the bytes where they are the only ones."""
        if self._said is None:
            self._frames.send(Kind.END, pickle.dumps(given))
        else:
            self._frames.send(Kind.WHOLE, pickle.dumps((self._said, given, self._only or b"")))


class Job(NamedTuple):
    """What an engine is to do: a function of a module, with the store and the arguments; all picklable.

    A named tuple, as all that goes with each query: it is pickled and read in a fifth of the time of a data class.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    source: Source | None
    """What the function gets opened as its first argument; None where it opens what it needs itself."""
    seconds: float
    streams: bool = False
    """Whether the function gets a Sink too, as its second argument."""


def work(connection: socket.socket) -> None:
    """Do jobs until the front hangs up."""
    frames = Frames(connection)
    opened = Opened()
    while True:
        try:
            frame = frames.receive()
            assert frame is not None  # noqa: S101  # this end has no time limit
            _do(pickle.loads(frame[1]), frames, opened)  # noqa: S301  # from our own front
        except (EOFError, OSError):
            return


def _do(job: Job, frames: Frames, opened: "Opened") -> None:
    signal.setitimer(signal.ITIMER_REAL, job.seconds + _GRACE)  # its default action ends the process, engine or not
    try:
        sink = Sink(frames)
        arguments = job.arguments if job.source is None else (opened.store(job.source), *job.arguments)
        given = job.function(*arguments[:1], sink, *arguments[1:]) if job.streams else job.function(*arguments)
        sink.end(given)
    except (EOFError, ConnectionError):
        raise
    except LevierError as error:
        frames.send(Kind.ERROR, pickle.dumps(error))
    except Exception:  # noqa: BLE001  # the boundary: whatever it is, the front is told
        frames.send(Kind.ERROR, pickle.dumps(EngineFault(traceback.format_exc())))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Opened:
    """The store of the last job, kept open for the next one."""

    def __init__(self) -> None:
        self._source: Source | None = None
        self._store: Store | None = None

    def store(self, source: Source) -> Store:
        """Give the store of a source; raises what opening it raises."""
        if self._store is None or source != self._source:
            self._store = None  # close the old one first
            self._store = source.open()
            self._source = source
        return self._store
