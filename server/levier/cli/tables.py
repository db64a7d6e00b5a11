"""Rows of RDF terms on a terminal: a table to read, or an exact form to compute with.

`csv`, `tsv` and `json` are the W3C's SPARQL 1.1 result formats (lines end with a plain newline); `table` and `markdown`
are for people: IRIs are shortened and numbers get separators there, and nowhere else.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

import click
import pyoxigraph as ox
from rich.console import Console
from rich.table import Table
from rich.text import Text

from levier.graph.rows import EXACT_FORMS, Row, Term
from levier.terms import XSD, shorten

_NUMBERS: Final = frozenset(XSD + name for name in ("integer", "decimal", "double", "float", "long", "int"))
_SEPARATORS_FROM: Final = 10_000
"""Whole numbers below this keep no separator, so that a year stays a year."""
_GAP: Final = 2
"""Characters between the columns of a table."""
_WIDEST_CELL: Final = 60
"""Characters of a cell in a plain table, where no terminal folds it."""


def write_rows(form: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Write rows to standard output in a form of `FORMS`, and give how many there were."""
    counter = _Counter(rows)
    if form == "table":
        _table(columns, list(counter))
    else:
        for line in FORMS[form](columns, counter):
            click.echo(line)
    return counter.count


class _Counter:
    """Counts rows while they pass, so that a long result is not held in memory."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            yield row


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


def _numeric_columns(columns: Sequence[str], rows: Sequence[Row]) -> list[bool]:
    values = [[row[index] for row in rows if row[index] is not None] for index in range(len(columns))]
    return [bool(column) and all(map(_is_number, column)) for column in values]


def _table(columns: Sequence[str], rows: Sequence[Row]) -> None:
    if not rows:
        return
    numeric = _numeric_columns(columns, rows)
    cells = [[readable(term) for term in row] for row in rows]
    if sys.stdout.isatty():
        _fitted_table(columns, cells, numeric)
    else:
        for line in _plain_table(columns, cells, numeric):
            click.echo(line)


def _fitted_table(columns: Sequence[str], cells: Sequence[Sequence[str]], numeric: Sequence[bool]) -> None:
    console = Console()
    if sum(_narrowest(columns, cells)) + _GAP * (len(columns) - 1) > console.width:
        for line in _records(columns, cells):
            console.print(line, markup=False, highlight=False)
        return
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for name, right in zip(columns, numeric, strict=True):
        table.add_column(name, justify="right" if right else "left", no_wrap=right)
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def _narrowest(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> list[int]:
    """Give the width below which each column would have to break a word, an identifier or a number."""
    return [
        max(len(word) for cell in column for word in cell.split() or [""])
        for column in zip(columns, *cells, strict=True)
    ]


def _records(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> Iterator[str]:
    """Give one block per row, a line per value: for a terminal too narrow to hold the columns side by side."""
    width = max(map(len, columns))
    for number, row in enumerate(cells):
        if number:
            yield ""
        yield from (f"{name.ljust(width)}  {cell}" for name, cell in zip(columns, row, strict=True) if cell)


def _plain_table(columns: Sequence[str], cells: Sequence[Sequence[str]], numeric: Sequence[bool]) -> Iterator[str]:
    short = [[_clip(cell) for cell in row] for row in [columns, *cells]]
    widths = [max(map(len, column)) for column in zip(*short, strict=True)]
    for row in short:
        padded = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ]
        yield "  ".join(padded).rstrip()


def _clip(cell: str) -> str:
    line = " ".join(cell.split())
    return line if len(line) <= _WIDEST_CELL else line[: _WIDEST_CELL - 1] + "…"


def _markdown(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    held = list(rows)
    numeric = _numeric_columns(columns, held)
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "|".join(" ---: " if right else " --- " for right in numeric) + "|"
    for row in held:
        yield "| " + " | ".join(_markdown_cell(readable(term)) for term in row) + " |"


def _markdown_cell(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


FORMS: Final[Mapping[str, Callable[[Sequence[str], Iterable[Row]], Iterator[str]]]] = {
    **EXACT_FORMS,
    "markdown": _markdown,
}
"""The line-by-line forms; `table` is the one besides, which depends on the terminal."""

ROW_FORMS: Final = ("table", *FORMS)
