"""Fetch one http(s) address that the user gave, to a file; with a limit of time and one of size."""

from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from levier.errors import BadInput
from levier.iati.fetching.address import shown
from levier.iati.fetching.transport import Answer, Transport, Unanswered
from levier.settings import Settings


def download(address: str, target: Path, settings: Settings | None = None) -> None:
    """Write what the address gives to `target`.

    Time and size are limited by the settings `fetch_timeout` (seconds to wait for the next bytes; 60 times as many
    for all of them, however slowly they drip) and `fetch_max_bytes`. User and password in the address are said to
    its server (Basic), not to one it redirects to. Raises BadInput, one sentence with the address, where it does not
    answer, answers with an error, breaks off, or gives too much.
    """
    settings = settings or Settings.from_env()
    name = shown(address)
    try:
        with closing(Transport(settings.fetch_timeout)) as transport, transport.asked(address) as answer:
            if not answer.successful:
                raise BadInput(f"{name}: {answer.refusal().reason}.")
            with target.open("wb") as out:
                _copy(answer, out, name, settings.fetch_max_bytes)
    except Unanswered as error:
        raise BadInput(f"{name}: cannot be fetched ({error.reason}).") from None
    except OSError as error:
        raise BadInput(f"{name}: cannot be written to disk ({error.strerror or error}).") from None


def _copy(answer: Answer, out: BinaryIO, name: str, limit: int) -> None:
    taken = 0
    for chunk in answer.chunks():
        taken += len(chunk)
        if taken > limit:
            raise BadInput(f"{name}: more than {limit:,} bytes; fetch it yourself and give the file.")
        out.write(chunk)
