"""Rows of RDF terms as tables of pandas and polars, with the types that the columns say."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from levier.errors import BadUsage
from levier.graph.rows import Term
from levier.questions import Answer, Column, Row
from levier.terms import XSD

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

_TYPES: Final = {
    **dict.fromkeys((XSD + "integer", XSD + "int", XSD + "long"), "integer"),
    **dict.fromkeys((XSD + "decimal", XSD + "double", XSD + "float"), "decimal"),
    XSD + "date": "date",
    XSD + "boolean": "boolean",
}
_FEW: Final = 0.5
"""Text whose different values are at most this part of its rows becomes a category."""


@dataclass(frozen=True, slots=True)
class Described:
    """An answer with all that is said of it."""

    answer: Answer

    @property
    def columns(self) -> Sequence[Column]:
        """The columns, with their types, units and descriptions."""
        return self.answer.columns

    @property
    def rows(self) -> Sequence[Row]:
        """The rows of RDF terms; None where a cell is empty."""
        return self.answer.rows

    def attributes(self) -> dict[str, Any]:
        """Give what a reader must know beside the rows."""
        found = self.answer
        return {
            "name": found.question.name,
            "title": found.title,
            "parameters": {name: None if value is None else value.value for name, value in found.parameters.items()},
            "columns": {column.name: f"{column.description} {f'({column.unit})' if column.unit else ''}".rstrip()
                        for column in found.columns},
            "caveats": list(found.caveats),
            "missing": found.missing,
        }  # fmt: skip


def pandas_frame(columns: Sequence[Column], rows: Sequence[Row]) -> "pd.DataFrame":
    """Give a table of pandas: Int64, Float64, datetime64, boolean, category where text repeats itself, else string.

    Amounts are floats, which charts and sums take; they are exact to the cent up to 90,000,000,000,000. Raises
    BadUsage where pandas is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415  # optional
    except ImportError:
        raise BadUsage("Tables need pandas, which is not installed.", hint="pip install 'levier[pandas]'") from None
    values = {column.name: [value(row[index], column.type) for row in rows] for index, column in enumerate(columns)}
    return pd.DataFrame({column.name: _series(pd, values[column.name], column.type) for column in columns})


def _series(pd: Any, values: list[Any], kind: str) -> Any:  # noqa: ANN401  # the module, and what it makes
    if kind == "integer":
        return pd.array(values, dtype="Int64")
    if kind == "decimal":
        return pd.array([None if one is None else float(one) for one in values], dtype="Float64")
    if kind == "boolean":
        return pd.array(values, dtype="boolean")
    if kind == "date":
        return pd.to_datetime(pd.Series(values, dtype="object"), errors="coerce")
    text = pd.array(values, dtype="string")
    return pd.Categorical(text) if _repeats(values) and kind == "text" else text


def _repeats(values: list[Any]) -> bool:
    known = [one for one in values if one is not None]
    return len(known) > 1 and len(set(known)) <= _FEW * len(known)


def polars_frame(columns: Sequence[Column], rows: Sequence[Row]) -> "pl.DataFrame":
    """Give a table of polars: Int64, Decimal, Date, Boolean and String. Raises BadUsage where it is not installed."""
    try:
        import polars as pl  # noqa: PLC0415  # optional
    except ImportError:
        raise BadUsage("Tables of polars need it installed.", hint="pip install 'levier[polars]'") from None
    kinds: dict[str, Any] = {"integer": pl.Int64, "decimal": pl.Decimal(38, 6), "date": pl.Date, "boolean": pl.Boolean}
    return pl.DataFrame(
        [
            pl.Series(column.name, [value(row[index], column.type) for row in rows], kinds.get(column.type, pl.String))
            for index, column in enumerate(columns)
        ]
    )


def value(term: Term | None, kind: str) -> Any:  # noqa: ANN401  # what a cell holds
    """Give a term as Python has it for a column of a kind; None where it is none of that kind."""
    if term is None:
        return None
    text = term.value if isinstance(term, ox.Literal | ox.NamedNode) else str(term)
    try:
        if kind == "integer":
            return int(text)
        if kind == "decimal":
            return Decimal(text) if Decimal(text).is_finite() else None
        if kind == "date":
            return dt.date.fromisoformat(text[:10])
    except (ValueError, InvalidOperation):
        return None
    return {"true": True, "1": True, "false": False, "0": False}.get(text) if kind == "boolean" else text


def typed(names: Sequence[str], rows: Iterable[Row]) -> list[Column]:
    """Give the columns of rows of which only the names are known: the type is that of all literals of a column."""
    held = list(rows)
    return [Column(name, _kind([row[index] for row in held]), "", name) for index, name in enumerate(names)]


def _kind(terms: Sequence[Term | None]) -> str:
    kinds = {
        _TYPES.get(term.datatype.value, "text") if isinstance(term, ox.Literal) else "iri"
        for term in terms
        if term is not None
    }
    if kinds <= {"integer", "decimal"} and kinds:
        return "decimal" if "decimal" in kinds else "integer"
    return kinds.pop() if len(kinds) == 1 else "text"
