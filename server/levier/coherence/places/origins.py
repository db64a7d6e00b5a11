"""The files behind the graphs of a snapshot, found again on this machine: by where they were read, and by content."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

import pyoxigraph as ox

from levier import resources
from levier.errors import LevierError
from levier.graph import EmbeddedStore, origins
from levier.graph.origins import Origin
from levier.iati import Source, digest, sources
from levier.terms import LEVIER, graph_iri

NAME: Final = ox.NamedNode(LEVIER + "fileName")
_DIGEST: Final = ox.NamedNode(LEVIER + "sha256")
_AID: Final = graph_iri("aid") + "/"


class Origins:
    """The files that the graphs of a snapshot were made from, none of which is believed without its SHA-256.

    `folders` are where the user says that files are, for a snapshot that came from another machine or was built by an
    older version: there, files are known by their names.
    """

    def __init__(self, store: EmbeddedStore, folders: Sequence[Path] = ()) -> None:
        self._store = store
        self._folders = folders
        self._found: dict[str, list[Source]] = {}

    def files(self, graph: str) -> list[Source]:
        """Give the files of a graph that are as they were when it was made."""
        if graph not in self._found:
            names, digests = self.names(graph), set(self._texts(graph, _DIGEST))
            self._found[graph] = [*_verified(graph, self._candidates(graph, names), digests)] if names else []
        return self._found[graph]

    def names(self, graph: str) -> list[str]:
        """Give the names of the files that a graph was made from, as they are published."""
        return self._texts(graph, NAME)

    def lost(self) -> list[str]:
        """Give the names of the files asked for so far that are not to be found."""
        return sorted({name for graph, some in self._found.items() if not some for name in self.names(graph)})

    def _candidates(self, graph: str, names: Sequence[str]) -> Iterator[Origin]:
        yield from self._kept.get(graph, ())
        for name in names:
            file, _, member = _as_file(name)
            for path in (*self._bundled.get(file, ()), *self._given.get(file, ())):
                yield from _members(path, member) if member else [Origin(path)]

    @cached_property
    def _kept(self) -> dict[str, list[Origin]]:
        return {} if self._store.folder is None else origins.kept(self._store.folder)

    @cached_property
    def _bundled(self) -> dict[str, list[Path]]:
        return _by_name([resources.folder("data"), resources.folder("ontology")])

    @cached_property
    def _given(self) -> dict[str, list[Path]]:
        return _by_name(self._folders)

    def _texts(self, subject: str, predicate: ox.NamedNode) -> list[str]:
        quads = self._store.raw.quads_for_pattern(ox.NamedNode(subject), predicate, None)
        return sorted({quad.object.value for quad in quads if isinstance(quad.object, ox.Literal)})


def _as_file(name: str) -> tuple[str, str, str]:
    """Give the name of the file, `!` and the member of a published name, which may be an address."""
    if "://" in name:
        return PurePosixPath(urlsplit(name).path).name, "", ""
    return name.partition("!")


def _by_name(folders: Sequence[Path]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            found.setdefault(path.name, []).append(path)
    return found


def _members(path: Path, name: str) -> Iterator[Origin]:
    """Give the members of an archive of this name, in whichever of its folders."""
    for source in sources([path]):
        if PurePosixPath(source.member).name == name:
            yield Origin(path, source.member)


def _verified(graph: str, candidates: Iterator[Origin], digests: set[str]) -> Iterator[Source]:
    """Give one source for each digest; an IATI file by the key that its graph has."""
    left, met = set(digests), set[Origin]()
    key = unquote(graph.removeprefix(_AID)) if graph.startswith(_AID) else ""
    for one in candidates:
        if not left:
            return
        if one in met:
            continue
        met.add(one)
        name = _near(one.path) + (f"!{one.member}" if one.member else "")
        source = Source(name, key, one.path, member=one.member)
        with suppress(OSError, LevierError):
            found = _digest(source)
            if found in left:
                left.discard(found)
                yield source


def _digest(source: Source) -> str:
    if source.path is not None and not source.member:
        with source.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    with source.opened() as stream:
        return digest(stream, source)


def _near(path: Path) -> str:
    """Give a path as seen from here, where it is below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
