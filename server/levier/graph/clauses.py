"""Reads a query for the graphs that it names: its FROM clauses, and the graphs after GRAPH.

It is read token by token: in a comment, a string, a name or an IRI there is no keyword. The engine has read the query
before, and takes keywords that touch a name (`GRAPHex:a`); these are not found here, and other servers refuse them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from levier.errors import QuerySyntaxError
from levier.terms import BASE, PREFIXES

_TOKEN: Final = re.compile(
    r"""
      (?P<blank>[ \t\r\n]+ | \#[^\r\n]*)
    | (?P<iri><[^\x00-\x20<>"{}|^`]*>)
    | \"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3} | '{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
    | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*'
    | @[A-Za-z]+(?:-[A-Za-z0-9]+)* | [?$][\w\xb7\u0300-\u036f\u203f\u2040]+
    | (?P<name>[\w.\-\xb7\u0300-\u036f\u203f\u2040]*:(?:[\w.\-:%\xb7\u0300-\u036f\u203f\u2040]|\\.)*)
    | (?P<word>[A-Za-z]+)
    | .
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A graph that a query names, and where."""

    iri: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Clauses:
    """What a query says of graphs."""

    text: str
    default: tuple[Reference, ...]
    """The graphs of FROM, each with its clause."""
    named: tuple[Reference, ...]
    """The graphs of FROM NAMED, each with its clause."""
    matched: tuple[Reference, ...]
    """The graphs that stand after GRAPH, without that word."""

    def default_iris(self) -> tuple[str, ...]:
        """Give the graphs of FROM."""
        return tuple(clause.iri for clause in self.default)

    def named_iris(self) -> tuple[str, ...]:
        """Give the graphs of FROM NAMED."""
        return tuple(clause.iri for clause in self.named)

    def without_dataset(self, named: frozenset[str], nothing: str) -> str:
        """Give the query without its FROM clauses, and with `nothing` where GRAPH says one that is not in `named`."""
        changes = [(clause.start, clause.end, "") for clause in (*self.default, *self.named)]
        changes += [(part.start, part.end, f"<{nothing}>") for part in self.matched if part.iri not in named]
        text = self.text
        for start, end, instead in sorted(changes, reverse=True):
            text = f"{text[:start]}{instead}{text[end:]}"
        return text


def read_clauses(query: str, base: str = BASE, declared: Mapping[str, str] = PREFIXES) -> Clauses:
    """Give what a query, or the pattern of an update, says of graphs; it is one that the engine takes.

    `base` and the prefixes that are `declared` hold where it says no others. Raises QuerySyntaxError where a graph has
    a prefix that is in neither.
    """
    prefixes = dict(declared)
    default: list[Reference] = []
    named: list[Reference] = []
    matched: list[Reference] = []
    before: list[re.Match[str]] = []  # the keywords, and a declared prefix, that wait for an IRI
    for token in _TOKEN.finditer(query):
        if token["blank"]:
            continue
        words = [part[0].upper() for part in before]
        if words[:1] == ["PREFIX"] and len(words) == 1 and token["name"]:
            before.append(token)
            continue
        if before and (token["iri"] or token["name"]):
            iri = _resolved(token[0], base, prefixes)
            if words[0] == "BASE":
                base = iri
            elif words[0] == "PREFIX":
                prefixes[before[1][0][:-1]] = iri
            elif words[0] == "GRAPH":
                matched.append(Reference(iri, *token.span()))
            else:
                (named if words[-1] == "NAMED" else default).append(Reference(iri, before[0].start(), token.end()))
        if token["word"] and token["word"].upper() == "NAMED" and words == ["FROM"]:
            before.append(token)
        else:
            before = [token] if _waits(token) else []
    return Clauses(query, tuple(default), tuple(named), tuple(matched))


def _waits(token: re.Match[str]) -> bool:
    """Tell whether a token is a keyword that an IRI follows."""
    return bool(token["word"]) and token["word"].upper() in {"BASE", "PREFIX", "FROM", "GRAPH"}


def _resolved(name: str, base: str, prefixes: dict[str, str]) -> str:
    """Give the IRI that a reference or a prefixed name stands for; the engine reads it as it reads Turtle."""
    prefix = "" if name.startswith("<") else name.partition(":")[0]
    if not name.startswith("<") and prefix not in prefixes:  # `PREFIXex:`, which the engine takes
        raise QuerySyntaxError(f"The prefix {prefix}: is not declared in a way that every server reads.")
    declared = "" if name.startswith("<") else f"PREFIX {prefix}: <{prefixes[prefix]}>\n"
    (quad,) = ox.parse(f"{declared}<x:x> <x:x> {name} .".encode(), ox.RdfFormat.TURTLE, base_iri=base)
    assert isinstance(quad.object, ox.NamedNode)  # noqa: S101  # an IRI is one
    return quad.object.value
