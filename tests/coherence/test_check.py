"""Snapshots and files are checked against what they should be, and what was not given is not reported."""

import gzip
import json
from pathlib import Path

import pytest
from tests.coherence.conftest import ACTIVITY, PLAN

from levier.coherence import Checked, Outcome, Saying, Severity, check_files, check_snapshot, engine
from levier.coherence.places import located
from levier.coherence.reports.as_json import as_json
from levier.coherence.reports.text import text
from levier.errors import NothingToDo
from levier.graph import EmbeddedStore

FAST = engine("fast")


def rules(checked: Checked) -> set[str]:
    return {finding.rule.id for finding in checked.findings}


def test_only_what_the_files_state_is_reported(plan: Path) -> None:
    """The notes of the context have untranscribed elements (NOTE-016), which are no finding about this plan."""
    checked = check_files([plan], FAST)

    assert {"https://w3id.org/levier/id/plan/x"} == {finding.focus for finding in checked.findings}
    assert {str(plan)} == {finding.source for finding in checked.findings}
    assert {"PLAN-001", "PLAN-005", "COHERE-003"} == rules(checked)


def test_the_suffix_of_a_file_may_be_in_capitals(plan: Path) -> None:
    loud = plan.rename(plan.with_suffix(".TTL"))

    assert {"PLAN-001", "PLAN-005", "COHERE-003"} == rules(check_files([loud], FAST))
    assert {str(loud)} == {finding.source for finding in check_files([loud.parent], FAST).findings}


