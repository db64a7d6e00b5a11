"""Text of IATI as terms of N-Triples: literals typed where they parse, language tags that are well formed.

Every function gives the term as it stands in an N-Triples line. A typed one gives None where the text is not of the
type: the caller keeps such text as a plain string and reports it. Nothing is guessed: `1,000` is not a decimal.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from functools import lru_cache
from typing import Final

from levier.terms import XSD

_DATE: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:T[\d:.]+)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_DATETIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_INTEGER: Final = re.compile(r"[+-]?\d+", re.ASCII)
# BCP 47 without extensions, private use and grandfathered tags, which IATI data have no use for.
_LANGUAGE: Final = re.compile(
    r"[a-z]{2,3}(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*", re.ASCII
)
# Oxigraph keeps a decimal in 128 bits with 18 digits after the point; anything longer it cannot add up.
FRACTION_DIGITS: Final = 18
"""Digits after the point that a decimal may have."""
_WHOLE_DIGITS: Final = 20
_LONGEST_INTEGER: Final = 18

_BOOLEANS: Final = {"1": "true", "true": "true", "0": "false", "false": "false"}


def escape(text: str) -> str:
    """Give the text with what N-Triples escapes between quotes."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if '"' in text:
        text = text.replace('"', '\\"')
    if "\n" in text:
        text = text.replace("\n", "\\n")
    if "\r" in text:
        text = text.replace("\r", "\\r")
    return text


def string(text: str) -> str:
    """Give a plain literal."""
    return f'"{escape(text)}"'


def tagged(text: str, tag: str) -> str:
    """Give a literal with a language `tag`, which must be well formed, or a plain one where it is empty."""
    return f'"{escape(text)}"@{tag}' if tag else f'"{escape(text)}"'


def language_tag(text: str) -> str | None:
    """Give the tag in lower case, or None where it is not a well-formed BCP 47 tag."""
    tag = text.strip().lower()
    subtags = tag.split("-")
    # A repeated variant is not well formed, and the store refuses the whole file for it.
    return tag if _LANGUAGE.fullmatch(tag) and len(set(subtags[1:])) == len(subtags[1:]) else None


@lru_cache(maxsize=8192)
def day(text: str) -> str | None:
    """Give an xsd:date; of a date with a time or a zone, the date as written."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        date.fromisoformat(match[1])
    except ValueError:  # 2020-02-30
        return None
    return f'"{match[1]}"^^<{XSD}date>'


@lru_cache(maxsize=1024)
def moment(text: str) -> str | None:
    """Give an xsd:dateTime."""
    if not _DATETIME.fullmatch(text):
        return None
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return None
    return f'"{text}"^^<{XSD}dateTime>'


@lru_cache(maxsize=8192)
def decimal(text: str) -> str | None:
    """Give an xsd:decimal, to 18 places after the point at most; None too where it has over 20 digits before it."""
    if not _DECIMAL.fullmatch(text):
        return None
    sign = "-" if text.startswith("-") else ""
    whole, _, fraction = text.lstrip("+-").partition(".")
    if len(fraction) > FRACTION_DIGITS:
        whole, _, fraction = _rounded(f"{whole or '0'}.{fraction}").partition(".")
    if len(whole.lstrip("0")) > _WHOLE_DIGITS:
        return None
    return f'"{sign}{whole or "0"}{"." + fraction if fraction else ""}"^^<{XSD}decimal>'


def is_rounded(text: str) -> bool:
    """Tell whether `decimal` gives another number than the text."""
    return (
        len(text) > FRACTION_DIGITS
        and len(text.partition(".")[2].rstrip("0")) > FRACTION_DIGITS
        and (decimal(text) is not None)
    )


def number(value: Decimal) -> str:
    """Give a decimal of ours."""
    return f'"{value:f}"^^<{XSD}decimal>'


def value(term: str) -> str:
    """Give the text of a typed literal of ours, in which nothing is escaped."""
    return term[1 : term.index('"', 1)]


def day_only(text: str) -> str:
    """Give a date as YYYY-MM-DD, empty where the text is none."""
    term = day(text)
    return value(term) if term else ""


def _rounded(text: str) -> str:
    with localcontext(prec=len(text) + 1):
        return format(Decimal(text).quantize(Decimal(1).scaleb(-FRACTION_DIGITS), ROUND_HALF_EVEN), "f")


@lru_cache(maxsize=1024)
def integer(text: str) -> str | None:
    """Give an xsd:integer that fits in 64 bits."""
    if not _INTEGER.fullmatch(text) or len(text.lstrip("+-")) > _LONGEST_INTEGER:
        return None
    return f'"{text.lstrip("+")}"^^<{XSD}integer>'


def whole(number: int) -> str:
    """Give a number of ours as an xsd:integer."""
    return f'"{number}"^^<{XSD}integer>'


def boolean(text: str) -> str | None:
    """Give an xsd:boolean; the standard allows 1, 0, true and false."""
    value = _BOOLEANS.get(text)
    return None if value is None else f'"{value}"^^<{XSD}boolean>'


def address(text: str) -> str:
    """Give an xsd:anyURI literal; XML Schema accepts any text there, so this does."""
    return f'"{escape(text)}"^^<{XSD}anyURI>'


TYPED: Final[dict[str, Callable[[str], str | None]]] = {
    "string": string,
    "date": day,
    "dateTime": moment,
    "decimal": decimal,
    "integer": integer,
    "boolean": boolean,
    "anyURI": address,
}
"""The literal of each datatype that the table of the mapping names."""

WORDS: Final = {
    "date": "a date (YYYY-MM-DD)",
    "dateTime": "a date and time (YYYY-MM-DDThh:mm:ssZ)",
    "decimal": "a decimal number",
    "integer": "a whole number",
    "boolean": "1, 0, true or false",
}
"""What the text should have been, for messages."""
