"""What is found in an activity: the words of the rules in its texts, and whether a condition holds, by which facts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from levier.linking.facts import HUMANITARIAN, SECTOR, ActivityFacts, CodeFact, Participation, TextFact
from levier.linking.model import LANGUAGES, Condition
from levier.linking.passages import TextWords
from levier.linking.words import Found, Matcher

_TEXTS_REMEMBERED: Final = 10_000
"""How many texts' words are remembered: of all texts of the corpus, seven of ten repeat one of another activity."""
_CODES_REMEMBERED: Final = 10_000
_LONG: Final = 150
"""Characters from which the conversion can well see that a text is in another language than declared."""


class Fact(NamedTuple):
    """A fact that a rule can rest on: a code, an organisation, the flag, or words at a place of a text."""

    on_property: str
    value: str
    language: str | None = None
    code: str | None = None
    """The IRI of the code, where the fact is a code of a known list."""
    organisation: str | None = None
    start: int | None = None
    end: int | None = None

    @property
    def matched(self) -> str | None:
        """The matched words as they stand in the text."""
        return None if self.start is None else self.value[self.start : self.end]


class Evidence(NamedTuple):
    """A fact that made a rule hold."""

    rule: str
    fact: Fact
    node: str | None = None
    """The IRI of the sector allocation, which has a share of the money."""


class Reader:
    """Looks for all the words of all the rules at once; made once, then asked activity by activity."""

    def __init__(self, conditions: Iterable[Condition]) -> None:
        by_kind: dict[str, list[Condition]] = {"words": [], "codes": [], "organisation": []}
        for condition in conditions:
            by_kind.setdefault(condition.kind, []).append(condition)
        self._properties = frozenset(name for one in by_kind["words"] for name in one.properties)
        self._of_codes, self._of_organisations = by_kind["codes"], by_kind["organisation"]
        lists = {one.iri: one for condition in by_kind["words"] for one in condition.all_lists}
        owned = [(iri, term) for iri, one in lists.items() for term in one.terms]
        self._owners = [iri for iri, _ in owned]
        self._matcher = Matcher(term for _, term in owned)
        self._words = lru_cache(_TEXTS_REMEMBERED)(self._look)
        self._looking_for_code = lru_cache(_CODES_REMEMBERED)(self._code_wanted)

    def read(self, facts: ActivityFacts) -> "Reading":
        """Look for the words in the texts of an activity."""
        hits: dict[str, dict[int, TextWords]] = {}
        for number, text in enumerate(facts.texts):
            if text.property not in self._properties:
                continue
            words = self._words(text.value, _read_as(text, facts.detected))
            for name in words.by_list:
                hits.setdefault(name, {})[number] = words
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

    def _look(self, text: str, language: str | None) -> TextWords:
        by_list: dict[str, dict[tuple[int, int], Found]] = {}
        for found in self._matcher.find(text, language):
            by_list.setdefault(self._owners[found.term], {}).setdefault(found[:2], found)
        return TextWords(text, {name: list(founds.values()) for name, founds in by_list.items()})


def _read_as(text: TextFact, detected: Mapping[str, str]) -> str | None:
    """Give the language of which words are looked for in a text; None is all of them.

    It is the one that the conversion found, against the one declared. Where it found nothing to say against that, it
    may have had too little to go by, so that a short text is read in all languages; and so is one in a language of
    which the rules have no words.
    """
    language = detected.get(text.value)
    if language is None and len(text.value) >= _LONG:
        language = (text.language or "").partition("-")[0]
    return language if language in LANGUAGES else None


@dataclass(frozen=True)
class Reading:
    """An activity's facts with the words found in its texts; says whether a condition holds, and by which facts."""

    facts: ActivityFacts
    hits: Mapping[str, Mapping[int, TextWords]]
    """By list of words and by number of the text."""
    hints: Set[str] = frozenset()
    """The lists of words, and the conditions on codes and organisations, of which something is found at all."""

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
        return [Evidence(rule, Fact(HUMANITARIAN, "true"))] if condition.humanitarian else []

    def _words(self, condition: Condition, rule: str) -> list[Evidence]:
        read = {number: words for one in condition.lists for number, words in self.hits.get(one.iri, {}).items()}
        texts = [(self.facts.texts[number], read[number]) for number in sorted(read)]
        hits = [
            (text, found)
            for text, words in texts
            if text.property in condition.properties
            for found in words.counted(condition)
        ]
        if condition.minimum > 1:
            in_one_language = Counter(text.language for text, _ in hits)  # a translation repeats, it does not add
            if max(in_one_language.values(), default=0) < condition.minimum:
                return []
        return list(_shown(hits, rule, condition.minimum))

    def _organisations(self, condition: Condition, rule: str) -> list[Evidence]:
        return [
            Evidence(rule, Fact(part.property, part.organisation, organisation=part.organisation))
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
        return list(dict.fromkeys(Evidence(rule, Fact(c.property, c.code, code=c.iri), _sector_node(c)) for c in found))

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
    seen: dict[tuple[TextFact, str], int] = {}
    for text, found in hits:
        word = (text, text.value[found.start : found.end].casefold())
        seen[word] = seen.get(word, 0) + 1
        if seen[word] <= times:
            yield Evidence(rule, Fact(text.property, text.value, text.language, start=found.start, end=found.end))


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
