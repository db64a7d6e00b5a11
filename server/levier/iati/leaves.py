"""What an attribute, or the text of an element, becomes: a literal, a concept, an organisation, an amount.

A leaf is made from the rows of the table for one place. Several rows for one place are cases: which holds is told by
another attribute (`@vocabulary`, or `../@type` of the element around).
"""

from typing import Final, Protocol

from lxml import etree

from levier.iati import literals
from levier.iati.mapping import ABSENT, Row, When
from levier.iati.sink import Node, Sink
from levier.iati.spelling import SPELLED, spelled
from levier.terms import GEO, IATI, LEVIER

_POSITION_PARTS: Final = 2


def predicate(term: str, namespace: str = IATI) -> str:
    """Give a property rendered for the middle of a line."""
    return f" <{namespace}{term}> "


class Leaf(Protocol):
    """Says one text, trimmed and not empty, about a node."""

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> None:
        """Say it; `element` is where it stands."""


class Typed:
    """A literal of a datatype; text that is not of it is kept as a plain string and reported."""

    def __init__(self, place: str, term: str, datatype: str) -> None:
        self.place = place
        self.predicate = predicate(term)
        self.datatype = datatype
        self.render = literals.TYPED[datatype]

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> None:
        """Say the literal."""
        term = self.render(text)
        if term is None:
            words = literals.WORDS[self.datatype]
            kind = "not-a-" + self.datatype.lower()
            sink.warn(kind, element, f"{self.place} {shown(text)} is not {words}; kept as text.")
            term = literals.string(text)
        sink.add(node, self.predicate, term)

    def say_if_typed(self, sink: Sink, node: Node, text: str) -> bool:
        """Say the literal where the text is of the datatype, and tell whether it was."""
        term = self.render(text)
        if term is None:
            return False
        sink.add(node, self.predicate, term)
        return True


class Code:
    """A concept of a code list."""

    def __init__(self, place: str, term: str, code_list: str) -> None:
        self.place = place
        self.predicate = predicate(term)
        self.code_list = code_list

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> None:  # noqa: ARG002  # Leaf
        """Say the concept."""
        sink.add(node, self.predicate, sink.vocabulary.code(self.code_list, text))


class SpelledCode(Code):
    """A concept of a list whose codes may be written in any letter case; another case than the list's is reported."""

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> None:
        """Say the concept of the code as its list writes it."""
        code = spelled(self.code_list, text)
        if code != text:
            sink.warn("repaired-code", element, f"{self.place} {shown(text)} is read as {shown(code)}.")
        super().say(sink, node, element, code)


class Amount(Typed):
    """Money: a decimal, with its amount in EUR where that is its currency."""

    _IN_EUR = predicate("amountEur", LEVIER)

    def __init__(self, place: str, term: str) -> None:
        super().__init__(place, term, "decimal")

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> None:
        """Say the amount; the currency is the element's own, else the activity's default."""
        super().say(sink, node, element, text)
        currency = spelled("Currency", (element.get("currency") or "").strip()) or sink.currency
        if not currency:
            sink.warn("no-currency", element, f"{self.place} has no currency, and the activity has no default one.")
        term = self.render(text)
        if currency == "EUR" and term is not None:
            sink.add(node, self._IN_EUR, term)


class Measure(Typed):
    """A decimal where it is one; the standard allows text too, so that is no problem."""

    def __init__(self, place: str, term: str) -> None:
        super().__init__(place, term, "decimal")

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> None:  # noqa: ARG002  # Leaf
        """Say the decimal or the text."""
        sink.add(node, self.predicate, self.render(text) or literals.string(text))


class Position:
    """A point as the standard writes it, latitude and longitude in one text, and as two decimals."""

    _LATITUDE = predicate("lat", GEO)
    _LONGITUDE = predicate("long", GEO)

    def __init__(self, place: str, term: str) -> None:
        self.place = place
        self.predicate = predicate(term)

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> None:
        """Say the text, and the coordinates where it has exactly two numbers."""
        sink.add(node, self.predicate, literals.string(text))
        numbers = [literals.decimal(part) for part in text.split()]
        if len(numbers) != _POSITION_PARTS or numbers[0] is None or numbers[1] is None:
            sink.warn("not-a-position", element, f"{self.place} {shown(text)} is not a latitude and a longitude.")
            return
        sink.add(node, self._LATITUDE, numbers[0])
        sink.add(node, self._LONGITUDE, numbers[1])


class Organisation:
    """The reference of an organisation as written, and the organisation it refers to."""

    _ORGANISATION = predicate("organisation")

    def __init__(self, term: str) -> None:
        self.predicate = predicate(term)

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> None:  # noqa: ARG002  # Leaf
        """Say both."""
        sink.organisations.add(text)
        sink.add(node, self._ORGANISATION, sink.vocabulary.organisation(text))
        sink.add(node, self.predicate, literals.string(text))


