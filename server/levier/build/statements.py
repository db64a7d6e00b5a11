"""Our own statements: every Turtle file of the data folder becomes the named graph that the file itself names."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from levier.errors import BadInput, BrokenData, LevierError
from levier.graph import EmbeddedStore
from levier.graph.syntax import cause
from levier.terms import LEVIER, RDF, graph_iri

ONTOLOGY_GRAPH = graph_iri("ontology")

_TYPE = ox.NamedNode(RDF + "type")
_DATASET = ox.NamedNode(LEVIER + "Dataset")
_ILLUSTRATIVE = ox.NamedNode(LEVIER + "illustrative")
_TRUE = ox.Literal(True)  # a literal, not a flag
_OURS = ("alignment", "exchange-rates", "extensions", "organisations", "provenance", "questions", "references")
_RESERVED = {ONTOLOGY_GRAPH, *(graph_iri(name) for name in _OURS)}
_AID = graph_iri("aid") + "/"


_TWICE = """
SELECT ?s ?p ?o ?g ?h WHERE { GRAPH ?g { ?s ?p ?o } GRAPH ?h { ?s ?p ?o } FILTER(STR(?g) < STR(?h)) } LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Statements:
    """A Turtle file, the named graph it goes to, and whether what it says is only an illustration."""

    path: Path
    graph: str
    illustrative: bool


def read(path: Path) -> Statements:
    """Give what a Turtle file says of itself: the one `levier:Dataset` in it is its graph.

    Raises BrokenData where the file is not Turtle or does not name one graph, with file and line.
    """
    try:
        triples = list(ox.parse(path=str(path), format=ox.RdfFormat.TURTLE))
    except SyntaxError as error:
        raise BrokenData(f"{path}:{error.lineno or 1}: not Turtle ({cause(error)}).") from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error}).") from error
    found = {t.subject for t in triples if t.predicate == _TYPE and t.object == _DATASET}
    if len(found) != 1:
        raise BrokenData(
            f"{path}: names {len(found)} graphs; it must say of exactly one IRI that it is a levier:Dataset.",
            hint="See data/README.md for the first lines of a data file.",
        )
    graph = found.pop()
    if not isinstance(graph, ox.NamedNode):
        raise BrokenData(f"{path}: its levier:Dataset is a blank node; a named graph needs an IRI.")
    if graph.value in _RESERVED or graph.value.startswith(_AID):
        raise BrokenData(f"{path}: <{graph.value}> is a graph that the build writes itself; choose another.")
    illustrative = any(t.subject == graph and t.predicate == _ILLUSTRATIVE and t.object == _TRUE for t in triples)
    return Statements(path, graph.value, illustrative)


def turtle_files(places: Sequence[Path]) -> list[Path]:
    """Give the Turtle files among and below the places, sorted; raises BadInput for a place that is not there."""
    files: list[Path] = []
    for place in places:
        if place.is_dir():
            files += sorted(place.rglob("*.ttl"))
        elif place.is_file():
            files.append(place)
        else:
            raise BadInput(f"{place}: there is no such file or folder.")
    return files


def read_all(places: Sequence[Path], *, illustrative: bool) -> list[Statements]:
    """Read every Turtle file of the places, those marked illustrative only if asked for.

    All broken files are named in one BrokenData: a graph that lacks one of the notes would answer wrongly.
    """
    found: list[Statements] = []
    broken: list[str] = []
    for path in turtle_files(places):
        try:
            found.append(read(path))
        except LevierError as error:
            broken.append(error.message)
    broken += _clashes(found)
    if broken:
        raise BrokenData("\n".join(broken), hint="Mend it and build again; the snapshot in use stays as it is.")
    return [statements for statements in found if illustrative or not statements.illustrative]


def load(store: EmbeddedStore, statements: Sequence[Statements], ontology: Path) -> None:
    """Load the files into their graphs, and the modules of the ontology into one.

    They go into the store all at once: some eighty files one by one take three times as long, and more on a slow disk.
    Raises BrokenData where two graphs say the same: the union of graphs would count it twice.
    """
    gathered = EmbeddedStore.in_memory()
    for item in statements:
        gathered.load(item.path, item.graph)
    for module in sorted(ontology.glob("*.ttl")):
        gathered.load(module, ONTOLOGY_GRAPH)
    twice = next(iter(gathered.select(_TWICE)), None)
    if twice is not None:
        files = [str(item.path) for item in statements if item.graph in {twice["g"].value, twice["h"].value}]
        raise BrokenData(
            f"{' and '.join(files)}: both say {twice['s']} {twice['p']} {twice['o']}; a statement stands in one file.",
            hint="Take it out of one of them; the snapshot in use stays as it is.",
        )
    store.raw.bulk_extend(gathered.raw)


def _clashes(found: Sequence[Statements]) -> list[str]:
    by_graph: dict[str, Path] = {}
    clashes = []
    for item in found:
        other = by_graph.setdefault(item.graph, item.path)
        if other != item.path:
            clashes.append(f"{item.path}: names the same graph as {other} (<{item.graph}>).")
    return clashes
