"""Evaluating the rules on the facts of an activity.

Confidence. A rule gives its weight. Rules that speak for the same element are combined by noisy-or, 1 − Π(1 − wᵢ):
each further rule makes the link surer and none makes it less so. Rules that require others (“is it a COVID-19 response
at all?”) are combined first among those that require the same, and the result is multiplied by the noisy-or of the
required ones, so that a doubtful answer to the first question bounds every answer to the second. Rules are not really
independent: the figure is an order of sureness that stops at 0.99, not a probability.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod

from levier.linking.facts import HUMANITARIAN, SECTOR, ActivityFacts, CodeFact, TextFact
from levier.linking.model import BASES, Condition, Element, Rule, RuleBook
from levier.linking.shares import shares
from levier.linking.words import Found, Matcher

CEILING = 0.99
"""No rule makes a link certain: only a person can."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that made a rule hold, with the place of the matched words where the fact is a text."""

    rule: str
    on_property: str
    value: str
    language: str | None = None
    code: str | None = None
    """The IRI of the code, where the fact is a code of a known list."""
    organisation: str | None = None
    start: int | None = None
    end: int | None = None
    node: str | None = None
    """The IRI of the sector allocation, which has a share of the money."""

    @property
    def fact(self) -> "Evidence":
        """The fact alone, whichever rule it speaks for."""
        return replace(self, rule="", node=None)

    @property
    def matched(self) -> str | None:
        """The matched words as they stand in the text."""
        return None if self.start is None else self.value[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that holds for an activity."""

    rule: Rule
    gate: float
    """How sure it is that one of the required rules holds; 1 where none is required."""
    evidence: tuple[Evidence, ...]
    through: tuple[Rule, ...]
    """The required rules that hold."""

    @property
    def confidence(self) -> float:
        """What the rule would give on its own."""
        return self.gate * self.rule.weight

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

    @property
    def basis(self) -> str:
        """The strongest basis among its rules and those they require."""
        rules = [rule for firing in self.firings for rule in (firing.rule, *firing.through)]
        return max((rule.basis for rule in rules), key=BASES.index)

    @property
    def in_donor(self) -> bool:
        """Whether one of its rules says that the money stays in the donor country."""
        return any(firing.rule.in_donor for firing in self.firings)

    @property
    def evidence(self) -> list[Evidence]:
        """Every fact used, once per rule."""
        return list(dict.fromkeys(e for firing in self.firings for e in firing.evidence))

    @property
    def rules(self) -> list[Rule]:
        """Every rule used, its own and the required ones, once."""
        rules = [rule for firing in self.firings for rule in (firing.rule, *firing.through)]
        return list({rule.iri: rule for rule in rules}.values())


class Engine:
    """Evaluates a rule book; built once, then asked activity by activity."""

    def __init__(self, book: RuleBook, threshold: float) -> None:
        self.book = book
        self.threshold = threshold
        self._owners = [
            (condition.iri, excepted)
            for condition in book.conditions
            for excepted, terms in ((False, condition.words), (True, condition.except_words))
            for _ in terms
        ]
        self._matcher = Matcher(
            term.text
            for condition in book.conditions
            for terms in (condition.words, condition.except_words)
            for term in terms
        )

    def links(self, facts: ActivityFacts) -> list[Link]:
        """Give the links of an activity, surest first; each share is 0 below the threshold."""
        by_element: dict[str, list[Firing]] = defaultdict(list)
        for firing in self.firings(facts).values():
            for element in firing.rule.elements:
                by_element[element.iri].append(firing)
        elements = self.book.elements
        links = [Link(elements[iri], _together(found), tuple(found)) for iri, found in by_element.items()]
        self._share(facts, [link for link in links if link.confidence >= self.threshold])
        return sorted(links, key=lambda link: (-link.confidence, link.element.notation))

    def firings(self, facts: ActivityFacts) -> dict[str, Firing]:
        """Give every rule that holds for the activity, by IRI."""
        reading = self.read(facts)
        firings: dict[str, Firing] = {}
        for iri, rule in self.book.rules.items():
            firing = _fire(rule, reading, firings)
            if firing is not None:
                firings[iri] = firing
        return firings

    def read(self, facts: ActivityFacts) -> "Reading":
        """Look for all words of all rules in the texts of an activity."""
        return Reading(facts, self._hits(facts.texts))

    def _hits(self, texts: Iterable[TextFact]) -> dict[str, list[tuple[TextFact, Found]]]:
        hits: dict[str, list[tuple[TextFact, Found]]] = defaultdict(list)
        for text in texts:
            excepted: dict[str, list[Found]] = defaultdict(list)
            wanted: dict[str, list[Found]] = defaultdict(list)
            for found in self._matcher.find(text.value):
                condition, is_exception = self._owners[found.term]
                (excepted if is_exception else wanted)[condition].append(found)
            for condition, founds in wanted.items():
                kept = _longest(f for f in founds if not _inside(f, excepted[condition]))
                hits[condition].extend((text, f) for f in kept)
        return hits

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
        if any(claim is None for claim in claims):
            return None
        return frozenset(node for claim in claims if claim is not None for node in claim)


@dataclass(frozen=True)
class Reading:
    """An activity's facts with the words found in its texts; says whether a condition holds, and by which facts."""

    facts: ActivityFacts
    hits: Mapping[str, list[tuple[TextFact, Found]]]

    def test(self, condition: Condition, rule: str) -> list[Evidence] | None:
        """Give the facts that make a condition hold, or None where it does not."""
        if condition.kind == "flag":
            return self._test_flag(condition, rule)
        found = {"codes": self._codes, "words": self._words, "organisation": self._organisations}[condition.kind](
            condition, rule
        )
        return found or None

    def _test_flag(self, condition: Condition, rule: str) -> list[Evidence] | None:
        if self.facts.humanitarian != condition.humanitarian:
            return None
        return [Evidence(rule, HUMANITARIAN, "true")] if condition.humanitarian else []

    def _words(self, condition: Condition, rule: str) -> list[Evidence]:
        hits = [(text, f) for text, f in self.hits.get(condition.iri, ()) if text.property in condition.properties]
        in_one_language = Counter(text.language for text, _ in hits)  # a translation repeats, it does not add
        if max(in_one_language.values(), default=0) < condition.minimum:
            return []
        # a text that says “COVID-19” forty times is one reason, shown as often as the condition asks
        shown: Counter[tuple[TextFact, str]] = Counter()
        evidence = []
        for text, found in hits:
            word = (text, text.value[found.start : found.end].casefold())
            shown[word] += 1
            if shown[word] <= condition.minimum:
                where = (text.property, text.value, text.language)
                evidence.append(Evidence(rule, *where, start=found.start, end=found.end))
        return evidence

    def _organisations(self, condition: Condition, rule: str) -> list[Evidence]:
        return [
            Evidence(rule, name, iri, organisation=iri)
            for name, iri in self.facts.organisations
            if name in condition.properties and iri in condition.organisations
        ]

    def _codes(self, condition: Condition, rule: str) -> list[Evidence]:
        found = [c for c in self._own_codes if c.property in condition.properties and _has_code(condition, c)]
        return list(dict.fromkeys(Evidence(rule, c.property, c.code, code=c.iri, node=_sector_node(c)) for c in found))

    @cached_property
    def _own_codes(self) -> list[CodeFact]:
        """Its codes; sectors of transactions only where the activity itself states none (the standard's rule)."""
        codes = self.facts.codes
        stated = any(c.property == SECTOR and not c.of_transaction for c in codes)
        return [c for c in codes if not (stated and c.of_transaction)]


def _fire(rule: Rule, reading: Reading, firings: Mapping[str, Firing]) -> Firing | None:
    """Give the rule's firing where it holds; the rules it builds on were tried before."""
    if any(iri in firings for iri in rule.yields_to):
        return None
    through = [firings[iri] for iri in rule.requires if iri in firings]
    if rule.requires and not through:
        return None
    evidence = _own_evidence(rule, reading)
    if evidence is None or any(reading.test(exclusion, rule.iri) is not None for exclusion in rule.exclusions):
        return None
    gate = _noisy_or(f.confidence for f in through) if through else 1.0
    inherited = [e for firing in through for e in firing.evidence]
    gates = tuple({r.iri: r for f in through for r in (f.rule, *f.through)}.values())
    return Firing(rule, gate, tuple(dict.fromkeys([*evidence, *inherited])), gates)


def _own_evidence(rule: Rule, reading: Reading) -> list[Evidence] | None:
    evidence: list[Evidence] = []
    for condition in rule.conditions:
        found = reading.test(condition, rule.iri)
        if found is None:
            return None
        evidence.extend(found)
    return evidence


def _has_code(condition: Condition, fact: CodeFact) -> bool:
    iri = (fact.iri or "").casefold()
    wanted = (
        iri in condition.codes or fact.code.casefold() in condition.code_values or iri.startswith(condition.prefixes)
    )
    return (
        wanted
        and iri not in condition.except_codes
        and (not condition.vocabularies or fact.vocabulary in condition.vocabularies)
        and not (condition.without_vocabulary_uri and fact.vocabulary_uri)
    )


def _sector_node(fact: CodeFact) -> str | None:
    return fact.node or None if fact.property == SECTOR else None


def _together(firings: Iterable[Firing]) -> float:
    """Give the confidence of an element from all the rules that speak for it."""
    groups: dict[tuple[str, ...], list[Firing]] = defaultdict(list)
    for firing in firings:
        groups[firing.rule.requires].append(firing)
    return _noisy_or(group[0].gate * _noisy_or(f.rule.weight for f in group) for group in groups.values())


def _noisy_or(confidences: Iterable[float]) -> float:
    return min(1 - prod(1 - c for c in confidences), CEILING)


def _inside(found: Found, others: Iterable[Found]) -> bool:
    return any(other.start <= found.start and found.end <= other.end for other in others)


def _longest(founds: Iterable[Found]) -> list[Found]:
    """Give the matches from left to right, the longest where several begin, none overlapping the one before."""
    kept: list[Found] = []
    for found in sorted(founds, key=lambda f: (f.start, -f.end)):
        if not kept or found.start >= kept[-1].end:
            kept.append(found)
    return kept
