"""The library: every file is a complete question, valid SPARQL for other clients too, and found by its name."""

import re
from pathlib import Path

import pytest
from rdflib.plugins.sparql import prepareQuery

from levier.errors import BrokenData, UnknownQuestion
from levier.graph import EmbeddedStore, refuse_federation
from levier.questions import LANGUAGES, Question, find, questions, read_question, values_line
from levier.questions.header import ANY

LIBRARY = questions()
LOCAL_LABELS = {"date": '"{}"^^xsd:date', "language": '"{}"', "note": "<https://w3id.org/levier/id/note/{}>"}

each_question = pytest.mark.parametrize("question", LIBRARY, ids=lambda question: question.name)


def test_the_library_has_at_least_twelve_questions_with_names_and_numbers_of_their_own() -> None:
    names = {question.name for question in LIBRARY}
    numbers = {question.number for question in LIBRARY}

    assert len(LIBRARY) >= 12
    assert len(LIBRARY) == len(names) == len(numbers)


@each_question
def test_a_question_says_everything_of_itself_in_every_language(question: Question) -> None:
    assert set(LANGUAGES) == set(question.titles) == set(question.empty) == set(question.caveats)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", question.name)
    assert 1 <= question.number <= 40
    assert all(title.endswith("?") for title in question.titles.values())
    assert question.illustrative.split()[0] in {"excluded", "marked", "none"}


@each_question
def test_the_columns_of_the_header_are_those_of_the_query(question: Question) -> None:
    rows = EmbeddedStore.in_memory().select(question.text)
    actual = [variable.value for variable in rows.variables]

    assert [column.name for column in question.columns] == actual


@each_question
def test_a_parameter_stands_on_lines_of_its_own_with_the_default_of_the_header(question: Question) -> None:
    for parameter in question.parameters:
        found = {match["value"] for match in values_line(parameter.name).finditer(question.text)}
        expected = LOCAL_LABELS.get(parameter.type, "").format(parameter.default)

        assert {"UNDEF" if parameter.default == ANY else expected} == found


@each_question
def test_rdflib_reads_the_query_as_well(question: Question) -> None:
    """Another parser, which knows none of our prefixes, takes the file as it stands."""
    prepareQuery(question.text)


@each_question
def test_a_question_asks_no_other_server(question: Question) -> None:
    refuse_federation(question.text)


@each_question
def test_what_is_marked_or_excluded_as_illustrative_is_looked_for_in_the_query(question: Question) -> None:
    looks_for_it = "levier:illustrative true" in question.text

    assert (not question.illustrative.startswith("none")) == looks_for_it


@each_question
def test_the_rows_come_in_an_order_that_is_stated(question: Question) -> None:
    assert re.search(r"^ORDER BY ", question.text, re.MULTILINE)


def test_a_question_is_found_with_and_without_its_theme() -> None:
    assert find("money/in-donor-share").name == find("in-donor-share").name == "in-donor-share"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("in-donor-shares", "in-donor-share"), ("money-per-objectiv", "money-per-objective"), ("RESEARCH", "research")],
)
def test_an_unknown_question_suggests_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(UnknownQuestion) as caught:
        find(name)

    assert name in caught.value.message
    assert nearest in caught.value.hint


def test_an_unknown_question_like_no_other_says_where_the_list_is() -> None:
    with pytest.raises(UnknownQuestion) as caught:
        find("zzz")

    assert f"`levier ask` lists all {len(LIBRARY)}." == caught.value.hint


COMPLETE = """\
# title@en: Who?
# title@fr: Qui ?
# title@nl: Wie?
# asked-by: us
# number: 1
# basis: derived
# illustrative: none
# column: s iri "A thing"
# empty@en: Nobody.
# empty@fr: Personne.
# empty@nl: Niemand.
SELECT ?s WHERE { ?s ?p ?o }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "who.rq"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_complete_header_is_read(tmp_path: Path) -> None:
    question = read_question(written(tmp_path, COMPLETE))

    assert {"en": "Who?", "fr": "Qui ?", "nl": "Wie?"} == question.titles
    assert ("who", "Wie?", "s", ()) == (
        question.name,
        question.title("nl"),
        question.columns[0].name,
        question.parameters,
    )


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("# asked-by: us\n", "", "asked-by"),
        ("# title@fr: Qui ?\n", "", "title@…"),
        ("# number: 1\n", "# number: one\n", "whole number"),
        ('# column: s iri "A thing"\n', '# column: s thing "A thing"\n', "has type 'thing'"),
        ('# column: s iri "A thing"\n', "# column: s iri A thing\n", "cannot read"),
        ("# basis: derived\n", "# just a remark\n", "header line"),
        ("# basis: derived\n", '# parameter: year year "Year"\n# basis: derived\n', "cannot read"),
    ],
)
def test_a_header_that_is_not_complete_is_told_with_its_file(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    assert before in COMPLETE
    with pytest.raises(BrokenData, match=r"who\.rq") as caught:
        read_question(written(tmp_path, COMPLETE.replace(before, after)))

    assert told in caught.value.message
