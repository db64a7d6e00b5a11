"""A job under way in an engine: its frames as they come, and a look five times a second at what it may no more take.

The engine cannot be stopped within a query, and a query can be killed only with its process. So every job runs in an
engine of its own, and the front looks at it while it waits; or in a lane, where a watch does (`here.py`).
"""

import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Final, NamedTuple, Self

from levier.errors import ClientGone, EngineLost, LevierError, QueryMemory, QueryTimeout
from levier.querying.frames import Frames, Kind

LOOK: Final = 0.2
"""Seconds between two looks at the clock, the memory and the client."""
_HOG: Final = 2.0
"""Seconds of work after which an engine yields to the others: short queries stay short beside long ones."""
_NICER: Final = 10
"""By how much it yields; it cannot be taken back, so the engine is not used again."""
_KEPT: Final = 4
"""The part of the memory limit, as a divisor, that an idle engine may hold."""
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_LAST: Final = {Kind.WHOLE, Kind.END, Kind.ERROR}


class Limits(NamedTuple):
    """What a job may take."""

    seconds: float
    """Of work: the time that the client takes to read is not counted."""
    memory: int
    """Bytes that the engine may hold more than an idle one."""
    patience: float
    """Seconds to wait for a place."""


class Guard:
    """What looks, a few times a second, at what a job under way takes."""

    __slots__ = ("_at_first", "_gone", "_limits", "_nice", "_process", "tired")

    def __init__(self, process: int, at_first: int | None, limits: Limits, gone: Callable[[], bool]) -> None:
        """Make it for a job of a process; `gone` tells whether its client is.

        What the process holds is compared with the bytes that it held `at_first`; None for those at the first look.
        """
        self.tired = False
        """Whether the process took so much, or was slowed down for so long a job, that it is not to do another."""
        self._process = process
        self._at_first = at_first
        self._limits = limits
        self._gone = gone
        self._nice = False

    def look(self, worked: float) -> None:
        """Raise QueryStopped where the job may not go on after so many seconds; from some on it yields to others."""
        limits = self._limits
        if worked >= limits.seconds:
            raise QueryTimeout(
                f"The query ran longer than the {limits.seconds:g} s that it may, and was ended.",
                hint="Ask for less: fewer patterns that have no variable in common, or a narrower one first.",
            )
        if self._gone():
            raise ClientGone("The client went away.")
        holds = held(self._process) or 0
        if self._at_first is None:
            self._at_first = holds
        taken = holds - self._at_first
        if taken > limits.memory:
            raise QueryMemory(
                f"The query took more than the {limits.memory:,} bytes of memory that it may, and was ended.",
                hint="Ask for less: a LIMIT, fewer columns, no ORDER BY over all there is.",
            )
        self.tired = self._nice or taken > limits.memory // _KEPT
        if worked > _HOG and not self._nice:
            self._nice = self.tired = _yield(self._process)


@dataclass(slots=True)
class Engine:
    """A process that does jobs, as its front knows it."""

    process: int
    frames: Frames
    at_first: int
    """Bytes of memory that it held before its first job."""


class Run:
    """What an engine says of its job: what it sends, the bytes of it, and what the job gave in the end.

    It has to be closed, or used in a `with` block.
    """

    def __init__(
        self, engine: Engine, limits: Limits, gone: Callable[[], bool], leave: "Callable[[Run, Engine], None]"
    ) -> None:
        """Make it, for an engine that has got the job; `leave` is called once, when nobody wants more of it."""
        self.head: Any = None
        self.given: Any = None
        self.reusable = False
        """Whether the job came to its end, and the engine can do another."""
        self._engine = engine
        self._guard = Guard(engine.process, engine.at_first, limits, gone)
        self._seconds = limits.seconds
        self._leave = leave
        self._worked = 0.0
        self._looked = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the job, where it has not ended."""
        self._leave(self, self._engine)

    def __iter__(self) -> Iterator[bytes]:
        """Give the bytes as they come; raises QueryStopped where a limit ends the job, and what the job raises."""
        kind = None
        while kind not in _LAST:
            kind, payload = self._frame()
            if kind is Kind.CHUNK:
                yield payload
            elif kind is Kind.HEAD:
                self.head = pickle.loads(payload)  # noqa: S301  # from our own engine
        self.reusable = not self._guard.tired
        said = pickle.loads(payload)  # noqa: S301  # from our own engine
        if kind is Kind.WHOLE:
            self.head, self.given, data = said
            yield data
        elif kind is Kind.END:
            self.given = said
        else:
            error: LevierError = said
            raise error

    def _frame(self) -> tuple[Kind, bytes]:
        """Give the next frame of the answer."""
        while True:
            began = monotonic()
            try:
                frame = self._engine.frames.receive()
            except EOFError as error:
                hint = "Ask again; if it recurs, ask for less."
                raise EngineLost("The query's process ended in the middle of it.", hint=hint) from error
            self._worked += monotonic() - began
            if frame is None or self._worked - self._looked >= LOOK or self._worked >= self._seconds:
                self._looked = self._worked
                if frame is None or frame[0] is Kind.CHUNK:
                    self._guard.look(self._worked)
            if frame is not None:
                return frame


def held(process: int) -> int | None:
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
