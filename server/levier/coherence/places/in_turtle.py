"""The place of a finding in a Turtle file: of the value, else of the property, else of the node."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from levier.coherence.finding import Finding, plain_value
from levier.coherence.place import Place
from levier.coherence.places.blanks import Blanks
from levier.coherence.places.trail import Trail, is_reckoned, trails_of
from levier.coherence.places.turtle import Statement, Term, TurtleIndex, index
from levier.graph import EmbeddedStore

VALUE, PROPERTY, NODE, NOWHERE = range(3, -1, -1)
"""How near to what the finding names a place is."""

_SNIPPET: Final = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """A place, and how near it is."""

    nearness: int
    place: Place


class TurtleFile:
    """One Turtle or N-Triples file, read when the first place in it is asked for."""

    def __init__(self, path: Path, name: str, store: EmbeddedStore, base: str = "") -> None:
        self._name = name
        self.text = path.read_text(encoding="utf-8-sig", errors="replace")
        self._base = base or path.resolve().as_uri()
        self._store = store
        self._index: TurtleIndex | None = None
        self._blanks: Blanks | None = None

    def find(self, finding: Finding) -> Hit:
        """Give the place of a finding, or of the file where the file says nothing of the node."""
        indexed = self._indexed()
        focus = self._own(finding.focus)
        term, nearness = _nearest(indexed, focus, finding, None if finding.value is None else self._own(finding.value))
        if term is None:
            return Hit(NOWHERE, Place(self._name))
        line, column = indexed.position(term.offset)
        written = indexed.line(line)
        snippet = written.strip()
        return Hit(nearness, Place(self._name, line, column, snippet[:_SNIPPET], len(written) - len(written.lstrip())))

    def _indexed(self) -> TurtleIndex:
        if self._index is None:
            self._index = index(self.text, self._base)
            self._blanks = Blanks(self._index, self._store)
        return self._index

    def _own(self, node: str) -> str:
        return self._blanks.named(node) if node.startswith("_:") and self._blanks else node


def _nearest(indexed: TurtleIndex, focus: str, finding: Finding, value: str | None) -> tuple[Term | None, int]:
    ways = trails_of(finding.rule)
    ends = [end for way in ways for end in _ends(indexed, focus, way)]
    if value is not None:
        for end in ends:
            if _is(end.reached, value):
                return end.shown(focus), VALUE
        if finding.rule.path is None and not is_reckoned(finding.rule):
            found = next(_stated(indexed, focus, value), None)
            if found is not None:
                return found, VALUE
    for end in ends:
        if end.last.subject.text == focus:
            return end.last.predicate, PROPERTY
    stated = indexed.by_subject.get(focus) or indexed.by_object.get(focus)
    if not stated:
        return None, NOWHERE
    return (stated[0].subject if stated[0].subject.text == focus else stated[0].object), NODE


@dataclass(frozen=True, slots=True)
class _End:
    """A way gone to its end: its first and last statement, and whether each is gone from object to subject."""

    first: Statement
    last: Statement
    first_inverse: bool
    last_inverse: bool

    @property
    def reached(self) -> Term:
        """What the way leads to."""
        return self.last.subject if self.last_inverse else self.last.object

    def shown(self, focus: str) -> Term:
        """Give what is reached, or where the way begins if it ends in the statements of another thing."""
        subject = self.last.subject
        if self.first is self.last or subject.is_blank or subject.text.startswith(focus + "/") or subject.text == focus:
            return self.reached
        return self.first.subject if self.first_inverse else self.first.object


def _ends(indexed: TurtleIndex, node: str, way: Trail, first: tuple[Statement, bool] | None = None) -> Iterator[_End]:
    if not way:
        return
    step = way[0]
    for statement in (indexed.by_object if step.inverse else indexed.by_subject).get(node, ()):
        if statement.predicate.text == step.term:
            begun = first or (statement, step.inverse)
            if len(way) == 1:
                yield _End(begun[0], statement, begun[1], step.inverse)
            elif not statement.object.datatype:
                reached = statement.subject if step.inverse else statement.object
                yield from _ends(indexed, reached.text, way[1:], begun)


def _stated(indexed: TurtleIndex, focus: str, value: str) -> Iterator[Term]:
    """Give where a value is stated of the node, else of what the node refers to."""
    direct = indexed.by_subject.get(focus, [])
    yield from (s.object for s in direct if _is(s.object, value))
    for statement in direct:
        if not statement.object.datatype:
            own = statement.object.is_blank or statement.object.text.startswith(focus + "/")
            below = indexed.by_subject.get(statement.object.text, ())
            yield from (s.object if own else statement.object for s in below if _is(s.object, value))


def _is(term: Term, value: str) -> bool:
    return (plain_value(term.text, term.datatype) if term.datatype else term.text) == value
