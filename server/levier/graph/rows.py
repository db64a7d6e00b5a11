"""Rows of RDF terms in the W3C's SPARQL 1.1 result formats: CSV, TSV and JSON, line by line."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import pyoxigraph as ox

from levier.terms import XSD

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Row = Sequence[Term | None]


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


EXACT_FORMS: Final[Mapping[str, Callable[[Sequence[str], Iterable[Row]], Iterator[str]]]] = {
    "csv": _csv,
    "tsv": _tsv,
    "json": _json,
}
"""What gives the lines of a result, without their ends, for the names of its columns and its rows."""
