"""The connection of the client whose request is answered, as far as the server lets one see it."""

import errno
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SOCKET: Final = "gunicorn.socket"
"""Where gunicorn keeps the connection; under a server without it nothing is known of the client."""
_OPEN: Final = 1
"""The first byte of TCP_INFO (Linux, tcp(7)) as long as neither side has closed the connection."""
_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER of no seconds: closing the connection resets it, which no client takes for the end of an answer."""


class Client:
    """The other end of a request."""

    def __init__(self, environ: "WSGIEnvironment") -> None:
        self._connection: socket.socket | None = environ.get(SOCKET)

    def gone(self) -> bool:
        """Tell whether the client has closed its side, as far as the system tells; one that waits has not."""
        if self._connection is None:
            return False
        try:
            return self._connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != _OPEN
        except (OSError, AttributeError):  # a Unix socket; a system other than Linux
            return False

    def broken(self, reason: str) -> OSError:
        """Give the error that makes the server close the connection, and let closing it reset it.

        So what was sent cannot be taken for a whole answer, by no client of any version of HTTP.
        """
        if self._connection is not None:
            with suppress(OSError):  # it is gone already
                self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        return BrokenPipeError(errno.EPIPE, reason)
