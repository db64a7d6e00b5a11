"""A thread beside one that may be held up: it sees to what must not wait, and ends what goes beyond a limit."""

import threading
from time import monotonic, sleep
from typing import Final, NoReturn, Protocol

from levier.errors import LevierError
from levier.querying.run import LOOK, Guard

_SHORT: Final = 0.02
"""Seconds that work may take before others must not wait for its end."""
_IDLE: Final = 50
"""Looks without any work after which the thread waits for the next."""


class Aside(Protocol):
    """What can be done while the work goes on, from a thread beside it."""

    def held_up(self) -> None:
        """Take care of those who wait; the work does not go on to anything else meanwhile."""
        ...

    def meanwhile(self) -> None:
        """Take care of those who come; for some milliseconds, over and over until the work is done."""
        ...

    def stop(self, error: LevierError) -> NoReturn:
        """End this process, for there is no other way to end the work; the error says why."""
        ...


class Watch:
    """Looks at the work of another thread, which says when it begins and when it is done."""

    def __init__(self) -> None:
        """Make it; it looks at nothing before it is started."""
        self._number = 0
        self._busy = False
        self._guard: tuple[Guard, float] | None = None
        self._going_on = threading.Lock()
        self._asleep = False
        self._wake = threading.Event()

    def start(self, aside: Aside) -> None:
        """Begin to look, in a thread that ends with the process."""
        threading.Thread(target=self._look_on, args=(aside,), name="levier-watch", daemon=True).start()

    def begin(self) -> None:
        """Say that work begins."""
        self._number += 1
        self._busy = True
        if self._asleep:
            self._wake.set()

    def over(self, guard: Guard) -> None:
        """Say that a job begins within the work, which ends where its guard says so."""
        self._guard = guard, monotonic()

    def done(self) -> None:
        """Say that the job is done: what follows, such as sending its answer, is not for the guard."""
        with self._going_on:
            self._guard = None

    def end(self) -> None:
        """Say that the work is done; it may have to wait until those that it held up are taken care of."""
        with self._going_on:
            self._busy = False

    def _look_on(self, aside: Aside) -> None:
        idle = 0
        while True:
            number = self._number
            sleep(_SHORT)
            if self._busy and number == self._number:
                self._attend(number, aside)
            idle = 0 if self._busy or number != self._number else idle + 1
            if idle > _IDLE:
                self._wait()

    def _wait(self) -> None:
        self._wake.clear()
        self._asleep = True
        if not self._busy:  # it may have begun without having seen that it must wake anybody
            self._wake.wait()
        self._asleep = False

    def _attend(self, number: int, aside: Aside) -> None:
        """Stand by for as long as this work lasts."""
        with self._going_on:
            if not self._lasts(number):
                return
            aside.held_up()
        looked = 0.0
        while self._lasts(number):
            aside.meanwhile()
            now = monotonic()
            if now - looked >= LOOK:
                looked = now
                self._look(number, aside)

    def _look(self, number: int, aside: Aside) -> None:
        guarded = self._guard
        if guarded is None:
            return
        guard, since = guarded
        try:
            guard.look(monotonic() - since)
        except LevierError as error:
            with self._going_on:
                if self._lasts(number) and self._guard is guarded:
                    aside.stop(error)

    def _lasts(self, number: int) -> bool:
        return self._busy and number == self._number
