"""Sockets that listen on one address, among which the system shares out those who come."""

import socket
from typing import Any, Final

SHARED: Final = hasattr(socket, "SO_REUSEPORT")
"""Whether several sockets can listen on one address here."""
_BACKLOG: Final = 1024
"""Connections that may wait to be taken."""


def first(address: tuple[Any, ...], family: socket.AddressFamily) -> socket.socket:
    """Give a socket that listens on an address on which nobody does; raises OSError."""
    with socket.create_server(address[:2], family=family) as alone:  # the port of one that shares it never is taken
        address = alone.getsockname()
    return _listening(address, family)


def another(listener: socket.socket) -> socket.socket:
    """Give another socket that listens on the address of the first one; raises OSError."""
    return _listening(listener.getsockname(), listener.family)


def _listening(address: tuple[Any, ...], family: int) -> socket.socket:
    return socket.create_server(address[:2], family=family, backlog=_BACKLOG, reuse_port=SHARED)
