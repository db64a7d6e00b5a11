"""Findings as JSON, whole, for programs."""

import json
from typing import Any

from levier.coherence.finding import Finding
from levier.coherence.outcome import Outcome
from levier.coherence.reports.saying import Saying
from levier.coherence.reports.words import lost_sentence


def as_json(outcome: Outcome, saying: Saying) -> str:
    """Give the findings as a JSON object, with the messages in one language.

    `file`, `line` and `column` are null where they are not known; `graph` is the named graph of a snapshot.
    `within` is the activity, or the node of one, that is meant where several have the focus in common; else null.
    `lost` names the files behind a snapshot that could not be found again, `note` says what that means; else both are
    empty.
    """
    language, in_files = saying.language, bool(outcome.files)
    document = {
        "engine": outcome.engine,
        "rules": len(outcome.rules),
        "triples": outcome.triples,
        "files": list(outcome.files),
        "unread": list(outcome.problems),
        "lost": list(outcome.lost),
        "note": lost_sentence(outcome.lost, language),
        "stale": list(outcome.stale),
        "counts": outcome.counts(),
        "findings": [_finding(finding, language, in_files=in_files) for finding in outcome.findings],
        "accepted": [
            {**_finding(one.finding, language, in_files=in_files), "by": one.by, "reason": one.reason, "date": one.date}
            for one in outcome.settled
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _finding(finding: Finding, language: str, *, in_files: bool) -> dict[str, Any]:
    place = finding.place
    return {
        "rule": finding.rule.id,
        "severity": finding.severity.word,
        "message": finding.message[language],
        "focus": finding.focus,
        "within": finding.within or None,
        "path": finding.path,
        "value": finding.value,
        "file": place.file if place else finding.source if in_files else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "snippet": place.snippet if place else "",
        "graph": None if in_files else finding.source,
        "help": finding.rule.fixes[language],
    }
