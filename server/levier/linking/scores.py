"""Precision, recall and F1 of links against labels, with how sure these figures are, and how well confidence is met."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from random import Random
from statistics import mean
from typing import Final

_Z: Final = 1.96
"""Standard deviations on either side of 95 per cent."""
_RESAMPLES: Final = 2000
_SEED: Final = 1
_BIN: Final = 10
"""Parts that confidence from 0 to 1 is cut into for the reliability."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Links that are right, links that are wrong, labels that are missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def precision(self) -> float:
        """The part of the links that are right, 0 where there is none."""
        return _part(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """The part of the labels that are found, 0 where there is none."""
        return _part(self.right, self.right + self.missed)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return _part(2 * self.right, 2 * self.right + self.wrong + self.missed)


@dataclass(frozen=True, slots=True)
class Judged:
    """One activity as it was linked: the confidence of each element, by notation, beside its labels."""

    identifier: str
    confidences: dict[str, float]
    labels: frozenset[str]
    disputed: frozenset[str]
    threshold: float

    @property
    def given(self) -> frozenset[str]:
        """The notations linked from the threshold up."""
        return frozenset(notation for notation, c in self.confidences.items() if c >= self.threshold)

    def counts(self, notation: str | None = None) -> Counts:
        """Count one element, or all, those in dispute left out."""
        counted = (self.given | self.labels) - self.disputed
        counted = counted if notation is None else counted & {notation}
        return Counts(
            len(counted & self.given & self.labels),
            len(counted & self.given - self.labels),
            len(counted & self.labels - self.given),
        )


@dataclass(frozen=True, slots=True)
class Bin:
    """Links of about the same confidence: how sure they say they are, and how many are right."""

    low: float
    high: float
    links: int
    mean: float
    right: int


def total(judged: Iterable[Judged], notation: str | None = None) -> Counts:
    """Add up the counts of activities."""
    return sum((one.counts(notation) for one in judged), Counts())


def f1_interval(judged: Sequence[Judged], notation: str | None = None) -> tuple[float, float]:
    """Give the 95 % interval of the F1, by drawing the activities anew 2,000 times (the same draws each run)."""
    counts = [one.counts(notation) for one in judged]
    chance = Random(_SEED)  # noqa: S311  # no secret: the same figures each run
    found = sorted(sum(chance.choices(counts, k=len(counts)), Counts()).f1 for _ in range(_RESAMPLES))
    return found[round(0.025 * (_RESAMPLES - 1))], found[round(0.975 * (_RESAMPLES - 1))]


def wilson(right: int, of: int) -> tuple[float, float]:
    """Give the 95 % interval of a part, by Wilson's score; 0 to 1 where there is nothing to count."""
    if not of:
        return 0.0, 1.0
    part, square = right / of, _Z * _Z
    middle = (part + square / (2 * of)) / (1 + square / of)
    half = _Z * sqrt(part * (1 - part) / of + square / (4 * of * of)) / (1 + square / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def confusion(judged: Iterable[Judged]) -> Counter[tuple[str, str]]:
    """Count what was labelled (left) against what was given in its place (right), `-` for nothing."""
    pairs: Counter[tuple[str, str]] = Counter()
    for one in judged:
        missed, wrong = one.labels - one.given - one.disputed, one.given - one.labels - one.disputed
        pairs.update((label, given) for label in missed or {"-"} for given in wrong or {"-"} if missed or wrong)
    return pairs


def reliability(judged: Iterable[Judged]) -> list[Bin]:
    """Give, for each tenth of confidence, the links that have it and how many of them are right."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for one in judged:
        for notation, confidence in one.confidences.items():
            if notation not in one.disputed:
                bins.setdefault(min(int(confidence * _BIN), _BIN - 1), []).append((confidence, notation in one.labels))
    return [
        Bin(n / _BIN, (n + 1) / _BIN, len(found), mean(c for c, _ in found), sum(right for _, right in found))
        for n, found in sorted(bins.items())
    ]


def _part(of: int, whole: int) -> float:
    return of / whole if whole else 0.0
