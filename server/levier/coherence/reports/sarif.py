"""Findings as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), which code scanning takes."""

import json
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from levier import __version__
from levier.coherence.finding import Finding
from levier.coherence.outcome import Outcome, Settled
from levier.coherence.place import Place
from levier.coherence.reports.problems import Problem
from levier.coherence.reports.saying import Saying
from levier.coherence.rule import Rule, Severity
from levier.terms import BASE

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Final = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_KINDS: Final = {"waiver": "inSource", "baseline": "external"}


def sarif(outcome: Outcome, saying: Saying) -> str:
    """Give a SARIF log of one run; what is accepted is in it as suppressed."""
    language = saying.language
    rules = {rule.id: rule for rule in outcome.rules}
    rules.update({finding.rule.id: finding.rule for finding in outcome.findings})
    numbers = {name: number for number, name in enumerate(rules)}
    results = [_result(finding, numbers, outcome, language) for finding in outcome.findings]
    results += [{**_result(one.finding, numbers, outcome, language), **_suppressed(one)} for one in outcome.settled]
    run = {
        "tool": {
            "driver": {
                "name": "Levier",
                "version": __version__,
                "informationUri": BASE,
                "rules": [_rule(rule, language) for rule in rules.values()],
            }
        },
        "language": language,
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(outcome)],
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _rule(rule: Rule, language: str) -> dict[str, Any]:
    fix = rule.fixes[language]
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.messages[language].replace("{?value}", "…").replace("{$this}", "…")},
        "help": {"text": fix},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"tags": [rule.id.rpartition("-")[0]], "shape": rule.shape, "sources": list(rule.sources)},
    }


def _result(finding: Finding, numbers: dict[str, int], outcome: Outcome, language: str) -> dict[str, Any]:
    rule = finding.rule
    said: dict[str, Any] = {
        "ruleId": rule.id,
        "level": LEVELS[finding.severity],
        "message": {"text": f"{finding.message[language]} {rule.fixes[language]}"},
        "locations": [_location(finding)],
    }
    if rule.id in numbers:
        said["ruleIndex"] = numbers[rule.id]
    if outcome.fingerprint is not None:
        said["partialFingerprints"] = {"levierFinding/v1": outcome.fingerprint(finding)}
    return said


def _location(finding: Finding) -> dict[str, Any]:
    named = dict.fromkeys((finding.about, finding.focus))
    logical = [{"fullyQualifiedName": name, "kind": "resource"} for name in named]
    if finding.place is None:
        if finding.source:
            logical.append({"fullyQualifiedName": finding.source, "kind": "graph"})
        return {"logicalLocations": logical}
    return {"physicalLocation": physical(finding.place), "logicalLocations": logical}


def physical(place: Place) -> dict[str, Any]:
    """Give the physical location of a place: the file, and the region where it is known."""
    said: dict[str, Any] = {"artifactLocation": _artifact(place.file)}
    if place.line is not None:
        region: dict[str, Any] = {"startLine": place.line}
        if place.column is not None:
            region["startColumn"] = place.column
        if place.snippet:
            region["snippet"] = {"text": place.snippet}
        said["region"] = region
    return said


def _artifact(file: str) -> dict[str, str]:
    path = PurePath(file)
    if path.is_absolute():
        return {"uri": "file://" + quote(path.as_posix())}
    return {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}


def _suppressed(one: Settled) -> dict[str, Any]:
    return {"suppressions": [{"kind": _KINDS[one.by], "status": "accepted", "justification": one.reason}]}


def _invocation(outcome: Outcome) -> dict[str, Any]:
    problems = [Problem.of(sentence) for sentence in outcome.problems]
    notes: list[dict[str, Any]] = [{"level": "warning", "message": {"text": sentence}} for sentence in outcome.stale]
    for problem in problems:
        note: dict[str, Any] = {"level": "error", "message": {"text": problem.message}}
        if problem.place is not None:
            note["locations"] = [{"physicalLocation": physical(problem.place)}]
        notes.append(note)
    return {"executionSuccessful": not problems, "toolExecutionNotifications": notes}
