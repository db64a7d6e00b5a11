"""The facts of activities from the lines of N-Quads that the conversion has just written, with no store in between.

Of the lines of an activity one in four tells a fact: those are found by their predicates, all at once in a block of
bytes, and no other is looked at. What a node says is read when the activity leads there, and remembered, for the same
organisations and sectors come back thousands of times. Memory is that of a block and of one activity.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from itertools import takewhile
from typing import Final

import pyoxigraph as ox
from ahocorasick_rs import BytesAhoCorasick

from levier.linking.common import Common
from levier.linking.facts import (
    ACTIVITY,
    IDENTIFIER,
    KEPT,
    OPENINGS,
    TYPE,
    ActivityFacts,
    Stated,
    Value,
    predicates,
    put_together,
)
from levier.terms import COMMON

_REMEMBERED: Final = 10_000
"""How many contents of nodes, and how many values, are remembered."""
_IN_COMMON: Final = 2_000
"""How many nodes that activities have in common are remembered."""
_PARTS: Final = 8
"""How many parts between slashes begin what is said of one activity: `<https://w3id.org/levier/id/activity/r/i`."""

_Said = tuple[str, bytes]
"""A predicate, and the object as N-Quads write it."""
_IS_ACTIVITY: Final[_Said] = TYPE, b"<%s>" % ACTIVITY.encode()
_Nodes = dict[bytes, list[_Said]]
"""What is said of each thing, in the order of the lines."""


class LineReader:
    """Reads the facts on the properties looked at; made once, then asked file by file."""

    def __init__(self, looked_at: Collection[str]) -> None:
        self._looked_at = looked_at
        patterns = [(f"> <{name}> ", "", name) for name in predicates(looked_at) - {TYPE, KEPT}]
        patterns += [(f"> <{TYPE}> ", f"<{ACTIVITY}> ", TYPE), *((f"> <{KEPT}> ", f'"{one}', KEPT) for one in OPENINGS)]
        self._found = [(name, len(begin)) for begin, _, name in patterns]
        self._automaton = BytesAhoCorasick([(begin + rest).encode() for begin, rest, _ in patterns])

    def of_node(self, lines: bytes) -> Stated:
        """Give what lines say of one node."""
        return next((_stated(tuple(said)) for said in self._select(lines, {}).values()), {})

    def read(self, blocks: Iterable[bytes], common: Common) -> Iterator[ActivityFacts]:
        """Give the facts of every activity that blocks of whole lines speak of, the lines of each together."""
        held: _Nodes = {}
        in_common = lru_cache(_IN_COMMON)(common.get)
        for block in blocks:
            nodes = self._select(block, held)
            held = _last(nodes)
            for subject in held:
                del nodes[subject]
            yield from self._activities(nodes, in_common)
        yield from self._activities(held, in_common)

    def _select(self, block: bytes, nodes: _Nodes) -> _Nodes:
        """Add what a block says to what is held of its first activity."""
        for pattern, start, _ in self._automaton.find_matches_as_indexes(block):
            name, length = self._found[pattern]
            subject = block[block.rfind(b"\n", 0, start) + 1 : start + 1]
            if b" " in subject:
                continue  # it is the object, or stands in a text
            value = start + length
            said = name, block[value : block.rindex(b" <", value, block.index(b"\n", value))]
            if subject in nodes:
                nodes[subject].append(said)
            else:
                nodes[subject] = [said]
        return nodes

    def _activities(self, nodes: _Nodes, in_common: Callable[[str], Stated | None]) -> Iterator[ActivityFacts]:
        def node(iri: str) -> Stated:
            known = in_common(iri) if iri.startswith(COMMON) else None
            if known is not None:
                return known
            said = nodes.get(b"<%s>" % iri.encode())
            return _stated(tuple(said)) if said else {}

        for subject, said in nodes.items():
            if _IS_ACTIVITY in said and any(name == IDENTIFIER for name, _ in said):
                yield put_together(subject[1:-1].decode(), _stated(tuple(said)), node, self._looked_at)


def _last(nodes: _Nodes) -> _Nodes:
    """Give what is said of the last activity, whose lines may go on."""
    subjects = reversed(nodes)
    last = [subject for subject in (next(subjects, None),) if subject is not None]
    if last:
        root = b"/".join(last[0].rstrip(b">").split(b"/", _PARTS)[:_PARTS])
        whole, below = root + b">", root + b"/"
        last.extend(takewhile(lambda subject: subject.startswith(below) or subject == whole, subjects))
    return {subject: nodes[subject] for subject in reversed(last)}


@lru_cache(_REMEMBERED)
def _stated(said: tuple[_Said, ...]) -> Stated:
    found: dict[str, list[Value]] = {}
    for name, written in said:
        found.setdefault(name, []).append(_value(written))
    return found


@lru_cache(_REMEMBERED)
def _value(written: bytes) -> Value:
    """Give the value of an object as N-Quads write it; the escapes of a literal are read by the library."""
    if written.startswith(b"<"):
        return Value(written[1:-1].decode(), is_iri=True)
    if b"\\" not in written:
        text, _, rest = written[1:].rpartition(b'"')
        return Value(text.decode(), rest[1:].decode() if rest.startswith(b"@") else None)
    quad = next(ox.parse(input=b"<x:> <x:> %s ." % written, format=ox.RdfFormat.N_TRIPLES, lenient=True))
    assert isinstance(quad.object, ox.Literal)  # noqa: S101  # of a literal
    return Value(quad.object.value, quad.object.language)
