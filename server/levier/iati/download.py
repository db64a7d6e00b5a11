"""Fetch one http(s) address that the user gave, to a file; with a limit of time and one of size."""

import io
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from urllib.error import HTTPError
from urllib.request import (
    AbstractHTTPHandler,
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from levier import __version__
from levier.errors import BadInput
from levier.iati.address import Address, shown
from levier.settings import Settings

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK: Final = 1 << 20
_TIMES: Final = 60
"""How many times the seconds to wait for one answer all of it may take: an hour, by the default setting."""


def download(address: str, target: Path, settings: Settings | None = None) -> None:
    """Write what the address gives to `target`.

    Time and size are limited by the settings `fetch_timeout` (seconds to wait for the next bytes; 60 times as many
    for all of them, however slowly they drip) and `fetch_max_bytes`. User and password in the address are said to
    its server (Basic), not to one it redirects to. Raises BadInput, one sentence with the address, where it does not
    answer, answers with an error, or gives too much.
    """
    settings = settings or Settings.from_env()
    name = shown(address)
    try:
        request = _request(Address.parse(address))
        opener = _opener(settings.fetch_timeout * _TIMES)
        with opener.open(request, timeout=settings.fetch_timeout) as response, target.open("wb") as out:
            _copy(response, out, name, settings.fetch_max_bytes)
    except HTTPError as error:
        raise BadInput(f"{name}: the server answers {error.code} {error.reason}.") from None
    except (OSError, HTTPException, ValueError) as error:
        raise BadInput(f"{name}: cannot be fetched ({getattr(error, 'reason', None) or error}).") from None


def _request(address: Address) -> Request:
    request = Request(address.target, headers={"User-Agent": f"levier/{__version__}"})  # noqa: S310  # http(s) only
    if address.authorization:
        request.add_unredirected_header("Authorization", address.authorization)
    return request


def _opener(seconds: int) -> OpenerDirector:
    """Give an opener that knows http and https only: no redirection leads to ftp or to a file of this machine."""
    opener = OpenerDirector()
    for handler in (_TimedHTTP(seconds), _TimedHTTPS(seconds)):
        opener.add_handler(handler)
    handlers = (ProxyHandler, HTTPDefaultErrorHandler, HTTPErrorProcessor, UnknownHandler, HTTPRedirectHandler)
    for kind in handlers:
        opener.add_handler(kind())
    return opener


class _Timed(AbstractHTTPHandler):
    """Opens connections whose answers are not read after some seconds from now."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self._ends = monotonic() + seconds

    def do_open(self, http_class: Callable[..., HTTPConnection], req: Request, **more: Any) -> HTTPResponse:  # noqa: ANN401
        def connection(*arguments: Any, **options: Any) -> HTTPConnection:  # noqa: ANN401  # urllib's business
            made = http_class(*arguments, **options)
            # On the object, so that it goes before the attribute of http.client's class.
            vars(made)["response_class"] = partial(_TimedResponse, ends=self._ends)
            return made

        return super().do_open(connection, req, **more)


class _TimedHTTP(_Timed, HTTPHandler):
    """The same for http."""


class _TimedHTTPS(_Timed, HTTPSHandler):
    """The same for https."""


class _TimedResponse(HTTPResponse):
    """An answer that is read until a time: its head as well, which urllib reads by itself."""

    def __init__(self, *arguments: Any, ends: float, **options: Any) -> None:  # noqa: ANN401  # those of HTTPResponse
        super().__init__(*arguments, **options)
        self.fp = io.BufferedReader(_TimedBytes(self.fp.detach(), ends))


class _TimedBytes(io.RawIOBase):
    """The bytes of a connection as they come in; the clock is looked at before each wait for more."""

    def __init__(self, raw: io.RawIOBase, ends: float) -> None:
        self._raw = raw
        self._ends = ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        if monotonic() > self._ends:
            raise TimeoutError("it gives its bytes too slowly: not whole within the time limit")
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _copy(response: HTTPResponse, out: BinaryIO, name: str, limit: int) -> None:
    taken = 0
    while chunk := response.read(_CHUNK):
        taken += len(chunk)
        if taken > limit:
            raise BadInput(f"{name}: more than {limit:,} bytes; fetch it yourself and give the file.")
        out.write(chunk)
