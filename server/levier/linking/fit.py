"""Fitting the weights of the rules to labelled activities.

A weight is chosen from a coarse grid, one rule after the other, so that the labels become most likely: the sum of
−log p over all pairs of an activity and an element, and the surprise of leaving the weight that the rule's author gave
before any label was looked at (`levier:priorWeight`, which counts as `STRENGTH` activities). That makes a confidence
what it says: of links given 0.8, four of five should be right. Words, codes and the form of the rules are not fitted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log, prod
from typing import Final

from levier.linking.engine import CEILING, Firing
from levier.linking.model import RuleBook

GRID: Final = tuple(step / 20 for step in range(1, 20))
STRENGTH: Final = 6.0
"""How many activities the author's weight counts for."""
_SWEEPS: Final = 8
_FLOOR: Final = 0.01

Weights = Mapping[str, float]
"""By IRI of the rule."""


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled activity as the fit sees it: the rules that hold for it, and what it serves, by notation."""

    identifier: str
    group: str
    """The reporting organisation: its activities stay together, for they repeat each other."""
    firings: Mapping[str, Firing]
    labels: frozenset[str]
    disputed: frozenset[str] = frozenset()


class Model:
    """The structure of a rule book: how the weights of the rules that hold make a confidence."""

    def __init__(self, book: RuleBook) -> None:
        self._book = book
        self._weakeners = {iri: [r.iri for r in book.weakeners(iri)] for iri in (*book.rules, *book.elements)}
        self._speaking: dict[str, list[str]] = {}
        for iri, rule in book.rules.items():
            for element in rule.elements:
                self._speaking.setdefault(element.iri, []).append(iri)
        self._notations = {iri: element.notation for iri, element in book.elements.items()}

    def prior(self, iri: str) -> float:
        """Give the weight that the rule's author gave."""
        return self._book.rules[iri].prior

    def confidences(self, firings: Mapping[str, Firing], weights: Weights) -> dict[str, float]:
        """Give the confidence of each element that a rule speaks for, by notation."""
        found = {}
        for element, rules in self._speaking.items():
            held = [iri for iri in rules if iri in firings]
            if held:
                found[self._notations[element]] = self._element(element, held, firings, weights)
        return found

    def _element(self, element: str, held: list[str], firings: Mapping[str, Firing], weights: Weights) -> float:
        groups: dict[tuple[str, ...], list[str]] = {}
        for iri in held:
            groups.setdefault(self._book.rules[iri].requires, []).append(iri)
        parts = (
            self._gate(requires, firings, weights) * _noisy_or(weights[iri] for iri in rules)
            for requires, rules in groups.items()
        )
        return _noisy_or(parts) * self._left(element, firings, weights)

    def _gate(self, requires: tuple[str, ...], firings: Mapping[str, Firing], weights: Weights) -> float:
        held = [iri for iri in requires if iri in firings]
        return _noisy_or(self._rule(iri, firings, weights) for iri in held) if held else 1.0

    def _rule(self, iri: str, firings: Mapping[str, Firing], weights: Weights) -> float:
        gate = self._gate(self._book.rules[iri].requires, firings, weights)
        return gate * weights[iri] * self._left(iri, firings, weights)

    def _left(self, iri: str, firings: Mapping[str, Firing], weights: Weights) -> float:
        against = (one for one in self._weakeners[iri] if one in firings)
        return prod(1 - self._rule(one, firings, weights) for one in against)


def fit(book: RuleBook, cases: Sequence[Case]) -> dict[str, float]:
    """Give the weights under which the labels of the cases are most likely, each from `GRID`.

    Nothing of the weights that the book has leaks in: the fit begins at what the authors gave. A rule with the weight
    1 is part of the structure (a gate that gathers others) and stays; one that holds for no case stays at its
    author's weight.
    """
    model = Model(book)
    fixed = {iri: rule.weight for iri, rule in book.rules.items() if rule.weight == 1}
    weights = {iri: rule.prior for iri, rule in book.rules.items()} | fixed
    concerned = {iri: [case for case in cases if iri in case.firings] for iri in book.rules if iri not in fixed}
    for _ in range(_SWEEPS):
        before = dict(weights)
        for iri, met in concerned.items():
            if met:
                weights[iri] = _best(model, iri, met, weights)
        if weights == before:
            break
    return weights


def _best(model: Model, iri: str, cases: Sequence[Case], weights: Weights) -> float:
    prior = model.prior(iri)

    def loss(weight: float) -> float:
        belief = -STRENGTH * (prior * log(weight) + (1 - prior) * log(1 - weight))
        tried = {**weights, iri: weight}
        return belief + sum(_surprise(case, model.confidences(case.firings, tried)) for case in cases)

    return min(GRID, key=loss)


def _surprise(case: Case, confidences: Mapping[str, float]) -> float:
    total = 0.0
    for notation, confidence in confidences.items():
        if notation not in case.disputed:
            p = min(max(confidence, _FLOOR), 1 - _FLOOR)
            total -= log(p if notation in case.labels else 1 - p)
    return total


def _noisy_or(confidences: Iterable[float]) -> float:
    return min(1 - prod(1 - c for c in confidences), CEILING)
