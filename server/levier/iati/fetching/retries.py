"""Ask again, later each time, where another try may help."""

from collections.abc import Callable
from typing import Final, TypeVar

from levier.iati.fetching.transport import Unanswered

T = TypeVar("T")

_FIRST: Final = 1.0
_LONGEST: Final = 60.0
_MOST: Final = 600.0
"""Seconds of Retry-After above which there is no waiting: it is said, and a later run may try again."""


class Retries:
    """How often to ask again, and how to wait before it."""

    def __init__(self, more: int, wait: Callable[[float], object]) -> None:
        """`more`: tries after the first. `wait`: waits so many seconds; what it gives is true where all should stop."""
        self._more = more
        self._wait = wait

    def of(self, attempt: Callable[[], T]) -> T:
        """Give what the attempt gives, after as many tries as it needs and there may be.

        Waits 1, 2, 4 … 60 seconds, or as long as the server asks for. Raises the last try's Unanswered.
        """
        tried = 0
        while True:
            try:
                return attempt()
            except Unanswered as error:
                if not error.passing or tried >= self._more or error.after > _MOST:
                    raise
                if self._wait(max(error.after, min(_LONGEST, _FIRST * 2**tried))):
                    raise
            tried += 1
