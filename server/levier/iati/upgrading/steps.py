"""What is done to an element of IATI 1.0x by one row of the table `upgrade.tsv`, and the account of it."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, Protocol

from lxml import etree

from levier.iati.upgrading.table import DATE, UpgradeRow, is_element, upgrade_table
from levier.terms import XML_LANG

NARRATIVE: Final = "narrative"
WGS84: Final = "http://www.opengis.net/def/crs/EPSG/0/4326"
"""The one reference system that the standard allows for a position."""

_XML_SPACE: Final = " \t\r\n"
_LINES: Final = 1 << 16
"""libxml2 keeps the line of an element in 16 bits; what it tells beyond that, it reads off the parsed text inside."""
_DATE: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2}|T.*)?")
_BOTH: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)? [+-]?[0-9]+(?:\.[0-9]*)?")


class Log:
    """What was done to one activity."""

    __slots__ = ("codes", "made", "moved", "removed")

    def __init__(self) -> None:
        self.made = 0
        self.removed = 0
        self.moved = 0
        self.codes: dict[tuple[str, str, str], list[int]] = {}
        """By place, old code and new code (empty: none is known): the line where it was first, and how often."""

    def code(self, place: str, old: str, new: str, element: etree._Element) -> None:
        """Note that a code changed, or (empty) that none is known."""
        met = self.codes.get((place, old, new))
        if met is None:
            self.codes[place, old, new] = [element.sourceline or 0, 1]
        else:
            met[1] += 1


class Step(Protocol):
    """One thing that is done to an element."""

    def apply(self, element: etree._Element, log: Log) -> bool:
        """Do it; False where the later steps of the element do not hold then."""


def step_of(row: UpgradeRow) -> Step:
    """Give what a row does."""
    kinds: Mapping[str, Callable[[UpgradeRow], Step]] = {
        "narrative": lambda _: _Narrative(),
        "rename": _Rename,
        "code": _Recode,
        "move": _Move,
        "derive": _Derive,
        "add": _Add,
        "position": _Position,
        "area": _Area,
    }
    return kinds[row.kind](row)


class _Narrative:
    """The text of an element goes into a narrative, with its language."""

    def apply(self, element: etree._Element, log: Log) -> bool:
        text = element.text
        if text is None or _blank(text) or (len(element) and next(element.iterchildren(NARRATIVE), None) is not None):
            return True
        narrative = _child(element, NARRATIVE, 0)
        narrative.text = text
        element.text = None
        language = element.get(XML_LANG)
        if language is not None:
            narrative.set(XML_LANG, language)
            del element.attrib[XML_LANG]
        log.made += 1
        log.moved += 1
        return True


class _Rename:
    """The element has another name, where the condition holds."""

    def __init__(self, row: UpgradeRow) -> None:
        self._to = row.to
        self._holds = _condition(row.when)

    def apply(self, element: etree._Element, log: Log) -> bool:
        if not self._holds(element):
            return False
        element.tag = self._to
        log.moved += 1
        return True


class _Codes:
    """A list of codes: the new one by the old one, in any letter case."""

    def __init__(self, name: str) -> None:
        codes = upgrade_table().lists[name]
        self._exact = dict(codes)
        self._folded = {old.casefold(): new for old, new in codes.items()}
        self._folded.update((new.casefold(), new) for new in codes.values() if new.casefold() not in self._folded)

    def new(self, value: str) -> str:
        """Give the code of 2.03; empty where none is known."""
        return self._exact.get(value) or self._folded.get(value.strip().casefold(), "")


class _Recode:
    """A value changes by a list."""

    def __init__(self, row: UpgradeRow) -> None:
        self._place = row.place
        self._attribute = row.leaf.removeprefix("@")
        self._codes = _Codes(row.by)
        self._holds = _condition(row.when) if row.when else None

    def apply(self, element: etree._Element, log: Log) -> bool:
        old = element.get(self._attribute)
        if not old or (self._holds is not None and not self._holds(element)):
            return True
        new = self._codes.new(old)
        if new and new != old:
            element.set(self._attribute, new)
            log.code(self._place, old, new, element)
        elif not new and self._holds is None and not _blank(old):
            log.code(self._place, old, "", element)
        return True


class _Move:
    """A value stands elsewhere, by a list or where it is a date."""

    def __init__(self, row: UpgradeRow) -> None:
        self._place = row.place
        self._dates_only = row.by == DATE
        self._attribute = "" if row.leaf == "text()" else _attribute(row.leaf)
        self._to = _Target(row.to)
        self._codes = _Codes(row.by) if row.by not in {"", DATE} else None

    def apply(self, element: etree._Element, log: Log) -> bool:
        attribute = self._attribute
        value = (element.get(attribute) if attribute else element.text) or ""
        if _blank(value):
            return True
        value = value.strip(_XML_SPACE)
        new = self._new(value)
        if not new and attribute:
            log.code(self._place, value, "", element)
        if new and self._to.put(element, new, log):
            self._take_away(element)
            if new == value:
                log.moved += 1
            else:
                log.code(self._place, value, new, element)
        return True

    def _new(self, value: str) -> str:
        if self._codes is not None:
            return self._codes.new(value)
        return value if not self._dates_only or _is_date(value) else ""

    def _take_away(self, element: etree._Element) -> None:
        if self._attribute:
            del element.attrib[self._attribute]
        else:
            element.text = None


class _Derive:
    """The new place gets what it can say of a value, and the value stays."""

    def __init__(self, row: UpgradeRow) -> None:
        self._attribute = _attribute(row.leaf)
        self._to = _Target(row.to)
        self._codes = _Codes(row.by)

    def apply(self, element: etree._Element, log: Log) -> bool:
        new = self._codes.new(element.get(self._attribute) or "")
        if new and self._to.put(element, new, log):
            log.made += 1
            log.moved += 1
        return True


class _Add:
    """A place gets a value that is always the same."""

    def __init__(self, row: UpgradeRow) -> None:
        self._to = _Target(row.to)
        self._value = row.by

    def apply(self, element: etree._Element, log: Log) -> bool:
        if self._to.put(element, self._value, log):
            log.made += 1
        return True


class _Position:
    """Latitude and longitude become a position, where both are decimals and the location has no other."""

    def __init__(self, row: UpgradeRow) -> None:
        self._to = row.to

    def apply(self, element: etree._Element, log: Log) -> bool:
        position = f"{(element.get('latitude') or '').strip()} {(element.get('longitude') or '').strip()}"
        if _BOTH.fullmatch(position) is None or _beside(element, self._to):
            return False
        element.tag = self._to
        del element.attrib["latitude"], element.attrib["longitude"]
        element.set("srsName", WGS84)
        _child(element, "pos", 0).text = position
        log.removed += 2
        log.made += 3  # srsName, pos and its text
        log.moved += 1
        return True


class _Area:
    """A code of an area becomes an administrative element: this one, or a new one where this one has a code already."""

    _SAID: Final = ("vocabulary", "level", "code")

    def __init__(self, row: UpgradeRow) -> None:
        self._attribute = _attribute(row.leaf)
        self._vocabulary, self._level = row.to.split()

    def apply(self, element: etree._Element, log: Log) -> bool:
        code = (element.get(self._attribute) or "").strip()
        around = element.getparent()
        if not code or around is None:
            return True
        del element.attrib[self._attribute]
        area = element
        if any(name in element.attrib for name in self._SAID):
            area = _child(around, str(element.tag), len(around), element)
            log.made += 1
        for name, value in zip(self._SAID, (self._vocabulary, self._level, code), strict=True):
            area.set(name, value)
        log.made += 2
        log.moved += 1
        return True


class Join:
    """Several elements that differ in the language of their text only become the first of them."""

    def __init__(self, row: UpgradeRow) -> None:
        self._key = row.to
        self._in_any_language = row.kind == "one"

    def apply(self, elements: list[etree._Element], log: Log) -> None:
        """Put the narratives of those that can be joined into the first of them, and take the others away."""
        firsts: dict[frozenset[tuple[str, str]], etree._Element] = {}
        for element in elements:
            if self._key and not (element.get(self._key) or "").strip():
                continue
            first = firsts.setdefault(frozenset(element.attrib.items()), element)
            if first is not element and self._can_join(first, element):
                first.extend(list(element))
                log.removed += 1 + len(element.attrib)
                log.moved += 1
                around = element.getparent()
                if around is not None:
                    around.remove(element)

    def _can_join(self, first: etree._Element, element: etree._Element) -> bool:
        if not (_only_narratives(first) and _only_narratives(element)):
            return False
        return self._in_any_language or _languages(first).isdisjoint(_languages(element))


class _Target:
    """A place to put a value: `@attribute`, `child/@attribute`, `child/text()`, or one beside the element."""

    def __init__(self, path: str) -> None:
        *names, leaf = path.split("/")
        self._beside = names[:1] == [".."]
        self._names = names[1:] if self._beside else names
        self._attribute = "" if leaf == "text()" else _attribute(leaf)

    def put(self, element: etree._Element, value: str, log: Log) -> bool:
        """Put the value there, and count the elements that were made for it; False where the place is taken."""
        place: etree._Element | None = element.getparent() if self._beside else element
        names = list(self._names)
        while place is not None and names and (found := next(place.iterchildren(names[0]), None)) is not None:
            place = found
            names.pop(0)
        if place is None or (not names and self._is_taken(place)):
            return False
        for name in names:
            place = _child(place, name, len(place), element)
            log.made += 1
        if self._attribute:
            place.set(self._attribute, value)
        else:
            place.text = value
        return True

    def _is_taken(self, place: etree._Element) -> bool:
        return self._attribute in place.attrib if self._attribute else not _blank(place.text)


def _child(around: etree._Element, tag: str, index: int, like: etree._Element | None = None) -> etree._Element:
    """Make an element in another, with the line of the element it comes from, by which messages name it."""
    child = etree.SubElement(around, tag)
    if index != len(around) - 1:
        around.insert(index, child)
    line = (around if like is None else like).sourceline or 0
    if line < _LINES:
        child.sourceline = line  # type: ignore[misc]  # the type stubs do not know that it can be set
    return child


def _condition(text: str) -> Callable[[etree._Element], bool]:
    """Compile a condition of the column `when`; an empty one always holds."""
    name, equals, pattern = text.partition("=")
    if equals:
        shape, attribute = re.compile(pattern), _attribute(name)
        return lambda element: shape.fullmatch((element.get(attribute) or "").strip()) is not None
    if text.startswith("no "):
        other = text.removeprefix("no ")
        return lambda element: not _beside(element, other)
    if text == "text()":
        return lambda element: not _blank(element.text)
    return lambda _: True


def _attribute(leaf: str) -> str:
    if is_element(leaf):
        raise ValueError(f"upgrade.tsv: {leaf!r} is no attribute.")
    return XML_LANG if leaf == "@xml:lang" else leaf.removeprefix("@")


def _beside(element: etree._Element, name: str) -> bool:
    around = element.getparent()
    return around is not None and next(around.iterchildren(name), None) is not None


def _only_narratives(element: etree._Element) -> bool:
    """Whether the element has narratives and nothing else, so that nothing is lost when they stand in another."""
    texts = [element.text, element.tail, *(child.tail for child in element)]
    return len(element) > 0 and all(child.tag == NARRATIVE for child in element) and all(map(_blank, texts))


def _languages(element: etree._Element) -> set[str]:
    return {(child.get(XML_LANG) or "").strip().lower() for child in element}


def _blank(text: str | None) -> bool:
    """Whether a text is none for XML: only its four white space characters."""
    return not text or not text.strip(_XML_SPACE)


def _is_date(value: str) -> bool:
    match = _DATE.fullmatch(value)
    try:
        return match is not None and bool(date.fromisoformat(match[1]))
    except ValueError:
        return False
