"""Which blank node of a file a blank node of the store is: labels are lost when a file is read, statements are not."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox

from levier.coherence.places.turtle import Statement, Term, TurtleIndex
from levier.graph import EmbeddedStore

_DEPTH: Final = 3
"""Steps through blank nodes that are compared."""

Likeness = tuple[tuple[str, str], ...]
"""What is stated about a node and what leads to it, blank nodes by their own likeness, sorted."""


@dataclass(slots=True)
class Blanks:
    """The blank nodes of one file, each given away once: alike ones go in the order they are asked for."""

    index: TurtleIndex
    store: EmbeddedStore
    _known: dict[str, str] = field(default_factory=dict)
    _alike: Mapping[Likeness, list[str]] | None = None

    def named(self, label: str) -> str:
        """Give the file's own name of a blank node `_:label` of the store; empty where the file has none like it."""
        if label not in self._known:
            alike = self._by_likeness().get(_in_store(self.store, ox.BlankNode(label[2:]), _DEPTH), [])
            self._known[label] = alike.pop(0) if alike else ""
        return self._known[label]

    def _by_likeness(self) -> Mapping[Likeness, list[str]]:
        if self._alike is None:
            nodes = dict.fromkeys(
                term.text for s in self.index.statements for term in (s.subject, s.object) if term.is_blank
            )
            alike: dict[Likeness, list[str]] = defaultdict(list)
            for node in nodes:
                alike[_in_file(self.index, node, _DEPTH)].append(node)
            self._alike = alike
        return self._alike


def likeness(store: EmbeddedStore, node: ox.NamedNode | ox.BlankNode) -> Likeness:
    """Give what a store states of a node, so that it can be told again when labels and lines have changed."""
    return _in_store(store, node, _DEPTH)


def _in_store(store: EmbeddedStore, node: ox.NamedNode | ox.BlankNode, depth: int) -> Likeness:
    said = {
        (q.predicate.value, _store_text(store, q.object, depth)) for q in store.raw.quads_for_pattern(node, None, None)
    }
    to = {
        ("^" + q.predicate.value, q.subject.value if isinstance(q.subject, ox.NamedNode) else "_:")
        for q in store.raw.quads_for_pattern(None, None, node)
    }
    return tuple(sorted(said | to))


def _store_text(store: EmbeddedStore, term: object, depth: int) -> str:
    if isinstance(term, ox.BlankNode):
        return str(_in_store(store, term, depth - 1)) if depth else "_:"
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else ""


def _in_file(index: TurtleIndex, node: str, depth: int) -> Likeness:
    said = {(s.predicate.text, _file_text(index, s.object, depth)) for s in index.by_subject.get(node, ())}
    to = {("^" + s.predicate.text, _subject_text(s)) for s in index.by_object.get(node, ())}
    return tuple(sorted(said | to))


def _subject_text(statement: Statement) -> str:
    return "_:" if statement.subject.is_blank else statement.subject.text


def _file_text(index: TurtleIndex, term: Term, depth: int) -> str:
    if term.is_blank:
        return str(_in_file(index, term.text, depth - 1)) if depth else "_:"
    return term.text
