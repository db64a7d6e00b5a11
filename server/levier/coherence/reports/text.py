"""Findings as text for people, grouped by rule."""

from collections.abc import Iterator, Sequence
from typing import Final

from levier.coherence.finding import Finding
from levier.coherence.outcome import Outcome
from levier.coherence.place import Place
from levier.coherence.reports.saying import Saying, by_rule, in_order_of_files, on_one_line, where
from levier.coherence.reports.words import WORDS, counted, settled, total
from levier.coherence.rule import Severity
from levier.terms import shorten

SHOWN: Final = 10
"""Findings of one rule that are listed; JSON has them all."""

_COLOURS: Final = {Severity.VIOLATION: "31", Severity.WARNING: "33", Severity.INFO: "36"}
_WIDTH: Final = 110
"""Characters of a snippet."""


def text(outcome: Outcome, saying: Saying) -> str:
    """Give the findings grouped by rule, the gravest first, with the fix, and the counts at the end."""
    lines: list[str] = []
    for group in by_rule(outcome, saying):
        lines += [*_group(group, saying), ""]
    stale = map(on_one_line, outcome.stale)
    lines += filter(None, [settled(outcome, saying.language), *stale, total(outcome, saying.language)])
    return "\n".join(lines) + "\n"


def _group(findings: Sequence[Finding], saying: Saying) -> Iterator[str]:
    rule, language = findings[0].rule, saying.language
    heading = f"{rule.id}  {counted(len(findings), rule.severity, language)}"
    yield _coloured(heading, f"1;{_COLOURS[rule.severity]}", saying)
    varies = "{" in rule.messages[language]
    if not varies:
        yield f"  {findings[0].message[language]}"
    for finding in in_order_of_files(findings[:SHOWN]):
        yield from _one(finding, saying, varies=varies)
    if len(findings) > SHOWN:
        yield "    " + WORDS[language]["more"].format(n=len(findings) - SHOWN)
    yield f"  {WORDS[language]['fix']}: {rule.fixes[language]}"


def _one(finding: Finding, saying: Saying, *, varies: bool) -> Iterator[str]:
    language, place = saying.language, on_one_line(where(finding))
    value = "" if varies or finding.value is None else f"  {WORDS[language]['value']} {shorten(finding.value)}"
    node = on_one_line(shorten(finding.about) + value)
    yield "    " + "  ".join(filter(None, [_coloured(place, "1", saying), node]))
    if varies:
        yield f"      {on_one_line(finding.message[language])}"
    if finding.place is not None and finding.place.snippet:
        yield from _snippet(finding.place, saying)


def _snippet(place: Place, saying: Saying) -> Iterator[str]:
    margin = f"      {place.line} | "
    yield _coloured(margin, "2", saying) + on_one_line(place.snippet[:_WIDTH])
    offset = (place.column or 0) - 1 - place.indent
    if 0 < offset < _WIDTH:
        yield _coloured(" " * (len(margin) - 2) + "| ", "2", saying) + " " * offset + _coloured("^", "1;31", saying)


def _coloured(said: str, code: str, saying: Saying) -> str:
    return f"\x1b[{code}m{said}\x1b[0m" if saying.colour and said else said
