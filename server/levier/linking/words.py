"""Finding many terms at once in a text, whatever its case, accents and hyphens, with their place in the original.

Text and terms are folded the same way: lower case, no accents, ligatures taken apart, and every run of anything that
is neither letter nor digit one space, so that “COVID-19”, “Covid 19” and “covid‑19” are one. A sentence's end stays,
as a word of its own, so that no term spans it. A word's boundary is then a space, which is part of the pattern.

A term is looked for in every text, whatever language either declares: publishers often declare the wrong one (French
titles under `xml:lang="en"` in the files of the Belgian administration).
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

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


_FOLDING = _Folding()


class Found(NamedTuple):
    """A term found: the code points of the original text from start up to end, and its number in the matcher."""

    start: int
    end: int
    term: int


def pattern(term: str) -> str:
    """Give the pattern of a term, a space marking each closed end; empty where the term has no letter or digit."""
    words = " ".join(_WORD_OR_END.findall(term.strip("* ").translate(_FOLDING)))
    if not words.strip(" ."):
        return ""
    text = term.strip()
    return ("" if text.startswith("*") else " ") + words + ("" if text.endswith("*") else " ")


class Matcher:
    """Finds all of its terms in a text in one pass; terms are numbered as they were given."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._terms: dict[str, list[int]] = {}
        for number, term in enumerate(terms):
            self._terms.setdefault(pattern(term), []).append(number)
        self._patterns = list(self._terms)
        self._automaton = AhoCorasick(self._patterns) if self._patterns else None

    def find(self, text: str) -> list[Found]:
        """Give every occurrence of every term, in the order of the text, widened to whole words."""
        if self._automaton is None:
            return []
        folded = text.translate(_FOLDING)
        plain = f" {' '.join(_WORD_OR_END.findall(folded))} "
        hits = self._automaton.find_matches_as_indexes(plain, overlapping=True)
        if not hits:
            return []
        places = _Places(text, folded)
        found = {
            Found(*places.of(start + (plain[start] == " "), end - (plain[end - 1] == " ")), number)
            for index, start, end in hits
            for number in self._terms[self._patterns[index]]
        }
        return sorted(found)


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
        first = self._tokens[bisect_right(self._plain, start) - 1][0]
        last = self._tokens[bisect_right(self._plain, end - 1) - 1][1]
        if self._origin is None:
            return first, last
        # the next letter's place: accents that follow belong to the word
        return self._origin[first], self._origin[last]
