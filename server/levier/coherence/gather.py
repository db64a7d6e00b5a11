"""The files to check, read into one store together with what they are checked against.

What is converted is loaded by a thread meanwhile: converting holds the interpreter, loading does not.
"""

import os
from codecs import BOM_UTF8
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

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
_BLOCK: Final = 1 << 23
"""Bytes of N-Triples that are loaded at once."""
_WAITING: Final = 2
"""Blocks that may wait to be loaded."""


class Subjects:
    """The file that says something about a node: the first that does.

    A node is known by its IRI or `_:label`; those of an IATI record alone stand below the record's own IRI.
    """

    def __init__(self) -> None:
        self._nodes: dict[str, str] = {}
        self._records: dict[str, str] = {}

    def add(self, node: str, file: str) -> None:
        """Remember the file of a node."""
        self._nodes.setdefault(node, file)

    def add_record(self, iri: str, file: str) -> None:
        """Remember the file of an IATI record and of all nodes below it."""
        self._records.setdefault(iri, file)

    def get(self, node: str) -> str | None:
        """Give the file, or None where no file says anything about the node."""
        found, above = self._nodes.get(node), node
        while found is None and above:
            found = self._records.get(above)
            above = above.rpartition("/")[0]
        return found

    def __contains__(self, node: str) -> bool:
        return self.get(node) is not None


@dataclass(slots=True)
class Gathered:
    """Files read for checking."""

    store: EmbeddedStore = field(default_factory=EmbeddedStore.in_memory)
    files: list[str] = field(default_factory=list)
    triples: int = 0
    """Triples of the given files, the context not counted."""
    subjects: Subjects = field(default_factory=Subjects)
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
            self.subjects.add(text, name)
            if triple.predicate == _TYPE and triple.object == _DATASET:
                self.datasets.add(text)
            self.triples += 1
            yield ox.Quad(subject, triple.predicate, triple.object, CHECKED)


def gather(paths: Iterable[Path], *, context: Path | None = None) -> Gathered:
    """Read Turtle, N-Triples and IATI files, and folders of them, with the bundled context around them.

    `context` is the folder of data to take the context from (the bundled one). A file that cannot be read is among
    the problems, by name and line, and stops no other. Raises NothingToDo where the files state nothing.
    """
    gathered = Gathered()
    with _Conversion(gathered) as conversion:
        for path in paths:
            try:
                for file in _files(path, gathered.problems):
                    _add_file(file, gathered, conversion)
            except (BadInput, BrokenData) as error:
                gathered.problems.append(error.message)
    if not gathered.triples:
        raise NothingToDo(_nothing(gathered))
    _add_context(gathered, resources.folder("data") if context is None else context)
    return gathered


def statements(paths: Iterable[Path]) -> dict[str, list[ox.Triple]]:
    """Give what the Turtle and N-Triples files say, by file; those that cannot be read are left out."""
    found = dict[str, list[ox.Triple]]()
    for path in paths:
        with suppress(BadInput, BrokenData):
            for file in _files(path, []):
                if file.suffix.lower() in _FORMATS:
                    found[str(file)] = [quad.triple for quad in _parsed(file)]
    return found


def _files(path: Path, problems: list[str]) -> Iterator[Path]:
    """Give a file, or those of a folder; folders within it that may not be looked into are among the problems."""
    if not path.exists():
        raise BadInput(f"{path}: there is no such file.")
    if not path.is_dir():
        yield path
        return

    def closed(error: OSError) -> None:
        problems.append(f"{Path(error.filename)}: cannot be read ({error.strerror or error}).")

    found = (Path(folder) / name for folder, _, names in os.walk(path, onerror=closed) for name in names)
    inside = sorted(file for file in found if file.suffix.lower() in {*_FORMATS, ".xml", ".gz", ".zip"})
    if not inside:
        raise BadInput(f"{path}: the folder has no .ttl, .nt, .xml, .gz or .zip file.")
    yield from inside


def _add_file(path: Path, gathered: Gathered, conversion: "_Conversion") -> None:
    if path.suffix.lower() not in _FORMATS:
        for source in sources([path]):
            conversion.add(source)
        return
    try:
        gathered.add(str(path), list(_parsed(path)))
    except (BadInput, BrokenData) as error:
        gathered.problems.append(error.message)


def _parsed(path: Path) -> Iterator[ox.Quad]:
    form, base = _FORMATS[path.suffix.lower()], path.resolve().as_uri()
    try:
        with path.open("rb") as stream:
            if stream.read(len(BOM_UTF8)) == BOM_UTF8:  # as some editors save it; the parser takes it for a word
                yield from ox.parse(stream, format=form, base_iri=base, rename_blank_nodes=True)
                return
        yield from ox.parse(path=str(path), format=form, base_iri=base, rename_blank_nodes=True)
    except SyntaxError as error:
        place = ":".join(str(part) for part in (path, error.lineno, error.offset) if part)
        raise BrokenData(f"{place}: not {form.name}: {cause(error)}.", hint="Mend the file and check again.") from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error}).") from error


class _Conversion(Seen):
    """Converts IATI files into what is gathered; at the end of the `with` block all of it is loaded."""

    def __init__(self, gathered: Gathered) -> None:
        super().__init__()
        self._gathered = gathered
        self._pool = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()
        self._file = ""
        self._parts: list[bytes] = []
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._hand_over(0)
        finally:
            self._pool.shutdown()

    def first(self, iri: str, dataset: str) -> str | None:
        """Remember the file of a record as well."""
        self._gathered.subjects.add_record(iri, self._file)
        return super().first(iri, dataset)

    def add(self, source: Source) -> None:
        """Convert a file; what is wrong with it is among the problems."""
        gathered, self._file = self._gathered, source.name
        report = convert_source(source, self._write, graph=None, seen=self)
        if report.converted:
            gathered.files.append(source.name)
            gathered.triples += report.triples
        gathered.problems += [
            f"{source.name}: line {problem.line}: {problem.message}"
            for problem in report.problems
            if problem.severity == "error"
        ]
        if report.error:
            gathered.problems.append(report.error)

    def _write(self, lines: bytes) -> None:
        self._parts.append(lines)
        self._size += len(lines)
        if self._size >= _BLOCK:
            self._hand_over(_WAITING)

    def _hand_over(self, waiting: int) -> None:
        """Have what was converted loaded, and wait until no more than so many blocks are."""
        self._waiting.append(self._pool.submit(self._load, b"".join(self._parts)))
        self._parts, self._size = [], 0
        while len(self._waiting) > waiting:
            self._waiting.popleft().result()

    def _load(self, lines: bytes) -> None:
        self._gathered.store.raw.bulk_load(
            input=lines,
            format=ox.RdfFormat.N_TRIPLES,
            to_graph=CHECKED,
            lenient=True,  # our own lines
        )


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
