"""An http(s) address as the user typed it: what is fetched, what people may see of it, what may be published."""

import base64
import re
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import SplitResult, unquote, urlsplit

_HTTP: Final = re.compile(r"https?://", re.IGNORECASE)
_USERINFO: Final = re.compile(r"(?<=://).*@", re.DOTALL)


def is_address(text: str) -> bool:
    """Tell whether the text is meant as an http(s) address, not as a path."""
    return _HTTP.match(text) is not None


def shown(text: str) -> str:
    """Give the address for messages: as typed, without user and password (a user alone is often a secret too)."""
    parts = _split(text)
    if parts is None or parts.netloc not in text:  # where a password ends cannot be told: all that may be one goes
        return _USERINFO.sub("…@", text)
    userinfo, _, host = parts.netloc.rpartition("@")
    return text.replace(parts.netloc, f"…@{host}", 1) if userinfo else text


@dataclass(frozen=True, slots=True)
class Address:
    """One http(s) address, split by what may be done with its parts."""

    target: str
    """What the server is asked for: without user, password and fragment."""
    public: str
    """What may stand in a graph: without user, password, query and fragment, any of which may be a secret."""
    host: str
    """With the port, where one is given."""
    path: str
    authorization: str = field(repr=False)
    """The value of the header that says user and password (RFC 7617); empty where there is none."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Split an address. Raises ValueError, without its parts, for one that has no host or a port that is none."""
        parts = _split(text)
        if parts is None:
            raise ValueError("not a well-formed http(s) address")
        userinfo, _, host = parts.netloc.rpartition("@")
        bare = parts._replace(netloc=host, fragment="")
        return cls(bare.geturl(), bare._replace(query="").geturl(), host, parts.path, _basic(userinfo))


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        known = parts.hostname is not None and parts.port != 0  # asking for the port is what checks it
    except ValueError:
        return None
    return parts if known else None


def _basic(userinfo: str) -> str:
    if not userinfo:
        return ""
    user, _, password = userinfo.partition(":")
    return "Basic " + base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode("ascii")
