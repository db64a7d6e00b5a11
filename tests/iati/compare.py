"""Compare two IATI elements: the same but for order, white space, and the notation of numbers and dates.

This knows nothing of the mapping. Its lists of numeric and date places are of its own, taken from the schema 2.03.
Blank attributes and empty elements count; comments and processing instructions do not.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from lxml import etree

NUMERIC_TEXTS = frozenset(
    {"value", "forecast", "interest-received", "principal-outstanding", "principal-arrears", "interest-arrears"}
)
NUMERIC_ATTRIBUTES = frozenset(
    {"percentage", "rate-1", "rate-2", "level", "hierarchy", "year", "phaseout-year"}
    | {f"{element}/value" for element in ("baseline", "target", "actual")}
)
"""By their name, or `element/name` where the same name means something else on another element."""
DATE_ATTRIBUTES = frozenset({"iso-date", "value-date", "extraction-date"})
MOMENT_ATTRIBUTES = frozenset({"last-updated-datetime", "generated-datetime"})

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.]+)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_DAY_LENGTH = 10


@dataclass(frozen=True)
class Difference:
    """Something that only one of the two elements has."""

    path: str
    kind: str
    """`attribute`, `text` or `element`, and whether it is lost or new."""
    original: str
    written: str


Canonical = tuple[str, tuple[tuple[str, str], ...], str, tuple["Canonical", ...]]
"""Name, attributes in order of name, text, and children in order of their content."""


def differences(original: etree._Element, written: etree._Element) -> list[Difference]:
    """Give what differs; nothing where the two elements say the same."""
    return list(_differences(canonical(original), canonical(written), ""))


def canonical(element: etree._Element) -> Canonical:
    """Give what an element says, in an order of its own."""
    tag = str(element.tag)
    attributes = sorted((str(name), attribute(tag, str(name), str(raw))) for name, raw in element.items())
    parts = [element.text or ""]
    children = []
    for child in element:
        if isinstance(child.tag, str):
            children.append(canonical(child))
        parts.append(child.tail or "")
    plain = " ".join(" ".join(parts).split())
    return tag, tuple(attributes), number(plain) if tag in NUMERIC_TEXTS else plain, tuple(sorted(children))


def attribute(tag: str, name: str, raw: str) -> str:
    """Give the value of an attribute without what is but notation."""
    text = " ".join(raw.split())
    if name in NUMERIC_ATTRIBUTES or f"{tag}/{name}" in NUMERIC_ATTRIBUTES:
        return number(text)
    if name in DATE_ATTRIBUTES:
        return text[:_DAY_LENGTH] if _DATE.fullmatch(text) else text
    return moment(text) if name in MOMENT_ATTRIBUTES else text


@lru_cache(maxsize=4096)
def number(text: str) -> str:
    """Give one notation of a number; what is none stays as it is."""
    if not _NUMBER.fullmatch(text):
        return text
    sign, digits, exponent = Decimal(text).as_tuple()
    whole = "".join(map(str, digits)).lstrip("0")
    stripped = whole.rstrip("0")
    if not stripped:
        return "0"
    return f"{'-' if sign else ''}{stripped}e{int(exponent) + len(whole) - len(stripped)}"


def moment(text: str) -> str:
    """Give one notation of a date and time; what is none stays as it is."""
    if not _MOMENT.fullmatch(text):
        return text
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        return text


def _differences(original: Canonical, written: Canonical, around: str) -> list[Difference]:
    path = f"{around}/{original[0]}"
    found = [Difference(f"{path}/@{name}", "attribute", *values) for name, *values in _unlike(original[1], written[1])]
    if original[2] != written[2]:
        found.append(Difference(f"{path}/text()", "text", original[2], written[2]))
    return [*found, *_unlike_children(original[3], written[3], path)]


def _unlike(original: tuple[tuple[str, str], ...], written: tuple[tuple[str, str], ...]) -> list[tuple[str, str, str]]:
    first, second = dict(original), dict(written)
    names = sorted(first.keys() | second.keys())
    return [
        (name, repr(first.get(name)), repr(second.get(name))) for name in names if first.get(name) != second.get(name)
    ]


def _unlike_children(original: tuple[Canonical, ...], written: tuple[Canonical, ...], path: str) -> list[Difference]:
    """Set aside the children that are alike, then compare those of one name, one by one in their order."""
    first, second = Counter(original), Counter(written)
    lost, new = sorted((first - second).elements()), sorted((second - first).elements())
    found: list[Difference] = []
    for tag in sorted({child[0] for child in (*lost, *new)}):
        ours = [child for child in lost if child[0] == tag]
        theirs = [child for child in new if child[0] == tag]
        for one, other in zip(ours, theirs, strict=False):
            found += _differences(one, other, path)
        found += [Difference(f"{path}/{tag}", "element lost", _shown(one), "") for one in ours[len(theirs) :]]
        found += [Difference(f"{path}/{tag}", "element new", "", _shown(other)) for other in theirs[len(ours) :]]
    return found


def _shown(element: Canonical) -> str:
    tag, attributes, text, children = element
    inside = text + "".join(map(_shown, children))
    return f"<{tag}{''.join(f' {name}={value!r}' for name, value in attributes)}>{inside}</{tag}>"
