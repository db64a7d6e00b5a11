"""Findings as Markdown, for the description of a pull request or the summary of a job."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from levier.coherence.finding import Finding
from levier.coherence.outcome import Outcome
from levier.coherence.reports.saying import Saying, by_rule, in_order_of_files, where
from levier.coherence.reports.words import WORDS, counted, settled, total
from levier.coherence.rule import Severity
from levier.terms import shorten

SHOWN: Final = 10
"""Findings of one rule that are listed."""
LONGEST: Final = 60_000
"""Characters: a comment on GitHub may have 65,536."""
_SIGNS: Final = {Severity.VIOLATION: "🔴", Severity.WARNING: "🟠", Severity.INFO: "🔵"}
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~$@&])")


def markdown(outcome: Outcome, saying: Saying) -> str:
    """Give a heading, the counts, and a table per rule, the gravest first; cut where a comment could be no longer."""
    words = WORDS[saying.language]
    lines = [f"### {words['title']}", "", total(outcome, saying.language), ""]
    lines += [f"{line}\n" for line in [settled(outcome, saying.language)] if line]
    lines += [f"- **{words['unread']}**: {escaped(problem)}" for problem in outcome.problems]
    lines += [f"- **{words['stale']}**: {escaped(sentence)}" for sentence in outcome.stale]
    groups = by_rule(outcome, saying)
    if not groups and not outcome.problems:
        lines.append(words["none"])
    length = sum(map(len, lines))
    for group in groups:
        part = list(_group(group, saying))
        length += sum(len(line) + 1 for line in part)
        if length > LONGEST:
            lines += ["", words["cut"]]
            break
        lines += part
    return "\n".join(lines).rstrip() + "\n"


def _group(findings: Sequence[Finding], saying: Saying) -> Iterator[str]:
    rule, language = findings[0].rule, saying.language
    words = WORDS[language]
    said = "" if "{" in rule.messages[language] else f": {escaped(findings[0].message[language])}"
    count = counted(len(findings), rule.severity, language)
    yield ""
    yield f"<details{' open' if rule.severity >= saying.fail_on else ''}>"
    yield f"<summary>{_SIGNS[rule.severity]} <b>{rule.id}</b> ({count}){said}</summary>"
    yield ""
    yield f"| {words['where']} | {words['node']} | {words['what']} |"
    yield "|---|---|---|"
    for finding in in_order_of_files(findings[:SHOWN]):
        what = finding.message[language] if not said else "" if finding.value is None else shorten(finding.value)
        yield f"| {_code(where(finding))} | {_code(shorten(finding.about))} | {escaped(what)} |"
    if len(findings) > SHOWN:
        yield ""
        yield escaped(words["more"].format(n=len(findings) - SHOWN))
    yield ""
    yield f"{words['fix']}: {escaped(rule.fixes[language])}"
    yield ""
    yield "</details>"


def escaped(text: str) -> str:
    """Give text that Markdown shows as it is: no markup, no HTML, no mention, on one line."""
    return _SPECIAL.sub(_entity, " ".join(text.split()))


def _entity(match: re.Match[str]) -> str:
    return f"&#{ord(match[1])};"


def _code(text: str) -> str:
    """Give text as code; in a cell of a table a bar would end it, and so would an unequal row of backticks."""
    return f"<code>{escaped(text)}</code>" if text else ""
