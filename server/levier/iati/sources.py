"""The IATI files that the user means: files, folders, archives and addresses, in a fixed order.

Each is a `Source` with a name for people and a dataset key for its graph, both settled before anything is read.
"""

import hashlib
import lzma
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import IO, Final

from levier.errors import BadInput
from levier.iati.fetching.address import Address, is_address, shown
from levier.iati.fetching.download import download
from levier.iati.streams import Limits, Stream, too_long
from levier.settings import Settings

_SUFFIXES: Final = (".xml", ".gz", ".zip")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_CHUNK: Final = 1 << 18
_BAD_ZIP: Final = (
    zipfile.BadZipFile, OSError, EOFError, zlib.error, lzma.LZMAError, struct.error,
    RuntimeError,  # encrypted; NotImplementedError: a compression that is not known
    ValueError, KeyError, OverflowError,  # names, members and places that do not exist
    MemoryError,  # damaged LZMA may ask for gigabytes
)  # fmt: skip
"""What zipfile raises for a damaged or unreadable archive."""


@dataclass(frozen=True, slots=True)
class Source:
    """One IATI file to be: what it is called and where it is. It is not opened, and may turn out unreadable."""

    name: str
    """As given by the user, an address without user and password; `archive.zip!folder/file.xml` for a member."""
    key: str
    """The dataset key, unique among the sources found together: `iom/iom-2.03`."""
    path: Path | None = None
    address: str = ""
    """The http(s) address as given, where there is no path."""
    member: str = ""
    settings: Settings | None = None
    """Limits for what is fetched and unpacked; None: those of the environment."""
    problem: str = ""
    """One sentence, where it is known already that it cannot be read."""

    @property
    def public_name(self) -> str:
        """What it may be called in a graph: without folders, and an address without user, password and query."""
        if self.address:
            return Address.parse(self.address).public
        file, mark, member = self.name.rpartition("!") if self.member else (self.name, "", "")
        return PurePath(file).name + mark + PurePosixPath(member).name

    @property
    def limits(self) -> Limits:
        """How long it may be, unpacked."""
        settings = self.settings or Settings.from_env()
        return Limits(settings.max_file_bytes, settings.max_record_bytes)

    @contextmanager
    def opened(self) -> Iterator[Stream]:
        """Give a stream of its bytes as they are stored, of a member of an archive those of the member.

        Nothing is unpacked to disk. Raises BadInput with one sentence, or OSError, where that cannot be.
        """
        if self.problem:
            raise BadInput(self.problem)
        if self.path is None:
            with tempfile.TemporaryDirectory(prefix="levier-") as folder:
                copy = Path(folder) / "source"
                download(self.address, copy, self.settings)
                with copy.open("rb") as stream:
                    yield stream
        elif not self.member:
            with self.path.open("rb") as stream:
                yield stream
        else:
            with ExitStack() as stack:
                yield self._member(self.path, stack)

    def _member(self, path: Path, stack: ExitStack) -> "_Member":
        try:
            archive = stack.enter_context(zipfile.ZipFile(path))
            return _Member(stack.enter_context(archive.open(self.member)), self.name)
        except _BAD_ZIP as error:
            raise BadInput(_not_unpacked(self.name, error)) from None


def digest(stream: Stream, source: Source) -> str:
    """Give the SHA-256 of what a source is read from, in hexadecimal, and go back to its start.

    Raises BadInput where that is longer than it may be or, for a member of an archive, damaged.
    """
    sha256, taken, limit = hashlib.sha256(), 0, source.limits.file
    while chunk := stream.read(_CHUNK):
        sha256.update(chunk)
        taken += len(chunk)
        if taken > limit:
            raise BadInput(f"{source.name}: {too_long(limit)}.")
    stream.seek(0)
    return sha256.hexdigest()


