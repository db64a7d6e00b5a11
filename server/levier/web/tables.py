"""The results of a query as a page shows them: a table, cut where a person stops reading."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import pyoxigraph as ox

from levier.graph import QueryResults, Store
from levier.querying import Query, federated
from levier.terms import XSD, shorten
from levier.web.links import href

SHOWN_ROWS = 1000

NUMBERS = {XSD + name for name in ("integer", "decimal", "double", "float")}
"""The datatypes of numbers."""


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


def ask_table(store: Store, query: Query, root: str) -> Table:
    """Give the table of what a query finds; raises what `answer` raises. The links begin with the service's `root`."""
    with federated(query.text, query.federation) as text:
        return tabulate(store.query(text, query.dataset), root)


def tabulate(results: QueryResults, root: str) -> Table:
    """Give the table of what a query found; of an ASK, one cell that says yes or no."""
    if isinstance(results, ox.QueryBoolean):
        return Table(["answer"], [[Cell("yes" if results else "no")]], more=False, forms=("json", "xml"))
    if isinstance(results, ox.QueryTriples):
        triples = ((triple.subject, triple.predicate, triple.object) for triple in results)
        return _cut(["subject", "predicate", "object"], _rows(triples, root), ("ttl", "nt", "jsonld", "rdf"))
    columns = [variable.value for variable in results.variables]
    return _cut(columns, _rows(results, root), ("csv", "tsv", "json", "xml"))


def _cut(columns: list[str], results: Iterator[list[Cell]], forms: tuple[str, ...]) -> Table:
    rows = list(islice(results, SHOWN_ROWS + 1))
    return Table(columns, rows[:SHOWN_ROWS], more=len(rows) > SHOWN_ROWS, forms=forms)


def _rows(results: Iterable[Iterable[object]], root: str) -> Iterator[list[Cell]]:
    for row in results:
        yield [_cell(term, root) for term in row]


def _cell(term: object, root: str) -> Cell:
    if term is None:
        return Cell("")
    if isinstance(term, ox.NamedNode):
        return Cell(shorten(term.value), href(term.value, root))
    if isinstance(term, ox.Literal):
        return Cell(term.value, language=term.language or "", number=term.datatype.value in NUMBERS)
    return Cell(str(term))
