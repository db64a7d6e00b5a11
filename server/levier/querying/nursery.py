"""The process that engines are forked from: small, single-threaded, with what they need imported already.

A front has many requests under way and cannot be forked safely; this process can, in milliseconds. It does what the
front tells it over a socket, `fork` and `kill`, and when the front is gone, however it went, it ends with all engines.
"""

import array
import gc
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from levier.querying import engine

_CONTROL: Final = 3
"""The file descriptor on which the front speaks."""
_MESSAGE: Final = 64
_START: Final = f"import sys; from {__name__} import main; main(sys.argv[1:])"
_ALLOCATOR: Final = {
    "GLIBC_TUNABLES": ":".join(
        f"glibc.malloc.{one}" for one in ("hugetlb=1", f"mmap_threshold={32 << 20}", f"trim_threshold={1 << 28}")
    )
}
"""What engines ask of glibc's allocator: large pages, where there are such, and to keep what was freed for what comes
next. A query that joins large groups touches many small rows all over its memory, and takes a quarter less time so.
What the environment says goes first."""


class Nursery:
    """The front's end: starts the process, and has it fork and kill engines."""

    def __init__(self, modules: Sequence[str] = ()) -> None:
        """Start the process; `modules` are imported in it, so that its engines need not."""
        self._asking = threading.Lock()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-c", _START, *modules]
        with theirs:
            actions = [(os.POSIX_SPAWN_DUP2, theirs.fileno(), _CONTROL)]
            self._process = os.posix_spawn(sys.executable, command, {**_ALLOCATOR, **os.environ}, file_actions=actions)

    def fork(self) -> tuple[int, socket.socket]:
        """Give a new engine: its process, and the connection to it; raises EOFError where the nursery is gone."""
        with self._asking:  # the answers come without a name
            try:
                self._control.sendall(b"fork")
                message, ancillary, _, _ = self._control.recvmsg(_MESSAGE, socket.CMSG_SPACE(array.array("i").itemsize))
            except OSError as error:
                raise EOFError from error
        if not ancillary:
            raise EOFError
        return int(message), socket.socket(fileno=array.array("i", ancillary[0][2])[0])

    def kill(self, process: int) -> None:
        """End an engine in the middle of what it does; nothing happens where it has ended."""
        try:
            self._control.sendall(b"kill %d" % process)
        except OSError:
            return  # the nursery is gone, and all its engines with it

    def close(self) -> None:
        """End the nursery and its engines."""
        self._control.close()
        os.waitpid(self._process, 0)


def main(modules: Sequence[str]) -> None:
    """Fork and kill engines as told, until the front hangs up."""
    os.setsid()  # Ctrl+C on a terminal is for the front: it lets the engines finish
    for name in modules:
        import_module(name)
    gc.collect()
    gc.freeze()  # what is there now stays shared with the engines
    with socket.socket(fileno=_CONTROL) as control:
        _Forks(control).obey()


class _Forks:
    """The engines of a nursery that live."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._alive: set[int] = set()

    def obey(self) -> None:
        """Do what the front says, until it hangs up; then end all engines."""
        woken, waker = socket.socketpair()  # a child that ends wakes the loop
        waker.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        while True:
            ready, _, _ = select.select([self._control, woken], [], [])
            if woken in ready:
                woken.recv(_MESSAGE)
            self._reap()
            if self._control in ready and not self._one(_heard(self._control)):
                break
        signal.set_wakeup_fd(-1)
        for process in self._alive:
            os.kill(process, signal.SIGKILL)

    def _one(self, message: bytes) -> bool:
        word, _, process = message.partition(b" ")
        if word == b"fork":
            self._fork()
        elif word == b"kill" and int(process) in self._alive:
            os.kill(int(process), signal.SIGKILL)
        return bool(message)

    def _fork(self) -> None:
        ours, theirs = socket.socketpair()
        process = os.fork()
        if process == 0:
            self._become(ours, theirs)
        theirs.close()
        self._alive.add(process)
        passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [ours.fileno()]))]
        self._control.sendmsg([b"%d" % process], passed)
        ours.close()

    def _become(self, ours: socket.socket, theirs: socket.socket) -> None:
        """Be the engine, for the rest of this process."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            ours.close()
            self._control.close()
            engine.work(theirs)
        finally:
            os._exit(0)

    def _reap(self) -> None:
        while self._alive:
            process, _ = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                break
            self._alive.discard(process)


def _heard(control: socket.socket) -> bytes:
    """Give what the front says; nothing where it is gone."""
    try:
        return control.recv(_MESSAGE)
    except ConnectionError:
        return b""
