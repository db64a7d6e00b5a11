"""The embedded store: Oxigraph behind the few verbs that the other rooms need.

A trap, measured: Oxigraph's union default graph does not deduplicate, so a triple that stands in two named graphs is
counted twice. The build keeps every triple in one graph only.
"""

import fcntl
import os
import string
import weakref
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Self

import pyoxigraph as ox

from levier.errors import BadInput, BrokenData, QuerySyntaxError, SnapshotMissing
from levier.graph.syntax import cause, chooses_dataset, readable
from levier.terms import BASE, COMMON, PREFIXES

DefaultGraph = Literal["union", "strict"]
"""What a query without GRAPH sees: the union of all named graphs, or the (empty) default graph alone."""


_BLOCK: Final = 1 << 23
"""Bytes of N-Quads that are loaded at once: twice as much takes 90 MB more, and no less time."""
_LOADERS: Final = 2
_COUNTED: Final = "statements"
"""The file, in the folder of a finished snapshot, that says how many statements it has: to count five million takes
0.8 s, and who checks or describes it asks each time. The engine passes over files that are not its own."""


class Dataset(NamedTuple):
    """The RDF dataset a query is asked over: what the SPARQL protocol (§2.1.4) lets a client choose."""

    default: DefaultGraph = "union"
    default_graphs: tuple[str, ...] = ()
    """IRIs of graphs whose merge is the default graph; with these or `named_graphs`, `default` counts no more."""
    named_graphs: tuple[str, ...] = ()
    """IRIs of the only graphs that GRAPH may name."""


UNION = Dataset()
"""The union of all named graphs: what every query of ours is asked over."""

QueryResults = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
"""What a query gives: rows, yes or no, or triples. Each can serialise itself."""


Subject = ox.NamedNode | ox.BlankNode
Term = ox.NamedNode | ox.BlankNode | ox.Literal


class Store(ABC):
    """Anything that answers SPARQL: the embedded store, or a remote endpoint."""

    @abstractmethod
    def query(self, text: str, dataset: Dataset = UNION) -> QueryResults:
        """Answer a query; raises QuerySyntaxError where it is not SPARQL 1.1."""

    @abstractmethod
    def quads(
        self, subject: Subject | None = None, predicate: ox.NamedNode | None = None, object_: Term | None = None
    ) -> Iterator[ox.Quad]:
        """Give the statements of all graphs that have these terms; None stands for any."""

    @abstractmethod
    def graphs(self) -> list[str]:
        """Give the IRIs of the named graphs, sorted."""

    @abstractmethod
    def count(self, graph: str | None = None) -> int:
        """Give the number of triples of a named graph, or of the whole store."""

    @abstractmethod
    def has_graph(self, graph: str) -> bool:
        """Tell whether there is a named graph, with a statement or, where the store knows such, without."""

    @abstractmethod
    def triples(self, graph: str | None) -> Iterator[ox.Triple]:
        """Give the statements of a named graph, or of the default graph, which has no name."""

    def select(self, text: str) -> ox.QuerySolutions:
        """Answer a SELECT query over the union of graphs."""
        results = self.query(text)
        if not isinstance(results, ox.QuerySolutions):
            raise QuerySyntaxError("A SELECT query was expected here.")
        return results

    def below(self, iri: str) -> Iterator[ox.Quad]:
        """Give the quads of a thing, of the nodes below its IRI (`…/transaction/3`) and of those in common that it has.

        The IRIs of these begin with `levier.terms.COMMON`.
        """
        begins = f"{iri}/", COMMON
        waiting: list[ox.NamedNode] = [ox.NamedNode(iri)]
        seen = set(waiting)
        while waiting:
            for quad in self.quads(waiting.pop()):
                yield quad
                node = quad.object
                if isinstance(node, ox.NamedNode) and node.value.startswith(begins) and node not in seen:
                    seen.add(node)
                    waiting.append(node)


