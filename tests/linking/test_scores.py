"""Precision, recall, F1, their intervals and the reliability, on counts that can be checked by hand."""

import pytest

from levier.linking.scores import Counts, Judged, confusion, f1_interval, reliability, total, wilson


def judged(labels: str, disputed: str = "", **confidences: float) -> Judged:
    return Judged("a", confidences, frozenset(labels.split()), frozenset(disputed.split()), 0.5)


FOUR = [
    judged("M1", M1=0.9),
    judged("M1", M1=0.4, M3=0.7),
    judged("", M3=0.8),
    judged("M3", "M1", M1=0.9, M3=0.6),
]


def test_counts_are_per_element_and_leave_disputed_labels_out() -> None:
    assert Counts(2, 2, 1) == total(FOUR)
    assert Counts(1, 0, 1) == total(FOUR, "M1")
    assert Counts(1, 2, 0) == total(FOUR, "M3")


def test_precision_recall_and_f1() -> None:
    counts = Counts(2, 2, 1)

    assert pytest.approx((0.5, 2 / 3, 4 / 7)) == (counts.precision, counts.recall, counts.f1)
    assert (0.0, 0.0, 0.0) == (Counts().precision, Counts().recall, Counts().f1)


def test_interval_of_wilson() -> None:
    """The published example: 15 of 20 is from 0.531 to 0.888."""
    assert pytest.approx((0.531, 0.888), abs=0.001) == wilson(15, 20)
    assert wilson(0, 0) == (0.0, 1.0)


def test_interval_of_f1_is_the_same_each_time_and_holds_the_f1() -> None:
    low, high = f1_interval(FOUR)

    assert low <= total(FOUR).f1 <= high
    assert (low, high) == f1_interval(FOUR)


def test_confusion_tells_what_was_given_in_place_of_what() -> None:
    assert {("M1", "M3"): 1, ("-", "M3"): 1} == confusion(FOUR)


def test_reliability_counts_the_right_ones_by_confidence() -> None:
    found = {one.low: (one.links, one.right) for one in reliability(FOUR)}

    assert {0.4: (1, 1), 0.6: (1, 1), 0.7: (1, 0), 0.8: (1, 0), 0.9: (1, 1)} == found
