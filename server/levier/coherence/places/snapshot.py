"""The places of findings in a snapshot: in the files its graphs were made from, else what the snapshot itself knows."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from levier.coherence.finding import Finding, Key
from levier.coherence.place import Place
from levier.coherence.places.in_iati import asked_of, places_in
from levier.coherence.places.in_turtle import NOWHERE, VALUE, Hit, TurtleFile
from levier.coherence.places.origins import NAME, Origins
from levier.coherence.records import copy_around, leading, record_of
from levier.graph import EmbeddedStore
from levier.iati import Asked
from levier.terms import COMMON, LEVIER, RDF, graph_iri

_TYPE: Final = ox.NamedNode(RDF + "type")
_LINE: Final = ox.NamedNode(LEVIER + "sourceLine")
_COPY_OF: Final = ox.NamedNode(LEVIER + "copyOf")
_ALIGNED: Final = ox.NamedNode(LEVIER + "alignedActivity")
_AID: Final = graph_iri("aid") + "/"
_TURTLE: Final = (".ttl", ".nt")


class InSnapshot:
    """Places findings of one snapshot; a file is read again once for all its findings."""

    def __init__(self, store: EmbeddedStore, folders: Sequence[Path] = ()) -> None:
        self._raw = store.raw
        self._store = store
        self._origins = Origins(store, folders)
        self._turtle: dict[tuple[str, str], TurtleFile | None] = {}

    @property
    def lost(self) -> tuple[str, ...]:
        """The names of the files that were looked for and are not to be found."""
        return tuple(self._origins.lost())

    def run(self, findings: Sequence[Finding]) -> list[Finding]:
        """Give the findings with the graphs their nodes are subjects in and with their places, in the same order."""
        graphs = {finding.about: finding.source or self._stating(finding.about) for finding in findings}
        findings = [replace(finding, source=graphs[finding.about]) for finding in findings]
        found: dict[Key, Place] = {}
        asked: dict[str, dict[Key, Asked]] = defaultdict(dict)
        for finding in findings:
            graph, one = self._meant(finding)
            if graph.startswith(_AID):
                asked[graph][finding.key] = one
            elif graph and (place := self._in_turtle(finding, graph)) is not None:
                found[finding.key] = place
        for graph, some in asked.items():
            found.update(self._in_iati(graph, some))
        return [replace(finding, place=found.get(finding.key)) for finding in findings]

    def _stating(self, name: str) -> str | None:
        """Give the named graph in which a node is typed, or else is a subject at all."""
        if name.startswith("_:"):
            return None
        node = ox.NamedNode(name)
        for predicate in (_TYPE, None):
            for quad in self._raw.quads_for_pattern(node, predicate, None, None):
                if isinstance(quad.graph_name, ox.NamedNode):
                    return quad.graph_name.value
        return None

    def _in_iati(self, graph: str, asked: dict[Key, Asked]) -> dict[Key, Place]:
        sources = self._origins.files(graph)
        places = places_in(sources[0], asked) if sources else {}
        name = sources[0].name if sources else next(iter(self._origins.names(graph)), "")
        return {key: places.get(key) or self._known(name, one, graph) for key, one in asked.items() if name}

    def _known(self, name: str, asked: Asked, graph: str) -> Place:
        """Give what the snapshot knows: the line of the activity."""
        record = record_of(asked.within or asked.node)
        lines = self._raw.quads_for_pattern(ox.NamedNode(record), _LINE, None, ox.NamedNode(graph)) if record else ()
        line = next((int(quad.object.value) for quad in lines if isinstance(quad.object, ox.Literal)), None)
        return Place(name, line, None if line is None else 1)

    def _meant(self, finding: Finding) -> tuple[str, Asked]:
        """Give the graph to look in, and what to look for there.

        What the build makes of the aid stands nowhere itself: of a copy of an activity that activity is meant, of an
        alignment the activity aligned, of an organisation an element that names it.
        """
        graph, asked = finding.source or "", asked_of(finding)
        if graph.startswith(_AID):
            return graph, self._as_original(asked)
        if not graph or self._origins.names(graph):
            return graph, asked
        node = ox.NamedNode(finding.focus)
        for quad in self._raw.quads_for_pattern(node, _ALIGNED, None):
            return self._graph_of(quad.object), Asked(_text(quad.object))
        for quad in self._raw.quads_for_pattern(None, None, node):
            source, subject = _text(quad.graph_name), _text(quad.subject)
            if source.startswith(_AID):
                ways, within = ((quad.predicate.value,),), self._one_leading(subject)
                return source, self._as_original(Asked(subject, ways, finding.focus, within))
        return "", asked

    def _one_leading(self, node: str) -> str:
        """Give one of what leads to a node that records have in common; empty for another node."""
        return next(filter(None, leading(node, self._store)), "") if node.startswith(COMMON) else ""

    def _as_original(self, asked: Asked) -> Asked:
        """Give the same of the activity that a copy is of, or of a part of it; of anything else, the same."""
        copy = copy_around(asked.within or asked.node, self._store)
        if not copy:
            return asked
        whole = next(_text(quad.object) for quad in self._raw.quads_for_pattern(ox.NamedNode(copy), _COPY_OF, None))

        def moved(name: str) -> str:
            return whole + name.removeprefix(copy) if name == copy or name.startswith(copy + "/") else name

        value = None if asked.value is None else moved(asked.value)
        return replace(asked, node=moved(asked.node), value=value, within=moved(asked.within))

    def _graph_of(self, node: object) -> str:
        quads = self._raw.quads_for_pattern(ox.NamedNode(_text(node)), _LINE, None)
        return next((_text(quad.graph_name) for quad in quads), "")

    def _in_turtle(self, finding: Finding, graph: str) -> Place | None:
        """Look in the files of the finding's graph, then in those of the other graphs that name the node."""
        best: Hit | None = None
        for other in self._naming(finding.focus, graph):
            for source in self._origins.files(other):
                file = self._open(other, source.name, source.path)
                hit = None if file is None else file.find(finding)
                if hit is not None and (best is None or hit.nearness > best.nearness):
                    best = hit
            if best is not None and best.nearness >= VALUE:
                break
        if best is not None and (best.nearness > NOWHERE or self._origins.files(graph)):
            return best.place
        name = next(iter(self._origins.names(graph)), None)
        return None if name is None else Place(name)

    def _naming(self, focus: str, first: str) -> Iterator[str]:
        """Give the graphs of statements that name a node, its own first."""
        yield first
        if focus.startswith("_:"):
            return
        node = ox.NamedNode(focus)
        for graph in self._stated:
            name = ox.NamedNode(graph)
            for quads in (
                self._raw.quads_for_pattern(node, None, None, name),
                self._raw.quads_for_pattern(None, None, node, name),
            ):
                if graph != first and next(quads, None) is not None:
                    yield graph
                    break

    @cached_property
    def _stated(self) -> list[str]:
        """The graphs that were made from Turtle files."""
        quads = self._raw.quads_for_pattern(None, NAME, None)
        named = {_text(quad.subject) for quad in quads if _text(quad.object).lower().endswith(_TURTLE)}
        return sorted(graph for graph in named if not graph.startswith(_AID))

    def _open(self, graph: str, name: str, path: Path | None) -> TurtleFile | None:
        key = graph, name
        if key not in self._turtle:
            try:
                self._turtle[key] = None if path is None else TurtleFile(path, name, self._store, base=graph)
            except OSError:  # it has gone this moment
                self._turtle[key] = None
        return self._turtle[key]


def _text(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else ""
