"""Connections on their way between lanes and fronts, with what is known of the request that waits on them."""

import pickle
import socket
from array import array
from contextlib import suppress
from mmap import mmap
from typing import Any, Final, NamedTuple

from levier.web.service import BEGAN, FAILED

_NUMBER: Final = "i"
"""A number, as the system writes file descriptors."""
_LONGEST: Final = 1 << 16
"""Bytes of a message."""


class Passed(NamedTuple):
    """What is known of a connection that was passed on."""

    address: tuple[Any, ...]
    """Of the client."""
    began: float = 0.0
    """When its request came, by `perf_counter`; 0 where it is yet to be read."""
    failed: Exception | None = None
    """Why its request cannot be answered, where that is known."""

    def known(self) -> dict[str, object]:
        """Give what its environment is to say of its request."""
        return {} if self.failed is None else {BEGAN: self.began, FAILED: self.failed}


class Passing:
    """The way between them, made before they are forked; each message goes to one process at the other end."""

    def __init__(self, lanes: int) -> None:
        """Make it, for so many lanes."""
        self.lanes, self.fronts = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.open = memoryview(mmap(-1, lanes * array(_NUMBER).itemsize)).cast(_NUMBER)
        """How many connections each lane keeps, in memory that they share."""

    def to_a_front(self, client: socket.socket, passed: Passed) -> None:
        """Pass a connection on, and let go of it; waits where the fronts have much to do."""
        with client, suppress(OSError):
            _send(self.lanes, client, passed)

    def to_a_lane(self, client: socket.socket, passed: Passed) -> bool:
        """Give a connection back, without letting go of it; tells whether that was possible without waiting."""
        try:
            _send(self.fronts, client, passed, socket.MSG_DONTWAIT)
        except OSError:
            return False
        return True


def receive(end: socket.socket) -> tuple[int, Passed]:
    """Give the file descriptor of a connection and what is known of it; raises BlockingIOError for none."""
    space = socket.CMSG_SPACE(array(_NUMBER).itemsize)
    said, ancillary, _, _ = end.recvmsg(_LONGEST, space, socket.MSG_DONTWAIT)
    return array(_NUMBER, ancillary[0][2])[0], pickle.loads(said)  # noqa: S301  # from our own processes


def _send(end: socket.socket, client: socket.socket, passed: Passed, flags: int = 0) -> None:
    # Not by `socket.send_fds` and `recv_fds`, which take flags and do not heed them (Python 3.11).
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array(_NUMBER, [client.fileno()]))]
    end.sendmsg([_packed(passed)], rights, flags)


def _packed(passed: Passed) -> bytes:
    said = pickle.dumps(passed)
    return said if len(said) <= _LONGEST else pickle.dumps(passed._replace(failed=None))
