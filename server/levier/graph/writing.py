"""Changes over HTTP: each makes a new snapshot of a copy of the one in use, whole or not at all, and says who made it.

A write that is killed at any moment leaves the snapshot that is served as it was: what it wrote is in a draft of its
own until the pointer moves, in one step. The provenance graph gets a prov:Activity for each write.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox

from levier.errors import BuildBusy, NotRdf, UnknownGraph, WriteBusy
from levier.graph.operations import Operation
from levier.graph.provenance import PROVENANCE_GRAPH
from levier.graph.snapshots import Snapshots
from levier.graph.syntax import cause
from levier.graph.updates import check_update, perform, using_text
from levier.terms import BASE, DCTERMS, ID, LEVIER, PROV, RDF, RDFS, XSD

Part = tuple[bytes, str]
"""A serialised graph and the media type that the engine knows its form by."""
GraphName = ox.NamedNode | ox.DefaultGraph
Changed = frozenset[str | None]
"""The graphs that a change touches; None is the default graph."""

_KEPT: Final = 10_000
"""Characters of an update that its description keeps."""
_LARGE: Final = 1 << 20
"""Bytes from which a graph is loaded in bulk: 18 ms at least, where a small one takes 0.2 ms in a transaction."""


@dataclass(frozen=True, slots=True)
class RunUpdate:
    """A SPARQL 1.1 Update, and the graphs that its request names for it to use."""

    text: str
    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()
    base: str = BASE
    """What its relative IRIs are read against."""


@dataclass(frozen=True, slots=True)
class PutGraph:
    """A graph, or the default graph (None), is to be what these parts say together."""

    graph: str | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class PostGraph:
    """What these parts say is to be added to a graph, or to the default graph (None)."""

    graph: str | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class DeleteGraph:
    """A graph is to go, or the default graph (None) to be empty."""

    graph: str | None


Change = RunUpdate | PutGraph | PostGraph | DeleteGraph


@dataclass(frozen=True, slots=True)
class Written:
    """What a change has come to."""

    version: str
    """The snapshot that it made."""
    made: bool
    """Whether the graph that it names was not there before, or the default graph was empty; False for an update."""
    existed: bool
    graphs: tuple[str, ...]
    """The named graphs that it may have changed, sorted: exact where a variable names them."""


def write(root: Path, change: Change, *, writer: str, union: bool, keep: int, wait: float) -> Written:
    """Make a snapshot with a change, of a copy of the one in use, and have it served.

    `writer` is who asks for it; with `union`, the patterns of an update see all graphs together where they do not say
    which. `keep` is the number of snapshots made by writes that stay beside it, and `wait` the seconds that another
    write or build is waited for. Raises WriteBusy after these, SnapshotMissing where there is nothing to change,
    UnknownGraph where a graph to delete is not there, NotRdf, and what `updates` raises. Then nothing is changed.
    """
    started = datetime.now(UTC)
    operations = _operations(change)
    snapshots = Snapshots(root)
    try:
        with snapshots.new(copy_current=True, written=True, wait=wait) as draft:
            existed, changed = _apply(draft.store.raw, change, operations, union=union)
            record = _Record(draft.version, started, writer, change, changed)
            draft.store.raw.extend(record.quads(datetime.now(UTC)))
    except BuildBusy as error:
        raise WriteBusy("Another write is under way.", hint="Try again in a while.") from error
    snapshots.tidy(keep)
    made = not existed and not isinstance(change, DeleteGraph)
    return Written(draft.version, made, existed, tuple(sorted(graph for graph in changed if graph is not None)))


def ensure(root: Path) -> None:
    """Make an empty snapshot where a store has none; it counts as one that a write has made.

    Raises BuildBusy where a build makes one, and BadInput where the folder cannot be written to.
    """
    snapshots = Snapshots(root)
    if snapshots.current() is None and not snapshots.versions():
        with snapshots.new(written=True):
            pass


def written_over(root: Path) -> bool:
    """Tell whether a write made the snapshot in use: a build does not take over what was written."""
    snapshot = Snapshots(root).current()
    return snapshot is not None and snapshot.written


def _operations(change: Change) -> list[Operation]:
    """Give the operations of an update; what is wrong with it is found before anybody waits for it."""
    if not isinstance(change, RunUpdate):
        return []
    operations = check_update(change.text, change.base)
    if change.using or change.using_named:
        for operation in operations:
            using_text(operation, change.using, change.using_named)
    return operations


def _apply(store: ox.Store, change: Change, operations: list[Operation], *, union: bool) -> tuple[bool, Changed]:
    """Change a store; tell whether the graph was there before, and give the graphs that it may have changed."""
    if isinstance(change, RunUpdate):
        return True, _update(store, change, operations, union=union)
    name = ox.DefaultGraph() if change.graph is None else ox.NamedNode(change.graph)
    existed = _exists(store, name)
    if isinstance(change, DeleteGraph):
        if not existed and change.graph is not None:
            raise UnknownGraph(f"There is no graph <{change.graph}>.")
        store.remove_graph(name)
        return True, frozenset({change.graph})
    if isinstance(change, PutGraph):
        store.clear_graph(name)
    for body, media_type in change.parts:
        _load(store, name, body, media_type)
    store.add_graph(name)  # one without a statement is there all the same
    return existed, frozenset({change.graph})


def _update(store: ox.Store, change: RunUpdate, operations: list[Operation], *, union: bool) -> Changed:
    """Do the operations of an update; give the graphs that they may have changed, and that there are or were."""
    before = set(store.named_graphs())
    changed: set[str | None] = set()
    for operation in operations:
        changed |= perform(store, operation, union=union, using=change.using, using_named=change.using_named)
    there = {graph.value for graph in before | set(store.named_graphs()) if isinstance(graph, ox.NamedNode)}
    return frozenset(changed & {*there, None})


def _exists(store: ox.Store, name: GraphName) -> bool:
    if isinstance(name, ox.NamedNode):
        return store.contains_named_graph(name)
    return next(store.quads_for_pattern(None, None, None, name), None) is not None


def _load(store: ox.Store, name: GraphName, body: bytes, media_type: str) -> None:
    """Load a part into a graph; its blank nodes become new ones. Raises NotRdf."""
    form = ox.RdfFormat.from_media_type(media_type)
    if form is None:
        raise NotRdf(f"{media_type} is no form of RDF that is known here.")
    base = name.value if isinstance(name, ox.NamedNode) else BASE
    large = len(body) >= _LARGE
    try:
        if form.supports_datasets:
            (store.bulk_extend if large else store.extend)(_statements(name, body, form, base))
        else:
            (store.bulk_load if large else store.load)(body, form, base_iri=base, to_graph=name)
    except SyntaxError as error:
        place = f", line {error.lineno}" if error.lineno else ""
        raise NotRdf(f"What was sent is not {form.name}{place}: {cause(error)}.") from error


def _statements(name: GraphName, body: bytes, form: ox.RdfFormat, base: str) -> Iterator[ox.Quad]:
    """Give what a form that can name graphs says, where it names none."""
    for quad in ox.parse(body, form, base_iri=base, rename_blank_nodes=True):
        if not isinstance(quad.graph_name, ox.DefaultGraph):
            message = f"What was sent has statements of another graph, {quad.graph_name}; a graph is sent alone."
            raise NotRdf(message, hint="Send each graph to its own address, or all in a SPARQL Update.")
        yield ox.Quad(quad.subject, quad.predicate, quad.object, name)


@dataclass(frozen=True, slots=True)
class _Record:
    """What the provenance graph says of a write."""

    version: str
    started: datetime
    writer: str
    change: Change
    changed: Changed

    def quads(self, ended: datetime) -> list[ox.Quad]:
        """Give its statements (PROV-O)."""
        graph = ox.NamedNode(PROVENANCE_GRAPH)
        node = ox.NamedNode(f"{ID}write/{self.version}")
        agent = ox.NamedNode(f"{ID}agent/{quote(self.writer, safe='')}")
        said: list[tuple[ox.NamedNode, str, ox.NamedNode | ox.Literal]] = [
            (node, RDF + "type", ox.NamedNode(PROV + "Activity")),
            (node, PROV + "startedAtTime", _moment(self.started)),
            (node, PROV + "endedAtTime", _moment(ended)),
            (node, PROV + "wasAssociatedWith", agent),
            (node, DCTERMS + "description", ox.Literal(self._description())),
            (agent, RDF + "type", ox.NamedNode(PROV + "Agent")),
            (agent, RDFS + "label", ox.Literal(self.writer)),
        ]
        if isinstance(self.change, RunUpdate):
            digest = hashlib.sha256(self.change.text.encode()).hexdigest()
            said.append((node, LEVIER + "sha256", ox.Literal(digest)))
        changed = sorted(name for name in self.changed if name is not None)
        said += [(ox.NamedNode(name), PROV + "wasInfluencedBy", node) for name in changed]
        return [ox.Quad(subject, ox.NamedNode(predicate), value, graph) for subject, predicate, value in said]

    def _description(self) -> str:
        """Say what was done; the default graph has no IRI of which it could be said."""
        match self.change:
            case RunUpdate(text=text):
                where = " of the default graph too" if None in self.changed else ""
                return f"SPARQL Update{where}:\n{text[:_KEPT]}"
            case PutGraph(graph):
                verb = "PUT"
            case PostGraph(graph):
                verb = "POST"
            case DeleteGraph(graph):
                verb = "DELETE"
        return f"{verb} {'of the default graph' if graph is None else f'<{graph}>'}"


def _moment(moment: datetime) -> ox.Literal:
    return ox.Literal(moment.isoformat(timespec="milliseconds"), datatype=ox.NamedNode(XSD + "dateTime"))
