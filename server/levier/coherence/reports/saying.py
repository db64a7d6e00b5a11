"""How a report is to be said, and what the reports have in common."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from levier.coherence.finding import Finding
from levier.coherence.outcome import Outcome
from levier.coherence.place import Place
from levier.coherence.rule import Severity
from levier.terms import shorten

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Saying:
    """What the user asked of a report."""

    language: str = "en"
    colour: bool = False
    lightest: Severity = Severity.INFO
    """Findings lighter than this are counted and not shown."""
    fail_on: Severity = Severity.VIOLATION
    """Findings from this on make the check fail."""


def on_one_line(text: str) -> str:
    """Give text of the data as a terminal or a log may show it: a line of its own would be read there as a command."""
    return _CONTROL.sub("\ufffd", " ".join(text.splitlines()).replace("\t", " "))


def by_rule(outcome: Outcome, saying: Saying) -> list[list[Finding]]:
    """Give the findings to show, rule by rule, the gravest first."""
    shown = [finding for finding in outcome.findings if finding.severity >= saying.lightest]
    ordered = sorted(shown, key=lambda finding: (-finding.severity, finding.rule.id))
    return [list(group) for _, group in groupby(ordered, key=lambda finding: finding.rule.id)]


def where(finding: Finding) -> str:
    """Give where a finding stands: `file:line:column`, else the graph or the file."""
    if finding.place is not None:
        return str(finding.place)
    return shorten(finding.source) if finding.source else ""


def in_order_of_files(findings: Sequence[Finding]) -> list[Finding]:
    """Give the findings in the order one reads the files in."""
    return sorted(findings, key=lambda finding: (*_order(finding.place), finding.key))


def _order(place: Place | None) -> tuple[str, int, int]:
    return ("", 0, 0) if place is None else (place.file, place.line or 0, place.column or 0)
