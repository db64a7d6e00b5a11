"""What a team settles: rules, severities, thresholds, a baseline that survives moved lines, waivers with a reason."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from tests.coherence.conftest import ACTIVITY, PLAN

from levier.coherence import (
    Outcome,
    Severity,
    Terms,
    baseline,
    check_files,
    configuration,
    engine,
    load_catalogue,
    settle,
)
from levier.coherence.configuration import Configuration
from levier.coherence.fingerprint import Fingerprint
from levier.coherence.speaking import language_of
from levier.coherence.thresholds import RuleSetting, Threshold
from levier.errors import BadInput, BadUsage, LevierError, NothingToDo

FAST = engine("fast")
CATALOGUE = load_catalogue()
TODAY = date(2026, 11, 29)

WAIVER = """
<https://w3id.org/levier/id/waiver/x> a levier:Waiver ;
    levier:waives <{node}> ;
    levier:waivedRule "{rule}" ;
    levier:reason "Les résultats viennent en 2027."@fr , "Results come in 2027."@en ;
    <http://purl.org/dc/terms/created> "2026-11-29"^^xsd:date .
"""
PLAN_X = "https://w3id.org/levier/id/plan/x"


def terms(**given: object) -> Terms:
    return Terms(CATALOGUE, **{"configuration": Configuration(), **given})  # type: ignore[arg-type]


def settled(*files: Path, **given: object) -> Outcome:
    return settle(check_files(files, FAST), terms(**given))


def rules(outcome: Outcome) -> dict[str, str]:
    return {finding.rule.id: finding.severity.word for finding in outcome.findings}


def configured(folder: Path, text: str, name: str = "levier.toml") -> Configuration:
    (folder / name).write_text(text, encoding="utf-8")
    return configuration.load(folder / name, CATALOGUE)


# Settings


def test_rules_are_selected_and_ignored_by_name_or_subject(plan: Path, tmp_path: Path) -> None:
    config = configured(tmp_path, 'select = ["PLAN", "AID-010"]\nignore = ["PLAN-001"]')
    outcome = settled(plan, configuration=config)

    assert {"PLAN-005": "violation"} == rules(outcome)
    assert {"PLAN", "AID"} == {rule.id.rpartition("-")[0] for rule in outcome.rules}


def test_rules_that_do_not_apply_are_never_clean(root: Path) -> None:
    """That an objective has a plan can only be told where there are plans."""
    with pytest.raises(NothingToDo, match="so nothing was checked"):
        settled(root / "data" / "notes" / "migration.ttl", chosen=frozenset({"COHERE-001"}))


def test_severities_are_set_and_rules_turned_off(plan: Path, tmp_path: Path) -> None:
    config = configured(tmp_path, '[rules.PLAN-005]\nseverity = "info"\n[rules.PLAN-001]\nseverity = "off"')

    assert {"PLAN-005": "info", "COHERE-003": "warning"} == rules(settled(plan, configuration=config))


@pytest.mark.parametrize(
    ("warn_if", "error_if", "number", "expected"),
    [
        (None, ">2", 3, Severity.VIOLATION),
        (None, ">2", 2, Severity.WARNING),
        (">=2", ">10", 2, Severity.WARNING),
        (">=2", ">10", 1, Severity.INFO),
        (">=2", None, 99, Severity.WARNING),
    ],
)
def test_thresholds_weigh_the_number_of_findings(
    warn_if: str | None, error_if: str | None, number: int, expected: Severity
) -> None:
    setting = RuleSetting(None, warn_if and Threshold.of(warn_if), error_if and Threshold.of(error_if))  # type: ignore[arg-type]

    assert expected == setting.severity_of(CATALOGUE.rules["PLAN-005"], number)


def test_what_is_accepted_does_not_count_for_a_threshold(plan: Path, tmp_path: Path) -> None:
    plan.write_text(PLAN + PLAN.replace("plan/x", "plan/y").partition("xsd: ")[2].partition("\n")[2], encoding="utf-8")
    config = configured(tmp_path, '[rules.PLAN-005]\nerror_if = ">1"')
    accepting = plan.with_name("waiver.ttl")
    accepting.write_text(
        PLAN.partition("<https://w3id.org/levier/id/plan")[0] + WAIVER.format(node=PLAN_X, rule="PLAN-005"),
        encoding="utf-8",
    )

    assert "violation" == rules(settled(plan, configuration=config))["PLAN-005"]
    assert "warning" == rules(settled(plan, accepting, configuration=config))["PLAN-005"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("selct = []", r"levier\.toml: nothing is known of selct\. Did you mean select\?"),
        ('select = ["PLAN-0O1"]', r"levier\.toml: there is no rule 'PLAN-0O1'\. Did you mean PLAN-0"),
        ('[rules.AID-0100]\nseverity = "info"', r"there is no rule 'AID-0100'\. Did you mean AID-010"),
        ('[rules.AID-010]\nseverity = "warn"', r"rules\.AID-010\.severity is 'warn'\. Did you mean warning"),
        ('[rules.AID-010]\nwarnif = ">1"', r"nothing is known of rules\.AID-010\.warnif\. Did you mean warn_if"),
        ('[rules.AID-010]\nwarn_if = "many"', r"rules\.AID-010\.warn_if is 'many'; it must be a comparison"),
        ('fail_on = "eror"', "fail_on is 'eror'"),
        ('language = "de"', "language is 'de'; it must be fr, nl, en"),
        ("select = 3", "select must be a list of texts"),
        ("rules = 3", "rules must be tables"),
        ("rules = [1]", "rules must be tables"),
        ("a = = 1", r"levier\.toml: not TOML \(.*line 1, column 5"),
    ],
)
def test_what_cannot_be_meant_is_told_with_file_and_nearest_name(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(LevierError) as caught:
        configured(tmp_path, text)

    assert re.search(wrong, f"{caught.value.message} {caught.value.hint}")
    assert 2 == caught.value.exit_code


@pytest.mark.parametrize("text", ["[tool]\nlevier = 3", '[tool]\nlevier = "x"'])
def test_a_pyproject_whose_levier_is_no_table_is_bad_input(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")

    with pytest.raises(BadInput, match=r"pyproject\.toml: tool\.levier is .*; it must be a table"):
        configuration.find(tmp_path)


def test_a_pyproject_without_tools_says_nothing_of_checks(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("tool = 3", encoding="utf-8")

    assert configuration.find(tmp_path) is None


def test_settings_are_found_upwards_to_the_root_of_the_repository(tmp_path: Path) -> None:
    inner = tmp_path / "repository" / "data"
    inner.mkdir(parents=True)
    (tmp_path / "levier.toml").write_text("", encoding="utf-8")
    (inner.parent / ".git").mkdir()
    (inner.parent / "pyproject.toml").write_text("[tool.other]", encoding="utf-8")

    assert configuration.find(inner) is None
    (inner.parent / "pyproject.toml").write_text('[tool.levier]\nfail_on = "info"', encoding="utf-8")
    found = configuration.find(inner)
    assert inner.parent / "pyproject.toml" == found
    assert Severity.INFO == configuration.load(found, CATALOGUE).fail_on
    (inner / "levier.toml").write_text('files = ["notes"]', encoding="utf-8")
    assert (inner / "notes",) == configuration.load(configuration.find(inner), CATALOGUE).files


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"LANG": "nl_BE.UTF-8"}, "nl"),
        ({"LANG": "nl_BE.UTF-8", "LC_ALL": "fr_BE"}, "fr"),
        ({"LC_MESSAGES": "en.UTF-8", "LANG": "nl_BE"}, "en"),
        ({"LANG": "C.UTF-8"}, None),
        ({"LANG": "de_BE.UTF-8"}, None),
        ({}, None),
    ],
)
def test_the_language_is_that_of_the_locale(env: dict[str, str], expected: str | None) -> None:
    assert expected == language_of(env)


# The baseline


def accepted(*files: Path) -> list[baseline.Entry]:
    checked = check_files(files, FAST)
    outcome = settle(checked, terms())
    return list(terms().accepting(checked, outcome, Severity.INFO, "Known.", TODAY).entries)


def test_a_baseline_accepts_what_there_is_with_reason_and_day(plan: Path, activity: Path, tmp_path: Path) -> None:
    path = tmp_path / "baseline.toml"
    path.write_text(baseline.written(accepted(plan, activity)), encoding="utf-8")
    entries = baseline.read(path, CATALOGUE.rules)
    outcome = settled(plan, activity, entries=entries)

    assert () == outcome.findings
    assert 5 == len(outcome.settled) == len(entries)
    assert {("baseline", "Known.", "2026-11-29")} == {(one.by, one.reason, one.date) for one in outcome.settled}
    assert {str(plan), str(activity)} == {entry.file for entry in entries}


def _below(text: str) -> str:
    """Move everything, and number the nodes anew."""
    return text.replace('<sector code="12220"', '\n\n<sector code="998" percentage="20"/>\n\n<sector code="12220"')


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "<!-- a comment\n\n -->" + text.removeprefix('<?xml version="1.0" encoding="UTF-8"?>'),
        lambda text: text.replace("\n", "\n\n"),
        _below,
    ],
    ids=["lines before", "lines between", "an element before"],
)
def test_a_baseline_survives_moved_lines_and_new_numbers(activity: Path, change: Callable[[str], str]) -> None:
    entries = [entry for entry in accepted(activity) if entry.fingerprint.rule == "AID-021"]
    moved = change(ACTIVITY)
    assert moved != ACTIVITY
    activity.write_text(moved, encoding="utf-8")
    outcome = settled(activity, entries=entries)

    assert ["AID-021"] == [one.finding.rule.id for one in outcome.settled]
    assert () == outcome.stale


def test_a_blank_node_is_told_again_by_what_is_stated_of_it(tmp_path: Path) -> None:
    path = tmp_path / "p.ttl"
    head = "PREFIX levier: <https://w3id.org/levier/ontology#> PREFIX schema: <https://schema.org/>\n"
    one = '[] a levier:ActionPlan ; schema:startDate "2024" ; schema:endDate "2023" ; schema:name "{}" .\n'
    path.write_text(head + one.format("first"), encoding="utf-8")
    entries = [entry for entry in accepted(path) if entry.fingerprint.rule == "PLAN-005"]
    path.write_text(head + one.format("new") + "\n" + one.format("first"), encoding="utf-8")
    outcome = settled(path, entries=entries, chosen=frozenset({"PLAN-005"}))

    assert (1, 1) == (len(outcome.findings), len(outcome.settled))


def test_another_value_is_another_finding(activity: Path) -> None:
    entries = accepted(activity)
    activity.write_text(ACTIVITY.replace('percentage="60"', 'percentage="70"'), encoding="utf-8")
    outcome = settled(activity, entries=entries)

    assert {"AID-010": "violation"} == rules(outcome)
    assert 1 == len(outcome.stale)
    assert outcome.stale[0].startswith("The baseline accepts AID-010 for id:activity/XM-DAC-2-10/XM-DAC-2-10-1")


def test_an_entry_of_a_file_that_was_not_checked_is_not_stale(plan: Path, activity: Path) -> None:
    entries = accepted(plan, activity)

    assert () == settled(plan, entries=entries).stale
    activity.unlink()
    assert 2 == len(settled(plan, entries=entries).stale)


def test_a_written_baseline_loses_what_is_stale_and_keeps_the_reasons(plan: Path, activity: Path) -> None:
    old = accepted(plan, activity)
    activity.write_text(ACTIVITY.replace('percentage="60"', 'percentage="70"'), encoding="utf-8")
    checked = check_files([plan, activity], FAST)
    before = terms(entries=old)
    renewed = before.accepting(checked, settle(checked, before), Severity.INFO, "New.", date(2027, 1, 1)).entries

    assert 5 == len(renewed)
    assert [("AID-010", "90", "New.", "2027-01-01")] == [
        (e.fingerprint.rule, e.fingerprint.value, e.reason, e.date) for e in renewed if e.reason != "Known."
    ]


def test_a_baseline_has_one_order_and_is_toml_whatever_the_texts(tmp_path: Path) -> None:
    nasty = 'a "quoted" \\ text\nof two lines\x7f\x01 é'
    first, second = Fingerprint("AID-001", "urn:a"), Fingerprint("AID-010", "urn:b", nasty)
    entries = [baseline.Entry(second, nasty, "2026-11-29", "f"), baseline.Entry(first, "r", "2026-11-29")]
    path = tmp_path / "b.toml"
    path.write_text(baseline.written(entries), encoding="utf-8")

    assert baseline.written(entries) == baseline.written(reversed(entries))
    assert list(reversed(entries)) == baseline.read(path, CATALOGUE.rules)


ENTRY = 'rule = "AID-010"\nnode = "urn:a"\nreason = "r"\ndate = 2026-11-29\n'


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[[accepted]]\n" + ENTRY.replace("AID-010", "AID-10"), r"entry 1: there is no rule 'AID-10'"),
        ("[[accepted]]\n" + ENTRY.replace("reason", "raison"), r"entry 1: nothing is known of raison"),
        ("[[accepted]]\n" + ENTRY.replace('"r"', '" "'), r"entry 1 has no reason"),
        ("[[accepted]]\n" + ENTRY + "[[accepted]]\n" + ENTRY.replace("date = 2026-11-29", ""), r"entry 2 has no date"),
        ("[[accepted]]\n" + ENTRY.replace('"urn:a"', "3"), r"entry 1: node is 3; it must be text"),
        ("[[accepted]]\n" + ENTRY.replace("2026-11-29", '"soon"'), r"entry 1: date is 'soon'; it must be a day"),
        ("[[accept]]\n" + ENTRY, r"nothing is known of accept"),
        ("accepted = 3", r"entries must begin with \[\[accepted\]\]"),
        ("[[accepted", r"not TOML"),
    ],
)
def test_a_wrong_entry_of_a_baseline_is_told_by_number(tmp_path: Path, text: str, wrong: str) -> None:
    path = tmp_path / "b.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(LevierError, match=rf"b\.toml: {wrong}") as caught:
        baseline.read(path, CATALOGUE.rules)
    assert 2 == caught.value.exit_code


def test_a_missing_baseline_is_bad_input_and_tells_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no such baseline") as caught:
        baseline.read(tmp_path / "none.toml", CATALOGUE.rules)

    assert "--write-baseline" in caught.value.hint


# Waivers


def waived(plan: Path, rule: str = "PLAN-005", node: str = PLAN_X, without: str = "") -> None:
    said = WAIVER.format(node=node, rule=rule)
    if without:
        said = "\n".join(line for line in said.splitlines() if without not in line)
    plan.write_text(PLAN + said, encoding="utf-8")


def test_a_waiver_beside_the_data_settles_a_finding_with_its_reason(plan: Path) -> None:
    waived(plan)
    outcome = settled(plan, language="fr")

    assert {"PLAN-001": "violation", "COHERE-003": "warning"} == rules(outcome)
    assert [("waiver", "Les résultats viennent en 2027.", "2026-11-29")] == [
        (one.by, one.reason, one.date) for one in outcome.settled
    ]


def test_a_waiver_covers_what_lies_inside_of_its_node(activity: Path, tmp_path: Path) -> None:
    node = "https://w3id.org/levier/id/activity/XM-DAC-2-10/XM-DAC-2-10-1"
    waiver = tmp_path / "waivers.ttl"
    prefixes = "PREFIX levier: <https://w3id.org/levier/ontology#>\nPREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
    waiver.write_text(prefixes + WAIVER.format(node=node, rule="AID-021"), encoding="utf-8")

    assert {"AID-010"} == set(rules(settled(activity, waiver)))


def test_a_waiver_without_a_reason_waives_nothing_and_is_told(plan: Path) -> None:
    waived(plan, without="levier:reason")
    outcome = settled(plan, language="en")

    assert "PLAN-005" in rules(outcome)
    assert ("The waiver of PLAN-005 for id:plan/x has no reason (levier:reason): it waives nothing.",) == outcome.stale


def test_a_waiver_that_waives_nothing_is_told(plan: Path) -> None:
    waived(plan, rule="PLAN-003")

    assert ("The waiver of PLAN-003 for id:plan/x waives nothing any more.",) == settled(plan).stale


@pytest.mark.parametrize("without", ["levier:waives ", "levier:waivedRule"])
def test_a_waiver_that_lacks_its_node_or_its_rule_is_told(plan: Path, without: str) -> None:
    waived(plan, without=without)

    with pytest.raises(BadUsage, match=rf"a waiver .*has no {without.strip()}"):
        settled(plan)


def test_a_waiver_names_its_rule_as_text(plan: Path) -> None:
    waived(plan)
    plan.write_text(plan.read_text(encoding="utf-8").replace('"PLAN-005"', "levier:X"), encoding="utf-8")

    with pytest.raises(BadUsage, match=r"a waiver for id:plan/x: there is no rule 'https:.*#X'"):
        settled(plan)


def test_a_waiver_of_an_unknown_rule_is_told_with_the_nearest(plan: Path) -> None:
    waived(plan, rule="PLAN-05")

    with pytest.raises(BadUsage, match="a waiver for id:plan/x: there is no rule 'PLAN-05'") as caught:
        settled(plan)
    assert "PLAN-005" in caught.value.hint
