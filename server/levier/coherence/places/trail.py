"""Which statements a finding is about, as far as its rule tells: the ways from the node to the value found."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from levier.coherence.rule import Rule
from levier.terms import PREFIXES, RDF

_TOKEN: Final = re.compile(r"<[^>]*>|[\w-]*:[\w.-]+|[()|/^*+?]|\ba\b")
_PATH: Final = r"((?:\([^)]*\)|[^\s()?$;.]|\.(?=\w)|\?(?!\w))+)\s+\?value\b"
_FOUND: Final = re.compile(r"\$this\s+" + _PATH)
_FOLLOWED: Final = re.compile(r";\s*" + _PATH)
_RECKONED: Final = re.compile(r"\b(?:SUM|COUNT|AVG|MIN|MAX)\s*\([^{}]*AS \?value\b")
_MOST: Final = 256
"""Ways of one path that are looked at."""


@dataclass(frozen=True, slots=True)
class Step:
    """One property on the way, followed from subject to object or (`inverse`) back."""

    term: str
    inverse: bool = False


Trail = tuple[Step, ...]


@lru_cache(maxsize=1024)
def trails(path: str) -> tuple[Trail, ...]:
    """Give the ways that a property path may be gone, each as its steps; a repeated step is gone once or not at all."""
    return tuple(dict.fromkeys(_Reader(_TOKEN.findall(path)).alternatives()))[:_MOST]


def trails_of(rule: Rule) -> tuple[Trail, ...]:
    """Give the ways from the node to the value that a rule names: its path, or what its query says of `?value`."""
    if rule.path is not None:
        return trails(rule.path)
    if is_reckoned(rule):
        return ()
    select = rule.select or ""
    found = dict.fromkeys([*_FOUND.findall(select), *_FOLLOWED.findall(select)])
    return tuple(way for path in found for way in trails(path))


def is_reckoned(rule: Rule) -> bool:
    """Tell whether the value that a rule names is a sum or a count, and so stated nowhere."""
    return _RECKONED.search(rule.select or "") is not None


class _Reader:
    """Reads the SPARQL text of a property path by its grammar."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def alternatives(self) -> list[Trail]:
        ways = self._sequence()
        while self._take("|"):
            ways += self._sequence()
        return ways

    def _sequence(self) -> list[Trail]:
        parts = [self._part()]
        while self._take("/"):
            parts.append(self._part())
        return [tuple(step for trail in way for step in trail) for way in product(*parts)]

    def _part(self) -> list[Trail]:
        inverse = self._take("^")
        if self._take("("):
            ways = self.alternatives()
            self._take(")")
        else:
            ways = list(self._term())
        if inverse:
            ways = [tuple(Step(step.term, not step.inverse) for step in reversed(way)) for way in ways]
        if self._take("*") or self._take("?"):
            ways.insert(0, ())
        else:
            self._take("+")
        return ways

    def _term(self) -> Iterator[Trail]:
        if self._at >= len(self._tokens):
            return
        token = self._tokens[self._at]
        self._at += 1
        yield (Step(_iri(token)),)

    def _take(self, mark: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at] == mark
        self._at += found
        return found


def _iri(token: str) -> str:
    if token == "a":  # noqa: S105  # SPARQL's word for rdf:type
        return RDF + "type"
    if token.startswith("<"):
        return token[1:-1]
    prefix, _, local = token.partition(":")
    return PREFIXES.get(prefix, prefix + ":") + local
