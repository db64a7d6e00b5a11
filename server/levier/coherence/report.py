"""How findings are said: text for people, JSON for programs."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from levier.coherence.check import Checked
from levier.coherence.finding import Finding
from levier.coherence.rule import Rule, Severity
from levier.terms import shorten

SHOWN: Final = 10
"""Findings of one rule that the text report lists; JSON has them all."""

_COLOURS: Final = {Severity.VIOLATION: "31", Severity.WARNING: "33", Severity.INFO: "36"}
_WORDS: Final = {
    "fr": {"fix": "Remède", "more": "… et {n} de plus (--format json les donne tous)", "value": "valeur"},
    "nl": {"fix": "Remedie", "more": "… en nog {n} (--format json geeft ze alle)", "value": "waarde"},
    "en": {"fix": "Fix", "more": "… and {n} more (--format json gives them all)", "value": "value"},
}
_SEVERITIES: Final = {
    "fr": {"violation": ("violation", "violations"), "warning": ("avertissement", "avertissements"),
           "info": ("information", "informations")},
    "nl": {"violation": ("overtreding", "overtredingen"), "warning": ("waarschuwing", "waarschuwingen"),
           "info": ("melding", "meldingen")},
    "en": {"violation": ("violation", "violations"), "warning": ("warning", "warnings"), "info": ("note", "notes")},
}  # fmt: skip
_TOTALS: Final = {
    "fr": "{rules} règles sur {triples} triplets : {counts}.",
    "nl": "{rules} regels op {triples} triples: {counts}.",
    "en": "{rules} rules over {triples} triples: {counts}.",
}


def as_json(checked: Checked, language: str) -> str:
    """Give the findings as a JSON object, whole, with the messages in one language.

    `file`, `line` and `column` are null where they are not known; `graph` is the named graph of a snapshot.
    """
    document = {
        "engine": checked.engine,
        "rules": checked.rules,
        "triples": checked.triples,
        "files": list(checked.files),
        "unread": list(checked.problems),
        "counts": checked.counts(),
        "findings": [_finding(finding, language, in_files=bool(checked.files)) for finding in checked.findings],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _finding(finding: Finding, language: str, *, in_files: bool) -> dict[str, Any]:
    return {
        "rule": finding.rule.id,
        "severity": finding.severity.word,
        "message": finding.message[language],
        "focus": finding.focus,
        "path": finding.path,
        "value": finding.value,
        "file": finding.source if in_files else None,
        "line": None,
        "column": None,
        "graph": None if in_files else finding.source,
        "help": finding.rule.fixes[language],
    }


def text(checked: Checked, language: str, *, colour: bool, lightest: Severity = Severity.INFO) -> str:
    """Give the findings grouped by rule, the gravest first, with the fix, and the counts at the end.

    Findings lighter than `lightest` are counted and not shown.
    """
    lines: list[str] = []
    shown = [finding for finding in checked.findings if finding.severity >= lightest]
    ordered = sorted(shown, key=lambda finding: (-finding.severity, finding.rule.id))
    for _, group in groupby(ordered, key=lambda finding: finding.rule.id):
        lines += [*_group(list(group), language, colour=colour), ""]
    lines.append(_total(checked, language))
    return "\n".join(lines) + "\n"


def _group(findings: Sequence[Finding], language: str, *, colour: bool) -> Iterator[str]:
    rule = findings[0].rule
    words = _SEVERITIES[language][rule.severity.word]
    heading = f"{rule.id}  {len(findings)} {words[len(findings) != 1]}"
    yield f"\x1b[1;{_COLOURS[rule.severity]}m{heading}\x1b[0m" if colour else heading
    varies = _varies(rule, language)
    if not varies:
        yield f"  {findings[0].message[language]}"
    for finding in findings[:SHOWN]:
        yield from _one(finding, language, varies=varies)
    if len(findings) > SHOWN:
        yield "    " + _WORDS[language]["more"].format(n=len(findings) - SHOWN)
    yield f"  {_WORDS[language]['fix']}: {rule.fixes[language]}"


def _one(finding: Finding, language: str, *, varies: bool) -> Iterator[str]:
    place = f"  ({shorten(finding.source)})" if finding.source else ""
    value = "" if varies or finding.value is None else f"  {_WORDS[language]['value']} {shorten(finding.value)}"
    yield f"    {shorten(finding.focus)}{value}{place}"
    if varies:
        yield f"      {finding.message[language]}"


def _varies(rule: Rule, language: str) -> bool:
    return "{" in rule.messages[language]


def _total(checked: Checked, language: str) -> str:
    words = _SEVERITIES[language]
    counts = ", ".join(f"{n} {words[name][n != 1]}" for name, n in checked.counts().items())
    return _TOTALS[language].format(rules=checked.rules, triples=checked.triples, counts=counts)
