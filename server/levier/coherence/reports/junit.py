"""Findings as JUnit XML, which most build servers show as tests: a test per rule that holds, one per finding else."""

import re
from collections import defaultdict
from typing import Final

from lxml import etree

from levier.coherence.finding import Finding
from levier.coherence.outcome import Outcome
from levier.coherence.reports.problems import Problem
from levier.coherence.reports.saying import Saying, where
from levier.terms import shorten

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What is no character of XML 1.0."""


def junit(outcome: Outcome, saying: Saying) -> str:
    """Give a suite per subject (`NOTE`, `PLAN`, …), and one for the files that could not be read.

    A finding that makes the check fail is a failure; a lighter one passes and says itself in `system-out`; one that is
    accepted is skipped, with the reason, and what accepts nothing any more passes and says so.
    """
    suites: dict[str, etree._Element] = defaultdict(lambda: etree.Element("testsuite"))
    met = {finding.rule.id for finding in outcome.findings} | {one.finding.rule.id for one in outcome.settled}
    for rule in outcome.rules:
        if rule.id not in met:
            _case(suites[_subject(rule.id)], rule.id, rule.id)
    for finding in outcome.findings:
        _finding(suites[_subject(finding.rule.id)], finding, saying)
    for one in outcome.settled:
        case = _of_finding(suites[_subject(one.finding.rule.id)], one.finding)
        etree.SubElement(case, "skipped", message=_clean(f"{one.by}: {one.reason}"))
    for sentence in outcome.problems:
        _problem(suites["files"], Problem.of(sentence))
    for sentence in outcome.stale:
        etree.SubElement(_case(suites["accepted"], "stale", sentence), "system-out").text = _clean(sentence)
    root = etree.Element("testsuites", name="levier check")
    for name, suite in sorted(suites.items()):
        suite.set("name", name)
        _count(suite)
        root.append(suite)
    _count(root)
    etree.indent(root)
    return etree.tostring(root, encoding=str) + "\n"


def _subject(rule: str) -> str:
    return rule.rpartition("-")[0]


def _case(suite: etree._Element, rule: str, name: str) -> etree._Element:
    return etree.SubElement(suite, "testcase", classname=f"levier.{rule}", name=_clean(name))


def _of_finding(suite: etree._Element, finding: Finding) -> etree._Element:
    value = "" if finding.value is None else f" = {shorten(finding.value)}"
    case = _case(suite, finding.rule.id, f"{finding.rule.id} {shorten(finding.about)}{value}")
    if finding.place is not None:
        case.set("file", _clean(finding.place.file))
        if finding.place.line is not None:
            case.set("line", str(finding.place.line))
    return case


def _finding(suite: etree._Element, finding: Finding, saying: Saying) -> None:
    case, message = _of_finding(suite, finding), finding.message[saying.language]
    snippet = finding.place.snippet if finding.place else ""
    said = "\n".join(filter(None, [where(finding), snippet, message, finding.rule.fixes[saying.language]]))
    if finding.severity >= saying.fail_on:
        failure = etree.SubElement(case, "failure", type=finding.severity.word, message=_clean(message))
        failure.text = _clean(said)
    else:
        etree.SubElement(case, "system-out").text = _clean(f"{finding.severity.word}: {said}")


def _problem(suite: etree._Element, problem: Problem) -> None:
    case = _case(suite, "files", str(problem.place) if problem.place else problem.message)
    etree.SubElement(case, "error", type="unread", message=_clean(problem.message))


def _count(element: etree._Element) -> None:
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(name, str(sum(1 for _ in element.iter(tag))))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
