"""Fetch one http(s) address that the user gave, to a file; with a time limit and a size limit."""

from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import BinaryIO, Final
from urllib.error import HTTPError
from urllib.request import (
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
from levier.settings import Settings

_CHUNK: Final = 1 << 20


def download(address: str, target: Path, settings: Settings | None = None) -> None:
    """Write what the address gives to `target`.

    Time and size are limited by the settings `fetch_timeout` (seconds to wait) and `fetch_max_bytes`. Raises
    BadInput, one sentence with the address, where it does not answer, answers with an error, or gives too much.
    """
    settings = settings or Settings.from_env()
    request = Request(address, headers={"User-Agent": f"levier/{__version__}"})  # noqa: S310  # sources() takes only http(s)
    try:
        with _opener().open(request, timeout=settings.fetch_timeout) as response, target.open("wb") as out:
            _copy(response, out, address, settings.fetch_max_bytes)
    except HTTPError as error:
        raise BadInput(f"{address}: the server answers {error.code} {error.reason}.") from None
    except (OSError, HTTPException, ValueError) as error:
        raise BadInput(f"{address}: cannot be fetched ({getattr(error, 'reason', None) or error}).") from None


def _opener() -> OpenerDirector:
    """Give an opener that knows http and https only: no redirection leads to ftp or to a file of this machine."""
    opener = OpenerDirector()
    handlers = (ProxyHandler, HTTPHandler, HTTPSHandler, HTTPDefaultErrorHandler, HTTPErrorProcessor, UnknownHandler)
    for handler in (*handlers, HTTPRedirectHandler):
        opener.add_handler(handler())
    return opener


def _copy(response: HTTPResponse, out: BinaryIO, address: str, limit: int) -> None:
    taken = 0
    while chunk := response.read(_CHUNK):
        taken += len(chunk)
        if taken > limit:
            raise BadInput(f"{address}: more than {limit:,} bytes; fetch it yourself and give the file.")
        out.write(chunk)
