"""Finding many terms at once in a text, whatever its case, accents and hyphens, with their place in the original.

Text and terms are folded the same way: lower case, no accents, ligatures taken apart, and every run of anything that
is neither letter nor digit one space, so that “COVID-19”, “Covid 19” and “covid‑19” are one. A sentence's end stays,
as a word of its own, so that no term spans it. A word's boundary is then a space, which is part of the pattern.

Which language a text declares does not matter: publishers often declare the wrong one (French titles under
`xml:lang="en"` in the files of the Belgian administration). It is told which language the text is in, if that is sure.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from ahocorasick_rs import AhoCorasick

from levier.linking.inflections import Inflections
from levier.linking.model import Term

_WORD_OR_END = re.compile(r"[^\s.]+|\.+")
_LIGATURES = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i"}
_SENTENCE_ENDS = ".!?;:…"


class _Folding(dict[int, str]):
    """What each character becomes, worked out the first time it is met."""

    def __missing__(self, point: int) -> str:
        folded = self[point] = _fold_character(chr(point))
        return folded


def _fold_character(character: str) -> str:
    if character in _SENTENCE_ENDS:
        return "."
    if unicodedata.combining(character):
        return ""
    small = _LIGATURES.get(character.casefold(), character.casefold())
    bare = "".join(c for c in unicodedata.normalize("NFKD", small).casefold() if not unicodedata.combining(c))
    return bare if bare.isalnum() else " "


class _Accented(dict[int, str]):
    """What each character becomes where accents are kept, for a stemmer that knows the language's spelling."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        kept = self[point] = character.casefold() if _FOLDING[point].isalnum() else _FOLDING[point]
        return kept


_FOLDING = _Folding()
_ACCENTED = _Accented()


INFLECTED: Final = "~"
"""Ends a term that is meant in all its forms."""


class Found(NamedTuple):
    """A term found: the code points of the original text from start up to end, and its number in the matcher."""

    start: int
    end: int
    term: int


def _accented(text: str) -> str:
    """Give the words of a text in small letters with their accents, a space between them."""
    return " ".join(_WORD_OR_END.findall(text.translate(_ACCENTED)))


def pattern(term: str) -> str:
    """Give the pattern of a term, a space marking each closed end; empty where the term has no letter or digit."""
    words = " ".join(_WORD_OR_END.findall(term.strip("*~ ").translate(_FOLDING)))
    if not words.strip(" ."):
        return ""
    text = term.strip()
    return ("" if text.startswith("*") else " ") + words + ("" if text.endswith("*") else " ")


class Matcher:
    """Finds all of its terms in a text in one pass; terms are numbered as they were given."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self._terms = list(terms)
        self._by_pattern: dict[str, list[int]] = {}
        for number, term in enumerate(self._terms):
            self._by_pattern.setdefault(pattern(term.text), []).append(number)
        self._patterns = list(self._by_pattern)
        self._automaton = AhoCorasick(self._patterns) if self._patterns else None
        self._inflections = {one: Inflections(one, terms) for one, terms in self._inflected_terms().items()}

    def _inflected_terms(self) -> dict[str, dict[int, str]]:
        """Give the terms that are meant in all their forms, by language and number."""
        found: dict[str, dict[int, str]] = {}
        for number, term in enumerate(self._terms):
            if term.text.endswith(INFLECTED):
                found.setdefault(term.language, {})[number] = _accented(term.text.removesuffix(INFLECTED))
        return found

    def find(self, text: str, language: str | None = None) -> list[Found]:
        """Give every occurrence of every term, in the order of the text, widened to whole words.

        With a language, of the terms of that language alone, in all their forms.
        """
        if self._automaton is None:
            return []
        folded = text.translate(_FOLDING)
        words = _WORD_OR_END.findall(folded)
        plain = f" {' '.join(words)} "
        hits = self._automaton.find_matches_as_indexes(plain, overlapping=True)
        spans = [
            (start + (plain[start] == " "), end - (plain[end - 1] == " "), number)
            for index, start, end in hits
            for number in self._by_pattern[self._patterns[index]]
            if language is None or self._terms[number].language == language
        ]
        inflected = self._inflected(text, words, language)
        if not spans and not inflected:
            return []
        places = _Places(text, folded)
        found = {Found(*places.of(start, end), number) for start, end, number in spans}
        found.update(Found(*places.of_words(first, last), number) for first, last, number in inflected)
        return sorted(found)

    def _inflected(self, text: str, words: Sequence[str], language: str | None) -> list[tuple[int, int, int]]:
        if not self._inflections:
            return []
        written = words if text.isascii() else _accented(text).split(" ")
        if len(written) != len(words):
            return []  # accents that stand by themselves
        return [
            found
            for one, inflections in self._inflections.items()
            if language in {None, one}
            for found in inflections.find(written)
        ]


class _Places:
    """The way back from the folded, single-spaced text to the original."""

    def __init__(self, text: str, folded: str) -> None:
        tokens = [match.span() for match in _WORD_OR_END.finditer(folded)]
        lengths = (end - start + 1 for start, end in tokens)
        self._plain = list(accumulate(lengths, initial=1))[:-1]  # where each word starts after the leading space
        self._tokens = tokens
        self._origin: list[int] | None = None
        if any(len(_FOLDING[ord(character)]) != 1 for character in set(text)):
            grown = (len(_FOLDING[ord(character)]) for character in text)
            self._origin = [at for at, length in enumerate(grown) for _ in range(length)] + [len(text)]

    def of(self, start: int, end: int) -> tuple[int, int]:
        """Give the span in the original of the whole words that a span of the plain text touches."""
        return self.of_words(bisect_right(self._plain, start) - 1, bisect_right(self._plain, end - 1) - 1)

    def of_words(self, number: int, last_number: int) -> tuple[int, int]:
        """Give the span in the original from one word to another."""
        first, last = self._tokens[number][0], self._tokens[last_number][1]
        if self._origin is None:
            return first, last
        # the next letter's place: accents that follow belong to the word
        return self._origin[first], self._origin[last]
