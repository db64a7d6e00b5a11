"""One run of the linking over all aid graphs of a store."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

import pyoxigraph as ox

from levier.graph import EmbeddedStore
from levier.linking.decisions import by_activity, load_decisions
from levier.linking.engine import NOTHING, Engine
from levier.linking.facts import ActivityFacts
from levier.linking.horizon import Bounds
from levier.linking.inferred import as_triples, infer
from levier.linking.model import Decision, Element
from levier.linking.rules import load_rules
from levier.linking.stored import aid_graphs, read_graph
from levier.linking.write import ALIGNMENT_GRAPH, Run, activity_lines, as_ntriples
from levier.linking.written import Lines
from levier.settings import Settings

Writer = Callable[[bytes], object]
"""Takes N-Triples of the graph of alignments, those of some hundred activities at a time."""

_BATCH = 10_000
_ACTIVITIES = 1000

Progress = Callable[[str, int], object]
"""Told the aid graph just linked and the number of its activities."""


@dataclass(slots=True)
class LinkReport:
    """What a run of the linking found."""

    run: str
    started: datetime
    threshold: float
    elements: tuple[Element, ...]
    """Every element that some rule links to, in the order of their notations."""
    activities: int = 0
    linked: int = 0
    """Activities with at least one link from the threshold up."""
    weak: int = 0
    """Activities that have only links below the threshold."""
    alignments: int = 0
    inferred: int = 0
    """Links taken over from related activities, which are too weak to count by themselves."""
    per_element: Counter[str] = field(default_factory=Counter)
    """By notation: the activities linked from the threshold up."""

    @property
    def without(self) -> int:
        """Activities with no link at all, not even a weak one."""
        return self.activities - self.linked - self.weak


@dataclass(frozen=True, slots=True)
class Basis:
    """What links are made by: the rules of a store, ready to be evaluated, and what people decided, by activity."""

    engine: Engine
    decided: Mapping[str, Mapping[str, Decision]]

    @property
    def looked_at(self) -> frozenset[str]:
        """The properties that some rule looks at: no other need be read."""
        return frozenset(name for condition in self.engine.book.conditions for name in condition.properties)

    @classmethod
    def of(cls, store: EmbeddedStore, settings: Settings) -> "Basis":
        """Read them; raises BrokenData where the rules do not hold together."""
        return cls(Engine(load_rules(store), settings.alignment_threshold), by_activity(load_decisions(store)))


class Linker:
    """Links activities in one run, and counts what it found."""

    def __init__(self, basis: Basis, settings: Settings, started: datetime, graph: str = "") -> None:
        """`graph` is the IRI of a graph to write N-Quads of; without it, N-Triples are written."""
        self._end = f"<{graph}> .\n" if graph else ".\n"
        self._engine, self._decided = basis.engine, basis.decided
        self.run = Run(started, settings.alignment_threshold, Bounds.of(settings))
        self.report = LinkReport(self.run.iri, started, self.run.threshold, tuple(self._engine.book.elements.values()))

    def link(self, facts: ActivityFacts) -> list[str]:
        """Give the alignments of an activity, line by line."""
        links = self._engine.links(facts, self._decided.get(facts.iri, NOTHING))
        strong = [found for found in links if found.confidence >= self.run.threshold]
        self.report.activities += 1
        self.report.linked += bool(strong)
        self.report.weak += bool(links) and not strong
        self.report.alignments += len(links)
        self.report.per_element.update(found.element.notation for found in strong)
        return list(activity_lines(facts, links, self.run, self._end)) if links else []


def link(
    store: EmbeddedStore,
    settings: Settings,
    write: Writer,
    *,
    progress: Progress | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> LinkReport:
    """Link every activity of the store's aid graphs by its rules, and give `write` the alignments as N-Triples.

    Nothing is read back from what is written, so `write` may load into the same store; the caller empties the graph
    of alignments first. Raises BrokenData where the rules do not hold together.
    """
    basis = Basis.of(store, settings)
    linker = Linker(basis, settings, now())
    for graph in aid_graphs(store):
        before = linker.report.activities
        activities = read_graph(store, graph, basis.looked_at)
        while batch := list(islice(activities, _ACTIVITIES)):
            write("".join(line for facts in batch for line in linker.link(facts)).encode())
        if progress is not None:
            progress(graph, linker.report.activities - before)
    write(as_ntriples(linker.run.triples(now())))
    return linker.report


def relink(store: EmbeddedStore, settings: Settings, *, progress: Progress | None = None) -> LinkReport:
    """Link every activity of a writable store anew, in place of the alignments it has.

    What holds as before is left where it is and only the rest is removed: removing is by far the slowest (64 s for
    558,000 triples, measured), and a build that starts empty removes nothing.
    """
    written = Lines() if store.raw.contains_named_graph(ox.NamedNode(ALIGNMENT_GRAPH)) else None

    def write(chunk: bytes) -> None:
        store.load_bytes(chunk, ALIGNMENT_GRAPH)
        if written is not None:
            written.add(chunk.splitlines())

    report = link(store, settings, write, progress=progress)
    if written is not None:
        _remove_others(store, written)
    add_inferred(store, report, Run(report.started, report.threshold))
    return report


def add_inferred(store: EmbeddedStore, report: LinkReport, run: Run) -> None:
    """Add the links that activities take over from others to the store's graph of alignments, and count them."""
    found = infer(store)
    report.inferred = len(found)
    store.load_bytes(as_ntriples(as_triples(found, run)), ALIGNMENT_GRAPH)


def _remove_others(store: EmbeddedStore, written: Lines) -> None:
    """Remove the alignments that this run did not write; what is being removed is still read, from the state before."""
    written.close()
    quads = store.raw.quads_for_pattern(None, None, None, ox.NamedNode(ALIGNMENT_GRAPH))
    while batch := list(islice(quads, _BATCH)):
        lines = as_ntriples(quad.triple for quad in batch).splitlines()
        for quad, line in zip(batch, lines, strict=True):
            if line not in written:
                store.raw.remove(quad)
