"""What a front and an engine say to each other over a socket: frames of a kind, a length and a payload."""

import socket
import struct
from enum import Enum
from typing import Final

_HEAD: Final = struct.Struct(">cI")
_AT_ONCE: Final = 1 << 16
"""Bytes that are asked of the socket at once."""


class Kind(Enum):
    """What a frame is."""

    JOB = b"J"
    """From the front: a pickled Job."""
    HEAD = b"H"
    """From the engine: what it is going to send, pickled."""
    CHUNK = b"C"
    """From the engine: bytes of the answer."""
    END = b"E"
    """From the engine: the job is done; what it gave, pickled."""
    WHOLE = b"W"
    """From the engine, in place of all these where the answer is short: what it sends, what it gave, and the bytes."""
    ERROR = b"X"
    """From the engine: the job failed; the error, pickled."""


_KINDS: Final = {kind.value: kind for kind in Kind}


class Frames:
    """One end of the connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._received = bytearray()
        self._held = b""

    def send(self, kind: Kind, payload: bytes, *, more: bool = False) -> None:
        """Send a frame, with the next one where there is `more`; raises OSError where the other end is gone."""
        frame = self._held + _HEAD.pack(kind.value, len(payload)) + payload
        self._held = frame if more else b""
        if not more:
            sent = self.connection.send(frame)  # most go at once: `sendall` asks the system for its buffers before
            if sent < len(frame):
                self.connection.sendall(memoryview(frame)[sent:])

    def receive(self) -> tuple[Kind, bytes] | None:
        """Give the next frame, or None where it is not whole within the time limit of the connection.

        Raises EOFError where the other end is gone.
        """
        while (frame := self._whole()) is None:
            try:
                received = self.connection.recv(_AT_ONCE)
            except TimeoutError:
                return None
            except ConnectionError as error:
                raise EOFError from error
            if not received:
                raise EOFError
            self._received += received
        return frame

    def close(self) -> None:
        """Hang up."""
        self.connection.close()

    def _whole(self) -> tuple[Kind, bytes] | None:
        if len(self._received) < _HEAD.size:
            return None
        kind, length = _HEAD.unpack_from(self._received)
        end = _HEAD.size + length
        if len(self._received) < end:
            return None
        payload = bytes(memoryview(self._received)[_HEAD.size : end])
        del self._received[:end]
        return _KINDS[kind], payload
