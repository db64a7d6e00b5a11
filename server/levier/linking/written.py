"""Which lines a run has written, in eight bytes each, however long they are."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

_BUCKETS: Final = 256


class Lines:
    """A set of lines that is filled first and asked afterwards.

    Of each line 72 bits of a hash are kept, so that among ten million lines two are taken for one in one of some fifty
    million runs. A Python set of hashes takes ten times the memory.
    """

    def __init__(self) -> None:
        self._buckets = [array("Q") for _ in range(_BUCKETS)]

    def add(self, lines: Iterable[bytes]) -> None:
        """Take lines in."""
        for line in lines:
            bucket, value = _hashed(line)
            self._buckets[bucket].append(value)

    def close(self) -> None:
        """Make ready to be asked; no line is taken in afterwards."""
        for number, bucket in enumerate(self._buckets):
            self._buckets[number] = array("Q", sorted(bucket))

    def __contains__(self, line: object) -> bool:
        if not isinstance(line, bytes):
            return False
        number, value = _hashed(line)
        bucket = self._buckets[number]
        place = bisect_left(bucket, value)
        return place < len(bucket) and bucket[place] == value


def _hashed(line: bytes) -> tuple[int, int]:
    digest = blake2b(line, digest_size=9).digest()
    return digest[0], int.from_bytes(digest[1:], "big")
