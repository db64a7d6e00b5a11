"""Parameters: what may be given is looked up in the graph, and bound as an RDF term, never pasted as text.

In a query a parameter is a line `VALUES ?name { … }`, which may stand in several groups, so that each is narrowed
before it is joined; binding puts the serialised term in its braces. Nothing that
a person typed enters a query: codes and notations are looked up in a table read from the graph, and years, dates and
languages are parsed and written anew.
"""

import datetime as dt
import difflib
import re
from collections.abc import Callable, Mapping
from typing import Final

import pyoxigraph as ox

from levier.errors import BadParameter, BrokenData
from levier.graph import Store
from levier.questions.header import ANY, Parameter
from levier.questions.library import Question
from levier.terms import ID, LEVIER, SKOS, XSD

Value = ox.NamedNode | ox.Literal
"""What a parameter is bound to."""

LANGUAGES_OF_LABELS: Final = ("fr", "nl", "en", "de")

_FEW: Final = 12
"""How many codes of a list a message gives before it gives examples only."""

_CODES = f"SELECT ?key ?value WHERE {{ ?value <{SKOS}inScheme> <{ID}code/%s> ; <{SKOS}notation> ?key }}"
_NOTES = f'SELECT (STRAFTER(STR(?value), "/id/note/") AS ?key) ?value WHERE {{ ?value a <{LEVIER}StrategyNote> }}'
_ELEMENTS = (
    f"SELECT ?key ?value WHERE {{ ?value <{SKOS}notation> ?key . "
    f"{{ ?value a <{LEVIER}StrategyNote> }} UNION "
    f"{{ ?value <{SKOS}inScheme> ?note . ?note a <{LEVIER}StrategyNote> }} }}"
)


def bind(question: Question, given: Mapping[str, str], store: Store) -> tuple[str, dict[str, Value | None]]:
    """Give the query with its parameters bound, and the terms by name (None: not narrowed).

    Raises BadParameter for a name the question does not have, or a value that the graph or the type does not allow.
    """
    _refuse_unknown_names(question, given)
    terms = {p.name: term(p, given[p.name], store) for p in question.parameters if p.name in given}
    text = question.text
    for name, value in terms.items():
        text = _replace(text, name, value)
    values: dict[str, Value | None] = {p.name: terms.get(p.name, default(p, store)) for p in question.parameters}
    return text, values


def term(parameter: Parameter, text: str, store: Store) -> Value:
    """Give the RDF term that a person's text means for a parameter; BadParameter says what is allowed."""
    parser = _PARSERS.get(parameter.type)
    return parser(parameter, text) if parser else _look_up(parameter, text, store)


def default(parameter: Parameter, store: Store) -> Value | None:
    """Give the term a parameter has when none is given; None where it narrows nothing, or the graph lacks it."""
    if parameter.default == ANY:
        return None
    parser = _PARSERS.get(parameter.type)
    return parser(parameter, parameter.default) if parser else allowed(parameter, store).get(parameter.default)


def allowed(parameter: Parameter, store: Store) -> dict[str, ox.NamedNode]:
    """Give what a parameter may be, by the key a person types: codes, notations, or keys of notes, from the graph."""
    solutions = store.query(table(parameter.type))
    if not isinstance(solutions, ox.QuerySolutions):
        raise BrokenData("The endpoint gave no table for a SELECT query.")
    rows = [(row["key"], row["value"]) for row in solutions]
    return {key.value: value for key, value in rows if isinstance(key, ox.Literal) and isinstance(value, ox.NamedNode)}


def table(kind: str) -> str:
    """Give the query for what a parameter of a kind may be: its `?key`, which a person types, and its `?value`."""
    return {"note": _NOTES, "element": _ELEMENTS}.get(kind) or _CODES % kind


def _look_up(parameter: Parameter, text: str, store: Store) -> ox.NamedNode:
    known = allowed(parameter, store)
    by_folded_key = {key.casefold(): value for key, value in known.items()} | {v.value: v for v in known.values()}
    found = known.get(text) or by_folded_key.get(text.strip().casefold()) or by_folded_key.get(text.strip())
    if found is None:
        raise BadParameter(
            f"Parameter {parameter.name} is {text!r}, which is no {_kind(parameter.type)} of this graph.",
            hint=_what_is_allowed(parameter, text, sorted(known)),
        )
    return found


def _kind(kind: str) -> str:
    return {"note": "strategy note", "element": "objective, axis or note"}.get(kind, f"code of the list {kind}")


def _what_is_allowed(parameter: Parameter, text: str, keys: list[str]) -> str:
    if not keys:
        return f"The graph holds no {_kind(parameter.type)} at all; build it with `levier build`."
    if parameter.type in {"note", "element"} or len(keys) <= _FEW:
        return f"Allowed: {', '.join(keys)}."
    near = ", ".join(difflib.get_close_matches(text.strip().upper(), keys, n=3, cutoff=0.5) or keys[:3])
    return f"{len(keys)} codes are allowed, such as {near}; they are those of {ID}code/{parameter.type}."


def _year(parameter: Parameter, text: str) -> ox.Literal:
    if not re.fullmatch(r"[12][0-9]{3}", text.strip()):
        raise BadParameter(f"Parameter {parameter.name} is {text!r}; it must be a year such as 2024.")
    return ox.Literal(text.strip(), datatype=ox.NamedNode(XSD + "integer"))


def _date(parameter: Parameter, text: str) -> ox.Literal:
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError:
        raise BadParameter(f"Parameter {parameter.name} is {text!r}; it must be a date such as 2024-06-30.") from None
    return ox.Literal(day.isoformat(), datatype=ox.NamedNode(XSD + "date"))


def _language(parameter: Parameter, text: str) -> ox.Literal:
    if text.strip().lower() not in LANGUAGES_OF_LABELS:
        raise BadParameter(
            f"Parameter {parameter.name} is {text!r}; allowed: {', '.join(LANGUAGES_OF_LABELS)}.",
        )
    return ox.Literal(text.strip().lower())


PARSED: Final = ("year", "date", "language")
"""The kinds of parameters that are read as they stand; those of the others are looked up in the graph."""
_PARSERS: Final[Mapping[str, Callable[[Parameter, str], Value]]] = {"year": _year, "date": _date, "language": _language}


def _refuse_unknown_names(question: Question, given: Mapping[str, str]) -> None:
    names = [parameter.name for parameter in question.parameters]
    for name in given:
        if name not in names:
            hint = f"It has {', '.join(names)}." if names else "It has none."
            raise BadParameter(f"The question {question.name} has no parameter {name!r}.", hint=hint)


def values_line(name: str) -> re.Pattern[str]:
    """Give the pattern of the lines of a query that bind a parameter; its group is what stands in the braces."""
    return re.compile(rf"^[ \t]*VALUES \?{re.escape(name)} \{{ (?P<value>.*) \}}[ \t]*$", re.MULTILINE)


def _replace(text: str, name: str, value: Value) -> str:
    line = values_line(name)
    if not line.search(text):
        raise BrokenData(f"The query must bind its parameter {name} on a line of its own, “VALUES ?{name} {{ … }}”.")
    return line.sub(lambda _match: f"  VALUES ?{name} {{ {value} }}", text)
