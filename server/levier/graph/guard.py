"""Find what reaches out of the graph, before the engine sees it: SERVICE and LOAD.

Oxigraph obeys SERVICE and reaches the network with no way to restrict it. A word search would refuse innocent queries
(`?service`, "SERVICE" in a string), and any reading of ours that differs from the engine's can be deceived: its
parser takes `1e5SERVICE`, `SERVICE:x` and `a:b.SERVICE<…>` for the keyword, and closes some strings early. So the
engine's own parser decides: each “service” of the text becomes “xervice”, the same length and kind of letter. Within
strings, IRIs, comments and names nothing changes for the parser; a keyword SERVICE is then no keyword, and the query
no longer parses, since nowhere else in the grammar (SPARQL 1.1, §19.8) does a group pattern follow such a word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from levier.errors import QueryRejected, QuerySyntaxError
from levier.graph.syntax import readable
from levier.terms import BASE, PREFIXES

_WORD: Final = re.compile("service", re.IGNORECASE)
_FIRST_LETTER: Final = re.compile("s(?=ervice)", re.IGNORECASE)
_BLANK: Final = r"(?:[ \t\r\n]|\#[^\r\n]*(?=[\r\n]))*"
"""White space and comments (§19.4, §19.8), as the engine's parser takes them."""
_CLAUSE: Final = re.compile(rf"service{_BLANK}(silent{_BLANK})?<([^\x00-\x20<>\"{{}}|^`\\]*)>", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_LOAD: Final = re.compile(r"^\s*LOAD\b", re.IGNORECASE | re.MULTILINE)
_LAST_CODE_POINT: Final = 0x10FFFF
_HINT: Final = "Ask the other server yourself and join the answers."


@dataclass(frozen=True, slots=True)
class ServiceClause:
    """A SERVICE of a query whose address is written out."""

    address: str
    silent: bool
    place: tuple[int, int]
    """Where the address begins and ends in the text, without its angle brackets."""


def refuse_federation(query: str) -> None:
    """Raise QueryRejected where the query has a SERVICE pattern or is a LOAD, whatever way it is written.

    A query that is not SPARQL at all passes, unless it has the word “service”: the engine will not take it either.
    """
    if _innocent(query):
        return
    if _hidden(query) or (_WORD.search(query) and _mistake(_without(query)) is not None):
        message = "SERVICE is refused here: this graph answers from itself and asks no other server."
        raise QueryRejected(message, hint=_HINT)
    refuse_load(query)


def refuse_load(query: str) -> None:
    """Raise QueryRejected where the text is a LOAD."""
    if _LOAD.search(query) and _mistake(query) is not None:
        raise QueryRejected("LOAD is refused here: this graph never fetches a document.", hint=_HINT)


def service_clauses(query: str) -> list[ServiceClause]:
    """Give every SERVICE of a query, in the order of the text; those in strings, comments and names are none.

    Raises QueryRejected where one does not name its server by an IRI in angle brackets, or is hidden by escapes, and
    QuerySyntaxError where a text with the word “service” is not SPARQL 1.1.
    """
    if _hidden(query):
        message = "SERVICE is refused here: the word stands in the query with its letters escaped (\\u…)."
        raise QueryRejected(message, hint="Write the word with its own letters.")
    if not _WORD.search(query) or _mistake(_without(query)) is None:
        return []
    mistake = _mistake(query)
    if mistake is not None:
        raise QuerySyntaxError(readable(query, mistake))
    found = _clauses(query)
    if _mistake(_as_graphs(query, found)) is not None:
        message = "SERVICE is refused here: it must be followed by its server's address as an IRI in angle brackets."
        hint = "Neither a variable nor a prefixed name will do: write SERVICE <https://…> { … }."
        raise QueryRejected(message, hint=hint)
    return [_clause(match) for match in found]


def _clauses(query: str) -> list[re.Match[str]]:
    """Give what is a SERVICE with an address, among all that looks like one; each is changed by itself.

    The words that no address follows are not changed that way: a name must be changed in all its places, or a prefix
    is not declared any more, and a variable not grouped by.
    """
    looks = _CLAUSE.finditer(query)
    return [match for match in looks if _mistake(f"{query[: match.start()]}x{query[match.start() + 1 :]}") is not None]


def _as_graphs(query: str, clauses: list[re.Match[str]]) -> str:
    """Give the query with `GRAPH <…>` in place of these clauses, which is the same to the parser, and with no SERVICE.

    If it parses, there was no SERVICE but these, and their addresses are where the engine reads them.
    """
    parts: list[str] = []
    end = 0
    for match in clauses:
        parts += [_without(query[end : match.start()]), f"GRAPH <{match[2]}>"]
        end = match.end()
    return "".join([*parts, _without(query[end:])])


def _clause(match: re.Match[str]) -> ServiceClause:
    return ServiceClause(match[2], silent=match[1] is not None, place=match.span(2))


def _innocent(query: str) -> bool:
    """Tell, in a microsecond, that a query has none of the words, nor anything that could hide one."""
    if not query.isascii() or "\\" in query:
        return False
    lowered = query.lower()
    return "service" not in lowered and "load" not in lowered


def _without(query: str) -> str:
    return _FIRST_LETTER.sub("x", query)


class _Parsed(Exception):
    """The engine has read the text, and asks for the graphs to evaluate it over."""


class _Graphs:
    def __iter__(self) -> Iterator[ox.NamedNode]:
        raise _Parsed


def _mistake(query: str) -> str | None:
    """Give the engine's message where it does not take the text for a query; nothing is evaluated.

    Measured: it parses the text before it takes the names of the graphs. Else an ASK would be answered at once, and
    its SERVICE be asked.
    """
    try:
        ox.Store().query(query, base_iri=BASE, prefixes=PREFIXES, named_graphs=_Graphs())  # type: ignore[arg-type]  # any iterable
    except SyntaxError as error:
        return str(error)
    except _Parsed:
        return None
    raise AssertionError("the engine evaluates a query without having asked for its graphs")


def _hidden(query: str) -> bool:
    return len(_WORD.findall(_ESCAPE.sub(_read_escape, query))) > len(_WORD.findall(query))


def _read_escape(match: re.Match[str]) -> str:
    """Read a code point escape (§19.2): the engine does so within strings only, others before they parse."""
    point = int(match.group(1) or match.group(2), 16)
    return chr(point) if point <= _LAST_CODE_POINT else match.group()
