"""Hypothesis strategies for IATI records: any place of the table, with whatever real files put there.

Right and wrong values, other letter cases, blanks, repeated and doubled elements, extensions, stray text, markup.
"""

from copy import deepcopy
from dataclasses import dataclass, field

from hypothesis import strategies as st
from lxml import etree

from levier.iati.mapping import NODE_KINDS, RECORDS, Row, rows
from levier.terms import XML_LANG

_ODD_TEXTS = (
    "a", "text", 'quotes " and \\ and \' and <&>', "two  spaces", "line\nbreak", "\u00a0", "é 漢字 🌍", "\u2028", "-",
    "http://example.org/a b?c=d&e", "tab\tand\rreturn", "%20", "a/b", "mailto:someone@example.org", "\\u00e9", "1",
)  # fmt: skip
_CODES = (
    "1", "2", "3", "4", "7", "8", "9", "10", "98", "99", "A4", "A04", "B01", "1-2", "2-1", "12220", "998", "BE", "be",
    "eur", "EUR", "en", "EN", "text/html", "TEXT/HTML", "no such code", "é/%", "#",
)  # fmt: skip
_NUMBERS = (
    "0", "-0", "1", "1.0", "1.50", "+3", ".5", "5.", "007", "-12.25", "100000000", "1,000", "1 000", "1e5", "n/a",
    "0.1234567890123456789012345", "1234567890123456789012345", "NaN",
)  # fmt: skip
_DATES = (
    "2020-01-01", "2021-12-31", "2020-01-01Z", "2020-01-01T00:00:00", "2020-01-01T23:59:59.5+01:00", "2020-02-30",
    "01/02/2020", "2020", "2020-01-01 00:00", "20200101",
)  # fmt: skip
_MOMENTS = ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00.120+00:00", "2020-01-01T12:00:00", "2020-01-01", "soon")
_LANGUAGES = ("en", "EN", "fr", "FR", "nl", "fr-BE", "pt-br", "PT-BR", "En", "english", "xx_YY", "f", "")
_ORGANISATIONS = (
    "XM-DAC-2-10", "xm-dac-2-10", "BE-BCE_KBO-0264814354", "BE-BCE-KBO-0264.814.354", "41114", "US-GOV-1", "a b", "/",
)  # fmt: skip
_VALUES: dict[str, tuple[str, ...]] = {
    "code": _CODES,
    "currency": ("EUR", "USD", "eur", "XXX", "euro"),
    "amount": _NUMBERS,
    "decimal": _NUMBERS,
    "measure": _NUMBERS,
    "integer": ("0", "1", "2020", "+1", "-1", "007", "1.0", "9" * 20, "one"),
    "position": ("50.8 4.3", "-1 +2", "50,8 4,3", "50.8", "north", "1 2 3"),
    "organisation": _ORGANISATIONS,
    "language": _LANGUAGES,
    "selects": ("1", "2", "3", "4", "9"),
    "date": _DATES,
    "dateTime": _MOMENTS,
    "boolean": ("0", "1", "true", "false", "TRUE", "yes"),
    "string": _ODD_TEXTS,
    "identifier": _ODD_TEXTS,
    "anyURI": _ODD_TEXTS,
}
_SPACES = ("{http://example.org/ns/first}", "{https://second.example.org/}", "{urn:third}", "{relative}", "")
_LOCALS = ("extra", "code", "value", "title")
_ALPHABET = st.characters(min_codepoint=0x20, max_codepoint=0x2FFF, exclude_categories=("Cs", "Cn", "Co"))
_TEXTS = st.sampled_from(_ODD_TEXTS) | st.text(_ALPHABET, min_size=1, max_size=12)
_ONE_IN_TEN = st.integers(0, 9).map(lambda number: number == 9)
_WIDTHS = (9, 4, 3, 3, 2, 2, 1)
"""How many children an element may have, by how deep it stands: this keeps the whole small."""


@dataclass
class Place:
    """What the table has at an element: attributes, text and children, with the kinds of their values."""

    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: dict[str, "Place"] = field(default_factory=dict)
    narrative: bool = False


def record_place(tag: str) -> Place:
    """Give the whole tree of places of `iati-activity` or `iati-organisation`."""
    return _class_place(RECORDS[tag])


def _class_place(cls: str) -> Place:
    place = Place()
    for row in rows():
        if row.cls == cls:
            _put(place, row)
    return place


