"""A finding: one node that does not meet one rule."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from levier.coherence.place import Place
from levier.coherence.rule import Rule, Severity
from levier.terms import XSD, shorten

Key = tuple[str, str, str, str]
"""Rule, what people know the finding by (see `Finding.about`), node, value."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One node that does not meet one rule, and where that node is stated."""

    rule: Rule
    focus: str
    """The IRI of the node, or `_:label`."""
    value: str | None = None
    """The IRI or the text of the value found, where there is one to name."""
    source: str | None = None
    """The file in which the node is a subject; of a snapshot the IRI of the named graph, found with the place."""
    place: Place | None = None
    """Where it stands, once that was looked for (see `places`)."""
    within: str = ""
    """Of a node that records have in common: the IRI of the record, or of the node of one, that is meant."""

    @property
    def severity(self) -> Severity:
        """How grave it is: that of the rule."""
        return self.rule.severity

    @property
    def path(self) -> str | None:
        """The property path that the rule looks at."""
        return self.rule.path

    @property
    def about(self) -> str:
        """What people know it by: the IRI of the node or, where that is in common, of what leads to it."""
        return self.within or self.focus

    @property
    def message(self) -> dict[str, str]:
        """What is wrong, by language, with the value and what it is about filled in."""
        return {language: self._filled(text) for language, text in self.rule.messages.items()}

    @property
    def key(self) -> Key:
        """What sorts findings and tells them apart: the findings of a record stand together."""
        return self.rule.id, self.about, self.focus, self.value or ""

    def _filled(self, text: str) -> str:
        value = "" if self.value is None else shorten(self.value)
        return text.replace("{?value}", value).replace("{$this}", shorten(self.about))


def distinct(findings: Iterable[Finding]) -> list[Finding]:
    """Give the findings once each, sorted: several constraints of one shape may report the same node and value."""
    return [kept for _, kept in sorted({finding.key: finding for finding in findings}.items())]


def plain_value(text: str, datatype: str = "") -> str:
    """Give a value as engines agree on it: decimals without trailing zeros, anything else as it is written."""
    if datatype != XSD + "decimal":
        return text
    try:
        return f"{Decimal(text).normalize():f}"
    except InvalidOperation:
        return text
