"""The headers that every answer has, whoever makes it."""

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
