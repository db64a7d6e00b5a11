"""A lane: a process that takes connections and answers plain queries itself, one after the other.

Another process would have to be woken up for an engine, and this one again for its answer, which takes several times
as long as most queries do. But what runs here cannot be stopped without this process, and holds up whoever waits in
it. So the lane keeps nothing but connections on which nothing is under way: where a request takes long, the others
are passed on to the fronts, and where it goes beyond a limit, its own as well, and the lane ends. Whatever is not a
plain query goes to a front at once.
"""

import os
import select
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import Any, Final, NamedTuple, NoReturn

from levier.cli.listening import SHARED
from levier.cli.passing import Passed, Passing, receive
from levier.cli.plain import LOOK, Plain
from levier.errors import LevierError
from levier.querying import NotHere, Watch
from levier.web import from_ours, on_the_wire

POSSIBLE: Final = hasattr(select, "epoll") and hasattr(socket, "SCM_RIGHTS") and SHARED
"""Whether this system has what a lane needs."""
_MOST: Final = 1000
"""Connections that are kept open at a time."""
_MEANWHILE: Final = 0.005
"""Seconds between two looks at whether the work that holds the lane up is done."""
_PAUSE: Final = 0.005
"""Seconds without a request after which there is time for what need not be done at once."""
_SECOND: Final = 1.0
_SIGNALS: Final = 64
"""Bytes that are read at once from where signals are told."""


@dataclass(slots=True)
class _Open:
    """A connection on which nothing is under way."""

    client: socket.socket
    address: tuple[Any, ...]
    until: float
    """When it is closed, should nothing be asked on it."""


class Duties(NamedTuple):
    """What a lane does besides for the process that it is."""

    alive: Callable[[], bool]
    """Tells whether it is to go on."""
    notify: Callable[[], object]
    """Tells whoever looks after it that it does."""
    tell: Callable[[], object]
    """Tells of what was answered, when there is time."""
    tired: Callable[[], bool]
    """Tells whether another process should take its place."""
    kept_open: float
    """Seconds that a connection is kept without a request."""
    signals: int
    """The file descriptor from which a byte can be read for each signal that came."""


