"""Rows of RDF terms on a terminal: a table to read, or an exact form to compute with.

`csv`, `tsv` and `json` are the W3C's SPARQL 1.1 result formats (lines end with a plain newline); `table` and `markdown`
are for people: IRIs are shortened and numbers get separators there, and nowhere else.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from levier.graph.rows import FORMS, Row, numeric_columns, readable

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


def _table(columns: Sequence[str], rows: Sequence[Row]) -> None:
    if not rows:
        return
    numeric = numeric_columns(columns, rows)
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


ROW_FORMS: Final = ("table", *FORMS)
