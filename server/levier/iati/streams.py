"""The bytes of a file on their way to the parser: unpacked, counted, limited."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol, cast

GZIP_MAGIC: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a file may be, in bytes of XML."""

    file: int
    record: int
    """One activity or organisation, or what stands between two of them: it is held in memory whole."""


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int = -1, /) -> bytes:
        """Give the next bytes, at most `size` of them; none at the end."""


class Stream(Readable, Protocol):
    """What a file is read from: its bytes as they are stored."""

    def seek(self, place: int, /) -> int:
        """Go to a place, counted from the start."""


class TooLongError(Exception):
    """More bytes than a file, or a part of it, may have."""


def too_long(limit: int) -> str:
    """Say that a file is longer than the setting `max_file_bytes` lets it be."""
    return f"more than {limit:,} bytes unpacked, which is the limit (LEVIER_MAX_FILE_BYTES)"


class Unpacked:
    """Gzip data, unpacked piece by piece: of a file that breaks off, all that comes before the break."""

    def __init__(self, stream: Stream) -> None:
        # GzipFile asks of its file no more than to be read and, to go back, to be set to a place.
        self._file = gzip.GzipFile(fileobj=cast("BinaryIO", stream), mode="rb")

    def read(self, size: int = -1) -> bytes:
        """Give what is there, at most `size` bytes; `GzipFile.read` would drop it where it then finds the break."""
        return self._file.read1(size)


class Counted:
    """A stream that counts what is read: raises TooLongError past the limit, or where no record ends for too long."""

    def __init__(
        self, stream: Readable, limits: Limits, progress: Callable[[int], None] | None, *, told: int = 0
    ) -> None:
        self._stream = stream
        self._limits = limits
        self._progress = progress
        self._told = told
        self._count = 0
        self._mark = 0

    @property
    def furthest(self) -> int:
        """Bytes read, here or before it was read again."""
        return max(self._count, self._told)

    def again(self, stream: Readable) -> "Counted":
        """Give the same for a stream that starts again; `progress` is not told twice of the same bytes."""
        return Counted(stream, self._limits, self._progress, told=self.furthest)

    def mark(self) -> None:
        """Note that a record was complete before this place."""
        self._mark = self._count

    def read(self, size: int = -1) -> bytes:
        """Give the next bytes, at most `size` of them."""
        data = self._stream.read(size)
        self._count += len(data)
        if self._count > self._limits.file:
            raise TooLongError(too_long(self._limits.file))
        if self._count - self._mark > self._limits.record:
            longest = f"{self._limits.record:,} bytes in which no activity or organisation ends"
            raise TooLongError(f"more than {longest}, which is the limit (LEVIER_MAX_RECORD_BYTES)")
        if self._count > self._told:
            if self._progress is not None:
                self._progress(self._count - self._told)
            self._told = self._count
        return data


class Again:
    """A stream that can give again what was read first."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._again = b""

    def give_again(self, data: bytes) -> None:
        """Put bytes before those that come next."""
        self._again = data

    def read(self, size: int = -1) -> bytes:
        """Give the next bytes; those that are given again all at once."""
        if self._again:
            data, self._again = self._again, b""
            return data
        return self._stream.read(size)
