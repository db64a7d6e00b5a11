"""The engines of one front: which are idle, what each is doing, and when one has to be killed.

The engine cannot be stopped within a query, and a query can be killed only with its process. So every job runs in an
engine of its own, and the front looks at it five times a second while it waits.
"""

import os
import pickle
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

from levier.errors import ClientGone, EngineLost, LevierError, QueryMemory, QueryTimeout
from levier.querying.engine import Job
from levier.querying.frames import Frames, Kind
from levier.querying.nursery import Nursery
from levier.querying.places import Places

_LOOK: Final = 0.2
"""Seconds between two looks at the clock, the memory and the client."""
_HOG: Final = 1.0
"""Seconds of work after which an engine yields to the others: short queries stay short beside long ones."""
_NICER: Final = 10
"""By how much it yields; it cannot be taken back, so the engine is not used again."""
_KEPT: Final = 4
"""The part of the memory limit, as a divisor, that an idle engine may hold."""
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a job may take."""

    seconds: float
    """Of work: the time that the client takes to read is not counted."""
    memory: int
    """Bytes that the engine may hold more than an idle one."""
    patience: float
    """Seconds to wait for a place."""


@dataclass(slots=True)
class _Engine:
    process: int
    frames: Frames
    at_first: int
    """Bytes of memory that it held before its first job."""


@dataclass(slots=True)
class Run:
    """A job under way: what the engine said that it sends, the bytes of it, and what the job gave in the end."""

    head: Any = None
    given: Any = None
    _chunks: Iterator[bytes] = field(default_factory=lambda: iter(()))

    def __iter__(self) -> Iterator[bytes]:
        """Give the bytes as they come; raises QueryStopped where a limit ends the job in the middle of them."""
        return self._chunks


class Pool:
    """Runs jobs in engines, at most as many at a time as there are places."""

    def __init__(self, places: Places, modules: Sequence[str] = ()) -> None:
        self.places = places
        self._modules = modules
        self._nursery: Nursery | None = None
        self._idle: list[_Engine] = []

    def call(self, job: Job, limits: Limits, gone: Callable[[], bool]) -> Any:  # noqa: ANN401  # what the function gives
        """Give what a job gives.

        Raises what it raises, PlacesTaken, and QueryStopped where it is ended; `gone` tells whether its client is.
        """
        with self.stream(job, limits, gone) as run:
            for _ in run:
                pass  # a job that does not stream sends nothing
        return run.given

    @contextmanager
    def stream(self, job: Job, limits: Limits, gone: Callable[[], bool]) -> Iterator[Run]:
        """Give a job under way; whoever leaves the block before its end ends the job."""
        with self.places.one(limits.patience):
            engine = self._begin(job)
            watch = _Watch(engine, limits, gone)
            run = Run()
            try:
                run._chunks = self._chunks(run, watch.frames())  # noqa: SLF001  # a Run is made here only
                yield run
            finally:
                self._leave(engine, reusable=watch.ended and not watch.tired)

    def start(self) -> None:
        """Start the nursery, which takes half a second to be ready; it does not wait for that."""
        if self._nursery is None:
            self._nursery = Nursery(self._modules)

    def close(self) -> None:
        """End all engines."""
        for engine in self._idle:
            engine.frames.close()
        self._idle.clear()
        if self._nursery is not None:
            self._nursery.close()
            self._nursery = None

    def _chunks(self, run: Run, frames: Iterator[tuple[Kind, bytes]]) -> Generator[bytes, None, None]:
        for kind, payload in frames:
            if kind is Kind.CHUNK:
                yield payload
            elif kind is Kind.HEAD:
                run.head = pickle.loads(payload)  # noqa: S301  # from our own engine
            elif kind is Kind.END:
                run.given = pickle.loads(payload)  # noqa: S301  # from our own engine
            else:
                raise _error(payload)

    def _begin(self, job: Job) -> _Engine:
        """Give an engine that has got the job: an idle one that still lives, or a new one."""
        said = pickle.dumps(job)
        while True:
            engine = self._idle.pop() if self._idle else self._new()
            try:
                engine.frames.send(Kind.JOB, said)
            except OSError:  # somebody ended it while it was idle
                engine.frames.close()
            else:
                return engine

    def _new(self) -> _Engine:
        try:
            return self._fork()
        except EOFError:  # somebody ended the nursery: start another
            if self._nursery is not None:
                self._nursery.close()
            self._nursery = None
            return self._fork()

    def _fork(self) -> _Engine:
        self.start()
        assert self._nursery is not None  # noqa: S101  # it is started
        process, connection = self._nursery.fork()
        connection.settimeout(_LOOK)
        return _Engine(process, Frames(connection), _held(process) or 0)

    def _leave(self, engine: _Engine, *, reusable: bool) -> None:
        if reusable:
            self._idle.append(engine)
            return
        if self._nursery is not None:
            self._nursery.kill(engine.process)
        engine.frames.close()


class _Watch:
    """Looks after one job while its frames come."""

    def __init__(self, engine: _Engine, limits: Limits, gone: Callable[[], bool]) -> None:
        self._engine = engine
        self._limits = limits
        self._gone = gone
        self._worked = 0.0
        self._looked = 0.0
        self._nice = False
        self.ended = False
        """Whether the job came to its end, and the engine waits for another."""
        self.tired = False
        """Whether the engine is not to be used again."""

    def frames(self) -> Iterator[tuple[Kind, bytes]]:
        """Give the frames of the answer, the last one included; raises QueryStopped at a limit."""
        while not self.ended:
            began = monotonic()
            try:
                frame = self._engine.frames.receive()
            except EOFError as error:
                hint = "Ask again; if it recurs, ask for less."
                raise EngineLost("The query's process ended in the middle of it.", hint=hint) from error
            self._worked += monotonic() - began
            if self._worked - self._looked >= _LOOK or self._worked >= self._limits.seconds or frame is None:
                self._looked = self._worked
                if frame is None or frame[0] is Kind.CHUNK:
                    self._look()
            if frame is not None:
                self.ended = frame[0] in {Kind.END, Kind.ERROR}
                yield frame

    def _look(self) -> None:
        limits = self._limits
        if self._worked >= limits.seconds:
            raise QueryTimeout(
                f"The query ran longer than the {limits.seconds:g} s that it may, and was ended.",
                hint="Ask for less: fewer patterns that have no variable in common, or a narrower one first.",
            )
        if self._gone():
            raise ClientGone("The client went away.")
        taken = (_held(self._engine.process) or 0) - self._engine.at_first
        if taken > limits.memory:
            raise QueryMemory(
                f"The query took more than the {limits.memory:,} bytes of memory that it may, and was ended.",
                hint="Ask for less: a LIMIT, fewer columns, no ORDER BY over all there is.",
            )
        self.tired = self._nice or taken > limits.memory // _KEPT
        if self._worked > _HOG and not self._nice:
            self._nice = self.tired = _yield(self._engine.process)


def _error(payload: bytes) -> LevierError:
    error: LevierError = pickle.loads(payload)  # noqa: S301  # from our own engine
    return error


def _held(process: int) -> int | None:
    """Give the bytes of memory that are a process's own; None where there is no such process, 0 where none tells."""
    try:
        figures = Path(f"/proc/{process}/statm").read_bytes().split()
    except FileNotFoundError:
        return None if Path("/proc/self/statm").exists() else 0
    except OSError:
        return None
    return (int(figures[1]) - int(figures[2])) * _PAGE if len(figures) > 2 else None  # noqa: PLR2004  # resident, shared


def _yield(process: int) -> bool:
    try:
        os.setpriority(os.PRIO_PROCESS, process, _NICER)
    except OSError:
        return False
    return True
