"""IATI XML read a second way: lxml and decimals alone, nothing of `levier.iati`, for the figures of the questions.

Versions 1.0x are read by their own names: codes that were letters or words, texts without a narrative.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lxml import etree
from tests.questions.over_xml.rates import in_euros

KINDS = {"c": "2", "d": "3", "e": "4"}
ROLES = {"funding": "1", "accountable": "2", "extending": "3", "implementing": "4"}
DATES = {"start-planned": "1", "start-actual": "2", "end-planned": "3", "end-actual": "4"}
VOCABULARIES = {None: "1", "": "1", "DAC": "1", "DAC-3": "2"}


@dataclass(frozen=True)
class Part:
    """A sector or a place, which may have a percentage; its code is empty where the file gives none."""

    vocabulary: str
    code: str
    percentage: Decimal | None


@dataclass(frozen=True)
class Participation:
    """A participating organisation."""

    role: str
    kind: str
    ref: str
    activity: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Scope:
    """A humanitarian scope: an emergency (1) or an appeal (2), and its code in capitals."""

    kind: str
    code: str


@dataclass(frozen=True)
class Transaction:
    """A transaction as its file has it; `currency` is EUR where the amount is, or could be made, one in euros."""

    kind: str
    amount: Decimal | None
    currency: str
    day: date | None
    humanitarian: bool | None
    aid_types: tuple[str, ...]
    sectors: tuple[Part, ...]
    countries: tuple[Part, ...]
    regions: tuple[Part, ...]
    receiver: str | None
    receiver_activity: str
    provider_activity: str
    texts: tuple[str, ...]
    scopes: tuple[Scope, ...]

    @property
    def year(self) -> str:
        return str(self.day.year) if self.day else ""


@dataclass(frozen=True)
class Activity:
    """An activity as its file has it, with the line on which it begins."""

    identifier: str
    line: int
    reporter: str
    transactions: tuple[Transaction, ...]
    sectors: tuple[Part, ...]
    countries: tuple[Part, ...]
    regions: tuple[Part, ...]
    aid_types: tuple[str, ...]
    humanitarian: bool | None
    participations: tuple[Participation, ...]
    dates: dict[str, tuple[date, ...]]
    titles: tuple[str, ...]
    descriptions: tuple[tuple[str, str], ...]
    scopes: tuple[Scope, ...]
    tags: tuple[str, ...]
    has_country_budget: bool
    results: dict[str, int]


def read(path: Path) -> Iterator[Activity]:
    """Give the activities of a file, packed or not."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
        for _, node in etree.iterparse(stream, tag="iati-activity", recover=True, huge_tree=True):
            yield _activity(node)
            node.clear()


def _activity(node: etree._Element) -> Activity:
    reporting = node.find("reporting-org")
    old = node.getroottree().getroot().get("version", "1").startswith("1")
    return Activity(
        identifier=(node.findtext("iati-identifier") or "").strip(),
        line=node.sourceline or 0,
        reporter="" if reporting is None else reporting.get("ref", "").strip(),
        transactions=tuple(_transaction(one, node, old=old) for one in node.findall("transaction")),
        sectors=_parts(node, "sector"),
        countries=_parts(node, "recipient-country"),
        regions=_parts(node, "recipient-region"),
        aid_types=_aid_types(node, "default-aid-type"),
        humanitarian=_flag(node),
        participations=tuple(
            Participation(
                _code(one.get("role"), ROLES if old else {}),
                one.get("type", "").strip(),
                one.get("ref", "").strip(),
                one.get("activity-id", "").strip(),
                _texts(one),
            )
            for one in node.findall("participating-org")
        ),
        dates=_dates(node, old=old),
        titles=tuple(text for one in node.findall("title") for text in _texts(one)),
        descriptions=tuple((one.get("type", ""), text) for one in node.findall("description") for text in _texts(one)),
        scopes=_scopes(node),
        tags=tuple(
            one.get("code", "").strip()
            for one in node.findall("tag")
            if one.get("vocabulary") == "99" and not one.get("vocabulary-uri")
        ),
        has_country_budget=node.find("country-budget-items") is not None,
        results={path: len(node.findall(path)) for path in RESULTS},
    )