def test_files_are_checked_together(plan: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.ttl"
    other.write_text(
        "<https://w3id.org/levier/id/plan/x> <https://w3id.org/levier/ontology#translates> "
        "<https://w3id.org/levier/id/note/migration/objective/1> .",
        encoding="utf-8",
    )

    assert "PLAN-001" not in rules(check_files([plan, other], FAST))


def test_an_absence_means_nothing_where_files_have_nothing_of_the_kind(root: Path, plan: Path) -> None:
    """Notes alone say nothing of plans; beside a plan, an objective that none translates is one."""
    note = root / "data" / "notes" / "migration.ttl"

    assert "COHERE-001" not in rules(check_files([note], FAST))
    assert "COHERE-001" in rules(check_files([note, plan], FAST))


def test_an_edited_copy_of_a_bundled_file_replaces_it(root: Path, tmp_path: Path) -> None:
    """A bundled file of the same graph stays out, so a statement removed from the copy is missed."""
    copy = tmp_path / "migration.ttl"
    said = (root / "data" / "notes" / "migration.ttl").read_text(encoding="utf-8")
    copy.write_text(said.replace("levier:noteStatus levier:InForce", "levier:unknown levier:InForce"), encoding="utf-8")

    assert said != copy.read_text(encoding="utf-8")
    assert "NOTE-003" in rules(check_files([copy], FAST))


@pytest.mark.parametrize("packed", [False, True])
def test_an_iati_file_is_converted_and_checked_against_the_code_lists(activity: Path, packed: bool) -> None:
    if packed:
        activity = activity.with_suffix(".xml.gz")
        activity.write_bytes(gzip.compress(ACTIVITY.encode()))
    found = {finding.rule.id: finding.value for finding in check_files([activity], FAST).findings}

    assert {
        "AID-010": "80",
        "AID-021": "https://w3id.org/levier/id/code/Sector/74010",
    } == found


def test_an_activity_in_two_files_counts_once(activity: Path) -> None:
    second = activity.with_name("again.xml")
    second.write_text(ACTIVITY, encoding="utf-8")

    assert check_files([activity], FAST).counts() == check_files([activity, second], FAST).counts()


def test_a_folder_stands_for_its_files(plan: Path, activity: Path) -> None:
    checked = check_files([plan.parent], FAST)

    assert {str(plan), str(activity)} == set(checked.files)
    assert {"PLAN-001", "AID-010"} <= rules(checked)


def test_a_syntax_error_names_file_and_line(plan: Path) -> None:
    plan.write_text(PLAN.replace("a levier:ActionPlan ;", "a levier:ActionPlan ; ;;; 12 ."), encoding="utf-8")

    with pytest.raises(NothingToDo, match=r"plan\.ttl:4:\d+: not Turtle"):
        check_files([plan], FAST)


def test_a_file_that_cannot_be_read_stops_no_other(plan: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttl"
    broken.write_text("<http://e/a> oops", encoding="utf-8")
    checked = check_files([tmp_path / "none.ttl", broken, plan], FAST)

    assert ((str(plan),), 2) == (checked.files, len(checked.problems))


def test_an_html_page_is_told_from_iati(tmp_path: Path) -> None:
    page = tmp_path / "page.xml"
    page.write_text("<html><body>404</body></html>", encoding="utf-8")

    with pytest.raises(NothingToDo, match=r"page\.xml"):
        check_files([page], FAST)


def test_an_unreadable_iati_file_among_others_is_told(activity: Path) -> None:
    page = activity.with_name("page.xml")
    page.write_text("<html/>", encoding="utf-8")
    checked = check_files([activity, page], FAST)

    assert 1 == len(checked.problems)
    assert "page.xml" in checked.problems[0]
    assert "AID-010" in rules(checked)


def test_nothing_stated_is_never_clean(tmp_path: Path) -> None:
    empty = tmp_path / "empty.ttl"
    empty.write_text("", encoding="utf-8")

    with pytest.raises(NothingToDo, match="nothing was checked"):
        check_files([empty], FAST)
    with pytest.raises(NothingToDo, match="nothing was checked"):
        check_snapshot(EmbeddedStore.in_memory(), FAST)


def test_a_missing_file_or_an_empty_folder_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(NothingToDo, match="there is no such file"):
        check_files([tmp_path / "none.ttl"], FAST)
    with pytest.raises(NothingToDo, match="the folder has no"):
        check_files([tmp_path], FAST)


def test_a_finding_of_a_snapshot_names_its_graph(plan: Path) -> None:
    store, graph = EmbeddedStore.in_memory(), "https://w3id.org/levier/graph/plan/x"
    store.load(plan, graph)
    checked = check_snapshot(store, FAST)

    assert {graph} == {finding.source for finding in located(checked.findings, store, ())}
    assert checked.at_least(Severity.VIOLATION)
    assert 5 == checked.triples


def test_json_has_every_finding_and_the_fields_of_a_finding(plan: Path) -> None:
    said = json.loads(as_json(Outcome.of(check_files([plan], FAST)), Saying("nl")))
    first = next(finding for finding in said["findings"] if finding["rule"] == "PLAN-001")

    assert {"violation": 2, "warning": 1, "info": 0} == said["counts"]
    assert "Het actieplan vertaalt geen enkel element" in first.pop("message")
    assert "Verbind het plan" in first.pop("help")
    assert {
        "rule": "PLAN-001",
        "severity": "violation",
        "focus": "https://w3id.org/levier/id/plan/x",
        "within": None,
        "path": "levier:translates",
        "value": None,
        "file": str(plan),
        "line": None,
        "column": None,
        "snippet": "",
        "graph": None,
    } == first


def test_text_is_grouped_gravest_first_with_the_fix_and_the_counts(plan: Path) -> None:
    lines = text(Outcome.of(check_files([plan], FAST)), Saying("en")).splitlines()
    headings = [line.split("  ")[0] for line in lines if line[:1].isupper() and "  " in line]

    assert ["PLAN-001", "PLAN-005", "COHERE-003"] == headings
    assert 3 == sum(line.startswith("  Fix: ") for line in lines)
    assert lines[-1].endswith("2 violations, 1 warning, 0 notes.")
    assert not any("\x1b" in line for line in lines)


def test_text_is_coloured_when_asked(plan: Path) -> None:
    assert "\x1b[1;31mPLAN-001" in text(Outcome.of(check_files([plan], FAST)), Saying("en", colour=True))


def test_text_shows_the_first_findings_of_a_rule_and_counts_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "many.nt"
    line = (
        "<a:{}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/levier/ontology#ConcreteResult> .\n"
    )
    path.write_text("".join(line.format(number) for number in range(13)), encoding="utf-8")
    said = text(Outcome.of(check_files([path], FAST)), Saying("fr"))

    assert "PLAN-009  13 violations" in said
    assert 3 == said.count("… et 3 de plus")
