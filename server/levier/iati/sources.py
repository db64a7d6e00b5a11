"""The IATI files that the user means: files, folders, archives and addresses, in a fixed order.

Each is a `Source` with a name for people and a dataset key for its graph, both settled before anything is read.
"""

import hashlib
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from levier.errors import BadInput
from levier.iati.download import download
from levier.settings import Settings

_SUFFIXES: Final = (".xml", ".gz", ".zip")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Source:
    """One IATI file to be: what it is called and where it is. It is not opened, and may turn out unreadable."""

    name: str
    """As given by the user; `archive.zip!folder/file.xml` for a member of an archive."""
    key: str
    """The dataset key, unique among the sources found together: `iom/iom-2.03`."""
    path: Path | None = None
    address: str = ""
    """The http(s) address, where there is no path."""
    member: str = ""
    settings: Settings | None = None
    """Limits for an address; None: those of the environment."""
    problem: str = ""
    """One sentence, where it is known already that it cannot be read."""

    @contextmanager
    def local(self) -> Iterator[Path]:
        """Give a path to read from for as long as the context lasts: downloaded or unpacked where need be.

        Raises BadInput with one sentence where that cannot be.
        """
        if self.problem:
            raise BadInput(self.problem)
        if self.path is not None and not self.member:
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="levier-") as folder:
            copy = Path(folder) / "source"
            if self.address:
                download(self.address, copy, self.settings)
            else:
                self._unpack(copy)
            yield copy

    def _unpack(self, copy: Path) -> None:
        if self.path is None:
            raise BadInput(f"{self.name}: neither a path nor an address.")
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as member, copy.open("wb") as out:
                shutil.copyfileobj(member, out)
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, KeyError) as error:
            raise BadInput(f"{self.name}: cannot be unpacked from the .zip ({error}).") from None


def digest(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    raises for what cannot be read: such a source carries its `problem`. `settings` limit what addresses may take.
    """
    return _Search(settings).run(given)


class _Search:
    def __init__(self, settings: Settings | None) -> None:
        self._settings = settings
        self._result = Sources()
        self._keys: set[str] = set()
        self._met: set[str] = set()

    def run(self, given: Iterable[str | Path]) -> Sources:
        for one in given:
            text = str(one)
            if re.match(r"https?://", text, re.IGNORECASE):
                self._add_address(text)
            elif Path(one).is_dir():
                self._add_folder(Path(one))
            else:
                self._add_file(Path(one), PurePosixPath(Path(one).name))
        return self._result

    def _add_address(self, address: str) -> None:
        if address not in self._met:
            self._met.add(address)
            parts = urlsplit(address)
            key = self._key(PurePosixPath(parts.netloc) / parts.path.strip("/"))
            self._result.found.append(Source(address, key, address=address, settings=self._settings))

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
            self._result.found.append(Source(str(path), self._key(relative), path))

    def _add_archive(self, path: Path, relative: PurePosixPath) -> None:
        try:
            with zipfile.ZipFile(path) as archive:
                members = sorted(info.filename for info in archive.infolist() if not info.is_dir())
        except (OSError, zipfile.BadZipFile) as error:
            self._add_problem(str(path), relative, f"is named .zip and cannot be read as one ({error}).")
            return
        wanted = [member for member in members if member.lower().endswith((".xml", ".gz"))]
        self._result.passed_over += [f"{path}!{member}" for member in members if member not in wanted]
        for member in wanted:
            key = self._key(relative.with_suffix("") / member)
            self._result.found.append(Source(f"{path}!{member}", key, path, member=member))
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
