"""Answers a question of the library on a store: rows of RDF terms, with what they mean and what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import pyoxigraph as ox

from levier.errors import BrokenData
from levier.graph import Store
from levier.graph.rows import Term
from levier.questions.header import Column
from levier.questions.library import Question
from levier.questions.parameters import Value, bind
from levier.terms import ID

Row = tuple[Term | None, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a question, and what a reader must know with them.

    `parameters` holds the term each parameter had (None: not narrowed). `missing` is the sentence that says, when
    there is no row, what that means; None when there are rows. `query` is the SPARQL that was run.
    """

    question: Question
    title: str
    parameters: Mapping[str, Value | None]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    caveats: tuple[str, ...]
    missing: str | None
    query: str

    def for_people(self) -> tuple[list[Column], list[Row]]:
        """Give columns and rows without the keys, whose thing the next column names, and IRIs of ours by their ends."""
        kept = [index for index, column in enumerate(self.columns) if column.type != "key"]
        rows = [tuple(named(row[index]) for index in kept) for row in self.rows]
        return [self.columns[index] for index in kept], rows


def answer(store: Store, question: Question, params: Mapping[str, str] | None = None, language: str = "en") -> Answer:
    """Give the answer to a question; `params` maps names to what a person typed, `language` is that of the texts.

    Raises BadParameter before anything is run where a parameter is not allowed.
    """
    text, terms = bind(question, params or {}, store)
    rows = _rows(store, question, text)
    return Answer(
        question=question,
        title=question.titles[language],
        parameters=terms,
        columns=question.columns,
        rows=rows,
        caveats=question.caveats[language],
        missing=None if rows else question.empty[language],
        query=text,
    )


def _rows(store: Store, question: Question, text: str) -> tuple[Row, ...]:
    solutions = store.query(text)
    if not isinstance(solutions, ox.QuerySolutions):
        raise BrokenData(f"The question {question.name} is no SELECT query, or the endpoint gave no table for it.")
    names = [column.name for column in question.columns]
    return tuple(tuple(row[name] for name in names) for row in solutions)


def named(term: Term | None) -> Term | None:
    """Give `XM-DAC-2-10` for its IRI; other terms, and IRIs that are not ours, as they are."""
    if not isinstance(term, ox.NamedNode) or not term.value.startswith(ID):
        return term
    return ox.Literal(unquote(term.value.removeprefix(ID).partition("/")[2]))
