"""Evaluating the rules on the facts of an activity.

Confidence. A rule gives its weight. Rules that speak for the same element are combined by noisy-or, 1 − Π(1 − wᵢ):
each further rule makes the link surer and none makes it less so. A rule that speaks against it takes its own part
away, × (1 − w). Rules that require others (“is it a COVID-19 response at all?”) are combined first among those that
require the same, and the result is multiplied by the noisy-or of the required ones, so that a doubtful answer to the
first question bounds every answer to the second. Rules are not really independent; what makes the figure a
probability is that the weights are fitted to labelled activities (`fit`). It stops at 0.99.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from math import prod

from levier.linking.facts import SECTOR, ActivityFacts
from levier.linking.model import BASES, Decision, Element, Rule, RuleBook
from levier.linking.reading import Evidence, Reader, Reading
from levier.linking.shares import shares

CEILING = 0.99
"""No rule makes a link certain: only a person can."""
NOTHING: Mapping[str, Decision] = {}


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that holds for an activity."""

    rule: Rule
    gate: float
    """How sure it is that one of the required rules holds; 1 where none is required."""
    evidence: tuple[Evidence, ...]
    through: tuple[Rule, ...]
    """The required rules that hold."""
    against: tuple["Firing", ...] = ()
    """The rules that hold and speak against this one, a gate."""

    @property
    def confidence(self) -> float:
        """What the rule would give on its own."""
        return self.gate * self.rule.weight * _left(self.against)

    @property
    def own_evidence(self) -> list[Evidence]:
        """The facts that met its own conditions, without those of the required rules."""
        return [e for e in self.evidence if e.rule == self.rule.iri]

    @property
    def sector_nodes(self) -> frozenset[str] | None:
        """The sector allocations it rests on, or None where it speaks for the whole activity."""
        own = [e.node for e in self.own_evidence if e.node]
        return frozenset(own) if own else None


@dataclass(slots=True)
class Link:
    """An activity's link to one element: how sure, why, and what share of the money it may claim."""

    element: Element
    confidence: float
    firings: tuple[Firing, ...]
    share: float = 0.0
    against: tuple[Firing, ...] = ()
    """The rules that hold and speak against it, or against a gate of one of its rules."""
    decision: Decision | None = None
    """What a person decided, which outranks every rule: its confidence is then 1 or 0."""

    @property
    def basis(self) -> str:
        """A person's confirmation, else the strongest basis among its rules and those they require."""
        if self.decision is not None and self.decision.confirmed:
            return "Decided"
        return max((rule.basis for rule in self._speaking), key=BASES.index)

    @property
    def in_donor(self) -> bool:
        """Whether one of its rules says that the money stays in the donor country."""
        return any(firing.rule.in_donor for firing in self.firings)

    @property
    def evidence(self) -> list[Evidence]:
        """Every fact used, for and against, once per rule."""
        return list(dict.fromkeys(e for firing in (*self.firings, *self.against) for e in firing.evidence))

    @property
    def rules(self) -> list[Rule]:
        """Every rule that speaks for it, its own and the required ones, once."""
        return list({rule.iri: rule for rule in self._speaking}.values())

    @property
    def _speaking(self) -> list[Rule]:
        return [rule for firing in self.firings for rule in (firing.rule, *firing.through)]


