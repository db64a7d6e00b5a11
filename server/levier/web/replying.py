"""What an engine does with a question of the library: answers it, and writes the part asked for in its form."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import pyoxigraph as ox

from levier.errors import ResultTooLong
from levier.graph import Store
from levier.graph.rows import EXACT_FORMS, Term
from levier.questions import Answer, Row, answer, find
from levier.terms import XSD
from levier.web.links import href
from levier.web.names import Names
from levier.web.tables import NUMBERS, Cell

_LINE_ENDS: Final = {"csv": "\r\n", "tsv": "\n", "json": "\n"}
_WHOLE: Final = XSD + "integer"
_BOOLEAN: Final = XSD + "boolean"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a client asks it; picklable."""

    name: str
    given: Mapping[str, str]
    language: str
    form: str
    """`plain` for JSON of our own, `html`, or one of `EXACT_FORMS`."""
    offset: int
    limit: int | None
    """How many rows are sent at most; None for all of them."""
    max_rows: int
    root: str
    """The path of the service, which links on a page begin with."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, ready to be sent."""

    total: int
    """Rows that the question has in all."""
    values: Mapping[str, str]
    """What each parameter was bound to, as a person types it or as an IRI; those that narrow nothing are not there."""
    missing: str
    query: str
    body: bytes = b""
    rows: tuple[tuple[Cell, ...], ...] = ()
    """The rows for a page, without the columns of type `key`."""


def reply(store: Store, asked: Asked) -> Reply:
    """Answer a question; raises what `answer` raises, and ResultTooLong where it has more rows than it may."""
    question = find(asked.name)
    found = answer(store, question, asked.given, asked.language)
    if len(found.rows) > asked.max_rows:
        raise ResultTooLong(f"The answer has more than {asked.max_rows:,} rows.", hint="Narrow it by its parameters.")
    end = None if asked.limit is None else asked.offset + asked.limit
    rows = found.rows[asked.offset : end]
    values = {name: value.value for name, value in found.parameters.items() if value is not None}
    missing = found.missing or ""
    if asked.form == "html":
        shown = tuple(_cells(found, row, Names(store, asked.language), asked.root) for row in rows)
        return Reply(len(found.rows), values, missing, found.query, rows=shown)
    body = _plain(found, rows, values, asked) if asked.form == "plain" else _exact(asked.form, found, rows)
    return Reply(len(found.rows), values, missing, found.query, body)


def _exact(form: str, found: Answer, rows: Sequence[Row]) -> bytes:
    end = _LINE_ENDS[form]
    lines = EXACT_FORMS[form]([column.name for column in found.columns], rows)
    return "".join(line + end for line in lines).encode()


def _plain(found: Answer, rows: Sequence[Row], values: Mapping[str, str], asked: Asked) -> bytes:
    names = [column.name for column in found.columns]
    question = found.question
    body = {
        "name": question.name,
        "title": found.title,
        "parameters": {parameter.name: values.get(parameter.name) for parameter in question.parameters},
        "columns": [
            {"name": column.name, "type": column.type, "unit": column.unit or None, "description": column.description}
            for column in found.columns
        ],
        "rows": [dict(zip(names, map(_value, row), strict=True)) for row in rows],
        "total": len(found.rows),
        "offset": asked.offset,
        "missing": found.missing,
        "caveats": list(found.caveats),
    }
    return json.dumps(body, ensure_ascii=False).encode()


def _value(term: Term | None) -> Any:  # noqa: ANN401  # JSON is anything
    """Give a term as JSON has it: a number, true or false, or text; a value that is none of its datatype as text."""
    if term is None:
        return None
    if not isinstance(term, ox.Literal):
        return term.value if isinstance(term, ox.NamedNode) else str(term)
    kind, text = term.datatype.value, term.value
    try:
        if kind == _WHOLE:
            return int(text)
        if kind in NUMBERS:
            number = Decimal(text)
            return float(number) if number.is_finite() else text
    except ArithmeticError:
        return text
    return {"true": True, "1": True}.get(text, False) if kind == _BOOLEAN else text


def _cells(found: Answer, row: Row, names: Names, root: str) -> tuple[Cell, ...]:
    """Give the cells of a row; a column of type `key` is the link of the one after it."""
    cells = []
    key: Term | None = None
    for column, term in zip(found.columns, row, strict=True):
        if column.type == "key":
            key = term
            continue
        cells.append(_cell(term, key, names, root))
        key = None
    return tuple(cells)


def _cell(term: Term | None, key: Term | None, names: Names, root: str) -> Cell:
    if term is None:
        return Cell("")
    if isinstance(term, ox.NamedNode):
        return Cell(names.of(term.value), href(term.value, root))
    leads = href(key.value, root) if isinstance(key, ox.NamedNode) else ""
    if not isinstance(term, ox.Literal):
        return Cell(str(term))
    number = term.datatype.value in NUMBERS
    return Cell(_readable(term) if number else term.value, leads, term.language or "", number)


def _readable(literal: ox.Literal) -> str:
    """Give a decimal with separators and cents; whole numbers may be years and stay as they are."""
    try:
        return literal.value if literal.datatype.value == _WHOLE else f"{Decimal(literal.value):,.2f}"
    except ArithmeticError:
        return literal.value
