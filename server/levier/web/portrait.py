"""What a page about a thing shows: its names, what is said of it and by which graph, and what points to it.

Everything is bounded: some activities have thousands of transactions, some codes are used a hundred thousand times.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import pyoxigraph as ox

from levier.graph import Store
from levier.terms import COMMON, DCTERMS, GRAPH, IATI, LEVIER, RDF, SKOS, shorten
from levier.web.links import href
from levier.web.names import NAMING, Names

_TYPE = ox.NamedNode(RDF + "type")
_ORGANISATION = ox.NamedNode(IATI + "organisation")
_FIRST = (
    SKOS + "prefLabel",
    IATI + "title",
    DCTERMS + "title",
    SKOS + "notation",
    LEVIER + "sourceText",
    LEVIER + "aim",
    LEVIER + "contributesTo",
    LEVIER + "alignedActivity",
    LEVIER + "alignedElement",
    LEVIER + "confidence",
    IATI + "iatiIdentifier",
    IATI + "description",
    IATI + "generalDescription",
)
"""What a reader wants first; the other properties follow by name."""
_SPACES = str.maketrans("/-", "  ")
_TEXT = 2000
"""Characters of a text that a page shows; the data has it all."""
_DETAILS = 12
"""Facts that a page shows of a part of the thing, such as a transaction."""
_IN_A_LINE = 160
"""Characters of a text within such facts."""


Detail = tuple[str, str, str]
"""A fact in a line: property, text, and the address that it leads to."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value on a page: its text, where it leads, and who says it."""

    text: str
    href: str = ""
    language: str = ""
    hint: str = ""
    """The short IRI of a term, which its name stands for."""
    source: str = ""
    """The short name of the named graph that says it."""
    illustrative: bool = False
    """Whether that graph is an example and no fact."""
    details: tuple[Detail, ...] = ()
    """Of a part of the thing, or of a thing without a name."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A property and its values."""

    property: Value
    values: list[Value]
    more: int = 0
    """Values left out."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """A thing as a page shows it."""

    iri: str
    name: str
    types: list[Value]
    statements: list[Statement]
    pointing: list[Statement]
    """By property: the things that point here."""
    more_pointing: bool


@dataclass(slots=True)
class Painter:
    """Makes portraits of the things of a store, with at most `rows` values a property, named in a language."""

    store: Store
    language: str
    rows: int
    root: str = ""
    """The path of the service, with which its own links begin."""
    examples: frozenset[str] = frozenset()
    """The IRIs of the graphs that are illustrative."""
    _names: Names = field(init=False)

    def __post_init__(self) -> None:
        self._names = Names(self.store, self.language)

    def portray(self, iri: str) -> Portrait:
        """Give the portrait of a thing."""
        types: list[Value] = []
        said: dict[str, list[Value]] = defaultdict(list)
        left_out: Counter[str] = Counter()
        for quad in self.store.quads(ox.NamedNode(iri)):
            predicate = quad.predicate.value
            if quad.predicate == _TYPE:
                types.append(self._term(quad.object.value))  # type: ignore[union-attr]  # a type is an IRI
            elif len(said[predicate]) < self.rows:
                said[predicate].append(self._value(quad.object, iri, quad.graph_name))
            else:
                left_out[predicate] += 1
        statements = [(_rank(iri), self._statement(iri, values, left_out[iri])) for iri, values in said.items()]
        pointing = list(islice(self._pointing(iri), self.rows + 1))
        return Portrait(
            iri=iri,
            name=self._names.of(iri),
            types=types,
            statements=[one for _, one in sorted(statements, key=lambda pair: (pair[0], _by_name(pair[1])))],
            pointing=self._grouped(pointing[: self.rows]),
            more_pointing=len(pointing) > self.rows,
        )

    def _statement(self, predicate: str, values: list[Value], left_out: int = 0) -> Statement:
        ordered = sorted(values, key=lambda value: (value.language, _natural(value.text)))
        return Statement(self._term(predicate), ordered, left_out)

    def _term(self, iri: str) -> Value:
        return Value(self._names.term(iri), href(iri, self.root), hint=shorten(iri))

    def _pointing(self, iri: str) -> Iterator[tuple[str, Value]]:
        for quad in self.store.quads(object_=ox.NamedNode(iri)):
            yield quad.predicate.value, self._value(quad.subject, iri, quad.graph_name)

    def _grouped(self, pointing: list[tuple[str, Value]]) -> list[Statement]:
        groups: dict[str, list[Value]] = defaultdict(list)
        for predicate, value in pointing:
            groups[predicate].append(value)
        return sorted((self._statement(predicate, values) for predicate, values in groups.items()), key=_by_name)

    def _value(self, term: object, page: str, graph: object = None) -> Value:
        source = graph.value if isinstance(graph, ox.NamedNode) else ""
        name, example = source.removeprefix(GRAPH), source in self.examples
        if isinstance(term, ox.NamedNode):
            text, details = self._node(term, page)
            return Value(text, href(term.value, self.root), source=name, illustrative=example, details=details)
        if isinstance(term, ox.Literal):
            text, language = _cut(term.value, _TEXT), term.language or ""
            return Value(text, _web(term, self.root), language, source=name, illustrative=example)
        return Value(str(term), source=name, illustrative=example)

    def _node(self, node: ox.NamedNode, page: str) -> tuple[str, tuple[Detail, ...]]:
        """Give the name of a thing, or its place, and its facts where it is a part of the page's or has no name."""
        name = self._names.find(node.value)
        part = not name or node.value.startswith((page + "/", COMMON))
        details = tuple(islice(self._details(node, page), _DETAILS)) if part else ()
        return name or _below(node.value, page), details

    def _stand_in(self, iri: str) -> str:
        """Give the name of a thing, or of the organisation that it stands for, as a provider of money does."""
        name = self._names.find(iri)
        if name:
            return name
        quads = self.store.quads(ox.NamedNode(iri), _ORGANISATION)
        named = (self._names.find(quad.object.value) for quad in quads if isinstance(quad.object, ox.NamedNode))
        return next(named, "")

    def _details(self, node: ox.NamedNode, page: str) -> Iterator[Detail]:
        for quad in self.store.quads(node):
            term = quad.object
            if quad.predicate in {_TYPE, *NAMING} or (isinstance(term, ox.NamedNode) and term.value == page):
                continue
            label = self._names.term(quad.predicate.value)
            if isinstance(term, ox.NamedNode):
                text = self._stand_in(term.value) or _below(term.value, node.value, page)
                yield label, text, href(term.value, self.root)
            elif isinstance(term, ox.Literal):
                yield label, _cut(term.value, _IN_A_LINE), _web(term, self.root)