class Engine:
    """Evaluates a rule book; built once, then asked activity by activity."""

    def __init__(self, book: RuleBook, threshold: float) -> None:
        self.book = book
        self.threshold = threshold
        self._reader = Reader(book.conditions)
        self._needs, self._bits = _needs(book.rules.values())
        self._elements = book.elements
        self._weakeners = {iri: book.weakeners(iri) for iri in (*book.rules, *self._elements)}

    def links(self, facts: ActivityFacts, decided: Mapping[str, Decision] = NOTHING) -> list[Link]:
        """Give the links of an activity, surest first; each share is 0 below the threshold.

        `decided` is what people decided of the activity, by element.
        """
        links = self.weigh(self.firings(facts))
        if decided:
            links = self._decide(links, decided)
        self._share(facts, [link for link in links if link.confidence >= self.threshold])
        return links

    def weigh(self, firings: Mapping[str, Firing]) -> list[Link]:
        """Give the links that the rules that hold amount to, surest first, without shares."""
        by_element: dict[str, list[Firing]] = defaultdict(list)
        for firing in firings.values():
            for element in firing.rule.elements:
                by_element[element.iri].append(firing)
        links = [self._link(iri, found, firings) for iri, found in by_element.items()]
        return sorted(links, key=lambda link: (-link.confidence, link.element.notation))

    def _decide(self, links: list[Link], decided: Mapping[str, Decision]) -> list[Link]:
        """Let decisions outrank the rules; a confirmation needs no rule at all."""
        by_element = {link.element.iri: link for link in links}
        for iri, decision in decided.items():
            if iri not in by_element and decision.confirmed and iri in self.book.known:
                by_element[iri] = Link(self.book.known[iri], 1.0, ())
            if iri in by_element:
                by_element[iri].decision, by_element[iri].confidence = decision, float(decision.confirmed)
        return sorted(by_element.values(), key=lambda link: (-link.confidence, link.element.notation))

    def _link(self, iri: str, found: list[Firing], firings: Mapping[str, Firing]) -> Link:
        own = [firings[rule.iri] for rule in self._weakeners[iri] if rule.iri in firings]
        gates = [f for firing in found for r in firing.through if r.iri in firings for f in firings[r.iri].against]
        against = tuple({f.rule.iri: f for f in (*own, *gates)}.values())
        return Link(self._elements[iri], _together(found) * _left(own), tuple(found), against=against)

    def firings(self, facts: ActivityFacts) -> dict[str, Firing]:
        """Give every rule that holds for the activity, by IRI."""
        reading = self.read(facts)
        firings: dict[str, Firing] = {}
        met = 0
        for hint in reading.hints:
            met |= self._bits.get(hint, 0)
        for rule, needed in self._needs:
            if needed & met != needed:
                continue  # there is no word and no code for one of its conditions: most rules end here
            if rule.requires and firings.keys().isdisjoint(rule.requires):
                continue  # what it builds on does not hold
            firing = _fire(rule, reading, firings, self._weakeners[rule.iri])
            if firing is not None:
                firings[rule.iri] = firing
        return firings

    def read(self, facts: ActivityFacts) -> Reading:
        """Look for all words of all rules in the texts of an activity."""
        return self._reader.read(facts)

    def _share(self, facts: ActivityFacts, links: list[Link]) -> None:
        sectors = [code for code in facts.codes if code.property == SECTOR and not code.of_transaction]
        notes: dict[str, list[Link]] = defaultdict(list)
        for link in links:
            notes[link.element.note].append(link)
        for together in notes.values():
            claims = {link.element.iri: self._claim(link) for link in together}
            given = shares(sectors, claims)
            for link in together:
                link.share = given[link.element.iri]

    def _claim(self, link: Link) -> frozenset[str] | None:
        """Give the sector allocations a link rests on; None, the whole, where a rule that suffices needs none."""
        enough = [f for f in link.firings if f.confidence >= self.threshold] or list(link.firings)
        claims = [f.sector_nodes for f in enough]
        if not claims or any(claim is None for claim in claims):
            return None
        return frozenset(node for claim in claims if claim is not None for node in claim)


def _fire(rule: Rule, reading: Reading, firings: Mapping[str, Firing], weakeners: Iterable[Rule]) -> Firing | None:
    """Give the rule's firing where it holds; the rules it builds on were tried before."""
    if any(iri in firings for iri in rule.yields_to):
        return None
    through = [firings[iri] for iri in rule.requires if iri in firings]
    if rule.requires and not through:
        return None
    evidence = _own_evidence(rule, reading)
    if evidence is None or any(reading.test(exclusion, rule.iri) is not None for exclusion in rule.exclusions):
        return None
    against = tuple(firings[one.iri] for one in weakeners if one.iri in firings)
    if not through:
        return Firing(rule, 1.0, tuple(dict.fromkeys(evidence)), (), against)
    gate = _noisy_or(f.confidence for f in through)
    inherited = [e for firing in through for e in firing.evidence]
    gates = tuple({r.iri: r for f in through for r in (f.rule, *f.through)}.values())
    return Firing(rule, gate, tuple(dict.fromkeys([*evidence, *inherited])), gates, against)


def _needs(rules: Iterable[Rule]) -> tuple[list[tuple[Rule, int]], dict[str, int]]:
    """Give each rule with a bit for each of its conditions, and the bits that each hint of a reading sets.

    The hint is, of a condition on words, any of its lists, else the condition itself; the flag needs none.
    """
    needs: list[tuple[Rule, int]] = []
    bits: dict[str, int] = defaultdict(int)
    free = count()
    for rule in rules:
        needed = 0
        for condition in rule.conditions:
            if condition.kind != "flag":
                bit = 1 << next(free)
                needed |= bit
                for hint in [one.iri for one in condition.lists] if condition.kind == "words" else [condition.iri]:
                    bits[hint] |= bit
        needs.append((rule, needed))
    return needs, bits


def _own_evidence(rule: Rule, reading: Reading) -> list[Evidence] | None:
    evidence: list[Evidence] = []
    for condition in rule.conditions:
        found = reading.test(condition, rule.iri)
        if found is None:
            return None
        evidence.extend(found)
    return evidence


def _together(firings: Iterable[Firing]) -> float:
    """Give the confidence of an element from all the rules that speak for it."""
    groups: dict[tuple[str, ...], list[Firing]] = defaultdict(list)
    for firing in firings:
        groups[firing.rule.requires].append(firing)
    return _noisy_or(group[0].gate * _noisy_or(f.rule.weight for f in group) for group in groups.values())


def _left(against: Iterable[Firing]) -> float:
    """Give what the rules against leave, 0 to 1."""
    return prod(1 - firing.confidence for firing in against)


def _noisy_or(confidences: Iterable[float]) -> float:
    return min(1 - prod(1 - c for c in confidences), CEILING)