class Lane:
    """What a lane does, from its beginning to its end."""

    def __init__(
        self, number: int, listener: socket.socket, plain: Plain, watch: Watch, passing: Passing, duties: Duties
    ) -> None:
        """Make it, one of as many as `passing` knows of."""
        self._number = number
        self._watch = watch
        self._listener = listener
        self._plain = plain
        self._passing = passing
        self._duties = duties
        self._kept_open = duties.kept_open
        self._open: dict[int, _Open] = {}
        self._under_way: tuple[_Open, float] | None = None
        self._goes_on = True
        self._epoll = select.epoll()
        self._look = memoryview(bytearray(LOOK))

    def run(self) -> None:
        """Answer until it is to end; what is under way then is finished."""
        self._passing.open[self._number] = 0
        self._watch.start(self)
        self._listener.setblocking(False)
        self._epoll.register(self._listener, select.EPOLLIN)
        self._epoll.register(self._passing.lanes, select.EPOLLIN | select.EPOLLEXCLUSIVE)
        self._epoll.register(self._duties.signals, select.EPOLLIN)  # whose handlers may say that it is to end
        tidied = 0.0
        while self._goes_on and not self._duties.tired():
            for number, _ in self._epoll.poll(_PAUSE) or self._wait():
                one = self._open.get(number)
                if one is not None:
                    self._answer(one)
                elif number == self._listener.fileno():
                    self._accept()
                elif number == self._passing.lanes.fileno():
                    self._take_back()
                elif number == self._duties.signals:
                    os.read(number, _SIGNALS)
                    self._goes_on = self._duties.alive()
            now = monotonic()
            if now - tidied >= _SECOND:
                tidied = now
                self._tidy(now)
        self.held_up()
        with suppress(OSError):  # until there is nobody left
            while True:
                client, address = self._listener.accept()
                self._passing.to_a_front(client, Passed(address))
        self._duties.tell()

    def held_up(self) -> None:
        """Pass on the connections on which nothing is under way."""
        busy = self._under_way and self._under_way[0]
        for one in list(self._open.values()):
            if one is not busy:
                self._pass(one)

    def meanwhile(self) -> None:
        """Pass on those who come, while the lane cannot take them; and tell that it lives."""
        self._duties.notify()
        signals = self._duties.signals
        ends = [end.fileno() for end in (self._listener, self._passing.lanes) if end.fileno() >= 0]
        ready, _, _ = select.select([*ends, signals], [], [], _MEANWHILE)
        if signals in ready:
            self._obey(os.read(signals, _SIGNALS))
            return
        with suppress(OSError):  # another process was quicker
            if self._listener.fileno() in ready:
                client, address = self._listener.accept()
                self._passing.to_a_front(client, Passed(address))
            elif ready:
                number, passed = receive(self._passing.lanes)
                self._passing.to_a_front(socket.socket(fileno=number), passed)

    def _obey(self, signals: bytes) -> None:
        """Do what has to be done at once for signals whose handlers have to wait for the work."""
        if signal.SIGTERM in signals:
            self._goes_on = False
            self._listener.close()  # whoever comes now is to be told at once that nobody answers
        if signal.SIGINT in signals or signal.SIGQUIT in signals:
            os._exit(0)

    def stop(self, error: LevierError) -> NoReturn:
        """End the process in the middle of a request, which a front tells of where there is one."""
        assert self._under_way is not None  # noqa: S101  # that is what is stopped
        one, began = self._under_way
        self._duties.tell()
        if self._goes_on:
            self._passing.to_a_front(one.client, Passed(one.address, began, error))
        else:  # the fronts may have ended
            with suppress(OSError):
                one.client.settimeout(_SECOND)
                one.client.sendall(on_the_wire(from_ours(error)))
        os._exit(0)

    def _wait(self) -> list[tuple[int, int]]:
        self._duties.tell()
        return self._epoll.poll(_SECOND)

    def _accept(self) -> None:
        try:
            client, address = self._listener.accept()
        except OSError:  # it has gone again
            return
        # The system shares them out by chance: of a few, one lane may get all.
        if len(self._open) > min(self._passing.open) + 1 and self._passing.to_a_lane(client, Passed(address)):
            client.close()
            return
        one = self._keep(client, address)
        if one is not None:
            self._answer(one)  # most have sent their request already

    def _take_back(self) -> None:
        """Take a connection that a front gives back."""
        with suppress(OSError):  # another process was quicker
            number, passed = receive(self._passing.lanes)
            self._keep(socket.socket(fileno=number), passed.address)

    def _keep(self, client: socket.socket, address: tuple[Any, ...]) -> _Open | None:
        """Keep a connection; None where there are too many of them, and a front has it now."""
        if len(self._open) >= _MOST:
            self._passing.to_a_front(client, Passed(address))
            return None
        client.setblocking(False)
        one = self._open[client.fileno()] = _Open(client, address, monotonic() + self._kept_open)
        self._passing.open[self._number] = len(self._open)
        self._epoll.register(client, select.EPOLLIN)
        return one

    def _answer(self, one: _Open) -> None:
        try:
            seen = bytes(self._look[: one.client.recv_into(self._look, 0, socket.MSG_PEEK)])
        except BlockingIOError:
            return
        except OSError:
            seen = b""
        if not seen:
            self._close(one)
            return
        self._under_way = one, perf_counter()
        self._watch.begin()
        try:
            self._give(seen, one)
        finally:
            self._watch.end()
            self._under_way = None

    def _give(self, seen: bytes, one: _Open) -> None:
        """Answer the request that is seen, or have a front do it."""
        try:
            stays = self._plain.give(seen, one.client, one.address, last=not self._goes_on)
        except NotHere as error:
            self._duties.tell()  # before the front does: the log is in order
            self._pass(one, *error.args)
        except OSError:
            self._close(one)
        except BaseException:  # a fault of the engine, which it may be able to tell of where it is alone
            self._pass(one)
            raise
        else:
            if stays:
                one.until = monotonic() + self._kept_open
                if one.client.gettimeout():  # it took long to send
                    one.client.setblocking(False)
            elif stays is None:
                self._duties.tell()
                self._pass(one)
            else:
                self._close(one)

    def _pass(self, one: _Open, failed: Exception | None = None) -> None:
        self._forget(one)
        self._passing.to_a_front(one.client, Passed(one.address, failed=failed))

    def _close(self, one: _Open) -> None:
        self._forget(one)
        one.client.close()

    def _forget(self, one: _Open) -> None:
        number = one.client.fileno()
        self._open.pop(number, None)
        self._passing.open[self._number] = len(self._open)
        self._epoll.unregister(number)

    def _tidy(self, now: float) -> None:
        """Close the connections on which nothing is asked."""
        self._duties.notify()
        self._goes_on = self._duties.alive()
        for one in [one for one in self._open.values() if one.until < now]:
            self._close(one)
