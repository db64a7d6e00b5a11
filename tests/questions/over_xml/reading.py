"""IATI XML read a second way: lxml and decimals alone, nothing of `levier.iati`, for the figures of the questions.

What is taken from the graph is what is not checked here: which copy of an activity counts, and its links to the notes.
"""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from currency_converter import CurrencyConverter, RateNotFoundError
from lxml import etree

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Transaction:
    """A transaction as its file has it; the currency and the flag of its activity where it has none of its own."""

    kind: str
    amount: Decimal
    currency: str
    year: int | None
    aid_type: str
    humanitarian: bool


@dataclass(frozen=True)
class Activity:
    """An activity as its file has it."""

    identifier: str
    transactions: tuple[Transaction, ...]
    has_objective: bool
    results: int
    indicators: int
    baselines: int
    targets: int
    actuals: int


def read(path: Path) -> Iterator[Activity]:
    """Give the activities of a file, packed or not."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
        for node in etree.parse(stream).getroot().iter("iati-activity"):
            yield _activity(node)


def _activity(node: etree._Element) -> Activity:
    def count(path: str) -> int:
        return len(node.findall(path))

    return Activity(
        (node.findtext("iati-identifier") or "").strip(),
        tuple(found for one in node.findall("transaction") if (found := _transaction(one, node)) is not None),
        any((one.findtext("narrative") or one.text or "").strip() for one in node.findall("description[@type='2']")),
        count("result"),
        count("result/indicator"),
        count("result/indicator/baseline"),
        count("result/indicator/period/target"),
        count("result/indicator/period/actual"),
    )


def _transaction(node: etree._Element, activity: etree._Element) -> Transaction | None:
    value = node.find("value")
    if value is None:
        return None
    try:
        amount = Decimal((value.text or "").strip().replace(",", ""))
    except InvalidOperation:
        return None
    stated = value.get("currency") or activity.get("default-currency") or ""
    euros = _in_euros(amount, stated, _day(value.get("value-date")))
    when = node.find("transaction-date")
    day = _day(when.get("iso-date")) if when is not None else None
    kind = node.find("transaction-type")
    flag = node.get("humanitarian") or activity.get("humanitarian") or "0"
    return Transaction(
        kind.get("code", "") if kind is not None else "",
        amount if euros is None else euros,
        stated if euros is None else "EUR",
        day.year if day else None,
        _aid_type(node, "aid-type") or _aid_type(activity, "default-aid-type"),
        flag in {"1", "true"},
    )


def _aid_type(node: etree._Element, name: str) -> str:
    codes = [one.get("code", "").strip() for one in node.findall(name) if one.get("vocabulary") in {None, "1"}]
    return min((code for code in codes if code), default="")


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "").strip()[:10])
    except ValueError:
        return None


@cache
def _converter() -> CurrencyConverter:
    return CurrencyConverter(fallback_on_missing_rate=True, fallback_on_missing_rate_method="last_known", decimal=True)


def _in_euros(amount: Decimal, currency: str, day: date | None) -> Decimal | None:
    """Give the amount at the European Central Bank's rate of a day, or of its last one before; None without a rate."""
    if currency == "EUR":
        return amount
    if day is None:
        return None
    try:
        return Decimal(_converter().convert(amount, currency, "EUR", day)).quantize(CENT, ROUND_HALF_UP)
    except (RateNotFoundError, ValueError):
        return None


def summed(rows: Mapping[tuple[object, ...], Decimal]) -> dict[tuple[object, ...], Decimal]:
    """Give sums to the cent, without those that are zero."""
    rounded = {key: one.quantize(CENT, ROUND_HALF_UP) for key, one in rows.items()}
    return {key: one for key, one in rounded.items() if one}
