"""Finds questions by words: in their titles, names, caveats and columns, whatever the language, accents and case."""

import unicodedata
from collections.abc import Iterator, Sequence

from levier.questions.library import Question

_TITLE, _ELSEWHERE = 2, 1
"""What a word is worth in the name, the theme and the titles, and in everything else that is said of a question."""


def search(known: Sequence[Question], words: str) -> tuple[Question, ...]:
    """Give the questions that have all of the words, or the beginnings of words; the nearest first."""
    wanted = _folded(words).split()
    scores = {question.name: _score(question, wanted) for question in known}
    found = [question for question in known if scores[question.name] > 0]
    return tuple(sorted(found, key=lambda question: -scores[question.name]))


def _score(question: Question, wanted: Sequence[str]) -> int:
    near = _folded(" ".join((question.name.replace("-", " "), question.theme, *question.titles.values())))
    far = _folded(" ".join(_rest(question)))
    scores = [_TITLE if _has(near, word) else _ELSEWHERE if _has(far, word) else 0 for word in wanted]
    return sum(scores) if scores and all(scores) else 0


def _rest(question: Question) -> Iterator[str]:
    yield question.asked_by
    for lines in question.caveats.values():
        yield from lines
    for parameter in question.parameters:
        yield f"{parameter.name} {parameter.type} {parameter.description}"
    for column in question.columns:
        yield f"{column.heading} {column.unit} {column.description}"


def _has(text: str, word: str) -> bool:
    return text.startswith(word) or f" {word}" in text


def _folded(text: str) -> str:
    """Give a text without accents, case and punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(" " if not letter.isalnum() else letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(kept.split())