class _Member:
    """A member of an archive while it is being read."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream = stream
        self._name = name

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size)
        except _BAD_ZIP as error:
            raise BadInput(_not_unpacked(self._name, error)) from None

    def seek(self, place: int) -> int:
        return self._stream.seek(place)


def _not_unpacked(name: str, error: Exception) -> str:
    return f"{name}: cannot be unpacked from the .zip ({error})."


@dataclass(slots=True)
class Sources:
    """The sources found, in the order they are converted in, and what was passed over."""

    found: list[Source] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    """Files of a folder or archive whose names are not those of IATI XML, such as MANIFEST.tsv."""

    def __iter__(self) -> Iterator[Source]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


def sources(given: Iterable[str | Path], settings: Settings | None = None) -> Sources:
    """Give the sources of what the user named: files, folders (with all below), .zip archives, http(s) addresses.

    The order is that of `given`, sorted by path within a folder or archive; a file named twice counts once. Never
    raises for what cannot be read: such a source carries its `problem`. `settings` limit what is fetched and unpacked.
    """
    return _Search(settings).run(given)


class _Search:
    """What was found so far, and the files and keys that are taken."""

    def __init__(self, settings: Settings | None) -> None:
        self._settings = settings
        self._result = Sources()
        self._keys: set[str] = set()
        self._met: set[str] = set()

    def run(self, given: Iterable[str | Path]) -> Sources:
        for one in given:
            text = str(one)
            if is_address(text):
                self._add_address(text)
            elif Path(one).is_dir():
                self._add_folder(Path(one))
            else:
                self._add_file(Path(one), PurePosixPath(Path(one).name))
        return self._result

    def _add_address(self, text: str) -> None:
        if text in self._met:
            return
        self._met.add(text)
        try:
            address = Address.parse(text)
        except ValueError as error:
            self._add_problem(shown(text), PurePosixPath("address"), f"{error}.")
            return
        key = self._key(PurePosixPath(address.host) / address.path.strip("/"))
        self._result.found.append(Source(shown(text), key, address=text, settings=self._settings))

    def _add_folder(self, folder: Path) -> None:
        files = sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.parts)
        before = len(self._result.found)
        for path in files:
            if path.name.lower().endswith(_SUFFIXES):
                self._add_file(path, PurePosixPath(path.relative_to(folder).as_posix()))
            else:
                self._result.passed_over.append(str(path))
        if len(self._result.found) == before and not any(str(path.resolve()) in self._met for path in files):
            self._add_problem(str(folder), PurePosixPath(folder.name), "the folder has no .xml, .gz or .zip file.")

    def _add_file(self, path: Path, relative: PurePosixPath) -> None:
        real = str(path.resolve())
        if real in self._met:
            return
        self._met.add(real)
        if not path.exists():
            self._add_problem(str(path), relative, "there is no such file.")
        elif path.name.lower().endswith(".zip"):
            self._add_archive(path, relative)
        else:
            self._result.found.append(Source(str(path), self._key(relative), path, settings=self._settings))

    def _add_archive(self, path: Path, relative: PurePosixPath) -> None:
        try:
            with zipfile.ZipFile(path) as archive:
                members = sorted(info.filename for info in archive.infolist() if not info.is_dir())
        except _BAD_ZIP as error:
            self._add_problem(str(path), relative, f"is named .zip and cannot be read as one ({error}).")
            return
        wanted = [member for member in members if member.lower().endswith((".xml", ".gz"))]
        self._result.passed_over += [f"{path}!{member}" for member in members if member not in wanted]
        for member in wanted:
            key = self._key(relative.with_suffix("") / member)
            self._result.found.append(Source(f"{path}!{member}", key, path, member=member, settings=self._settings))
        if not wanted:
            self._add_problem(str(path), relative, "the archive has no .xml or .gz file.")

    def _add_problem(self, name: str, relative: PurePosixPath, sentence: str) -> None:
        self._result.found.append(Source(name, self._key(relative), problem=f"{name}: {sentence}"))

    def _key(self, relative: PurePosixPath) -> str:
        """Give a key no other source has: the path without its suffixes, in characters that are safe in an IRI."""
        parts = [_slug(part) for part in relative.parts if part not in {"/", "..", "."}] or ["data"]
        parts[-1] = _slug(_without_suffixes(relative.name)) or "data"
        key = wanted = "/".join(part or "data" for part in parts)
        number = 1
        while key in self._keys:
            number += 1
            key = f"{wanted}-{number}"
        self._keys.add(key)
        return key


def _without_suffixes(name: str) -> str:
    for suffix in (".zip", ".gz", ".xml"):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
    return name


def _slug(text: str) -> str:
    return _UNSAFE.sub("-", text).strip("-.")
