"""Connections on their way between lanes and fronts, with what is known of the request that waits on them."""

import pickle
import socket
from contextlib import suppress
from typing import Any, Final, NamedTuple

from levier.web.service import BEGAN, FAILED

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

    def __init__(self) -> None:
        self.lanes, self.fronts = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def to_a_front(self, client: socket.socket, passed: Passed) -> None:
        """Pass a connection on, and let go of it; waits where the fronts have much to do."""
        with client, suppress(OSError):
            socket.send_fds(self.lanes, [_packed(passed)], [client.fileno()])

    def to_a_lane(self, client: socket.socket, passed: Passed) -> bool:
        """Give a connection back, without letting go of it; tells whether that was possible without waiting."""
        try:
            socket.send_fds(self.fronts, [_packed(passed)], [client.fileno()], socket.MSG_DONTWAIT)
        except OSError:
            return False
        return True


def receive(end: socket.socket) -> tuple[int, Passed]:
    """Give the file descriptor of a connection and what is known of it; raises BlockingIOError for none."""
    said, given, _, _ = socket.recv_fds(end, _LONGEST, 1, socket.MSG_DONTWAIT)
    return given[0], pickle.loads(said)  # noqa: S301  # from our own processes


def _packed(passed: Passed) -> bytes:
    said = pickle.dumps(passed)
    return said if len(said) <= _LONGEST else pickle.dumps(passed._replace(failed=None))
