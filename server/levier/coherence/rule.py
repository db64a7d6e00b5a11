"""A coherence rule: what one SHACL shape with an identifier demands, and what to say where it is not met."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from levier.errors import BadUsage

LANGUAGES: Final = ("fr", "nl", "en")
"""The languages every rule speaks."""


class Severity(IntEnum):
    """How much a finding weighs, lightest first, so that `>=` reads “at least as grave”."""

    INFO = 1
    WARNING = 2
    VIOLATION = 3

    @property
    def word(self) -> str:
        """The word used in reports and on the command line: `violation`, `warning`, `info`."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Self:
        """Give the severity of a word; raises BadUsage for another word."""
        try:
            return cls[word.upper()]
        except KeyError:
            raise BadUsage(f"{word!r} is no severity; it must be violation, warning or info.") from None


@dataclass(frozen=True, slots=True)
class Target:
    """Which nodes a shape looks at: a SHACL target (https://www.w3.org/TR/shacl/#targets)."""

    kind: str
    """`targetClass`, `targetSubjectsOf` or `targetObjectsOf`."""
    term: str
    """The IRI of the class or the property."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue."""

    id: str
    """Stable, such as `NOTE-001`."""
    shape: str
    """The IRI of the shape that demands it."""
    severity: Severity
    messages: Mapping[str, str]
    """What is wrong, by language; `{?value}` and `{$this}` stand for the value and the node found."""
    fixes: Mapping[str, str]
    """What to do about it, by language."""
    sources: tuple[str, ...]
    """IRIs of the clause behind it."""
    needs: frozenset[str]
    """Classes without an instance of which an absence means nothing, where files are checked on their own."""
    path: str | None
    """The property path that it looks at, as SPARQL with our prefixes; None for a rule on the node itself."""
    targets: tuple[Target, ...]
    select: str | None
    """The SELECT of its SPARQL constraint; None for a rule in SHACL core."""
    file: str
    """The name of the file of shapes that states it."""
