"""The results of a query as a page shows them: a table, cut where a person stops reading."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import pyoxigraph as ox

from levier.graph import QueryResults
from levier.terms import XSD, shorten
from levier.web.links import href

SHOWN_ROWS = 1000

_NUMBERS = {XSD + name for name in ("integer", "decimal", "double", "float")}


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in the table of results."""

    text: str
    href: str = ""
    language: str = ""
    number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The results of a query: rows, at most `SHOWN_ROWS`, and whether there are more."""

    columns: list[str]
    rows: list[list[Cell]]
    more: bool
    forms: tuple[str, ...]
    """The forms in which the whole of it can be had: values of `format=`."""


def tabulate(results: QueryResults) -> Table:
    """Give the table of what a query found; of an ASK, one cell that says yes or no."""
    if isinstance(results, ox.QueryBoolean):
        return Table(["answer"], [[Cell("yes" if results else "no")]], more=False, forms=("json", "xml"))
    if isinstance(results, ox.QueryTriples):
        triples = ((triple.subject, triple.predicate, triple.object) for triple in results)
        return _cut(["subject", "predicate", "object"], triples, ("ttl", "nt", "jsonld", "rdf"))
    return _cut([variable.value for variable in results.variables], results, ("csv", "tsv", "json", "xml"))


def _cut(columns: list[str], results: Iterable[Iterable[object]], forms: tuple[str, ...]) -> Table:
    rows = list(islice(_rows(results), SHOWN_ROWS + 1))
    return Table(columns, rows[:SHOWN_ROWS], more=len(rows) > SHOWN_ROWS, forms=forms)


def _rows(results: Iterable[Iterable[object]]) -> Iterator[list[Cell]]:
    for row in results:
        yield [_cell(term) for term in row]


def _cell(term: object) -> Cell:
    if term is None:
        return Cell("")
    if isinstance(term, ox.NamedNode):
        return Cell(shorten(term.value), href(term.value))
    if isinstance(term, ox.Literal):
        return Cell(term.value, language=term.language or "", number=term.datatype.value in _NUMBERS)
    return Cell(str(term))
