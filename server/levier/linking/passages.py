"""The words of the rules in one text: which of them count for a condition, by what stands around them."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import cached_property

from levier.linking.model import Condition, WordList
from levier.linking.words import Found

_WORD = re.compile(r"\w+")
_SENTENCE_START = re.compile(r"(?<=[.!?;…])\s+|\n+|[•·]|<br\s*/?>")


class TextWords:
    """The words found in a text, by list; it remembers what it was asked, since many activities share a text."""

    def __init__(self, text: str, by_list: Mapping[str, list[Found]]) -> None:
        self.by_list = by_list
        self._text = text
        self._counted: dict[str, list[Found]] = {}

    def counted(self, condition: Condition) -> list[Found]:
        """Give the words that count for a condition, from left to right; not to be changed."""
        known = self._counted.get(condition.iri)
        if known is None:
            known = self._counted[condition.iri] = self._count(condition)
        return known

    def _count(self, condition: Condition) -> list[Found]:
        excepted = self._of(condition.except_lists)
        kept = _longest(found for found in self._of(condition.lists) if not _inside(found, excepted))
        for one in condition.near:
            kept = [found for found in kept if self._is_near(found, one, condition.within)]
        for one in condition.apart:
            kept = [found for found in kept if not self._is_near(found, one, condition.within)]
        return kept

    def _of(self, lists: Iterable[WordList]) -> list[Found]:
        return [found for one in lists for found in self.by_list.get(one.iri, ())]

    def _is_near(self, found: Found, one: WordList, within: int | None) -> bool:
        """Tell whether a word of the list stands in the same sentence, at most so many words away."""
        place = self._sentence(found)
        return any(
            self._sentence(other) == place and (within is None or _distance(self._text, found, other) <= within)
            for other in self.by_list.get(one.iri, ())
            if not _overlap(found, other)
        )

    def _sentence(self, found: Found) -> int:
        return bisect_right(self._starts, found.start)

    @cached_property
    def _starts(self) -> list[int]:
        return [match.end() for match in _SENTENCE_START.finditer(self._text)]


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