def _put(place: Place, row: Row) -> None:
    for step in row.path[:-1]:
        place = place.children.setdefault(step, Place())
    last = row.path[-1]
    if last == "text()":
        place.text = row.kind
    elif last.startswith("@"):
        place.attributes[XML_LANG if last == "@xml:lang" else last[1:]] = row.kind
    elif row.kind in NODE_KINDS:
        place.children[last] = _class_place(row.value)
    else:
        place.children[last] = Place(narrative=True)


def filled(tag: str, place: Place | None = None) -> etree._Element:
    """Give an element with every attribute, text and child that the table has, once, with a right value each."""
    place = place or record_place(tag)
    element = etree.Element(tag)
    for name, kind in place.attributes.items():
        element.set(name, _VALUES[kind][0])
    if place.narrative:
        element.text = "text"
    elif place.text:
        element.text = _VALUES[place.text][0]
    element.extend(filled(name, child) for name, child in place.children.items())
    return element


@st.composite
def records(draw: st.DrawFn, tag: str) -> str:
    """Give the XML of a record, `iati-activity` or `iati-organisation`, that has an identifier."""
    element = etree.Element(tag)
    _fill(draw, element, record_place(tag), 0)
    name = "iati-identifier" if tag == "iati-activity" else "organisation-identifier"
    if element.find(name) is None:
        etree.SubElement(element, name).text = draw(_TEXTS)
    return etree.tostring(element, encoding="unicode")


def _fill(draw: st.DrawFn, element: etree._Element, place: Place, depth: int) -> None:
    for name in draw(_subset(tuple(place.attributes))):
        element.set(name, draw(_value(place.attributes[name])))
    if place.narrative:
        _fill_narrative(draw, element)
    elif place.text and not draw(_ONE_IN_TEN):
        element.text = draw(_value(place.text))
    for name in draw(_names(tuple(place.children), _WIDTHS[min(depth, len(_WIDTHS) - 1)])):
        child = etree.SubElement(element, name)
        _fill(draw, child, place.children[name], depth + 1)
    if draw(_ONE_IN_TEN):
        _make_odd(draw, element)


def _fill_narrative(draw: st.DrawFn, element: etree._Element) -> None:
    element.text = draw(_TEXTS)
    language = draw(st.sampled_from((*_LANGUAGES, *["none"] * len(_LANGUAGES))))
    if language != "none":
        element.set(XML_LANG, language)


def _make_odd(draw: st.DrawFn, element: etree._Element) -> None:
    """Put something into the element that the standard has not."""
    oddity = draw(st.sampled_from(("attribute", "element", "stray", "markup", "double", "language", "blank", "empty")))
    children = list(element)
    match oddity:
        case "attribute":
            element.set(draw(_name()), draw(_TEXTS | st.just("")))
        case "element":
            _extend(draw, element)
        case "stray" if children:
            draw(st.sampled_from(children)).tail = draw(_TEXTS)
        case "markup":
            etree.SubElement(element, "b").text = draw(_TEXTS)
        case "double" if children:
            element.append(deepcopy(draw(st.sampled_from(children))))
        case "language":
            element.set(XML_LANG, draw(st.sampled_from(_LANGUAGES)))
        case "blank" if element.attrib:
            element.set(draw(st.sampled_from(sorted(map(str, element.attrib)))), draw(st.sampled_from(("", "  "))))
        case "empty" if children:
            draw(st.sampled_from(children)).clear()
        case _:
            element.text = draw(_TEXTS)


def _extend(draw: st.DrawFn, element: etree._Element) -> None:
    for _ in range(draw(st.integers(1, 3))):
        child = etree.SubElement(element, draw(_name()))
        child.text = draw(_TEXTS | st.just(""))
        if draw(_ONE_IN_TEN):
            child.set(draw(_name()), draw(_TEXTS))
            etree.SubElement(child, draw(_name())).tail = draw(_TEXTS)


def _name() -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(_SPACES), st.sampled_from(_LOCALS)).map("".join)


def _subset(names: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), unique=True) if names else st.just([])


def _names(names: tuple[str, ...], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), max_size=most) if names else st.just([])


def _value(kind: str) -> st.SearchStrategy[str]:
    """Give a value for a place: mostly one that real files have there, now and then one with white space, or any."""
    usual = st.sampled_from(_VALUES[kind])
    return st.one_of(usual, usual, usual, usual.map(lambda text: f" {text}\n"), st.just(""), _TEXTS)
