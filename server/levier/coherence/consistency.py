"""OWL consistency: whether what is stated contradicts the ontology, by HermiT, where owlready2 and Java are.

HermiT reasons over everything at once, and so over what we state: notes, actors, plans and rounds. It is not asked
about the aid, of which there are millions of statements and SHACL says what must hold, nor about code lists.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from levier import resources
from levier.coherence.gather import statements
from levier.graph import EmbeddedStore
from levier.terms import GRAPH

_KINDS: Final = ("note", "actors", "plan", "round", "vocabularies", "sources")
"""Kinds of graphs that hold what we state."""


@dataclass(frozen=True, slots=True)
class Consistency:
    """What HermiT found."""

    said: str
    """One sentence."""
    contradicted: bool


def consistency_of_files(paths: Iterable[Path]) -> Consistency:
    """Reason over what Turtle files say; their IATI files say nothing that the ontology could contradict."""
    return _consistency(lambda: statements(paths))


def consistency_of_snapshot(store: EmbeddedStore) -> Consistency:
    """Reason over what we state in a snapshot."""
    return _consistency(lambda: _stated(store))


def _consistency(read: Callable[[], dict[str, list[ox.Triple]]]) -> Consistency:
    lacking = missing()
    if lacking:
        return Consistency(f"OWL consistency was not checked: {lacking}", contradicted=False)
    given = read()
    found = contradictions(given)
    if found:
        return Consistency(f"OWL: this contradicts the ontology: {', '.join(found)}.", contradicted=True)
    count = sum(len(triples) for triples in given.values())
    return Consistency(f"OWL: {count:,} statements are consistent with the ontology (HermiT).", contradicted=False)


def missing() -> str | None:
    """Say what is missing for HermiT, or give None."""
    if find_spec("owlready2") is None:
        return "HermiT needs owlready2, which is not installed (pip install owlready2)."
    if shutil.which("java") is None:
        return "HermiT needs Java, and there is no java command here."
    return None


def _stated(store: EmbeddedStore) -> dict[str, list[ox.Triple]]:
    names = [name for name in store.graphs() if name.removeprefix(GRAPH).partition("/")[0] in _KINDS]
    return {name: list(store.triples(name)) for name in names}


def contradictions(given: Mapping[str, list[ox.Triple]]) -> list[str]:
    """Give the sources that contradict the ontology: those that do alone or, where they only do together, all."""
    if _consistent(triple for triples in given.values() for triple in triples):
        return []
    alone = [name for name, triples in given.items() if not _consistent(triples)]
    return alone or sorted(given)


def _consistent(said: Iterable[ox.Triple]) -> bool:
    import owlready2  # noqa: PLC0415  # optional

    with _temporary_files() as folder:
        path = folder / "statements.nt"
        path.write_bytes(ox.serialize([*_ontology(), *said], format=ox.RdfFormat.N_TRIPLES) or b"")
        world = owlready2.World()
        try:
            with world.get_ontology(path.as_uri()).load():
                owlready2.sync_reasoner_hermit(world, debug=0, ignore_unsupported_datatypes=True)
        except owlready2.OwlReadyInconsistentOntologyError:
            return False
        finally:
            world.close()
    return True


def _ontology() -> Iterator[ox.Triple]:
    for module in sorted(resources.folder("ontology").glob("*.ttl")):
        for quad in ox.parse(path=module, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True):
            yield quad.triple


@contextmanager
def _temporary_files() -> Iterator[Path]:
    """Give a folder in which owlready2 leaves its temporary files, too: after a contradiction it forgets them."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="levier-owl-") as folder:
        tempfile.tempdir = folder
        try:
            yield Path(folder)
        finally:
            tempfile.tempdir = before
