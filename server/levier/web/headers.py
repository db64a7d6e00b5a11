"""The headers that every answer has, whoever makes it, and how headers are sent."""

from collections.abc import Sequence
from typing import Final

ALWAYS: Final = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Link, Location, Retry-After"),
    ("X-Content-Type-Options", "nosniff"),
)
"""Reading is open to any origin, without credentials."""
ASK_EACH_TIME: Final = ("Cache-Control", "no-cache")
"""What has an ETag is kept, and asked after each time: a snapshot may be replaced."""
NEVER_KEPT: Final = ("Cache-Control", "no-store")


def lines(headers: Sequence[tuple[str, str]]) -> str:
    """Give headers as they are sent, each a line with its end; raises ValueError where one would be several."""
    sent = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if sent.count("\n") != len(headers) or sent.count("\r") != len(headers):
        raise ValueError("a header of several lines")
    return sent


def read_lines(sent: str) -> list[tuple[str, str]]:
    """Give the headers again that are sent as these lines."""
    return [(name, value) for name, _, value in (line.partition(": ") for line in sent.split("\r\n") if line)]
