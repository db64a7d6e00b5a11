"""Findings as workflow commands of GitHub Actions, which become annotations on the lines of a pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions. GitHub shows the first ten errors, ten
warnings and ten notices of a step, so the gravest come first.
"""

from collections.abc import Iterator
from typing import Final

from levier.coherence.outcome import Outcome
from levier.coherence.place import Place
from levier.coherence.reports.problems import Problem
from levier.coherence.reports.saying import Saying, by_rule, in_order_of_files
from levier.coherence.reports.words import total
from levier.coherence.rule import Severity

_COMMANDS: Final = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def github(outcome: Outcome, saying: Saying) -> str:
    """Give a command per finding and per file that could not be read, and a line of counts for the log."""
    return "\n".join([*_commands(outcome, saying), total(outcome, saying.language)]) + "\n"


def _commands(outcome: Outcome, saying: Saying) -> Iterator[str]:
    for sentence in outcome.problems:
        problem = Problem.of(sentence)
        yield _command("error", problem.place, "levier", problem.message)
    for sentence in outcome.stale:
        yield _command("warning", None, "levier", sentence)
    for group in by_rule(outcome, saying):
        for finding in in_order_of_files(group):
            rule = finding.rule
            said = f"{finding.message[saying.language]} {rule.fixes[saying.language]}"
            if finding.place is None:
                said = f"{finding.about}: {said}"
            yield _command(_COMMANDS[finding.severity], finding.place, rule.id, said)


def _command(name: str, place: Place | None, title: str, message: str) -> str:
    values = {"title": title}
    if place is not None:
        values = {"file": place.file, "line": str(place.line or ""), "col": str(place.column or ""), **values}
    said = ",".join(f"{key}={_property(value)}" for key, value in values.items() if value)
    return f"::{name} {said}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
