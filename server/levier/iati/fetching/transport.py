"""One HTTP request and its answer: http(s) only, within a time, and few at once per server.

Bodies are asked for as they are stored (no content coding), so that lengths and places in them can be trusted.
"""

import io
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from http.client import HTTPResponse as RawResponse
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, PoolManager, ProxyManager, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, IncompleteRead, InvalidHeader, ProtocolError, SSLError
from urllib3.util import make_headers

from levier import __version__
from levier.iati.fetching.address import Address, is_address, shown

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK: Final = 1 << 20
_TIMES: Final = 60
"""How many times the seconds to wait for one answer all of it may take: an hour, by the default setting."""
_HOPS: Final = 10
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be another one the next time."""


class Unanswered(Exception):
    """No whole answer came."""

    def __init__(self, reason: str, *, passing: bool = True, after: float = 0.0, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.passing = passing
        """Whether the same request may be answered another time."""
        self.after = after
        """Seconds that the server asks to wait before that."""
        self.status = status
        """The HTTP status, where an answer came that is not the one asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer, and its body while the connection is open."""

    response: HTTPResponse
    address: str
    """Where it came from in the end, after redirections; without user and password."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status

    @property
    def reason(self) -> str:
        """The server's word for the status."""
        return self.response.reason or ""

    @property
    def successful(self) -> bool:
        """Whether the status says that what was asked for comes."""
        return 200 <= self.status < 300  # noqa: PLR2004  # RFC 9110, 15.3

    def header(self, name: str) -> str:
        """Give a header, empty where there is none."""
        return self.response.headers.get(name, "")

    def chunks(self) -> Iterator[bytes]:
        """Give the body piece by piece. Raises Unanswered where it breaks off, before its stated length too."""
        try:
            yield from self.response.stream(CHUNK, decode_content=False)
        except (HTTPError, HTTPException, OSError) as error:
            raise Unanswered(_why(error)) from None

    def refusal(self) -> Unanswered:
        """Give the error that this answer is, where it is not the one asked for."""
        return Unanswered(
            f"the server answers {self.status} {self.reason}".rstrip(),
            passing=self.status in _PASSING,
            after=_seconds(self.header("Retry-After")),
            status=self.status,
        )


class Transport:
    """Asks servers, each for a few things at once at most."""

    def __init__(self, timeout: float, *, per_host: int = 2) -> None:
        """`timeout`: seconds to wait for the next bytes; 60 times as many for all of them, however slowly they drip."""
        self._timeout = timeout
        self._per_host = per_host
        self._managers: dict[str, PoolManager] = {}
        self._gates: dict[str, threading.Semaphore] = {}
        self._lock = threading.Lock()

    @contextmanager
    def asked(self, address: str, headers: Mapping[str, str] | None = None) -> Iterator[Answer]:
        """Ask for an http(s) address and follow its redirections, to http(s) only.

        User and password in the address are said to its server (Basic), not to where it redirects. Raises Unanswered
        where nothing answers; an answer of any status is given.
        """
        with ExitStack() as stack:
            try:
                place = Address.parse(address)
                more = {"Authorization": place.authorization} if place.authorization else {}
                for _ in range(_HOPS):
                    hop = stack.enter_context(ExitStack())
                    response = self._sent(place, {**(headers or {}), **more}, hop)
                    location = response.get_redirect_location()
                    if not location:
                        break
                    hop.close()
                    place, more = _redirected(place, location), {}
                else:
                    raise Unanswered(f"it redirects more than {_HOPS} times", passing=False)
            except (HTTPError, HTTPException, OSError) as error:
                raise Unanswered(_why(error), passing=not isinstance(error, SSLError)) from None
            except ValueError as error:
                raise Unanswered(str(error), passing=False) from None
            yield Answer(response, place.target)

    def _sent(self, place: Address, headers: dict[str, str], stack: ExitStack) -> HTTPResponse:
        stack.enter_context(self._gate(place.host))
        response = self._manager(place).request(
            "GET",
            place.target,
            headers={"User-Agent": f"levier/{__version__}", "Accept-Encoding": "identity", **headers},
            timeout=self._timeout,
            retries=False,
            redirect=False,
            preload_content=False,
        )
        if not isinstance(response, HTTPResponse):  # nothing else comes from urllib3's own pools
            raise TypeError(response)
        # Once read to its end, the connection serves the next request already; else this ends it.
        stack.callback(response.close)
        return response

    def _gate(self, host: str) -> threading.Semaphore:
        with self._lock:
            return self._gates.setdefault(host.lower(), threading.Semaphore(self._per_host))

    def _manager(self, place: Address) -> PoolManager:
        """Give the pool of connections of the proxy that the environment names for this address, or of none."""
        parts = urlsplit(place.target)
        proxy = "" if proxy_bypass(place.host) else getproxies().get(parts.scheme, "")
        with self._lock:
            if proxy not in self._managers:
                self._managers[proxy] = _manager(proxy, self._per_host)
            return self._managers[proxy]

    def close(self) -> None:
        """Close the connections that are kept for another request."""
        with self._lock:
            for manager in self._managers.values():
                manager.clear()