class EmbeddedStore(Store):
    """An Oxigraph store, on disk (a snapshot) or in memory (tests, files being checked)."""

    def __init__(self, raw: ox.Store, folder: Path | None = None) -> None:
        self.raw = raw
        self.folder = folder
        """Where it is on disk; None for one in memory."""

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a finished store for reading only; raises SnapshotMissing where there is none, or a damaged one.

        As long as the object lives, `is_read` is true of the folder, and nobody tidies it away.
        """
        try:
            folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise SnapshotMissing(f"{path}: there is no store here.", hint="Run `levier build` first.") from error
        try:
            fcntl.flock(folder, fcntl.LOCK_SH)
            store = cls(ox.Store.read_only(str(path)), path)
        except OSError as error:
            os.close(folder)
            hint = "Build again, or go back to another snapshot with `levier snapshots use`."
            raise SnapshotMissing(f"{path}: the store is damaged ({error}).", hint=hint) from error
        weakref.finalize(store, os.close, folder)
        return store

    @classmethod
    def create(cls, path: Path) -> Self:
        """Open a store on disk for writing, made where it does not exist."""
        return cls(ox.Store(str(path)), path)

    @classmethod
    def in_memory(cls) -> Self:
        """Make an empty store in memory."""
        return cls(ox.Store())

    def copied(self) -> Self:
        """Give a copy in memory: small queries take half of the time there, and those that read much a third.

        Its rows come in another order where a query asks for none.
        """
        copy = self.in_memory()
        copy.raw.bulk_load(self.raw.dump(format=ox.RdfFormat.N_QUADS), format=ox.RdfFormat.N_QUADS, lenient=True)
        for graph in self.raw.named_graphs():  # those without a statement too
            copy.raw.add_graph(graph)
        return copy

    def query(self, text: str, dataset: Dataset = UNION) -> QueryResults:
        """Answer a query; the prefixes of `levier.terms` need not be declared, and a relative IRI is read below BASE.

        Raises QuerySyntaxError where the text is not SPARQL 1.1.
        """
        over = _dataset_arguments(text, dataset)
        try:
            return self.raw.query(text, **_context(text), **over)
        except SyntaxError:  # it may have a prefix where nobody would look for one: the engine reads `1iati:x` as two
            try:
                return self.raw.query(text, base_iri=BASE, prefixes=PREFIXES, **over)
            except SyntaxError as error:
                raise QuerySyntaxError(readable(text, str(error))) from error

    def quads(
        self, subject: Subject | None = None, predicate: ox.NamedNode | None = None, object_: Term | None = None
    ) -> Iterator[ox.Quad]:
        """Give the statements of all graphs that have these terms; None stands for any."""
        yield from self.raw.quads_for_pattern(subject, predicate, object_, None)

    def has_graph(self, graph: str) -> bool:
        """Tell whether there is a named graph."""
        return self.raw.contains_named_graph(ox.NamedNode(graph))

    def triples(self, graph: str | None) -> Iterator[ox.Triple]:
        """Give the statements of a named graph, or of the default graph, which has no name."""
        name = ox.DefaultGraph() if graph is None else ox.NamedNode(graph)
        for quad in self.raw.quads_for_pattern(None, None, None, name):
            yield quad.triple

    def load(self, path: Path, graph: str) -> None:
        """Load a Turtle (`.ttl`) or N-Triples (`.nt`) file into a named graph, whole or not at all.

        Raises BrokenData, which names the file and the line, and BadInput where the file cannot be read.
        """
        form = ox.RdfFormat.N_TRIPLES if path.suffix == ".nt" else ox.RdfFormat.TURTLE
        try:
            with path.open("rb") as stream:
                self.raw.bulk_load(input=stream, format=form, to_graph=ox.NamedNode(graph), base_iri=graph)
        except SyntaxError as error:
            raise BrokenData(_where(path, error), hint="Mend the file and build again.") from error
        except OSError as error:
            raise BadInput(f"{path}: cannot be read ({error.strerror or error}).") from error

    def load_bytes(self, data: bytes, graph: str, form: ox.RdfFormat = ox.RdfFormat.N_TRIPLES) -> None:
        """Load serialised triples into a named graph; raises BrokenData where they are not well-formed."""
        try:
            self.raw.bulk_load(input=data, format=form, to_graph=ox.NamedNode(graph), base_iri=graph)
        except SyntaxError as error:
            raise BrokenData(f"<{graph}>: {error}") from error

    def load_nquads(self, files: Iterable[Path]) -> None:
        """Load N-Quads of our own making: every statement on a line of its own, and no blank node.

        Blocks of lines are loaded at the same time, in half the time of one after the other, and that an IRI is one is
        not checked again (7 % of the work). Memory does not grow with the files. Each is read to its end when the next
        one is asked for. Raises BrokenData where one is no N-Quads.
        """
        with ThreadPoolExecutor(_LOADERS) as pool:
            waiting: deque[Future[None]] = deque()
            for block in _blocks(files):
                waiting.append(pool.submit(self._load_block, block))
                if len(waiting) > _LOADERS:
                    waiting.popleft().result()
            for future in waiting:
                future.result()

    def _load_block(self, block: bytes) -> None:
        try:
            self.raw.bulk_load(input=block, format=ox.RdfFormat.N_QUADS, lenient=True)
        except SyntaxError as error:
            raise BrokenData(f"not N-Quads ({cause(error)}).") from error

    def graphs(self) -> list[str]:
        """Give the IRIs of the named graphs, sorted."""
        return sorted(name.value for name in self.raw.named_graphs() if isinstance(name, ox.NamedNode))

    def clear(self, graph: str) -> None:
        """Empty a named graph and forget its name."""
        self.raw.remove_graph(ox.NamedNode(graph))

    def count(self, graph: str | None = None) -> int:
        """Give the number of triples of a named graph, or of the whole store."""
        if graph is None:
            return self._kept_count() or len(self.raw)
        rows = self.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")
        return int(next(iter(rows))["n"].value)

    def keep_count(self) -> int:
        """Write down, in its folder, how many statements the store has; it must not be written to afterwards."""
        count = len(self.raw)
        if self.folder is not None:
            (self.folder / _COUNTED).write_text(f"{count}\n", encoding="ascii")
        return count

    def _kept_count(self) -> int:
        """Give the number that was written down; 0 where none was, or none that can be read."""
        try:
            return 0 if self.folder is None else int((self.folder / _COUNTED).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def dump(self, graph: str | None = None) -> bytes:
        """Give a named graph, or all of them together, as N-Triples."""
        name = None if graph is None else ox.NamedNode(graph)
        triples = (quad.triple for quad in self.raw.quads_for_pattern(None, None, None, name))
        return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""

    def optimize(self) -> None:
        """Compact the store on disk: queries over much data run some three times as fast afterwards."""
        # To flush waits, where many files were loaded, while the engine merges them with a thread for each core;
        # to optimize has one.
        self.raw.flush()
        self.raw.optimize()

    def close(self) -> None:
        """Flush what was written; the files are closed when the object goes."""
        self.raw.flush()

    def release(self) -> None:
        """End the engine and close its files; the object is of no use afterwards."""
        vars(self).pop("raw", None)

    @contextmanager
    def lent(self) -> Iterator[Path]:
        """Give the folder of a store on disk to another process, for writing: only one at a time may have it open.

        Where the block raises, the store stays closed: the other process may still have it.
        """
        assert self.folder is not None  # noqa: S101  # it is on disk
        self.release()
        yield self.folder
        self.raw = ox.Store(str(self.folder))


def size(folder: Path) -> int:
    """Give the bytes of the files of a store on disk."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def is_read(path: Path) -> bool:
    """Tell whether some process has the store open for reading: the engine opens its files as it needs them."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(folder)
    return False


def _blocks(files: Iterable[Path]) -> Iterator[bytes]:
    """Give the files, one after the other, in blocks of whole lines."""
    parts: list[bytes] = []
    size = 0
    for file in files:
        with file.open("rb") as stream:
            while part := stream.read(_BLOCK - size):
                parts.append(part)
                size += len(part)
                if size >= _BLOCK:
                    yield b"".join([*parts, stream.readline()])
                    parts, size = [], 0
    if parts:
        yield b"".join(parts)


_OF_A_PREFIX: Final = string.ascii_letters + string.digits + "_-"


def _context(text: str) -> dict[str, Any]:
    """Give the base and the prefixes that a text may need: telling the engine of all takes a tenth of a small query."""
    before = [part[len(part.rstrip(_OF_A_PREFIX)) :] for part in text.split(":")[:-1]]
    prefixes = {prefix: PREFIXES[prefix] for prefix in before if prefix in PREFIXES}
    context: dict[str, Any] = {"prefixes": prefixes} if prefixes else {}
    if _may_be_relative(text):
        context["base_iri"] = BASE
    return context


def _may_be_relative(text: str) -> bool:
    """Tell whether the base may make a difference to a text: to an IRI that is relative, or has dots for segments."""
    if text.count("<") != text.count("<https://") + text.count("<http://") or "\\" in text or "/." in text:
        return True
    low = text.lower()
    return "iri" in low or "uri" in low


def _dataset_arguments(text: str, dataset: Dataset) -> dict[str, Any]:
    """Give what the engine is told of the dataset; a trap, measured: the union would override a FROM clause."""
    if not (dataset.default_graphs or dataset.named_graphs):
        return {"use_default_graph_as_union": dataset.default == "union" and not chooses_dataset(text)}
    return {
        "default_graph": [ox.NamedNode(iri) for iri in dataset.default_graphs],
        "named_graphs": [ox.NamedNode(iri) for iri in dataset.named_graphs],
    }


def _where(path: Path, error: SyntaxError) -> str:
    place = f"{path}:{error.lineno}" if error.lineno else str(path)
    return f"{place}: not Turtle ({cause(error)})."
