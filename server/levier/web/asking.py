"""Asks the graph what a stranger wrote: checked, refused where it reaches out, and with errors a person can read."""

import re

from levier.errors import QuerySyntaxError
from levier.graph import Dataset, QueryResults, refuse_federation
from levier.web.problems import Problem
from levier.web.service import service

_POSITION = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_REASON = re.compile(r"[A-Z][A-Za-z]+(?: [A-Za-z]+)+")
_SHOWN = 40
"""Characters of a line that a message repeats."""


def ask(text: str, dataset: Dataset) -> QueryResults:
    """Give the answer to a query that came over HTTP.

    Raises Problem where it is empty or too long, QueryRejected for SERVICE and LOAD, and QuerySyntaxError with a
    message of one sentence.
    """
    _check(text)
    refuse_federation(text)
    try:
        return service().store().query(text, dataset)
    except QuerySyntaxError as error:
        raise QuerySyntaxError(readable(error, text), hint=error.hint) from error


def readable(error: QuerySyntaxError, text: str) -> str:
    """Give where a query stops being SPARQL: line, column, what stands there, and the reason where the engine has one.

    The engine names the furthest place it came to, and lists every character that would have fitted there, on up to
    ten lines.
    """
    match = _POSITION.search(error.message)
    if match is None:
        return error.message.splitlines()[0]
    line, column, expected = int(match[1]), int(match[2]), match[3]
    reason = _REASON.search(expected)
    why = f" ({reason[0][0].lower()}{reason[0][1:]})" if reason else ""
    there = f"line {line}, column {column}, {_there(text, line, column)}{why}"
    return f"The query is not SPARQL 1.1: the mistake is at or before {there}."


def _there(text: str, line: int, column: int) -> str:
    """Give what stands at a position, counted from 1."""
    rest = text.split("\n")[line - 1 :] or [""]
    near = next((part.strip() for part in (rest[0][column - 1 :], *rest[1:]) if part.strip()), "")
    if not near:
        return "where it ends"
    return f"at “{near[:_SHOWN]}{'…' if len(near) > _SHOWN else ''}”"


def _check(text: str) -> None:
    limit = service().settings.max_query_length
    if len(text) > limit:
        raise Problem("query-too-long", f"The query has {len(text):,} characters; {limit:,} are the limit.")
    if not text.strip():
        raise Problem("one-query", "The query is empty.")