def _manager(proxy: str, per_host: int) -> PoolManager:
    if proxy:
        auth = urlsplit(proxy).netloc.rpartition("@")[0]
        headers = make_headers(proxy_basic_auth=auth) if auth else None
        manager: PoolManager = ProxyManager(proxy, proxy_headers=headers, maxsize=per_host)
    else:
        manager = PoolManager(maxsize=per_host)
    manager.pool_classes_by_scheme = {"http": _PoolHTTP, "https": _PoolHTTPS}
    return manager


def _redirected(place: Address, location: str) -> Address:
    target = urljoin(place.target, location)
    if not is_address(target):
        raise Unanswered(f"it redirects to {shown(target)}, which is no http(s) address", passing=False)
    return Address.parse(target)


def _seconds(retry_after: str) -> float:
    """Give the seconds that a Retry-After header asks for, a date or a number (RFC 9110, 10.2.3)."""
    try:
        return Retry().parse_retry_after(retry_after) if retry_after else 0.0
    except InvalidHeader:
        return 0.0


def _why(error: Exception) -> str:
    """Say why no answer came, without the names of classes."""
    inner = error.args[1] if isinstance(error, ProtocolError) and len(error.args) > 1 else error.__cause__ or error
    if isinstance(inner, IncompleteRead):
        return f"it ends after {inner.partial:,} bytes, {inner.expected:,} too early"
    if isinstance(inner, TimeoutError):
        return "no answer within the time limit"
    return getattr(inner, "strerror", None) or str(inner) or type(inner).__name__


# Urllib3 waits for each piece of an answer; what follows makes the whole of it end as well.


class _TimedHTTP(HTTPConnection):
    def request(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  # those of HTTPConnection
        seconds = self.timeout if isinstance(self.timeout, int | float) else 0.0
        # On the object, so that it goes before the attribute of http.client's class.
        vars(self)["response_class"] = partial(_TimedResponse, ends=monotonic() + seconds * _TIMES)
        super().request(*arguments, **options)


class _TimedHTTPS(_TimedHTTP, HTTPSConnection):
    """The same for https."""


class _PoolHTTP(HTTPConnectionPool):
    ConnectionCls = _TimedHTTP


class _PoolHTTPS(HTTPSConnectionPool):
    ConnectionCls = _TimedHTTPS


class _TimedResponse(RawResponse):
    """An answer that is read until a time: its head as well, which http.client reads by itself."""

    def __init__(self, *arguments: Any, ends: float, **options: Any) -> None:  # noqa: ANN401  # those of HTTPResponse
        super().__init__(*arguments, **options)
        self.fp = io.BufferedReader(_TimedBytes(self.fp.detach(), ends))


class _TooSlow(OSError):
    """Not a TimeoutError, which urllib3 would put in its own words."""


class _TimedBytes(io.RawIOBase):
    """The bytes of a connection as they come in; the clock is looked at before each wait for more."""

    def __init__(self, raw: io.RawIOBase, ends: float) -> None:
        self._raw = raw
        self._ends = ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        if monotonic() > self._ends:
            raise _TooSlow("it gives its bytes too slowly: not whole within the time limit")
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