def portray(store: Store, iri: str, language: str, rows: int, root: str, examples: frozenset[str]) -> Portrait:
    """Give the portrait of a thing, as `Painter` makes it."""
    return Painter(store, language, rows, root, examples).portray(iri)


def illustrative_graphs(store: Store) -> frozenset[str]:
    """Give the IRIs of the graphs that are examples and no facts."""
    return frozenset(row["graph"].value for row in store.select("SELECT ?graph { ?graph levier:illustrative true }"))


def _rank(predicate: str) -> int:
    return _FIRST.index(predicate) if predicate in _FIRST else len(_FIRST)


def _by_name(statement: Statement) -> str:
    return statement.property.text.lower()


def _natural(text: str) -> tuple[tuple[int, str], ...]:
    """Give a key that sorts “transaction 10” after “transaction 9”."""
    return tuple((int(word), "") if word.isdecimal() else (-1, word) for word in text[:_IN_A_LINE].split())


def _below(iri: str, *others: str) -> str:
    """Give a thing without a name by its place below one of the others (`transaction 3`), or by its short IRI.

    What activities have in common has no place: its kind (`sector`) stands for it.
    """
    if iri.startswith(COMMON):
        return iri.split("/")[-2].translate(_SPACES)
    above = next((other for other in others if iri.startswith(other + "/")), None)
    return iri.removeprefix(above + "/").translate(_SPACES) if above else shorten(iri)


def _web(literal: ox.Literal, root: str) -> str:
    """Give the address that a literal is, where it is one of the web."""
    text = literal.value.strip()
    return href(text, root) if " " not in text and literal.language is None else ""


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length].rstrip() + " …"
