"""What a linking rule is, once read: typed, complete, and free of RDF."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

BASES = ("Inferred", "Worded", "Coded", "Declared")
"""The bases of an alignment, weakest first: from a related fact, a text, a classification, the actor's own word."""

Kind = Literal["codes", "words", "organisation", "flag"]


@dataclass(frozen=True, slots=True)
class Term:
    """A word or multi-word term to look for; `*` at its end or start leaves the word open there."""

    text: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One test on the facts of an activity; of `codes`, `words`, `organisations` and `humanitarian` one is set."""

    iri: str
    kind: Kind
    properties: frozenset[str]
    codes: frozenset[str] = frozenset()
    """IRIs of codes, case-folded: publishers write `ep-2020-000012-001` too."""
    code_values: frozenset[str] = frozenset()
    """Codes as text, case-folded, of whatever list."""
    prefixes: tuple[str, ...] = ()
    """Beginnings of case-folded IRIs of codes (a list and the first digits of a code)."""
    except_codes: frozenset[str] = frozenset()
    vocabularies: frozenset[str] = frozenset()
    without_vocabulary_uri: bool = False
    words: tuple[Term, ...] = ()
    except_words: tuple[Term, ...] = ()
    minimum: int = 1
    """How many times words must occur."""
    organisations: frozenset[str] = frozenset()
    humanitarian: bool = True


@dataclass(frozen=True, slots=True)
class Element:
    """A strategic element, or a note that stands for its elements."""

    iri: str
    notation: str
    note: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What counts as evidence for some elements, or (without elements) a gate that other rules require."""

    iri: str
    labels: Mapping[str, str]
    elements: tuple[Element, ...]
    basis: str
    weight: float
    conditions: tuple[Condition, ...]
    exclusions: tuple[Condition, ...]
    requires: tuple[str, ...]
    yields_to: tuple[str, ...]
    in_donor: bool

    @property
    def slug(self) -> str:
        """The last part of its IRI, as a person would cite it."""
        return self.iri.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All the rules, by IRI, in an order in which a rule comes after those it builds on."""

    rules: Mapping[str, Rule]

    @property
    def conditions(self) -> list[Condition]:
        """Every condition and exclusion of every rule."""
        return [c for rule in self.rules.values() for c in (*rule.conditions, *rule.exclusions)]

    @property
    def elements(self) -> dict[str, Element]:
        """Every element that a rule links to, by IRI, in the order of their notations."""
        found = {e.iri: e for rule in self.rules.values() for e in rule.elements}
        return dict(sorted(found.items(), key=lambda pair: pair[1].notation))


def best_label(labels: Mapping[str, str], language: str, default: str = "") -> str:
    """Give the label in the language, else in English, else any, else `default`."""
    return labels.get(language) or labels.get("en") or next(iter(labels.values()), default)
