"""Refuse what reaches out of the graph, before the engine sees it: SERVICE and LOAD.

Oxigraph obeys both and reaches the network and local files with no way to restrict it. A word search would refuse
innocent queries (`?service`, "SERVICE" in a string), so the query is cut into the terminals of the SPARQL 1.1 grammar
(§19.8); a bare name is then a keyword. Oxigraph's own parser is laxer than the grammar, and each of these was seen to
reach the network: a keyword may touch what stands before it (`1e5SERVICE`), a prefixed name may be read as a keyword
and a name (`SERVICE:x`), and `<` may be an operator (`FILTER(?a<?b)SERVICE#>`). So a bare name or a prefix that
contains the word is refused, and so is an "IRI" that closes a bracket before it. Code point escapes (§19.2) are read
by some engines before parsing and by others within strings only: both readings must be innocent.
"""

import re

from levier.errors import QueryRejected

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_LAST_CODE_POINT = 0x10FFFF

_TERMINAL = re.compile(
    r"""
      (?P<comment>\#[^\r\n]*)
    | (?P<iri><[^\x00-\x20<>"{}|^`\\]*>)
    | (?P<long>\"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3}|'{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3})
    | (?P<string>"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
    | (?P<variable>[?$]\w+)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<name>(?P<prefix>[^\W\d][\w.\-]*)?:(?:[\w\-.:]|%[0-9A-Fa-f]{2}|\\.)*)
    | (?P<word>[^\W\d][\w\-]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_REFUSED = {
    "SERVICE": "SERVICE is refused here: this graph answers from itself and asks no other server.",
    "LOAD": "LOAD is refused here: this graph never fetches a document.",
}


def refuse_federation(query: str) -> None:
    """Raise QueryRejected where the query has a SERVICE pattern or is a LOAD, whatever way it is written."""
    for reading in {query, _ESCAPE.sub(_read_escape, query)}:
        for suspect in _suspects(reading):
            for keyword, message in _REFUSED.items():
                if keyword in suspect:
                    raise QueryRejected(message, hint="Ask the other server yourself and join the answers.")


def _suspects(query: str) -> list[str]:
    """Give, in capitals, the parts of a query that an engine may read as keywords."""
    found: list[str] = []
    for match in _TERMINAL.finditer(query):
        match match.lastgroup:
            case "word":
                found.append(match.group())
            case "name":
                found.append(match.group("prefix") or "")
            case "iri" if ")" in match.group():
                found.append(match.group().partition(")")[2])
            case _:
                pass
    return [part.upper() for part in found]


def _read_escape(match: re.Match[str]) -> str:
    point = int(match.group(1) or match.group(2), 16)
    return chr(point) if point <= _LAST_CODE_POINT else match.group()
