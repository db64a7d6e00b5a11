"""Rows of RDF terms as lines of text: in the W3C's SPARQL 1.1 result formats, or in Markdown for people.

IRIs are shortened and numbers get separators for people, and nowhere else.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import pyoxigraph as ox

from levier.terms import XSD, shorten

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Row = Sequence[Term | None]

_NUMBERS: Final = frozenset(XSD + name for name in ("integer", "decimal", "double", "float", "long", "int"))
_SEPARATORS_FROM: Final = 10_000
"""Whole numbers below this keep no separator, so that a year stays a year."""


def _csv(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    yield _csv_line(columns)
    for row in rows:
        yield _csv_line([_value(term) for term in row])


def _csv_line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


def _value(term: Term | None) -> str:
    return "" if term is None else str(term) if isinstance(term, ox.BlankNode | ox.Triple) else term.value


def _tsv(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    yield "\t".join(f"?{name}" for name in columns)
    for row in rows:
        yield "\t".join("" if term is None else str(term).replace("\t", "\\t") for term in row)


def _json(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    yield f'{{"head": {json.dumps({"vars": list(columns)}, ensure_ascii=False)}, "results": {{"bindings": ['
    lines = (json.dumps(_binding(columns, row), ensure_ascii=False) for row in rows)
    before = next(lines, None)
    for line in lines:
        yield f"  {before},"
        before = line
    if before is not None:
        yield f"  {before}"
    yield "]}}"


def _binding(columns: Sequence[str], row: Row) -> dict[str, dict[str, Any]]:
    return {name: _json_term(term) for name, term in zip(columns, row, strict=True) if term is not None}


def _json_term(term: Term) -> dict[str, Any]:
    match term:
        case ox.NamedNode():
            return {"type": "uri", "value": term.value}
        case ox.BlankNode():
            return {"type": "bnode", "value": term.value}
        case ox.Literal() if term.language:
            return {"type": "literal", "value": term.value, "xml:lang": term.language}
        case ox.Literal() if term.datatype.value == XSD + "string":
            return {"type": "literal", "value": term.value}
        case ox.Literal():
            return {"type": "literal", "value": term.value, "datatype": term.datatype.value}
        case _:
            return {"type": "triple", "value": str(term)}


def readable(term: Term | None) -> str:
    """Give a term as a person reads it: IRIs shortened, numbers with separators, nothing for no value."""
    if term is None:
        return ""
    if isinstance(term, ox.NamedNode):
        return shorten(term.value)
    if isinstance(term, ox.Literal):
        return _number(term) if term.datatype.value in _NUMBERS else term.value
    return str(term)


def _number(literal: ox.Literal) -> str:
    try:
        number = Decimal(literal.value)
    except InvalidOperation:  # INF and NaN, or a lexical form that is no number
        return literal.value
    if literal.datatype.value == XSD + "decimal":
        return f"{number:,.2f}" if number == round(number, 2) else f"{number:,f}"
    if abs(number) >= _SEPARATORS_FROM and number == number.to_integral_value():
        return f"{number:,.0f}"
    return literal.value


def _is_number(term: Term | None) -> bool:
    return isinstance(term, ox.Literal) and term.datatype.value in _NUMBERS


def numeric_columns(columns: Sequence[str], rows: Sequence[Row]) -> list[bool]:
    """Tell of each column whether all that is in it is numbers."""
    values = [[row[index] for row in rows if row[index] is not None] for index in range(len(columns))]
    return [bool(column) and all(map(_is_number, column)) for column in values]


def _markdown(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    held = list(rows)
    numeric = numeric_columns(columns, held)
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "|".join(" ---: " if right else " --- " for right in numeric) + "|"
    for row in held:
        yield "| " + " | ".join(_markdown_cell(readable(term)) for term in row) + " |"


def _markdown_cell(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


EXACT_FORMS: Final[Mapping[str, Callable[[Sequence[str], Iterable[Row]], Iterator[str]]]] = {
    "csv": _csv,
    "tsv": _tsv,
    "json": _json,
}
"""What gives the lines of a result, without their ends, for the names of its columns and its rows."""
FORMS: Final[Mapping[str, Callable[[Sequence[str], Iterable[Row]], Iterator[str]]]] = {
    **EXACT_FORMS,
    "markdown": _markdown,
}
"""The exact forms, and the one for people."""
