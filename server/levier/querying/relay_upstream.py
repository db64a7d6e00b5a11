"""Ask one SPARQL server one thing: at a public address that is looked up once, within a time, and so many bytes."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from time import monotonic
from typing import Final
from urllib.parse import SplitResult, urlsplit

import pyoxigraph as ox
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as WaitedError
from urllib3.response import BaseHTTPResponse

from levier import __version__

_CHUNK: Final = 1 << 16
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All that is given out of the IPv6 addresses (RFC 4291, §2.4; IANA's registry); the rest is local or special."""
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""An IPv4 address in the last 32 bits (RFC 6052, §2.1)."""


class Unanswered(Exception):
    """No answer that can be used came; the reason goes on from “the server …”."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Request:
    """What the engine asks of a server."""

    body: bytes
    content_type: str
    accept: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows that a server gave, as it wrote them; they have been read once and are well-formed."""

    body: bytes
    content_type: str


def ask(address: str, request: Request, timeout: float, max_bytes: int) -> Answer:
    """Post a query to an http(s) address.

    `timeout` is in seconds, for all of it; `max_bytes` counts what comes out where the answer is compressed. Raises
    Unanswered: also for a redirection, which is never followed, and for anything but rows in JSON or XML.
    """
    ends = monotonic() + timeout
    parts = urlsplit(address)
    try:
        numbers = addresses(parts, ends)
        with _connected(parts, numbers, ends) as connection:
            return _checked(*_exchanged(connection, parts, request, ends, max_bytes))
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        late = monotonic() >= ends or _waited(error)
        raise Unanswered(f"gave no whole answer within {timeout:g} seconds" if late else _why(error)) from error


def addresses(parts: SplitResult, ends: float) -> list[str]:
    """Give the numeric addresses of a host by a single look-up; raises Unanswered where any of them is not public.

    A host that is written as a number was meant by whoever allowed it, and is taken as it is.
    """
    host = parts.hostname or ""
    with suppress(ValueError):
        return [str(ip_address(host))]
    found = list(dict.fromkeys(_looked_up(host, ends)))
    if not all(map(public, found)):
        raise Unanswered("has a name that leads to an address which is not public")
    return found


def public(address: str) -> bool:
    """Tell whether an address belongs to the public Internet, also where it carries another one within it."""
    try:
        number = ip_address(address)
    except ValueError:
        return False
    if isinstance(number, IPv6Address):
        inner = number.ipv4_mapped or number.sixtofour or (_last_bits(number) if number in _NAT64 else None)
        if inner is not None:
            return public(str(inner))
        if number not in _GLOBAL_UNICAST or number.teredo or number.scope_id:
            return False
    return number.is_global and not (number.is_multicast or number.is_reserved or number.is_unspecified)


def _last_bits(number: IPv6Address) -> IPv4Address:
    return IPv4Address(number.packed[-4:])


def _looked_up(host: str, ends: float) -> list[str]:
    """Look a name up, for as long as there is time: the system's resolver has a patience of its own."""
    found: list[str] = []

    def look_up() -> None:
        with suppress(OSError, UnicodeError):
            found.extend(str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))

    thread = threading.Thread(target=look_up, name="levier-look-up", daemon=True)
    thread.start()
    thread.join(max(0.0, ends - monotonic()))
    if thread.is_alive():
        raise TimeoutError
    if not found:
        raise Unanswered("has a name that is not found")
    return found


@contextmanager
def _connected(parts: SplitResult, numbers: list[str], ends: float) -> Iterator[HTTPConnection]:
    """Connect to the first address that takes it; at the end of the time the connection is cut, whatever it does."""
    connection = _connection(parts, numbers, ends)
    raw = connection.sock
    cut = threading.Timer(max(0.0, ends - monotonic()), _cut, [raw])
    cut.name = "levier-cut"
    cut.start()
    try:
        yield connection
    finally:
        cut.cancel()
        cut.join()
        connection.close()


def _connection(parts: SplitResult, numbers: list[str], ends: float) -> HTTPConnection:
    for left, number in zip(range(len(numbers), 0, -1), numbers, strict=True):
        connection = _made(parts, number, max(0.001, ends - monotonic()) / left)
        try:
            connection.connect()
        except (HTTPError, OSError):
            connection.close()
            if left == 1:
                raise
        else:
            connection.timeout = max(0.001, ends - monotonic())
            return connection
    raise Unanswered("has no address")


def _made(parts: SplitResult, number: str, timeout: float) -> HTTPConnection:
    """Make a connection to a number, which a server with a certificate must answer by its name."""
    if parts.scheme == "http":
        return HTTPConnection(number, parts.port or 80, timeout=timeout)
    context = ssl.create_default_context()
    name = parts.hostname
    return HTTPSConnection(number, parts.port or 443, timeout=timeout, server_hostname=name, ssl_context=context)


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _exchanged(
    connection: HTTPConnection, parts: SplitResult, request: Request, ends: float, max_bytes: int
) -> tuple[bytes, str]:
    """Send a request and give the body and the media type of the answer; nothing else is said of who asks."""
    headers = {
        "Host": parts.netloc,
        "Accept": request.accept,
        "Accept-Encoding": "identity",
        "Content-Type": request.content_type,
        "User-Agent": f"levier/{__version__}",
        "Connection": "close",
    }
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("POST", target, body=request.body, headers=headers, preload_content=False)
    with closing(connection.getresponse()) as response:
        _refuse(response.status)
        body = _body(response, max_bytes)
    if monotonic() >= ends:  # a body without a length seems whole where it was cut
        raise TimeoutError
    return body, response.headers.get("Content-Type", "")


def _refuse(status: int) -> None:
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise Unanswered(f"answers {status}, a redirection, and none is followed")
    if status != HTTPStatus.OK:
        raise Unanswered(f"answers with the HTTP status {status}")


def _body(response: BaseHTTPResponse, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.stream(_CHUNK, decode_content=True):
        size += len(part)
        if size > max_bytes:
            raise Unanswered(f"gives more than {max_bytes:,} bytes")
        parts.append(part)
    return b"".join(parts)


class _Nowhere:
    """Takes what is written, and keeps nothing."""

    def write(self, data: bytes) -> int:
        return len(data)

    def flush(self) -> None:
        """Do nothing."""


def _checked(body: bytes, content_type: str) -> Answer:
    """Read the rows once: the engine ignores a mistake in them within EXISTS, and tells of it within SILENT."""
    form = ox.QueryResultsFormat.from_media_type(content_type.partition(";")[0].strip())
    if form not in {ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.XML}:
        raise Unanswered("answers something else than rows in JSON or XML")
    try:
        rows = ox.parse_query_results(body, form)
        if isinstance(rows, ox.QuerySolutions):
            rows.serialize(_Nowhere(), ox.QueryResultsFormat.TSV)  # type: ignore[arg-type]  # all that is asked of a file
            return Answer(body, form.media_type)
    except (SyntaxError, ValueError, RuntimeError, OSError) as error:
        raise Unanswered("gives rows that are broken") from error
    raise Unanswered("answers yes or no in place of rows")


def _waited(error: Exception) -> bool:
    # To urllib3, a connection that is refused has waited too long as well.
    return isinstance(error, TimeoutError | WaitedError) and not isinstance(error, NewConnectionError)


def _why(error: Exception) -> str:
    """Say why no answer came, in words that tell nothing of the network here."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "has no certificate that can be trusted"
    if isinstance(error, NewConnectionError) or not isinstance(error, HTTPError | HTTPException | ConnectionError):
        return "cannot be connected to"
    return "breaks its answer off"
