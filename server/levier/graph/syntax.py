"""What is told of syntax: whether a query chooses its dataset, where it stops being SPARQL, why a file is not RDF."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from levier.terms import PREFIXES

_TERMINAL = re.compile(
    r"""
      \#[^\r\n]*
    | <[^\x00-\x20<>"{}|^`\\]*>
    | \"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3} | '{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
    | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*'
    | [?$]\w+
    | (?P<prefix>[\w.\-]*):[\w.\-:%\\]*
    | (?P<word>[A-Za-z]+)
    | .
    """,
    re.VERBOSE | re.DOTALL,
)

_POSITION: Final = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_REASON: Final = re.compile(r"[A-Z][A-Za-z]+(?: [A-Za-z]+)+")
_DECLARED: Final = re.compile(r"\bprefix\s+([\w.\-]*):", re.IGNORECASE)
_PROLOGUE: Final = {"PREFIX", "BASE"}
_UPDATES: Final = {"INSERT", "DELETE", "WITH", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"}
_QUERIES: Final = {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_EXPECTED: Final = tuple(
    (re.compile(theirs, re.DOTALL), ours)
    for theirs, ours in (
        (r"(.+) is not a valid RDF object", r"an object (an IRI, a literal or a blank node) is expected, not \1"),
        (r"(.+) is not a valid predicate", r"a predicate (an IRI, or a) is expected, not \1"),
        (r"(.+) is not a valid subject or graph name", r"a subject (an IRI or a blank node) is expected, not \1"),
        (r"A dot is expected at the end of statements", r"a full stop is expected before this, or one of ; and ,"),
        (r"Unexpected end of file", r"the file ends within a term: a closing quote or bracket is expected"),
        (r"Unexpected end", r"the file ends within a statement: the rest of it and a full stop are expected"),
        (r"Invalid UTF-8.*", r"what stands here is not UTF-8, which is expected: save the file in that encoding"),
    )
)
"""What the parser says of an RDF file without what it expected, and ours."""
_SHOWN: Final = 40
"""Characters of a line that a message repeats."""


def chooses_dataset(query: str) -> bool:
    """Tell whether the query has a FROM clause (SPARQL 1.1, §13.2): the keyword stands nowhere else in the language."""
    return "from" in query.lower() and "FROM" in _words(query)


def depth(query: str) -> int:
    """Give how many brackets are open at once at most; parsers call themselves for each, and run out of stack."""
    opened = deepest = 0
    for match in _TERMINAL.finditer(query):
        opened += (match[0] in _OPENING) - (match[0] in _CLOSING)
        deepest = max(deepest, opened)
    return deepest


def readable(query: str, message: str) -> str:
    """Give, in one sentence, why a query is not SPARQL 1.1: what is missing, or line, column and what stands there.

    `message` is the engine's: it names the furthest place it came to, and lists every character that would have
    fitted there, on up to ten lines.
    """
    first = next((word for word in _words(query) if word not in _PROLOGUE), "")
    if first in _UPDATES:
        return f"This is an update ({first}); only queries are answered here."
    undeclared = _undeclared(query)
    if undeclared:
        return f"The query is not SPARQL 1.1: the prefix {undeclared[0]}: is not declared."
    return f"The query is not SPARQL 1.1: {_mistake(query, message)}."


def readable_update(update: str, wrong: str, message: str, prefixes: Collection[str]) -> str:
    """Give, in one sentence, why an update is not SPARQL 1.1, as `readable` does for a query.

    `wrong` is the part of it that the engine did not take, `prefixes` are declared before it; `message` counts lines
    and columns in the whole.
    """
    first = next((word for word in _words(wrong) if word not in _PROLOGUE), "")
    if first in _QUERIES:
        return f"This is a query ({first}); only updates are done here."
    undeclared = [prefix for prefix in _undeclared(wrong) if prefix not in prefixes]
    if undeclared:
        return f"The update is not SPARQL 1.1: the prefix {undeclared[0]}: is not declared."
    return f"The update is not SPARQL 1.1: {_mistake(update, message)}."


def _mistake(text: str, message: str) -> str:
    """Give where the engine's message says that the mistake is."""
    match = _POSITION.search(message)
    if match is None:
        return message.splitlines()[0] if message else "no reason given"
    line, column = int(match[1]), int(match[2])
    reason = _REASON.search(match[3])
    why = f" ({reason[0][0].lower()}{reason[0][1:]})" if reason else ""
    return f"the mistake is at or before line {line}, column {column}, {_there(text, line, column)}{why}"


def cause(error: SyntaxError) -> str:
    """Give what was expected in an RDF file, without the position, which a message states already."""
    said = re.sub(r"^Parser error (at|between) .*?(?<=\d): ", "", error.msg).rstrip(".")
    for theirs, ours in _EXPECTED:
        match = theirs.fullmatch(said)
        if match:
            return match.expand(ours)
    return said


def _words(query: str) -> Iterator[str]:
    for match in _TERMINAL.finditer(query):
        if match["word"]:
            yield match["word"].upper()


def _undeclared(query: str) -> list[str]:
    """Give the prefixes that are used and neither declared nor ours."""
    declared = {*_DECLARED.findall(query), *PREFIXES}
    used = (match["prefix"] for match in _TERMINAL.finditer(query))
    return [prefix for prefix in used if prefix is not None and prefix != "_" and prefix not in declared]


def _there(text: str, line: int, column: int) -> str:
    """Give what stands at a position, counted from 1."""
    rest = text.split("\n")[line - 1 :] or [""]
    near = next((part.strip() for part in (rest[0][column - 1 :], *rest[1:]) if part.strip()), "")
    if not near:
        return "where it ends"
    return f"at “{near[:_SHOWN]}{'…' if len(near) > _SHOWN else ''}”"
