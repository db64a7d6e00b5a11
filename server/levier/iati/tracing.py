"""Where in the XML of a file its nodes and their properties stand: the conversion followed back, line and column.

A file is read a second time for the records asked about, and a third time by expat: lxml knows no columns, and of a
tag over several lines only the last.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote
from xml.parsers import expat  # what is read was parsed before, and declares no entities

from lxml import etree

from levier.errors import BadInput
from levier.iati.activity import Identity, traced
from levier.iati.convert import identified
from levier.iati.leaves import told_by
from levier.iati.mapping import NODE_KINDS, Row, rows
from levier.iati.reader import Records, open_records
from levier.iati.sink import Traced, Vocabulary, written
from levier.iati.sources import Source
from levier.terms import IATI, LEVIER, XML_LANG, code_iri

_CHUNK: Final = 1 << 16
_SHOWN: Final = 200
"""Characters of a snippet."""
_AS_WRITTEN: Final = (LEVIER + "asWritten",)
_DERIVED: Final = {LEVIER + "amountEur": IATI + "value"}
"""Properties that are worked out, and those that they are worked out from."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to find in a record: a node, or what one of its properties was made from."""

    node: str
    ways: tuple[tuple[str, ...], ...] = ()
    """The ways from the node, each a row of properties (IRIs); none where only the node is meant."""
    value: str | None = None
    """The IRI or the text at the end of the way."""
    within: str = ""
    """Where records have the node in common: the IRI of the record, or of the node of one, that it is inside of."""


@dataclass(frozen=True, slots=True)
class Spot:
    """The first character of an element's tag, counted from 1."""

    line: int
    column: int
    snippet: str
    """The rest of the line from there, at most 200 characters."""


def spots(source: Source, asked: Mapping[str, Iterable[Asked]]) -> dict[Asked, Spot]:
    """Give where in a file that stands which is asked, by the IRI of the record (activity, organisation) it is in.

    What is not in the file is left out. Raises BadInput where the file cannot be read (any more).
    """
    try:
        with source.opened() as stream:
            records = open_records(stream, source.name, source.limits)
            found = _elements(records, source.key, asked)
            places = _positions(records, set(found.values()))
    except OSError as error:
        raise BadInput(f"{source.name}: cannot be read ({error.strerror or error}).") from error
    return {one: spot for one, at in found.items() if (spot := places.get(at)) is not None}


def _elements(records: Records, dataset: str, asked: Mapping[str, Iterable[Asked]]) -> dict[Asked, tuple[int, int]]:
    """Give the number of the record and, in it, the number of the element, both in the order of the file."""
    found: dict[Asked, tuple[int, int]] = {}
    left, vocabulary = set(asked), Vocabulary(dataset)
    for element, identity in identified(records, dataset):
        if identity.iri not in left:
            continue
        left.discard(identity.iri)
        numbers = {Asked(identity.iri): 0}  # the record itself
        if set(asked[identity.iri]) != numbers.keys():
            numbers = _numbers(element, identity, records.head.version, vocabulary, asked[identity.iri])
        found |= {one: (records.given, number) for one, number in numbers.items()}
        if not left:
            break
    return found


def _numbers(
    element: etree._Element, identity: Identity, version: str, vocabulary: Vocabulary, asked: Iterable[Asked]
) -> dict[Asked, int]:
    """Give the number in a record of each element asked for, by tracing its conversion."""
    order = list(element.iter(etree.Element))  # kept, so that lxml gives the same objects below
    numbers = {id(one): number for number, one in enumerate(order)}
    record, found = _Record(traced(element, identity, version, vocabulary)), dict[Asked, int]()
    for one in asked:
        at: etree._Element | None = record.element(one)
        while at is not None and id(at) not in numbers:  # the upgrade made it
            at = at.getparent()
        if at is not None:
            found[one] = numbers[id(at)]
    return found


def _positions(records: Records, wanted: set[tuple[int, int]]) -> dict[tuple[int, int], Spot]:
    """Give where the elements begin that are wanted, each by the number of its record and its own within that."""
    if not wanted:
        return {}
    stream, encoding = records.read_again()
    handler = _Handler(f"iati-{records.head.kind}", wanted, encoding)
    try:
        while not handler.done and (chunk := stream.read(_CHUNK)):
            handler.parser.Parse(chunk)
    except (expat.ExpatError, LookupError, ValueError):  # what expat does not take though libxml2 did
        pass
    return handler.found


class _Handler:
    """Counts records and elements for expat, and notes where those wanted begin."""

    def __init__(self, name: str, wanted: set[tuple[int, int]], encoding: str | None) -> None:
        self._name = name
        self._wanted = wanted
        self._last = max(record for record, _ in wanted)
        self._depth = self._record = self._element = 0
        self.found: dict[tuple[int, int], Spot] = {}
        self.done = False
        self._encoding = encoding or "utf-8"
        self.parser = expat.ParserCreate(encoding)
        self.parser.XmlDeclHandler = self._declaration if encoding is None else None
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self._encoding = encoding or self._encoding

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        if self._depth == 1 and name == self._name:
            self._record += 1
            self._element = 0
        place = self._record, self._element
        if place in self._wanted and place not in self.found:
            parser = self.parser
            self.found[place] = Spot(
                parser.CurrentLineNumber,
                parser.CurrentColumnNumber + 1,
                _first_line(parser.GetInputContext() or b"", self._encoding),
            )
        self._element += 1
        self._depth += 1

    def _end(self, _name: str) -> None:
        self._depth -= 1
        self.done = self._depth == 1 and self._record >= self._last