class Language:
    """A language tag, in lower case where it is one."""

    def __init__(self, place: str, term: str) -> None:
        self.place = place
        self.predicate = predicate(term)

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> None:
        """Say the tag, or the text as it is where it is none."""
        tag = sink.vocabulary.language(text)
        if tag is None:
            sink.warn("language-tag", element, f"{self.place} {shown(text)} is not a language tag; not used as one.")
        sink.add(node, self.predicate, literals.string(text if tag is None else tag))


class Silent:
    """An attribute that only tells which row of the table holds."""

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> None:
        """Say nothing."""


class Tagged:
    """Narrative text with its language; which property may depend on an attribute of the element around it."""

    def __init__(self, place: str, predicates: dict[str, str], otherwise: str, when: When) -> None:
        self.place = place
        self.predicates = predicates
        self.otherwise = otherwise
        self.when = when

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> None:
        """Say the text without a language."""
        self.say_in(sink, node, element, text, "")

    def say_in(self, sink: Sink, node: Node, element: etree._Element, text: str, language: str) -> None:
        """Say the text in a language; a tag that is none is left out and reported."""
        tag = sink.vocabulary.language(language) if language else ""
        if tag is None:
            place = f"{self.place}/@xml:lang {shown(language)}"
            sink.warn("language-tag", element, f"{place} is not a language tag; left out.")
        sink.add(node, self._predicate(sink, element), literals.tagged(text, tag or ""))

    def _predicate(self, sink: Sink, element: etree._Element) -> str:
        if not self.predicates:
            return self.otherwise
        value = told_by(element, self.when.attribute)
        if value not in self.predicates and value != ABSENT:
            name = self.when.attribute.rpartition("@")[2]
            sink.leave_out(f"{self.place.rpartition('/')[0]}/@{name}")
            sink.warn("unknown-" + name, element, f"{self.place}: nothing is known of {name} {value!r}.")
        return self.predicates.get(value, self.otherwise)


class Choice:
    """One of several leaves, by the value of another attribute."""

    def __init__(self, place: str, attribute: str, cases: dict[str, Leaf], otherwise: Leaf | None) -> None:
        self.place = place
        self.attribute = attribute
        self.cases = cases
        self.otherwise = otherwise

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> None:
        """Say it by the leaf that holds; where none does, it is counted as not mapped."""
        value = told_by(element, self.attribute)
        chosen = self.cases.get(value, self.otherwise)
        if chosen is None:
            sink.leave_out(self.place)
            name = self.attribute.rpartition("@")[2]
            sink.warn("unknown-" + name, element, f"{self.place} {shown(text)}: nothing is known of {name} {value!r}.")
        else:
            chosen.say(sink, node, element, text)


def told_by(element: etree._Element, attribute: str) -> str:
    """Give the value of `@name`, or of `../@name` of the element around; "-" where it is absent."""
    if attribute.startswith("../"):
        around = element.getparent()
        if around is None:
            return ABSENT
        element, attribute = around, attribute.removeprefix("../")
    return (element.get(attribute[1:]) or "").strip() or ABSENT


def shown(text: str) -> str:
    """Give the text for a message, shortened."""
    longest = 60
    return repr(text if len(text) <= longest else text[: longest - 1] + "…")


def leaf(place: str, rows: list[Row]) -> Leaf:
    """Give the leaf of one place from its rows."""
    first = rows[0]
    if first.kind == "narrative":
        cases = {value: predicate(row.term) for row in rows for value in row.when.values}
        return Tagged(place, cases, predicate(rows[-1].term), first.when)
    if not first.when.attribute:
        return _plain(place, first)
    by_value: dict[str, Leaf] = {value: _plain(place, row) for row in rows for value in row.when.values}
    last = next((_plain(place, row) for row in rows if row.when.otherwise), None)
    return Choice(place, first.when.attribute, by_value, last)


def code_leaf(place: str, row: Row) -> Code:
    """Give the leaf of a code by its list."""
    return (SpelledCode if row.value in SPELLED else Code)(place, row.term, row.value)


def _plain(place: str, row: Row) -> Leaf:  # noqa: PLR0911  # one line per kind of the table
    match row.kind:
        case "code" | "currency":
            return code_leaf(place, row)
        case "amount":
            return Amount(place, row.term)
        case "measure":
            return Measure(place, row.term)
        case "position":
            return Position(place, row.term)
        case "organisation":
            return Organisation(row.term)
        case "language":
            return Language(place, row.term)
        case "selects":
            return Silent()
        case _:
            return Typed(place, row.term, row.kind)
