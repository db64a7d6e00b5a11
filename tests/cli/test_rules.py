"""`levier check --list` and `--explain` tell the rules, and check nothing."""

import json
from pathlib import Path

import pytest

from levier.cli import run
from levier.coherence import load_catalogue


def test_list_needs_no_store_and_checks_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["check", "--list", "--lang", "fr", "--store", str(tmp_path / "none")])
    said = capsys.readouterr().out

    assert code == 0
    assert "AID-010     violation  Les pourcentages des secteurs" in said
    assert f"{len(load_catalogue())} règles" in said


def test_list_is_json_for_a_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "rules.json"
    code = run(["check", "--list", "--format", "json", "-o", str(out)])

    assert (0, "") == (code, capsys.readouterr().out)
    assert len(load_catalogue()) == len(json.loads(out.read_text(encoding="utf-8"))["rules"])


def test_explain_tells_one_rule(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["check", "--explain", "plan-001", "--lang", "nl"])
    said = capsys.readouterr().out

    assert code == 0
    assert said.startswith("PLAN-001  Het actieplan vertaalt geen enkel element van een nota")
    assert "Een voorbeeld dat faalt:" in said
    assert "a levier:ActionPlan ;" in said


def test_explain_of_an_unknown_rule_is_bad_usage_with_the_nearest_names(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["check", "--explain", "PLAN-01"])
    said = capsys.readouterr().err

    assert code == 2
    assert "'PLAN-01' is no rule. The nearest: PLAN-0" in said


def test_list_is_of_the_rules_selected(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["check", "--list", "--select", "PLAN", "--ignore", "PLAN-001", "--format", "json"])
    rules = [rule["rule"] for rule in json.loads(capsys.readouterr().out)["rules"]]

    assert code == 0
    assert "PLAN-002" in rules
    assert {"PLAN"} == {rule.partition("-")[0] for rule in rules}
    assert "PLAN-001" not in rules


@pytest.mark.parametrize("argv", [["--list", "--format", "sarif"], ["--explain", "PLAN-001", "--format", "json"]])
def test_rules_are_told_in_no_format_of_findings(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["check", *argv])
    said = capsys.readouterr()

    assert (2, "") == (code, said.out)
    assert f"{argv[0]} gives text" in said.err