def _first_line(data: bytes, encoding: str) -> str:
    """Give the start of the first line; what is declared leaves the order of the bytes of UTF-16 open."""
    if encoding.lower().startswith("utf-16"):
        encoding = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
    text = data[: _SHOWN * 4].decode(encoding, errors="replace")
    return text.split("\n")[0].rstrip()[:_SHOWN]


class _Record:
    """The nodes of a record and the elements they were made from."""

    def __init__(self, traced: Iterable[Traced]) -> None:
        self._elements: dict[str, list[etree._Element]] = defaultdict(list)
        self._classes: dict[int, str] = {}
        """By the identity of an element that is a node: the class of the node."""
        for iri, element, cls in traced:
            self._elements[iri].append(element)
            self._classes[id(element)] = cls

    def element(self, asked: Asked) -> etree._Element | None:
        """Give the element that what is asked points to: of the value, or the nearest to it that there is."""
        if asked.node not in self._elements:
            return None
        node = self._made(asked.node, next(iter(self._elements.get(asked.within, ())), None))
        if asked.value in self._elements:
            return self._made(asked.value, node)
        if _AS_WRITTEN in asked.ways:
            return next((child for child in node.iterchildren() if written(child) == asked.value), node)
        reached = [hit for way in asked.ways for hit in self._follow(node, way)]
        for element, text in reached:
            if text is not None and _means(text, asked.value):
                return element
        coded = None if asked.value is None else next(self._coded(node, asked.value), None)
        if coded is not None:
            return coded
        return max((element for element, _ in reached), key=_depth, default=node)

    def _made(self, iri: str, around: etree._Element | None) -> etree._Element:
        """Give the first element that a node was made from; where there is one, the first inside of another element."""
        elements = self._elements[iri]
        return next((one for one in elements if around is not None and around in one.iterancestors()), elements[0])

    def _follow(
        self, node: etree._Element, way: tuple[str, ...]
    ) -> Iterator[tuple[etree._Element, tuple[Row, str] | None]]:
        """Give the elements at the end of a way with what they say, or those where it ends early."""
        if not way:
            yield node, None
            return
        term = _DERIVED.get(way[0], way[0]).removeprefix(IATI)
        for row in _rows_of(self._classes[id(node)]).get(term, ()):
            for hit, text in _reached(node, row.path):
                if row.when.values and told_by(hit, row.when.attribute) not in row.when.values:
                    continue
                if row.kind in NODE_KINDS and id(hit) in self._classes and len(way) > 1:
                    yield from self._follow(hit, way[1:])
                else:
                    yield hit, None if text is None else (row, text)

    def _coded(self, node: etree._Element, value: str) -> Iterator[etree._Element]:
        """Give the elements of a node, and of those inside it, that say a code or name an organisation."""
        for element in node.iter(etree.Element):
            cls = self._classes.get(id(element))
            for row in _coded_rows(cls) if cls else ():
                for hit, text in _reached(element, row.path):
                    if text is not None and _means((row, text), value):
                        yield hit


@lru_cache(maxsize=256)
def _rows_of(cls: str) -> dict[str, list[Row]]:
    """Give the rows of the table for a class, by term."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows():
        if row.cls == cls:
            found[row.term].append(row)
    return found


@lru_cache(maxsize=256)
def _coded_rows(cls: str) -> list[Row]:
    """Give the rows of the table for a class that say a code or name an organisation."""
    return [row for row in rows() if row.cls == cls and row.kind in {"code", "currency", "organisation"}]


def _reached(
    element: etree._Element, path: tuple[str, ...], *, below: bool = False
) -> Iterator[tuple[etree._Element, str | None]]:
    """Give the elements at the end of a path of the table with their text; where it ends early, the last one alone."""
    if not path:
        yield element, "".join(element.itertext())
    elif path[0].startswith("@"):
        yield element, element.get(XML_LANG if path[0] == "@xml:lang" else path[0][1:])
    elif path[0] == "text()":
        yield element, element.text
    else:
        children = list(element.iterchildren(path[0]))
        if below and not children:
            yield element, None
        for child in children:
            yield from _reached(child, path[1:], below=True)


def _means(said: tuple[Row, str], value: str | None) -> bool:
    """Tell whether a text in the XML means a value in the graph."""
    if value is None:
        return False
    row, text = said[0], said[1].strip()
    if row.kind in {"code", "currency"}:
        return value.casefold() == code_iri(row.value, text).casefold()
    if row.kind == "organisation":
        return unquote(value).casefold().endswith("/" + text.casefold())
    return text == value or _number(text) == _number(value) is not None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _depth(element: etree._Element) -> int:
    return sum(1 for _ in element.iterancestors())
