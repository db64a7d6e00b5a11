"""From what was found to what is left: rules that hold here, waivers, the baseline, and how grave the rest is."""

from collections.abc import Collection, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Self

from levier.coherence import baseline
from levier.coherence.baseline import Entry
from levier.coherence.catalogue import Catalogue
from levier.coherence.check import Checked
from levier.coherence.configuration import Configuration
from levier.coherence.finding import Finding, Key
from levier.coherence.fingerprint import Fingerprint, Fingerprints
from levier.coherence.outcome import Outcome, Settled
from levier.coherence.rule import Rule, Severity
from levier.coherence.thresholds import weighed
from levier.coherence.waivers import Waiver, waivers
from levier.errors import NothingToDo
from levier.terms import shorten

_STALE: Final = {
    "fr": {
        "waiver": "La dérogation de {rule} pour {node} ne dispense plus de rien.",
        "reason": "La dérogation de {rule} pour {node} n’a pas de motif (levier:reason) : elle ne dispense de rien.",
        "baseline": "La référence accepte {rule} pour {node} (le {date}), qui n’est plus constaté.",
    },
    "nl": {
        "waiver": "De ontheffing van {rule} voor {node} ontheft nergens meer van.",
        "reason": "De ontheffing van {rule} voor {node} heeft geen reden (levier:reason): ze ontheft nergens van.",
        "baseline": "De referentie aanvaardt {rule} voor {node} (op {date}), wat niet meer gevonden wordt.",
    },
    "en": {
        "waiver": "The waiver of {rule} for {node} waives nothing any more.",
        "reason": "The waiver of {rule} for {node} has no reason (levier:reason): it waives nothing.",
        "baseline": "The baseline accepts {rule} for {node} (on {date}), which is not found any more.",
    },
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a check is settled by."""

    catalogue: Catalogue
    configuration: Configuration
    chosen: frozenset[str] | None = None
    """The rules that hold, where the command line says so; they win over those of the configuration."""
    entries: Sequence[Entry] = ()
    """The baseline."""
    affected: Container[Finding] | None = None
    """The findings that a change may have made, where only they count."""
    language: str = "en"

    def within(self, affected: Container[Finding] | None) -> Self:
        """Give the same for some findings alone."""
        return replace(self, affected=affected)

    def accepting(self, checked: Checked, outcome: Outcome, lightest: Severity, reason: str, today: date) -> Self:
        """Give the same with a baseline that has what is left of an outcome, without what is stale."""
        if checked.store is None:
            return self
        prints = Fingerprints(checked.store)
        met = {prints.of(finding) for finding in checked.findings}
        applied = {rule.id for rule in outcome.rules}
        stale = set(_gone(checked, self, applied, met))
        left = [finding for finding in outcome.findings if finding.severity >= lightest]
        new = {prints.of(finding): (finding.source or "") if checked.files else "" for finding in left}
        return replace(self, entries=tuple(baseline.renewed(self.entries, stale, new, reason, today)))

    def holds(self, rule: str) -> bool:
        """Tell whether a rule holds here."""
        chosen = self.configuration.chosen if self.chosen is None else self.chosen
        return chosen is None or rule in chosen


def settle(checked: Checked, terms: Terms) -> Outcome:
    """Give the outcome of a check.

    Raises BadUsage for a waiver of an unknown rule, and NothingToDo where none of the rules that hold was applied.
    """
    rules = tuple(rule for rule in checked.applied if terms.holds(rule.id))
    if not rules:
        raise NothingToDo(
            "None of the rules that are selected applies to what is here, so nothing was checked.",
            hint="Some rules need plans, rounds or aid beside what they look at; or select others.",
        )
    found = [
        finding
        for finding in checked.findings
        if terms.holds(finding.rule.id) and (terms.affected is None or finding in terms.affected)
    ]
    known = waivers(checked.store, terms.catalogue.rules) if checked.store is not None else []
    left, settled = _by_waiver(found, known, terms.language)
    prints = None if checked.store is None else Fingerprints(checked.store)
    accepting = {entry.fingerprint.rule for entry in terms.entries}
    met = {finding.key: prints.of(finding) for finding in left if prints and finding.rule.id in accepting}
    left, accepted = _by_baseline(left, met, terms.entries)
    settled += accepted
    return Outcome(
        tuple(weighed(left, terms.configuration.rules)),
        rules,
        checked.triples,
        checked.engine,
        checked.files,
        checked.problems,
        tuple(settled),
        tuple(_stale(checked, terms, rules, known, settled, set(met.values()))),
        None if prints is None else prints.digest,
    )


def _by_waiver(
    findings: Sequence[Finding], known: Sequence[Waiver], language: str
) -> tuple[list[Finding], list[Settled]]:
    left, settled = list[Finding](), list[Settled]()
    for finding in findings:
        waiver = next((one for one in known if one.covers(finding)), None)
        if waiver is None:
            left.append(finding)
        else:
            settled.append(Settled(finding, "waiver", waiver.reason(language), waiver.date))
    return left, settled


def _by_baseline(
    findings: Sequence[Finding], prints: dict[Key, Fingerprint], entries: Sequence[Entry]
) -> tuple[list[Finding], list[Settled]]:
    accepted = {entry.fingerprint: entry for entry in entries}
    left, settled = list[Finding](), list[Settled]()
    for finding in findings:
        entry = accepted.get(prints[finding.key]) if finding.key in prints else None
        if entry is None:
            left.append(finding)
        else:
            settled.append(Settled(finding, "baseline", entry.reason, entry.date))
    return left, settled


def _stale(
    checked: Checked,
    terms: Terms,
    rules: Sequence[Rule],
    known: Sequence[Waiver],
    settled: Sequence[Settled],
    met: Collection[Fingerprint],
) -> Iterator[str]:
    """Give a sentence per acceptance that accepts nothing; of rules that were not applied nothing can be told."""
    words, applied = _STALE[terms.language], {rule.id for rule in rules}
    waived = [one.finding for one in settled if one.by == "waiver"]
    for waiver in known:
        named = {"rule": waiver.rule, "node": shorten(waiver.node)}
        if not waiver.reasons:
            yield words["reason"].format(**named)
        elif terms.affected is None and waiver.rule in applied and not any(map(waiver.covers, waived)):
            yield words["waiver"].format(**named)
    for entry in _gone(checked, terms, applied, met):
        one = entry.fingerprint
        yield words["baseline"].format(rule=one.rule, node=shorten(one.node), date=entry.date)


def _gone(checked: Checked, terms: Terms, applied: Collection[str], met: Collection[Fingerprint]) -> list[Entry]:
    """Give the entries of the baseline that accept nothing any more."""
    if terms.affected is not None:
        return []
    entries = [entry for entry in terms.entries if entry.fingerprint.rule in applied]
    return baseline.stale(entries, met, checked.files)
