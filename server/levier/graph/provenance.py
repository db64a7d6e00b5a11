"""Where everything in a snapshot comes from: one description per named graph, and the run that made it (PROV-O)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyoxigraph as ox

from levier import __version__
from levier.terms import DCTERMS, GRAPH, ID, LEVIER, PROV, RDF, RDFS, XSD

PROVENANCE_GRAPH = GRAPH + "provenance"
"""The named graph that describes the others."""

Value = str | int | bool | datetime | ox.NamedNode | ox.Literal


@dataclass(slots=True)
class Provenance:
    """Collects the statements of the provenance graph during one run."""

    version: str
    started: datetime
    command: str
    _triples: list[ox.Triple] = field(default_factory=list)

    @property
    def run(self) -> ox.NamedNode:
        """The run, a prov:Activity."""
        return ox.NamedNode(f"{ID}run/{self.version}")

    def describe(self, graph: str, title: str, facts: Iterable[tuple[str, Value]]) -> None:
        """Say of a named graph what it was made from and (predicate IRI, value) facts.

        `title` is empty where the graph says itself what it is: no triple may stand in two graphs.
        """
        node = ox.NamedNode(graph)
        if title:
            self._add(node, RDF + "type", ox.NamedNode(LEVIER + "Dataset"))
            self._add(node, DCTERMS + "title", title)
        self._add(node, PROV + "wasGeneratedBy", self.run)
        for predicate, value in facts:
            self._add(node, predicate, value)

    def say(self, subject: str, predicate: str, value: Value) -> None:
        """Add one statement about anything."""
        self._add(ox.NamedNode(subject), predicate, value)

    def finish(self, ended: datetime) -> bytes:
        """Give the whole as N-Triples, the run and its software included."""
        agent = ox.NamedNode(f"{ID}software/levier-{__version__}")
        self._add(self.run, RDF + "type", ox.NamedNode(PROV + "Activity"))
        self._add(self.run, PROV + "startedAtTime", self.started)
        self._add(self.run, PROV + "endedAtTime", ended)
        self._add(self.run, PROV + "wasAssociatedWith", agent)
        self._add(self.run, DCTERMS + "description", self.command)
        self._add(agent, RDF + "type", ox.NamedNode(PROV + "SoftwareAgent"))
        self._add(agent, RDFS + "label", f"Levier {__version__}")
        return ox.serialize(dict.fromkeys(self._triples), format=ox.RdfFormat.N_TRIPLES) or b""

    def _add(self, subject: ox.NamedNode, predicate: str, value: Value) -> None:
        self._triples.append(ox.Triple(subject, ox.NamedNode(predicate), _term(value)))


def file_facts(path: Path) -> list[tuple[str, Value]]:
    """Give what identifies a source file: its name and SHA-256."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return [(LEVIER + "fileName", path.name), (LEVIER + "sha256", digest)]


def _term(value: Value) -> ox.NamedNode | ox.Literal:
    if isinstance(value, (ox.NamedNode, ox.Literal)):
        return value
    if isinstance(value, datetime):
        return ox.Literal(value.isoformat(timespec="seconds"), datatype=ox.NamedNode(XSD + "dateTime"))
    return ox.Literal(value)
