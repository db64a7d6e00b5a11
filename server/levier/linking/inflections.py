"""Words in their other forms: who writes “vaccin~” means “vaccins” too, and not “vaccination”.

Snowball's stemmers say whether two words may be forms of one. They cut off more than endings that inflect: “commune”
and “communication” have one stem. So forms may differ in their last letters only, and in no more than a few.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ahocorasick_rs import AhoCorasick
from Stemmer import Stemmer

_ALGORITHMS: Final = {
    "de": "german", "en": "english", "es": "spanish", "fr": "french", "nl": "dutch", "pt": "portuguese",
}  # fmt: skip
_REMEMBERED: Final = 50_000
"""Words of a language whose stems are remembered."""
_OTHER: Final = "-"
_LONGEST_ENDING: Final = 3
"""Letters in which two forms of a word may differ at their end: “-s”, “-ing”, “-aux”, “-en”."""


class Inflections:
    """Finds the terms of one language in other forms than they are written in."""

    def __init__(self, language: str, terms: Mapping[int, str]) -> None:
        stemmer = Stemmer(_ALGORITHMS[language], 0)
        self._by_pattern: dict[str, list[tuple[int, list[str]]]] = {}
        for number, term in terms.items():
            words = term.split()
            stems = stemmer.stemWords(words)
            self._by_pattern.setdefault(f" {' '.join(stems)} ", []).append((number, words))
        self._patterns = list(self._by_pattern)
        self._automaton = AhoCorasick(self._patterns) if self._patterns else None
        self._stems = _Stems(stemmer, frozenset(" ".join(self._patterns).split()))

    def find(self, words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """Give the first word, the last word and the number of each term found."""
        if self._automaton is None:
            return
        text = f" {' '.join([self._stems[word] for word in words])} "
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            first = text.count(" ", 0, start)
            last = first + text.count(" ", start + 1, end) - 1
            forms = words[first : last + 1]
            for number, written in self._by_pattern[self._patterns[index]]:
                if forms != written and all(map(_is_form, forms, written)):
                    yield first, last, number


class _Stems(dict[str, str]):
    """The stem of each word met, or a mark where no term has it: then there is less to look through."""

    def __init__(self, stemmer: Stemmer, known: frozenset[str]) -> None:
        self._stemmer, self._known = stemmer, known

    def __missing__(self, word: str) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        stem = str(self._stemmer.stemWord(word))
        found = self[word] = stem if stem in self._known else _OTHER
        return found


def _is_form(one: str, other: str) -> bool:
    """Tell whether two words differ in their last letters only."""
    same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return max(len(one), len(other)) - same <= _LONGEST_ENDING
