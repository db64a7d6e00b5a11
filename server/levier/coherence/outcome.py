"""What a check came to, once what is accepted is set aside: what reports say, and what the exit code tells."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Self

from levier.coherence.check import Checked
from levier.coherence.finding import Finding
from levier.coherence.rule import Rule, Severity

MADE_OF: Final = ("violation", "warning", "info")
"""Severities, gravest first."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A finding that somebody has accepted."""

    finding: Finding
    by: Literal["waiver", "baseline"]
    reason: str
    date: str = ""
    """As it is written; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The findings that are left, and everything else a report says."""

    findings: tuple[Finding, ...]
    rules: tuple[Rule, ...]
    """The rules that were applied, with the severities that hold here."""
    triples: int
    engine: str
    files: tuple[str, ...] = ()
    """The files checked; none for a snapshot."""
    problems: tuple[str, ...] = ()
    """One sentence per file, or rest of one, that could not be read while others could."""
    settled: tuple[Settled, ...] = ()
    stale: tuple[str, ...] = ()
    """One sentence per acceptance that accepts nothing any more."""
    fingerprint: Callable[[Finding], str] | None = None
    """What gives a text that tells a finding again when lines have moved: for all it takes seconds, and few ask."""
    lost: tuple[str, ...] = ()
    """The files behind a snapshot that could not be found again, for the places of its findings."""

    @classmethod
    def of(cls, checked: Checked) -> Self:
        """Give the outcome of a check of which nothing is set aside."""
        return cls(checked.findings, checked.applied, checked.triples, checked.engine, checked.files, checked.problems)

    def counts(self) -> dict[str, int]:
        """Give the number of findings by severity, gravest first."""
        found = Counter(finding.severity.word for finding in self.findings)
        return {word: found[word] for word in MADE_OF}

    def at_least(self, severity: Severity) -> bool:
        """Tell whether a finding is as grave as `severity`, or graver."""
        return any(finding.severity >= severity for finding in self.findings)
