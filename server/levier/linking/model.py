"""What a linking rule is, once read: typed, complete, and free of RDF."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final, Literal

from levier.terms import ID

BASES = ("Inferred", "Worded", "Coded", "Declared", "Decided")
"""The bases of an alignment, weakest first: a related fact, a text, a classification, the actor's word, a decision."""

LANGUAGES: Final = frozenset({"fr", "nl", "en", "de", "es", "pt"})
"""The languages that words of a rule may be in."""

Kind = Literal["codes", "words", "organisation", "flag"]


@dataclass(frozen=True, slots=True)
class Term:
    """A word or multi-word term to look for; `*` at its end or start leaves the word open there."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class WordList:
    """Words of several languages that several conditions may look for; named by an IRI."""

    iri: str
    terms: tuple[Term, ...]


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
    lists: tuple[WordList, ...] = ()
    """The words looked for: those of the condition itself are a list of their own."""
    except_lists: tuple[WordList, ...] = ()
    """A word inside a match of these does not count."""
    near: tuple[WordList, ...] = ()
    """A word counts only in one sentence with a word of each of these."""
    apart: tuple[WordList, ...] = ()
    """A word does not count in one sentence with a word of one of these."""
    within: int | None = None
    """How many words may stand between for `near` and `apart` to hold; None: as many as the sentence has."""
    minimum: int = 1
    """How many times words must occur."""
    minimum_percentage: float = 0
    """The part of the money, 0 to 100, that a sector must have where the activity states the parts."""
    roles: frozenset[str] = frozenset()
    """IRIs of the roles in which an organisation must take part; empty: any."""
    organisations: frozenset[str] = frozenset()
    humanitarian: bool = True

    @property
    def words(self) -> tuple[Term, ...]:
        """Every word that it looks for."""
        return tuple(term for one in self.lists for term in one.terms)

    @property
    def all_lists(self) -> tuple[WordList, ...]:
        """Every list of words that it needs, to look for or to judge by."""
        return (*self.lists, *self.except_lists, *self.near, *self.apart)


@dataclass(frozen=True, slots=True)
class Element:
    """A strategic element, or a note that stands for its elements."""

    iri: str
    notation: str
    note: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What counts as evidence for some elements or against them, or (without elements) a gate that others require."""

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
    prior: float = 0.5
    """The weight that its author gave it before any labelled activity was looked at: where a fit begins."""
    weakens: tuple[str, ...] = ()
    """IRIs of the elements, or the gates, that it speaks against."""

    @property
    def slug(self) -> str:
        """The last part of its IRI, as a person would cite it."""
        return self.iri.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's verdict on the link of an activity to an element; both are IRIs."""

    activity: str
    element: str
    confirmed: bool
    by: str
    on: datetime
    why: str

    @property
    def iri(self) -> str:
        """Its IRI: of the pair it decides and the moment."""
        key = sha256(f"{self.activity} {self.element}".encode()).hexdigest()[:20]
        return f"{ID}decision/{key}/{self.on:%Y%m%dT%H%M%SZ}"

    @property
    def verdict(self) -> str:
        """The verdict as the vocabulary names it."""
        return "Confirmed" if self.confirmed else "Rejected"


@dataclass(frozen=True, slots=True)
class Inference:
    """A rule that takes links over along a relation."""

    iri: str
    weight: float
    along: str
    relation_type: str


@dataclass(frozen=True, slots=True)
class Inherited:
    """A link of an activity that is taken over from the alignment of another."""

    activity: str
    element: str
    notation: str
    confidence: float
    rule: Inference
    source: str
    """The IRI of the other's alignment."""
    identifier: str
    """The identifier of the other activity."""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All the rules, by IRI, in an order in which a rule comes after those it builds on."""

    rules: Mapping[str, Rule]
    known: Mapping[str, Element] = field(default_factory=dict)
    """Every element of the notes, by IRI, whether a rule links to it or not."""

    @property
    def conditions(self) -> list[Condition]:
        """Every condition and exclusion of every rule."""
        return [c for rule in self.rules.values() for c in (*rule.conditions, *rule.exclusions)]

    def weakeners(self, iri: str) -> list[Rule]:
        """Give the rules that speak against an element or a gate."""
        return [rule for rule in self.rules.values() if iri in rule.weakens]

    @property
    def lists(self) -> dict[str, WordList]:
        """Every list of words that a condition needs, by IRI."""
        return {one.iri: one for condition in self.conditions for one in condition.all_lists}

    @property
    def elements(self) -> dict[str, Element]:
        """Every element that a rule links to, by IRI, in the order of their notations."""
        found = {e.iri: e for rule in self.rules.values() for e in rule.elements}
        return dict(sorted(found.items(), key=lambda pair: pair[1].notation))


def best_label(labels: Mapping[str, str], language: str, default: str = "") -> str:
    """Give the label in the language, else in English, else any, else `default`."""
    return labels.get(language) or labels.get("en") or next(iter(labels.values()), default)
