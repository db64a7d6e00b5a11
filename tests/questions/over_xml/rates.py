"""The European Central Bank's rates by the library currencyconverter: an amount in euros, or none without a rate."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from currency_converter import CurrencyConverter, RateNotFoundError

CENT = Decimal("0.01")
LONGEST_PAUSE = 7
"""Days that a published rate may hold; the bank's longest pause, at Easter or Christmas, has 5."""


@cache
def _converter() -> CurrencyConverter:
    return CurrencyConverter(decimal=True)


def in_euros(amount: Decimal, currency: str, day: date | None) -> Decimal | None:
    """Give the amount to the cent, at the last rate that the bank had published on that day; None without a rate."""
    if currency == "EUR":
        return amount
    published = _published(day) if day else None
    if published is None or not _has_rate(currency, published):
        return None
    return Decimal(_converter().convert(amount, currency, "EUR", published)).quantize(CENT, ROUND_HALF_UP)


@cache
def _published(day: date) -> date | None:
    """Give the bank's last day of publication before a day, or that day; the dollar has a rate on each of them."""
    last = _converter().bounds["USD"].last_date
    if day > last:
        return None
    days = (day - timedelta(days=back) for back in range(LONGEST_PAUSE + 1))
    return next((one for one in days if _has_rate("USD", one)), None)


@cache
def _has_rate(currency: str, day: date) -> bool:
    try:
        _converter().convert(1, currency, "EUR", day)
    except (RateNotFoundError, ValueError):
        return False
    return True
