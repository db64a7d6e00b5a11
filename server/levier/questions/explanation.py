"""What a question costs: how many statements each pattern of its query matches by itself, and the time it took.

The engine shows no plan of its own. A query is slow where it joins patterns that match much, and quick where it begins
with one that matches little.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from rdflib.paths import MulPath, Path, SequencePath
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node, URIRef, Variable

from levier.graph import Store
from levier.questions.answer import answer
from levier.questions.library import Question
from levier.terms import shorten


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of a query, and what it matches by itself."""

    text: str
    matches: int | None
    """Statements, or pairs that a path joins; None for a path of any length, which is not counted."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a question asks of the graph, and what that costs."""

    query: str
    patterns: tuple[Pattern, ...]
    """In the order of the query; each once."""
    rows: int
    seconds: tuple[float, float]
    """How long it took the first time, and the second."""


def explain(store: Store, question: Question, params: Mapping[str, str]) -> Explanation:
    """Answer a question twice and count its patterns; raises what `answer` raises."""
    times = []
    for _ in range(2):
        began = perf_counter()
        found = answer(store, question, params)
        times.append(perf_counter() - began)
    patterns = dict.fromkeys(_triples(prepareQuery(found.query).algebra))
    counted = tuple(Pattern(" ".join(map(_short, triple)), _matches(store, triple)) for triple in patterns)
    return Explanation(found.query, counted, len(found.rows), (times[0], times[1]))


Triple = tuple[Node, Node | Path, Node]


def _triples(part: Any) -> Iterator[Triple]:  # noqa: ANN401  # rdflib's algebra is a tree of anything
    """Give the triple patterns of an algebra."""
    if isinstance(part, CompValue):
        if part.name == "BGP":
            yield from part["triples"]
        for name, value in part.items():
            if name != "triples":
                yield from _triples(value)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from _triples(one)


def _matches(store: Store, triple: Triple) -> int | None:
    if _is_long(triple[1]):
        return None
    text = " ".join(_exact(part) for part in triple)
    return int(next(iter(store.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ {text} }}")))["n"].value)


def _is_long(part: Node | Path) -> bool:
    if isinstance(part, MulPath):
        return True
    return isinstance(part, SequencePath) and any(map(_is_long, part.args))


def _exact(part: Node | Path) -> str:
    return part.n3() if isinstance(part, Variable | Path | URIRef) else _blank(part)


def _blank(part: Node) -> str:
    text: str = part.n3()
    return f"?b{text[2:]}" if text.startswith("_:") else text


def _short(part: Node | Path) -> str:
    if isinstance(part, SequencePath):
        return "/".join(_short(one) for one in part.args)
    return shorten(str(part)) if isinstance(part, URIRef) else _exact(part)