RESULTS = ("result", "result/indicator", "result/indicator/baseline", "result/indicator/period/target",
           "result/indicator/period/actual")  # fmt: skip


def _transaction(node: etree._Element, activity: etree._Element, *, old: bool) -> Transaction:
    value, receiver, provider = node.find("value"), node.find("receiver-org"), node.find("provider-org")
    kind = node.find("transaction-type")
    amount, currency = _amount(value, activity)
    when = node.find("transaction-date")
    return Transaction(
        kind=_code(kind.get("code") if kind is not None else "", KINDS if old else {}),
        amount=amount,
        currency=currency,
        day=_day(when.get("iso-date")) if when is not None else None,
        humanitarian=_flag(node),
        aid_types=_aid_types(node, "aid-type"),
        sectors=_parts(node, "sector"),
        countries=_parts(node, "recipient-country"),
        regions=_parts(node, "recipient-region"),
        receiver=None if receiver is None else receiver.get("ref", "").strip(),
        receiver_activity="" if receiver is None else receiver.get("receiver-activity-id", "").strip(),
        provider_activity="" if provider is None else provider.get("provider-activity-id", "").strip(),
        texts=tuple(text for one in node.findall("description") for text in _texts(one)),
        scopes=_scopes(node),
    )


def _amount(value: etree._Element | None, activity: etree._Element) -> tuple[Decimal | None, str]:
    """Give the amount in euros where there is a rate, else as reported, and its currency; None for no number."""
    amount = _decimal(value.text) if value is not None else None
    if value is None or amount is None:
        return None, ""
    stated = (value.get("currency") or activity.get("default-currency") or "").strip().upper()
    euros = in_euros(amount, stated, _day(value.get("value-date")))
    return (amount, stated) if euros is None else (euros, "EUR")


def _code(text: str | None, names: dict[str, str]) -> str:
    """Give a code, or the one that has replaced a name of the versions 1.0x."""
    return names.get((text or "").strip().lower(), (text or "").strip())


def _decimal(text: str | None) -> Decimal | None:
    try:
        return Decimal((text or "").strip().replace(",", ""))
    except InvalidOperation:
        return None


def _parts(node: etree._Element, name: str) -> tuple[Part, ...]:
    return tuple(
        Part(VOCABULARIES.get(stated, stated or ""), one.get("code", "").strip(), _decimal(one.get("percentage")))
        for one in node.findall(name)
        for stated in [one.get("vocabulary")]
    )


def _aid_types(node: etree._Element, name: str) -> tuple[str, ...]:
    codes = (one.get("code", "").strip() for one in node.findall(name) if one.get("vocabulary") in {None, "", "1"})
    return tuple(code for code in codes if code)


def _scopes(node: etree._Element) -> tuple[Scope, ...]:
    found = node.findall("humanitarian-scope")
    return tuple(Scope(one.get("type", "").strip(), one.get("code", "").strip().upper()) for one in found)


def _flag(node: etree._Element) -> bool | None:
    return {"1": True, "true": True, "0": False, "false": False}.get(node.get("humanitarian", "").strip())


def _texts(node: etree._Element) -> tuple[str, ...]:
    found = [one.text for one in node.findall("narrative")] or [node.text]
    return tuple(text.strip() for text in found if text and text.strip())


def _dates(node: etree._Element, *, old: bool) -> dict[str, tuple[date, ...]]:
    found: dict[str, tuple[date, ...]] = {}
    for one in node.findall("activity-date"):
        kind = _code(one.get("type"), DATES if old else {})
        day = _day(one.get("iso-date") or (one.text if old else None))
        if day:
            found[kind] = (*found.get(kind, ()), day)
    return found


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "").strip()[:10])
    except ValueError:
        return None
