"""`levier check`: its exit codes, where it writes, and what it says of bad input."""

import codecs
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
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
    assert re.match(r"levier: .*plan\.ttl:9:13: not Turtle: an object .* is expected, not \.\.\n", said.err)
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


def test_a_folder_that_may_not_be_looked_into_is_told_and_fails(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = plan.parent / "closed"
    closed.mkdir()
    scandir = os.scandir

    def refuse(path: str) -> Iterator[os.DirEntry[str]]:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr("os.scandir", refuse)

    assert 1 == run(["check", str(plan.parent), "--select", "PLAN-002"])
    assert f"levier: {closed}: cannot be read (Permission denied)." in capsys.readouterr().err


def test_what_was_found_decides_the_exit_code_when_the_reader_of_a_pipe_is_gone(broken_plan: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "levier", "check", str(broken_plan), "--select", "PLAN-002"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)

    assert (1, b"") == (done.returncode, done.stderr)


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(["check", "--help"])
    assert "levier check our-iati.xml --lang fr" in capsys.readouterr().out


# Bad input


def test_broken_xml_is_told_with_file_line_column_and_what_was_expected(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = plan.with_name("broken.xml")
    broken.write_text('<iati-activities version="2.03">\n<iati-activity>\n  <title></tilte>', encoding="utf-8")
    code, said = run(["check", str(broken), str(plan), "--format", "github"]), capsys.readouterr()

    assert 1 == code
    assert "broken.xml: line 3, column 18: " in said.err
    assert "</title> is expected, which was opened in line 3, not </tilte>" in said.err
    assert f"::error file={broken},line=3,col=18,title=levier::" in said.out
    assert "COHERE-003" in said.out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"<a:a> <a:b> ",
            "plan.ttl:1:13: not Turtle: the file ends within a statement: the rest of it and a full stop",
        ),
        (b'<a:a> <a:b> "\xe9t\xe9" .', "not Turtle: what stands here is not UTF-8, which is expected"),
        ("<a:a> <a:b> <a:c> .".encode("utf-16"), "not Turtle: what stands here is not UTF-8, which is expected"),
    ],
)
def test_of_broken_turtle_it_is_told_what_was_expected(
    plan: Path, content: bytes, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plan.write_bytes(content)

    assert 2 == run(["check", str(plan)])
    assert said in capsys.readouterr().err


def test_turtle_with_a_byte_order_mark_is_read_and_its_places_are_right(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def places() -> list[tuple[str, int, int]]:
        run(["check", str(plan), "--format", "json"])
        return [(one["rule"], one["line"], one["column"]) for one in json.loads(capsys.readouterr().out)["findings"]]

    without = places()
    plan.write_bytes(codecs.BOM_UTF8 + plan.read_bytes())

    assert without
    assert without == places()


def test_broken_turtle_stops_no_other_file(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = plan.with_name("broken.ttl")
    broken.write_text("<a:a> <a:b> 1\n<a:c> <a:d> 2 .", encoding="utf-8")
    code, said = run(["check", str(broken), str(plan), "--format", "json"]), capsys.readouterr()
    report = json.loads(said.out)

    assert 1 == code
    assert [f"{broken}:2:1: not Turtle: a full stop is expected before this, or one of ; and ,."] == report["unread"]
    assert {"COHERE-003"} == {finding["rule"] for finding in report["findings"]}


def test_a_shape_that_does_not_parse_stops_the_run_and_names_itself(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes" / "mine.ttl").write_text("<a:a> <a:b> [ .", encoding="utf-8")
    monkeypatch.setattr("levier.coherence.catalogue.resources.folder", lambda name: tmp_path / name)

    assert 3 == run(["check", str(plan)])
    assert re.search(r"mine\.ttl:1:15: not Turtle", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--format", "sarfi"],
            "'sarfi' is not one of text, json, sarif, junit, github, markdown, html, turtle; did you",
        ),
        (["--fail-on", "waring"], "did you mean warning?"),
        (["--engine", "fats"], "did you mean fast?"),
        (["--select", "PLAN-02"], "there is no rule 'PLAN-02'. Did you mean PLAN-002"),
        (["--ignore", "NOTES"], "there is no rule 'NOTES'. Did you mean NOTE"),
        (["--baseline", "none.toml"], "none.toml: there is no such baseline"),
        (["--write-baseline"], "--write-baseline needs --reason"),
        (["--config", "none.toml"], "none.toml: cannot be read (No such file or directory)"),
    ],
)
def test_what_nobody_knows_is_bad_usage_with_the_nearest_name(
    plan: Path, arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(plan.parent)
    code = run(["check", str(plan), *arguments])

    assert 2 == code
    assert words in capsys.readouterr().err.replace("\n  ", " ")


# Settings, baseline, changes


def test_the_settings_of_the_folder_hold_and_a_flag_wins(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(plan.parent)
    settings = 'files = ["plan.ttl"]\nfail_on = "warning"\nlanguage = "nl"'
    plan.with_name("pyproject.toml").write_text(f"[tool.levier]\n{settings}", encoding="utf-8")

    assert 1 == run(["check"])
    assert "waarschuwing" in capsys.readouterr().out
    assert 0 == run(["check", "--fail-on", "violation", "--lang", "fr"])
    assert "avertissement" in capsys.readouterr().out


def test_messages_are_in_the_language_of_the_locale(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LEVIER_LANGUAGE", raising=False)
    monkeypatch.setenv("LC_ALL", "fr_BE.UTF-8")
    run(["check", str(plan)])
    assert "avertissement" in capsys.readouterr().out
    monkeypatch.setenv("LEVIER_LANGUAGE", "nl")
    run(["check", str(plan)])

    assert "waarschuwing" in capsys.readouterr().out


def test_a_baseline_is_written_read_and_kept(
    broken_plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(broken_plan.parent)
    assert 0 == run(["check", "plan.ttl", "--write-baseline", "--reason", "Known since 2024."])
    said = capsys.readouterr()
    assert "levier-baseline.toml: 2 accepted, 2 of them new; 0 stale taken out." in said.err
    assert "Accepted: 2 in the baseline." in said.out

    assert 0 == run(["check", "plan.ttl", "--baseline", "levier-baseline.toml"])
    broken_plan.write_text(PLAN, encoding="utf-8")
    capsys.readouterr()
    assert 0 == run(["check", "plan.ttl", "--baseline", "levier-baseline.toml"])
    assert "The baseline accepts PLAN-002 for id:plan/x" in capsys.readouterr().out
    assert 0 == run(["check", "plan.ttl", "--write-baseline", "--reason", "x"])

    assert "1 accepted, 0 of them new; 1 stale taken out." in capsys.readouterr().err
    assert broken_plan.with_name("levier-baseline.toml").read_text(encoding="utf-8").count("Known since 2024.") == 1


def test_a_publisher_checks_one_iati_file_with_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No snapshot, no settings, no Turtle."""
    monkeypatch.chdir(tmp_path)
    xml = '<iati-activities version="2.03"><iati-activity>\n<iati-identifier>X-1</iati-identifier>'
    Path("our-iati.xml").write_text(xml + "</iati-activity></iati-activities>", encoding="utf-8")

    assert 1 == run(["check", "our-iati.xml"])
    assert "our-iati.xml:1:33" in capsys.readouterr().out
    assert ["our-iati.xml"] == [path.name for path in tmp_path.iterdir()]
