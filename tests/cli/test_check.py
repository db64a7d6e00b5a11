"""`levier check`: its exit codes, where it writes, and what it says of bad input."""

import json
import re
from pathlib import Path

import pytest

from levier.cli import run
from levier.graph import Snapshots

PLAN = """PREFIX levier: <https://w3id.org/levier/ontology#>
PREFIX schema: <https://schema.org/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
<https://w3id.org/levier/id/plan/x> a levier:ActionPlan ; <http://www.w3.org/2004/02/skos/core#prefLabel> "X"@en ;
    schema:startDate "2024-01-01"^^xsd:date ;
    schema:endDate "2024-12-31"^^xsd:date ;
    levier:responsibleActor <https://w3id.org/levier/id/organisation/XM-DAC-2-10> ;
    levier:translates <https://w3id.org/levier/id/note/migration/objective/1> .
"""
"""Sound but for having no result, which is a warning."""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.ttl"
    path.write_text(PLAN, encoding="utf-8")
    return path


@pytest.fixture
def broken_plan(plan: Path) -> Path:
    plan.write_text(PLAN.replace("levier:responsibleActor", "levier:unknownActor"), encoding="utf-8")
    return plan


@pytest.fixture
def store(tmp_path: Path, broken_plan: Path) -> Path:
    """A snapshot that holds the plan without an actor."""
    root = tmp_path / "store"
    with Snapshots(root).new() as draft:
        draft.store.load(broken_plan, "https://w3id.org/levier/graph/plan/x")
    return root


@pytest.mark.parametrize(("fail_on", "code"), [("violation", 0), ("warning", 1), ("info", 1)])
def test_a_warning_fails_only_when_asked(plan: Path, fail_on: str, code: int) -> None:
    assert code == run(["check", str(plan), "--fail-on", fail_on])


@pytest.mark.parametrize("engine", ["fast", "pyshacl"])
def test_a_violation_of_a_snapshot_fails(store: Path, engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["check", "--store", str(store), "--engine", engine])

    assert 1 == code
    assert "PLAN-002  1 violation" in capsys.readouterr().out


def test_what_is_lighter_than_asked_is_counted_and_not_shown(
    broken_plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["check", str(broken_plan), "--show", "violation"])
    out = capsys.readouterr().out

    assert (1, True, False) == (code, "PLAN-002  1 violation" in out, "COHERE-003" in out)
    assert "1 violation, 1 warning" in out


def test_json_goes_to_the_file_named(broken_plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["check", str(broken_plan), "--format", "json", "-o", str(tmp_path / "out.json")])
    said = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))

    assert 1 == code
    assert "" == capsys.readouterr().out
    assert {"PLAN-002", "COHERE-003"} == {finding["rule"] for finding in said["findings"]}


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "n’a pas d’acteur"), ("nl", "heeft geen verantwoordelijke"), ("en", "has no responsible")],
)
def test_messages_are_in_the_language_asked_for(
    broken_plan: Path, language: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["check", str(broken_plan), "--lang", language])

    assert words in capsys.readouterr().out


def test_no_colour_where_there_is_no_terminal(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", str(plan)])

    assert "\x1b" not in capsys.readouterr().out


def test_broken_turtle_is_one_sentence_with_file_and_line(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan.write_text(PLAN + "<a:a> <a:b> .\n", encoding="utf-8")
    code, said = run(["check", str(plan)]), capsys.readouterr()

    assert 2 == code
    assert re.match(r"levier: .*plan\.ttl:9: not Turtle: [^\n]+\.\n", said.err)
    assert "" == said.out


def test_a_missing_file_a_missing_snapshot_and_an_unknown_format_are_bad_input(tmp_path: Path) -> None:
    missing = [str(tmp_path / "none.ttl")], ["--store", str(tmp_path)], ["--format", "xlsx"]

    assert [2, 2, 2] == [run(["check", *arguments]) for arguments in missing]


def test_a_file_that_cannot_be_written_is_bad_input(plan: Path, tmp_path: Path) -> None:
    assert 2 == run(["check", str(plan), "-o", str(tmp_path / "none" / "out.txt")])


def test_part_of_the_files_unread_is_told_and_fails(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = plan.with_name("page.xml")
    page.write_text("<html/>", encoding="utf-8")
    code = run(["check", str(plan), str(page)])

    assert 1 == code
    assert "page.xml" in capsys.readouterr().err


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(["check", "--help"])
    assert "levier check our-iati.xml --lang fr" in capsys.readouterr().out
