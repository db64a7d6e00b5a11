"""Every question of the library gives exactly the rows that were worked out by hand on a small dataset."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from levier.graph import EmbeddedStore
from levier.graph.rows import Term
from levier.questions import Column, answer, bind, find, questions
from levier.terms import shorten

HERE = Path(__file__).parent
RDFLIBS_OWN = "ignore:(Dataset|ConjunctiveGraph)\\b.* is deprecated:DeprecationWarning"
"""rdflib 7.6 warns of its own old names while it answers SPARQL; nothing of ours uses them."""
CASES = sorted(HERE.glob("*/expected*.csv"))


def dataset(name: str) -> EmbeddedStore:
    store = EmbeddedStore.in_memory()
    store.raw.load(path=HERE / name / "data.trig", format=ox.RdfFormat.TRIG)
    return store


def cell(term: Term | None) -> str:
    if term is None:
        return ""
    assert not isinstance(term, ox.Triple)
    return shorten(term.value) if isinstance(term, ox.NamedNode) else term.value


def case_params(case: Path) -> dict[str, str]:
    path = case.with_name(case.name.replace("expected", "params").replace(".csv", ".json"))
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}{path.stem.removeprefix('expected')}")
def test_the_rows_are_those_worked_out_by_hand(case: Path) -> None:
    question = find(case.parent.name)
    with case.open(encoding="utf-8", newline="") as stream:
        expected = list(csv.reader(stream))

    found = answer(dataset(question.name), question, case_params(case))
    actual = [[column.name for column in found.columns], *([cell(term) for term in row] for row in found.rows)]

    assert expected == actual


@pytest.mark.filterwarnings(RDFLIBS_OWN)
@pytest.mark.parametrize("case", CASES, ids=lambda path: f"{path.parent.name}{path.stem.removeprefix('expected')}")
def test_another_engine_gives_the_same_rows(case: Path) -> None:
    """The query in rdflib: what a question answers does not hang on one engine's reading of SPARQL."""
    question = find(case.parent.name)
    text, _ = bind(question, case_params(case), dataset(question.name))
    others = rdflib.Dataset(default_union=True)
    others.parse(case.with_name("data.trig"), format="trig")
    with case.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))[1:]

    expected = [[comparable(text, column) for text, column in zip(row, question.columns, strict=True)] for row in rows]
    actual = [
        [comparable(rdflib_cell(term), column) for term, column in zip(row, question.columns, strict=True)]
        for row in others.query(text)
        if isinstance(row, rdflib.query.ResultRow)
    ]

    assert expected == actual


def rdflib_cell(term: object) -> str:
    return "" if term is None else shorten(str(term))


def comparable(text: str, column: Column) -> str | Decimal:
    """Decimals by their value, since engines write them differently (`7`, `7.00`)."""
    return round(Decimal(text), 2) if text and column.type in {"integer", "decimal"} else text


def test_every_question_has_a_case_and_every_case_a_question() -> None:
    with_case = {case.parent.name for case in CASES if case.stem == "expected"}

    assert {question.name for question in questions()} == with_case
