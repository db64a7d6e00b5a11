"""The files behind the graphs of a snapshot, as far as its provenance and this machine still know them."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from levier import resources
from levier.coherence.place import Place
from levier.coherence.places.in_iati import record_of
from levier.graph import EmbeddedStore
from levier.terms import LEVIER

_NAME = ox.NamedNode(LEVIER + "fileName")
_DIGEST = ox.NamedNode(LEVIER + "sha256")
_LINE = ox.NamedNode(LEVIER + "sourceLine")


@dataclass
class Origins:
    """Where the graphs of a snapshot come from."""

    store: EmbeddedStore

    def path(self, graph: str) -> Path | None:
        """Give the bundled file that a graph was made from, if it has not changed since."""
        names, digests = self._facts(graph, _NAME), self._facts(graph, _DIGEST)
        for name in names:
            for path in self._bundled.get(name, ()):
                if hashlib.sha256(path.read_bytes()).hexdigest() in digests:
                    return path
        return None

    def place(self, graph: str, focus: str) -> Place | None:
        """Give what the snapshot itself knows: the name of the file, and the line of the activity."""
        name = next(iter(self._facts(graph, _NAME)), None)
        if name is None:
            return None
        record = record_of(focus)
        line = next(iter(self._facts(record, _LINE)), None) if record else None
        return Place(name, int(line) if line else None)

    @cached_property
    def _bundled(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for folder in ("data", "ontology"):
            for path in sorted(resources.folder(folder).rglob("*")):
                if path.suffix in {".ttl", ".xml"}:
                    found.setdefault(path.name, []).append(path)
        return found

    def _facts(self, subject: str, predicate: ox.NamedNode) -> list[str]:
        quads = self.store.raw.quads_for_pattern(ox.NamedNode(subject), predicate, None)
        return [quad.object.value for quad in quads if isinstance(quad.object, ox.Literal)]
