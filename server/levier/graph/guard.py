"""Refuse what reaches out of the graph, before the engine sees it: SERVICE and LOAD.

Oxigraph obeys SERVICE and reaches the network with no way to restrict it. A word search would refuse innocent queries
(`?service`, "SERVICE" in a string), and any reading of ours that differs from the engine's can be deceived: its
parser takes `1e5SERVICE`, `SERVICE:x` and `a:b.SERVICE<…>` for the keyword, and closes some strings early. So the
engine's own parser decides: each “service” of the text becomes “xervice”, the same length and kind of letter. Within
strings, IRIs, comments and names nothing changes for the parser; a keyword SERVICE is then no keyword, and the query
no longer parses, since nowhere else in the grammar (SPARQL 1.1, §19.8) does a group pattern follow such a word.
"""

import re

import pyoxigraph as ox

from levier.errors import QueryRejected
from levier.terms import PREFIXES

_WORD = re.compile("service", re.IGNORECASE)
_FIRST_LETTER = re.compile("s(?=ervice)", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_LOAD = re.compile(r"^\s*LOAD\b", re.IGNORECASE | re.MULTILINE)
_LAST_CODE_POINT = 0x10FFFF
_HINT = "Ask the other server yourself and join the answers."


def refuse_federation(query: str) -> None:
    """Raise QueryRejected where the query has a SERVICE pattern or is a LOAD, whatever way it is written.

    A query that is not SPARQL at all passes, unless it has the word “service”: the engine will not take it either.
    """
    hidden = len(_WORD.findall(_ESCAPE.sub(_read_escape, query))) > len(_WORD.findall(query))
    if hidden or (_WORD.search(query) and not _parses(_FIRST_LETTER.sub("x", query))):
        message = "SERVICE is refused here: this graph answers from itself and asks no other server."
        raise QueryRejected(message, hint=_HINT)
    if _LOAD.search(query) and not _parses(query):
        raise QueryRejected("LOAD is refused here: this graph never fetches a document.", hint=_HINT)


def _parses(query: str) -> bool:
    """Tell whether the engine takes the text for a query; asked of an empty store, with no SERVICE left in it."""
    try:
        ox.Store().query(query, prefixes=PREFIXES)
    except SyntaxError:
        return False
    return True


def _read_escape(match: re.Match[str]) -> str:
    """Read a code point escape (§19.2): the engine does so within strings only, others before they parse."""
    point = int(match.group(1) or match.group(2), 16)
    return chr(point) if point <= _LAST_CODE_POINT else match.group()
