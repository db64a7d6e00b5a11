"""Fetch many datasets into a folder: each file whole or not at all, each as often as its server needs, few at once."""

import fcntl
import functools
import os
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, zip_longest
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Final

from levier.errors import BadInput
from levier.iati.fetching.address import Address, shown
from levier.iati.fetching.manifest import Entry, Manifest, digest, now
from levier.iati.fetching.partial import Partial
from levier.iati.fetching.registry import Dataset
from levier.iati.fetching.retries import Retries
from levier.iati.fetching.transport import Answer, Transport, Unanswered
from levier.settings import Settings

_SAFE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_HTML: Final = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_HEAD: Final = 1 << 10
_OK, _PART, _UNCHANGED, _NOT_SO_LONG = 200, 206, 304, 416


class Fetching:
    """One run into one folder."""

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        *,
        wait: Callable[[float], object] | None = None,
        received: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`wait` waits some seconds before another try; `received` is told of the bytes that came so far."""
        self.stopped = threading.Event()
        self.transport = Transport(settings.fetch_timeout, per_host=settings.fetch_per_host)
        self.retries = Retries(settings.fetch_retries, wait or self.stopped.wait)
        self._folder = folder
        self._settings = settings
        self._received = received
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        """The bytes of datasets that came over the network so far."""
        return self._bytes

    def run(self, datasets: Iterable[Dataset], unknown: Iterable[Entry] = ()) -> Generator[Entry, None, None]:
        """Fetch the datasets and give the entry of each when it is done, in the order in which they end.

        A dataset that fails stops no other. `unknown`: entries of what the registry does not have, to be noted.
        Raises BadInput where the folder cannot be written to, or another run writes to it.
        """
        with _held(self._folder):
            manifest = Manifest.opened(self._folder, shown(self._settings.registry))
            for entry in unknown:
                manifest.record(entry)
                yield entry
            with ThreadPool(self._settings.fetch_parallel) as pool:
                try:
                    yield from pool.imap_unordered(lambda one: self._one(one, manifest), _by_turns(datasets))
                finally:
                    self.stopped.set()
            manifest.finish()

    def close(self) -> None:
        """Close the connections."""
        self.stopped.set()
        self.transport.close()

    def _one(self, dataset: Dataset, manifest: Manifest) -> Entry:
        settled = manifest.settled(dataset.name)
        if settled is not None:
            return settled
        before = manifest.entries.get(dataset.name) or Entry(name=dataset.name)
        try:
            self._go_on()
            entry = self._fetched(dataset, before)
            if before.file and before.file != entry.file:  # the dataset went to another publisher
                (self._folder / before.file).unlink(missing_ok=True)
        except Unanswered as error:
            entry = _failed(dataset, before, error.reason, error.status)
        except OSError as error:
            entry = _failed(dataset, before, f"cannot be written to disk ({error.strerror or error})", None)
        if entry.status != "failed" or not self.stopped.is_set():  # what an interruption cut short has not failed
            manifest.record(entry)
        return entry

    def _fetched(self, dataset: Dataset, before: Entry) -> Entry:
        """Fetch from the first address that gives the dataset. Raises Unanswered, with all reasons, if none does."""
        file = _file(dataset)
        (self._folder / file).parent.mkdir(parents=True, exist_ok=True)
        reasons, status = [], None
        for address in dataset.addresses:
            try:
                return self.retries.of(functools.partial(self._try, dataset, file, address, before))
            except Unanswered as error:
                reasons.append(f"{shown(address)}: {error.reason}")
                status = error.status
        raise Unanswered("; ".join(reasons) or "the registry gives no address for it", status=status)

    def _try(self, dataset: Dataset, file: str, address: str, before: Entry) -> Entry:
        target = self._folder / file
        partial, url = Partial(target), shown(address)
        rest = partial.headers(url)
        known = {} if rest or before.url != url or before.file != file else _conditions(before, self._folder)
        with self.transport.asked(address, rest or known) as answer:
            if answer.status == _UNCHANGED and known:
                return replace(before, status="unchanged", http_status=answer.status, checked=now(), error="")
            self._take(answer, partial, url)
            moment = now()
            entry = Entry(
                name=dataset.name,
                publisher=dataset.publisher,
                file=file,
                url=url,
                final_url=answer.address if answer.address != Address.parse(address).target else "",
                status="fetched",
                http_status=answer.status,
                fetched=moment,
                checked=moment,
                etag=answer.header("ETag"),
                last_modified=answer.header("Last-Modified"),
                bytes=partial.size,
                sha256=digest(partial.path),
            )
        partial.finish()
        return entry

    def _take(self, answer: Answer, partial: Partial, url: str) -> None:
        """Write the body of an answer to the half-written file, until that is whole."""
        total = None
        if answer.status == _PART:
            total = partial.go_on(answer, url)
        elif answer.status == _OK:
            partial.begin(answer, url)
        elif answer.status == _NOT_SO_LONG:  # what is there is longer than what the server has by now
            partial.discard()
            raise Unanswered("the server has another version than the one begun", status=answer.status)
        else:
            raise answer.refusal()
        with partial.path.open("ab") as out:
            for chunk in answer.chunks():
                self._go_on()
                out.write(chunk)
                self._count(len(chunk))
                if out.tell() > self._settings.fetch_max_bytes:
                    break
        self._judge(partial)
        if total is not None and partial.size != total:
            raise Unanswered(f"only {partial.size:,} of {total:,} bytes came")

    def _judge(self, partial: Partial) -> None:
        """See that what came can be the file. Raises Unanswered, and keeps nothing, where it cannot."""
        with partial.path.open("rb") as stream:
            head = stream.read(_HEAD)
        if partial.size > self._settings.fetch_max_bytes:
            fault = f"more than {self._settings.fetch_max_bytes:,} bytes"
        elif not head:
            fault = "the server gives an empty file"
        elif _HTML.match(head):
            fault = "the server gives an HTML page, not IATI XML"
        else:
            return
        partial.discard()
        raise Unanswered(fault, passing=False)

    def _go_on(self) -> None:
        if self.stopped.is_set():
            raise Unanswered("interrupted", passing=False)

    def _count(self, more: int) -> None:
        with self._lock:
            self._bytes += more
        self._received(self._bytes)


def unknown_dataset(name: str, near: list[str]) -> Entry:
    """Give the entry of a dataset that the registry does not have."""
    return Entry(name=name, checked=now(), error="the registry has no such dataset" + suggestion(near))


def suggestion(near: list[str]) -> str:
    """Give the end of a sentence that names what may have been meant."""
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _failed(dataset: Dataset, before: Entry, reason: str, status: int | None) -> Entry:
    kept = before if before.publisher else replace(before, publisher=dataset.publisher)
    return replace(kept, status="failed", http_status=status, checked=now(), error=reason)


def _file(dataset: Dataset) -> str:
    for part in (dataset.publisher, dataset.name):
        if not _SAFE.fullmatch(part):
            raise Unanswered(f"{part!r} cannot be the name of a file", passing=False)
    return f"{dataset.publisher}/{dataset.name}.xml"


def _conditions(before: Entry, folder: Path) -> dict[str, str]:
    """Give the headers that ask for the file only if it is another than the one here (RFC 9110, 13.1)."""
    if not (before.etag or before.last_modified) or not before.is_whole(folder):
        return {}
    conditions = {"If-None-Match": before.etag, "If-Modified-Since": before.last_modified}
    return {name: value for name, value in conditions.items() if value}


def _by_turns(datasets: Iterable[Dataset]) -> list[Dataset]:
    """Give the datasets with those of different servers in turn, so that no slow one holds up the others."""
    queues: dict[str, list[Dataset]] = defaultdict(list)
    for one in datasets:
        queues[_host(one)].append(one)
    return [one for one in chain.from_iterable(zip_longest(*queues.values())) if one is not None]


def _host(dataset: Dataset) -> str:
    try:
        return Address.parse(dataset.addresses[0]).host if dataset.addresses else ""
    except ValueError:
        return ""


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Make the folder and keep other runs out of it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except FileExistsError:
        raise BadInput(f"{folder}: is a file, not a folder.") from None
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written to ({error.strerror or error}).") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadInput(
                f"{folder}: another run fetches into it.", hint="Wait for it, or give -o another folder."
            ) from None
        yield
    finally:
        os.close(handle)
