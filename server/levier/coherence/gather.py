"""The files to check, read into one store together with what they are checked against."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from levier import resources
from levier.errors import BadInput, BrokenData, NothingToDo
from levier.graph import EmbeddedStore
from levier.graph.syntax import cause
from levier.iati import Seen, Source, convert_source, sources
from levier.terms import GRAPH, LEVIER, RDF

CHECKED: Final = ox.NamedNode(GRAPH + "checked")
"""The one graph that holds everything, so that a triple stated in two files counts once."""

_FORMATS: Final = {".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES}
_CONTEXT: Final = ("notes", "codelists", "actors.ttl", "partner-countries.ttl", "vocabularies.ttl")
"""What of `data/` every file is checked against: names, codes and identities, not plans, rounds or aid."""
_TYPE: Final = ox.NamedNode(RDF + "type")
_DATASET: Final = ox.NamedNode(LEVIER + "Dataset")


@dataclass(slots=True)
class Gathered:
    """Files read for checking."""

    store: EmbeddedStore = field(default_factory=EmbeddedStore.in_memory)
    files: list[str] = field(default_factory=list)
    triples: int = 0
    """Triples of the given files, the context not counted."""
    subjects: dict[str, str] = field(default_factory=dict)
    """The file that says something about a node, by the node's IRI or `_:label`; the first file that does."""
    datasets: set[str] = field(default_factory=set)
    """Graphs that the given files are themselves: the bundled ones of the same IRI stay out."""
    problems: list[str] = field(default_factory=list)
    """One sentence per IATI file, or rest of one, that could not be read while others could."""

    def add(self, name: str, triples: Iterable[ox.Quad]) -> None:
        """Add the triples of a given file."""
        self.files.append(name)
        self.store.raw.bulk_extend(self._noted(name, triples))

    def _noted(self, name: str, triples: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
        for triple in triples:
            subject = triple.subject
            text = subject.value if isinstance(subject, ox.NamedNode) else str(subject)
            self.subjects.setdefault(text, name)
            if triple.predicate == _TYPE and triple.object == _DATASET:
                self.datasets.add(text)
            self.triples += 1
            yield ox.Quad(subject, triple.predicate, triple.object, CHECKED)


def gather(paths: Iterable[Path], *, context: Path | None = None) -> Gathered:
    """Read Turtle, N-Triples and IATI files, and folders of them, with the bundled context around them.

    `context` is the folder of data to take the context from (the bundled one). A file that cannot be read is among
    the problems, by name and line, and stops no other. Raises NothingToDo where the files state nothing.
    """
    gathered, seen = Gathered(), Seen()
    for path in paths:
        try:
            for file in _files(path):
                _add_file(file, gathered, seen)
        except (BadInput, BrokenData) as error:
            gathered.problems.append(error.message)
    if not gathered.triples:
        raise NothingToDo(_nothing(gathered))
    _add_context(gathered, resources.folder("data") if context is None else context)
    return gathered


def _files(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise BadInput(f"{path}: there is no such file.")
    if not path.is_dir():
        yield path
        return
    inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in {*_FORMATS, ".xml", ".gz", ".zip"})
    if not inside:
        raise BadInput(f"{path}: the folder has no .ttl, .nt, .xml, .gz or .zip file.")
    yield from inside


def _add_file(path: Path, gathered: Gathered, seen: Seen) -> None:
    if path.suffix.lower() not in _FORMATS:
        for source in sources([path]):
            _convert(source, gathered, seen)
        return
    try:
        gathered.add(str(path), list(_parsed(path)))
    except (BadInput, BrokenData) as error:
        gathered.problems.append(error.message)


def _parsed(path: Path) -> Iterator[ox.Quad]:
    form = _FORMATS[path.suffix.lower()]
    try:
        yield from ox.parse(path=str(path), format=form, base_iri=path.resolve().as_uri(), rename_blank_nodes=True)
    except SyntaxError as error:
        place = ":".join(str(part) for part in (path, error.lineno, error.offset) if part)
        raise BrokenData(f"{place}: not {form.name}: {cause(error)}.", hint="Mend the file and check again.") from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error}).") from error


def _convert(source: Source, gathered: Gathered, seen: Seen) -> None:
    with tempfile.TemporaryFile() as lines:  # a large file is several times as large in N-Triples
        report = convert_source(source, lines.write, graph=None, seen=seen)
        lines.seek(0)
        if report.converted:
            gathered.add(source.name, ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))
    gathered.problems += [
        f"{source.name}: line {problem.line}: {problem.message}"
        for problem in report.problems
        if problem.severity == "error"
    ]
    if report.error:
        gathered.problems.append(report.error)


def _nothing(gathered: Gathered) -> str:
    if gathered.problems:
        return "\n".join(gathered.problems)
    return f"{', '.join(gathered.files)}: nothing is stated here, so nothing was checked."


def _add_context(gathered: Gathered, folder: Path) -> None:
    for name in _CONTEXT:
        path = folder / name
        for file in sorted(path.glob("*.ttl")) if path.is_dir() else [path]:
            if file.exists():
                _add_unless_given(gathered, list(_parsed(file)))


def _add_unless_given(gathered: Gathered, triples: list[ox.Quad]) -> None:
    datasets = {t.subject.value for t in triples if _is_dataset(t) and isinstance(t.subject, ox.NamedNode)}
    if not datasets & gathered.datasets:
        gathered.store.raw.bulk_extend(ox.Quad(t.subject, t.predicate, t.object, CHECKED) for t in triples)


def _is_dataset(triple: ox.Quad) -> bool:
    return triple.predicate == _TYPE and triple.object == _DATASET
