"""`levier ask`: the list, an answer, and what is said when there is none."""

import csv
import io
import json
from pathlib import Path

import pyoxigraph as ox
import pytest

from levier.cli import run
from levier.graph import Snapshots
from levier.questions import find, questions

DATA = Path(__file__).parent.parent / "questions" / "money-per-objective" / "data.trig"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose snapshot holds the dataset of one question."""
    root = tmp_path_factory.mktemp("ask") / "store"
    with Snapshots(root).new() as draft:
        draft.store.raw.load(path=DATA, format=ox.RdfFormat.TRIG)
    return root


def ask(*arguments: str | Path) -> int:
    return run(["ask", *map(str, arguments)])


def test_without_a_question_all_are_listed_by_theme(capsys: pytest.CaptureFixture[str]) -> None:
    code = ask()
    out = capsys.readouterr().out

    assert 0 == code
    assert all(f"  {question.name} " in out for question in questions())
    assert sorted({question.theme for question in questions()}) == [
        line for line in out.splitlines() if line and not line.startswith(" ")
    ]


def test_the_list_as_json_has_name_title_and_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    code = ask("--format", "json", "--language", "nl")
    listed = json.loads(capsys.readouterr().out)["questions"]
    by_name = {question["name"]: question for question in listed}

    assert 0 == code
    assert find("note-in-force").title("nl") == by_name["note-in-force"]["title"]
    assert ["date", "language"] == [parameter["name"] for parameter in by_name["note-in-force"]["parameters"]]


def test_rows_go_to_stdout_and_title_and_caveats_to_stderr(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = ask("money-per-objective", "--store", store, "--param", "objective=M4", "--param", "year=2021")
    out, err = capsys.readouterr()

    assert 0 == code
    assert "400.20" in out
    assert 3 == len(out.splitlines())
    assert find("money-per-objective").title() in err
    assert "2 rows." in err
    assert "must not be added" in err


@pytest.mark.parametrize(("form", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_csv_and_tsv_hold_the_exact_values(
    store: Path, capsys: pytest.CaptureFixture[str], form: str, delimiter: str
) -> None:
    code = ask("money-per-objective", "--store", store, "--param", "objective=S", "--format", form)
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out), delimiter=delimiter))

    assert 0 == code
    assert [column.name for column in find("money-per-objective").columns] == [name.lstrip("?") for name in rows[0]]
    assert "https://w3id.org/levier/id/note/covid-socioeconomic" == rows[1][0].strip("<>")


def test_json_is_the_standard_form_with_datatypes(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = ask("money-per-objective", "--store", store, "--param", "objective=M4", "--format", "json")
    rows = json.loads(capsys.readouterr().out)["results"]["bindings"]

    assert 0 == code
    assert {
        "type": "literal",
        "value": "400.2",
        "datatype": "http://www.w3.org/2001/XMLSchema#decimal",
    } == rows[0]["committed"]


def test_markdown_is_a_table_to_paste(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = ask("money-per-objective", "--store", store, "--param", "objective=S", "--format", "markdown")
    header, rule, row = capsys.readouterr().out.splitlines()

    assert 0 == code
    assert header.count("|") == rule.count("|") == row.count("|") == 11
    assert "| 7.00 |" in row


def test_the_language_reaches_titles_and_labels(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = ask("money-per-objective", "--store", store, "--param", "objective=M3", "--language", "fr")
    out, err = capsys.readouterr()

    assert 0 == code
    assert "Trois" in out
    assert find("money-per-objective").title("fr") in err


def test_no_rows_is_a_finding_with_the_sentence_of_what_is_missing(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = ask("compact-objectives", "--store", store)
    out, err = capsys.readouterr()

    assert 1 == code
    assert "" == out
    assert find("compact-objectives").empty["en"] in " ".join(err.split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["money-per-objectives"], "Did you mean money-per-objective"),
        (["money-per-objective", "--param", "objective=M9"], "M3, M4, S"),
        (["money-per-objective", "--param", "objective"], "NAME=VALUE"),
        (["money-per-objective", "--param", "year=2021", "--param", "year=2022"], "given twice"),
        (["money-per-objective", "--param", "colour=red"], "no parameter 'colour'"),
        (["money-per-objective", "--format", "xlsx"], "xlsx"),
        (["--param", "year=2021"], "needs a question"),
    ],
)
def test_bad_usage_says_what_would_do(
    store: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    code = ask(*arguments, "--store", store)
    out, err = capsys.readouterr()

    assert 2 == code
    assert "" == out
    assert told in err


def test_without_a_snapshot_it_says_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = ask("note-in-force", "--store", tmp_path / "nothing")

    assert 2 == code
    assert "levier build" in capsys.readouterr().err


def test_questions_are_searched_by_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == ask("--search", "donor COUNTRY refug")

    out = capsys.readouterr().out

    assert "in-donor-share" in out
    assert "french-and-dutch" not in out


def test_words_that_no_question_has_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == ask("--search", "xylophone")
    assert "xylophone" in capsys.readouterr().err


def test_a_search_takes_no_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == ask("in-donor-share", "--search", "donor")
    assert "`levier ask in-donor-share`" in capsys.readouterr().err


def test_an_explanation_shows_query_cost_and_caveats(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == ask("money-per-objective", "--param", "year=2021", "--explain", "--store", store)

    out = capsys.readouterr().out

    assert "VALUES ?year { 2021 }" in out or 'VALUES ?year { "2021"^^' in out
    assert "levier:contributesTo" in out
    assert "the second time in" in out
    assert "must not be added" in out


def test_the_counts_of_an_explanation_are_those_of_the_graph(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask("money-per-objective", "--explain", "--store", store)
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.endswith("?activity iati:transaction ?transaction")]
    counted = next(iter(Snapshots(store).open().select("SELECT (COUNT(*) AS ?n) { ?a iati:transaction ?t }")))[
        "n"
    ].value

    assert counted == line.split()[1]


def test_an_explanation_can_be_run_as_it_stands(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is said of the query stands in comments below it."""
    ask("money-per-objective", "--explain", "--store", store)

    assert list(Snapshots(store).open().select(capsys.readouterr().out))


def test_an_explanation_needs_a_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == ask("--explain")
    assert "--explain needs a question" in capsys.readouterr().err
