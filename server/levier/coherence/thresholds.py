"""How grave the findings of a rule are for a team: a severity of its own, or one that depends on how many there are."""

import operator
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from levier.coherence.finding import Finding
from levier.coherence.rule import Rule, Severity

_COMPARISONS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_FORM: Final = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*(\d+)\s*")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A condition on a number of findings, such as `>10`."""

    comparison: str
    number: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Read a threshold; raises ValueError that says what it must be."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise ValueError(f"is {text!r}; it must be a comparison with a whole number, such as '>10'.")
        return cls(match[1], int(match[2]))

    def holds(self, number: int) -> bool:
        """Tell whether it holds for a number."""
        return _COMPARISONS[self.comparison](number, self.number)


_ANY: Final = Threshold("!=", 0)


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """What is settled for one rule."""

    severity: Severity | None = None
    warn_if: Threshold | None = None
    error_if: Threshold | None = None

    def severity_of(self, rule: Rule, number: int) -> Severity:
        """Give how grave so many findings of a rule are.

        Violations where `error_if` holds, else warnings where `warn_if` holds (any number, where it is not given), else
        information. Without a threshold, the severity settled, or that of the rule.
        """
        if self.warn_if is None and self.error_if is None:
            return rule.severity if self.severity is None else self.severity
        if self.error_if is not None and self.error_if.holds(number):
            return Severity.VIOLATION
        return Severity.WARNING if (self.warn_if or _ANY).holds(number) else Severity.INFO


def weighed(findings: Iterable[Finding], settings: Mapping[str, RuleSetting]) -> list[Finding]:
    """Give the findings with the severities that are settled; those of a rule are counted together."""
    found = list(findings)
    numbers = Counter(finding.rule.id for finding in found)
    rules: dict[str, Rule] = {}
    for finding in found:
        rule = finding.rule
        if rule.id in settings and rule.id not in rules:
            rules[rule.id] = replace(rule, severity=settings[rule.id].severity_of(rule, numbers[rule.id]))
    return [replace(f, rule=rules[f.rule.id]) if f.rule.id in rules else f for f in found]
