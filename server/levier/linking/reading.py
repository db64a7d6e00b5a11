"""What is found in an activity: the words of the rules in its texts, and whether a condition holds, by which facts."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from levier.linking.facts import HUMANITARIAN, SECTOR, ActivityFacts, CodeFact, Participation, TextFact
from levier.linking.model import Condition, WordList
from levier.linking.words import Found, Matcher

_WORD = re.compile(r"\w+")
_SENTENCE_START = re.compile(r"(?<=[.!?;…])\s+|\n+|[•·]|<br\s*/?>")


_TEXTS_REMEMBERED: Final = 10_000
"""How many texts' words are remembered: of all texts of the corpus, seven of ten repeat one of another activity."""
_CODES_REMEMBERED: Final = 10_000

Words = Mapping[str, list[Found]]
"""By list of words: those found in a text, in its order; shared, so not to be changed."""


class Evidence(NamedTuple):
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
        return Evidence(
            "", self.on_property, self.value, self.language, self.code, self.organisation, self.start, self.end
        )

    @property
    def matched(self) -> str | None:
        """The matched words as they stand in the text."""
        return None if self.start is None else self.value[self.start : self.end]


class Reader:
    """Looks for all the words of all the rules at once; made once, then asked activity by activity."""

    def __init__(self, conditions: Iterable[Condition]) -> None:
        by_kind: dict[str, list[Condition]] = {"words": [], "codes": [], "organisation": []}
        for condition in conditions:
            by_kind.setdefault(condition.kind, []).append(condition)
        self._properties = frozenset(name for one in by_kind["words"] for name in one.properties)
        self._of_codes, self._of_organisations = by_kind["codes"], by_kind["organisation"]
        lists = {one.iri: one for condition in by_kind["words"] for one in condition.all_lists}
        terms = [(iri, term.text) for iri, one in lists.items() for term in one.terms]
        self._owners = [iri for iri, _ in terms]
        self._matcher = Matcher(text for _, text in terms)
        self._words = lru_cache(_TEXTS_REMEMBERED)(self._look)
        self._looking_for_code = lru_cache(_CODES_REMEMBERED)(self._code_wanted)

    def read(self, facts: ActivityFacts) -> "Reading":
        """Look for the words in the texts of an activity."""
        hits: dict[str, dict[int, list[Found]]] = {}
        for number, text in enumerate(facts.texts):
            if text.property not in self._properties:
                continue
            for name, found in self._words(text.value).items():
                hits.setdefault(name, {})[number] = found
        return Reading(facts, hits, self._hints(facts, hits))

    def _hints(self, facts: ActivityFacts, hits: Iterable[str]) -> set[str]:
        hints = set(hits)
        for code in facts.codes:
            hints.update(self._looking_for_code(code.property, code.iri or "", code.code))
        for part in facts.organisations:
            hints.update(one.iri for one in self._of_organisations if part.organisation in one.organisations)
        return hints

    def _code_wanted(self, on_property: str, iri: str, value: str) -> list[str]:
        """Give the conditions that look for a code on a property, whatever else they ask of it."""
        key = iri.casefold(), value.casefold()
        return [one.iri for one in self._of_codes if on_property in one.properties and _wants(one, *key)]

    def _look(self, text: str) -> Words:
        words: dict[str, list[Found]] = {}
        for found in self._matcher.find(text):
            words.setdefault(self._owners[found.term], []).append(found)
        return words


@dataclass(frozen=True)
class Reading:
    """An activity's facts with the words found in its texts; says whether a condition holds, and by which facts."""

    facts: ActivityFacts
    hits: Mapping[str, Mapping[int, list[Found]]]
    """By list of words and by number of the text."""
    hints: Set[str] = frozenset()
    """The lists of words, and the conditions on codes and organisations, of which something is found at all."""
    _sentences: dict[int, list[int]] = field(default_factory=dict)

    def test(self, condition: Condition, rule: str) -> list[Evidence] | None:
        """Give the facts that make a condition hold, or None where it does not."""
        if condition.kind == "flag":
            return self._test_flag(condition, rule)
        if condition.kind == "words":
            return self._words(condition, rule) or None
        if condition.kind == "codes":
            return self._codes(condition, rule) or None
        return self._organisations(condition, rule) or None

    def _test_flag(self, condition: Condition, rule: str) -> list[Evidence] | None:
        if self.facts.humanitarian != condition.humanitarian:
            return None
        return [Evidence(rule, HUMANITARIAN, "true")] if condition.humanitarian else []

    def _words(self, condition: Condition, rule: str) -> list[Evidence]:
        numbers = {number for one in condition.lists for number in self.hits.get(one.iri, ())}
        texts = [(number, self.facts.texts[number]) for number in sorted(numbers)]
        hits = [
            (text, found)
            for number, text in texts
            if text.property in condition.properties
            for found in self._kept(condition, number)
        ]
        in_one_language = Counter(text.language for text, _ in hits)  # a translation repeats, it does not add
        if max(in_one_language.values(), default=0) < condition.minimum:
            return []
        return list(_shown(hits, rule, condition.minimum))

    def _kept(self, condition: Condition, number: int) -> list[Found]:
        excepted = self._of(condition.except_lists, number)
        kept = _longest(found for found in self._of(condition.lists, number) if not _inside(found, excepted))
        for one in condition.near:
            kept = [found for found in kept if self._is_near(found, one, number, condition.within)]
        for one in condition.apart:
            kept = [found for found in kept if not self._is_near(found, one, number, condition.within)]
        return kept

    def _of(self, lists: Iterable[WordList], number: int) -> list[Found]:
        return [found for one in lists for found in self.hits.get(one.iri, {}).get(number, ())]

    def _is_near(self, found: Found, one: WordList, number: int, within: int | None) -> bool:
        """Tell whether a word of the list stands in the same sentence, at most so many words away."""
        place, text = self._sentence(number, found), self.facts.texts[number].value
        return any(
            self._sentence(number, other) == place and (within is None or _distance(text, found, other) <= within)
            for other in self._of((one,), number)
            if not _overlap(found, other)
        )

    def _sentence(self, number: int, found: Found) -> int:
        starts = self._sentences.get(number)
        if starts is None:
            starts = [match.end() for match in _SENTENCE_START.finditer(self.facts.texts[number].value)]
            self._sentences[number] = starts
        return bisect_right(starts, found.start)

    def _organisations(self, condition: Condition, rule: str) -> list[Evidence]:
        return [
            Evidence(rule, part.property, part.organisation, organisation=part.organisation)
            for part in self.facts.organisations
            if part.property in condition.properties and _takes_part(condition, part)
        ]

    def _codes(self, condition: Condition, rule: str) -> list[Evidence]:
        found = [
            code
            for name in condition.properties
            for code, iri, value in self._own_codes.get(name, ())
            if _has_code(condition, code, iri, value)
        ]
        return list(dict.fromkeys(Evidence(rule, c.property, c.code, code=c.iri, node=_sector_node(c)) for c in found))

    @cached_property
    def _own_codes(self) -> dict[str, list[tuple[CodeFact, str, str]]]:
        """Its codes by property, each with its IRI and its value in small letters.

        Sectors of transactions count only where the activity itself states none (the standard's rule).
        """
        stated = any(c.property == SECTOR and not c.of_transaction for c in self.facts.codes)
        found: dict[str, list[tuple[CodeFact, str, str]]] = {}
        for code in self.facts.codes:
            if not (stated and code.of_transaction):
                found.setdefault(code.property, []).append((code, (code.iri or "").casefold(), code.code.casefold()))
        return found


def _shown(hits: Iterable[tuple[TextFact, Found]], rule: str, times: int) -> Iterable[Evidence]:
    """Give the matches as evidence; a text that says “COVID-19” forty times is one reason, shown as often as asked."""
    seen: Counter[tuple[TextFact, str]] = Counter()
    for text, found in hits:
        word = (text, text.value[found.start : found.end].casefold())
        seen[word] += 1
        if seen[word] <= times:
            yield Evidence(rule, text.property, text.value, text.language, start=found.start, end=found.end)


def _takes_part(condition: Condition, part: Participation) -> bool:
    return part.organisation in condition.organisations and (not condition.roles or part.role in condition.roles)


def _has_code(condition: Condition, fact: CodeFact, iri: str, value: str) -> bool:
    return (
        _wants(condition, iri, value)
        and iri not in condition.except_codes
        and (fact.percentage is None or fact.percentage >= condition.minimum_percentage)
        and (not condition.vocabularies or fact.vocabulary in condition.vocabularies)
        and not (condition.without_vocabulary_uri and fact.vocabulary_uri)
    )


def _wants(condition: Condition, iri: str, value: str) -> bool:
    return iri in condition.codes or value in condition.code_values or iri.startswith(condition.prefixes)


def _sector_node(fact: CodeFact) -> str | None:
    return fact.node or None if fact.property == SECTOR else None


def _overlap(found: Found, other: Found) -> bool:
    return found.start < other.end and other.start < found.end


def _distance(text: str, found: Found, other: Found) -> int:
    """Give the number of words between two matches."""
    first, second = sorted((found, other), key=lambda f: f.start)
    return len(_WORD.findall(text, first.end, second.start))


def _inside(found: Found, others: Iterable[Found]) -> bool:
    return any(other.start <= found.start and found.end <= other.end for other in others)


def _longest(founds: Iterable[Found]) -> list[Found]:
    """Give the matches from left to right, the longest where several begin, none overlapping the one before."""
    kept: list[Found] = []
    for found in sorted(founds, key=lambda f: (f.start, -f.end)):
        if not kept or found.start >= kept[-1].end:
            kept.append(found)
    return kept
