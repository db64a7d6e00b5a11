"""What an attribute, or the text of an element, becomes: a literal, a concept, an organisation, an amount.

A leaf is made from the rows of the table for one place. Several rows for one place are cases: which holds is told by
another attribute (`@vocabulary`, or `../@type` of the element around).

Each leaf tells whether what stood there can be given back from what it said: False for a code whose letter case was
repaired, a number that was rounded, and the like. The element around is then kept as it was written.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from decimal import Decimal
from typing import Final, Protocol

from lxml import etree

from levier.iati import literals, rates
from levier.iati.mapping import ABSENT, Row
from levier.iati.sink import Node, Sink
from levier.iati.spelling import SPELLED, spelled
from levier.terms import GEO, IATI, LEVIER, code_iri

_POSITION_PARTS: Final = 2


def predicate(term: str, namespace: str = IATI) -> str:
    """Give a property rendered for the middle of a line."""
    return f" <{namespace}{term}> "


class Leaf(Protocol):
    """Says one text, trimmed and not empty, about a node."""

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:
        """Say it, and tell whether the text can be given back; `element` is where it stands."""


class Pure(ABC):
    """A leaf whose triple depends on the text alone."""

    @abstractmethod
    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:
        """Say it, as any leaf does."""

    @abstractmethod
    def said(self, text: str) -> str | None:
        """Give the rest of the line after the subject; None where there is anything to report or to be kept."""


class Typed(Pure):
    """A literal of a datatype; text that is not of it is kept as a plain string and reported."""

    def __init__(self, place: str, term: str, datatype: str) -> None:
        self.place = place
        self.predicate = predicate(term)
        self.datatype = datatype
        self.render = literals.TYPED[datatype]

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:
        """Say the literal."""
        term = self.render(text)
        if term is None:
            words = literals.WORDS[self.datatype]
            kind = f"not-{'an' if self.datatype == 'integer' else 'a'}-{self.datatype.lower()}"
            sink.keep(kind, element, f"{self.place} {shown(text)} is not {words}; kept as text.")
            term = literals.string(text)
        sink.add(node, self.predicate, term)
        return True

    def said(self, text: str) -> str | None:
        """Give the literal where the text is of the datatype."""
        term = self.render(text) if text else None
        return None if term is None else self.predicate + term


class Number(Typed):
    """A decimal; one with more digits than the store can add up is rounded, and reported."""

    def __init__(self, place: str, term: str) -> None:
        super().__init__(place, term, "decimal")

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:
        """Say the decimal."""
        super().say(sink, node, element, text)
        return _not_rounded(self.place, sink, element, text)

    def said(self, text: str) -> str | None:
        """Give the decimal where it is not rounded."""
        return None if literals.is_rounded(text) else super().said(text)


def _not_rounded(place: str, sink: Sink, element: etree._Element, text: str) -> bool:
    if not literals.is_rounded(text):
        return True
    sink.repair("rounded", element, f"{place} {shown(text)} is rounded to {literals.FRACTION_DIGITS} decimals.")
    return False


class Boolean(Typed):
    """A boolean, which the standard's files write 1 or 0."""

    def __init__(self, place: str, term: str) -> None:
        super().__init__(place, term, "boolean")

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:
        """Say the boolean."""
        super().say(sink, node, element, text)
        return text not in {"true", "false"}

    def said(self, text: str) -> str | None:
        """Give the boolean where it is written 1 or 0."""
        return super().said(text) if text in {"0", "1"} else None


class Code(Pure):
    """A concept of a code list."""

    def __init__(self, place: str, term: str, code_list: str) -> None:
        self.place = place
        self.predicate = predicate(term)
        self.code_list = code_list

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:  # noqa: ARG002  # Leaf
        """Say the concept."""
        sink.add(node, self.predicate, sink.vocabulary.code(self.code_list, text))
        return True

    def said(self, text: str) -> str | None:
        """Give the concept."""
        return f"{self.predicate}<{code_iri(self.code_list, text)}>" if text else None


class SpelledCode(Code):
    """A concept of a list whose codes may be written in any letter case; another case than the list's is reported."""

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:
        """Say the concept of the code as its list writes it."""
        code = spelled(self.code_list, text)
        if code != text:
            sink.repair("repaired-code", element, f"{self.place} {shown(text)} is read as {shown(code)}.")
        super().say(sink, node, element, code)
        return code == text

    def said(self, text: str) -> str | None:
        """Give the concept where the code is written as its list writes it."""
        return super().said(text) if spelled(self.code_list, text) == text else None


class Amount(Number):
    """Money: a decimal, with its amount in EUR by the European Central Bank's rate of the value date."""

    _IN_EUR = predicate("amountEur", LEVIER)

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:
        """Say the amount; the currency is the element's own, else the activity's default."""
        regular = super().say(sink, node, element, text)
        currency = spelled("Currency", (element.get("currency") or "").strip()) or sink.currency
        term = self.render(text)
        if not currency:
            sink.note("no-currency", element, f"{self.place} has no currency, and the activity has no default one.")
        elif term is not None:
            self._convert(sink, node, element, term, currency)
        return regular

    def _convert(self, sink: Sink, node: Node, element: etree._Element, term: str, currency: str) -> None:
        day = literals.day_only((element.get("value-date") or "").strip())
        rate = None if currency == rates.EURO else rates.rate(currency, day)
        if rate is None and currency != rates.EURO:
            reason = rates.why_no_rate(currency, day)
            sink.note(
                "no-exchange-rate", element, f"{self.place} in {currency} has no amount in EUR: {reason}.", "note"
            )
            return
        sink.lines.append(node.term + self.in_euro(term, rate))
        if rate is not None:
            sink.rates.add((currency, day))

    def in_euro(self, term: str, rate: rates.Rate | None) -> str:
        """Give what is said of an amount in EUR, by a rate or as it stands, without its subject."""
        if rate is None:
            return self._IN_EUR + term
        return self._IN_EUR + literals.number(rates.in_euro(Decimal(literals.value(term)), rate))


class Measure(Number):
    """A decimal where it is one; the standard allows text too, so that is no problem."""

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:
        """Say the decimal or the text."""
        sink.add(node, self.predicate, self.render(text) or literals.string(text))
        return _not_rounded(self.place, sink, element, text)


class Position:
    """A point as the standard writes it, latitude and longitude in one text, and as two decimals."""

    _LATITUDE = predicate("lat", GEO)
    _LONGITUDE = predicate("long", GEO)

    def __init__(self, place: str, term: str) -> None:
        self.place = place
        self.predicate = predicate(term)

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:
        """Say the text, and the coordinates where it has exactly two numbers."""
        sink.add(node, self.predicate, literals.string(text))
        numbers = [literals.decimal(part) for part in text.split()]
        if len(numbers) != _POSITION_PARTS or numbers[0] is None or numbers[1] is None:
            sink.keep("not-a-position", element, f"{self.place} {shown(text)} is not a latitude and a longitude.")
            return True
        sink.add(node, self._LATITUDE, numbers[0])
        sink.add(node, self._LONGITUDE, numbers[1])
        return True


class Organisation:
    """The organisation that a reference names, and the reference itself where it is written in another way."""

    _ORGANISATION = predicate("organisation")

    def __init__(self, place: str, term: str) -> None:
        self.place = place
        self.predicate = predicate(term)

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:
        """Say the organisation by its normalised identifier; a repaired reference is kept beside it and reported."""
        _tell_of_spaces(self.place, self.predicate, sink, node, element)
        term, reference = sink.vocabulary.organisation(text)
        sink.organisations.add(reference.identifier)
        sink.add(node, self._ORGANISATION, term)
        if reference.identifier != text:
            sink.add(node, self.predicate, literals.string(text))
            message = f"{self.place} {shown(text)} is read as {shown(reference.identifier)} ({reference.repair})."
            sink.repair("organisation-reference", element, message)
        return True


class Identifier(Typed):
    """What names an activity or an organisation: text, and whether white space stood around it."""

    def __init__(self, place: str, term: str) -> None:
        super().__init__(place, term, "string")

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:
        """Say the text."""
        _tell_of_spaces(self.place, self.predicate, sink, node, element)
        return super().say(sink, node, element, text)

    def said(self, text: str) -> str | None:  # noqa: ARG002  # Pure
        """Give nothing: the text comes here without the white space that stood around it."""
        return None


_SPACES_AROUND: Final = predicate("spacesAround", LEVIER)


def _tell_of_spaces(place: str, term: str, sink: Sink, node: Node, element: etree._Element) -> None:
    """Say of which property white space stood around the value: the ruleset of the standard forbids it (1.3.1 …)."""
    name = place.rpartition("@")[2]
    raw = element.text if name == place else element.get(name)
    if raw and raw != raw.strip():
        sink.add(node, _SPACES_AROUND, term.strip())


class Language:
    """A language tag, in lower case where it is one."""

    def __init__(self, place: str, term: str) -> None:
        self.place = place
        self.predicate = predicate(term)

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:
        """Say the tag, or the text as it is where it is none."""
        tag = sink.vocabulary.language(text)
        if tag is None:
            sink.keep("language-tag", element, f"{self.place} {shown(text)} is not a language tag; not used as one.")
        sink.add(node, self.predicate, literals.string(text if tag is None else tag))
        return tag is not None and has_usual_case(sink, text, tag)


CAPITALS: Final = "LANG"
"""The choice of notation: language tags are written in capitals."""


def has_usual_case(sink: Sink, text: str, tag: str) -> bool:
    """Tell whether a language tag is written in the letter case of the others: all small, or all capitals."""
    if text == tag:
        return sink.chose(CAPITALS, value=False)
    return text == tag.upper() and sink.chose(CAPITALS, value=True)


class Silent:
    """An attribute that only tells which row of the table holds."""

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:  # noqa: ARG002  # Leaf
        """Say nothing."""
        return True


class Tagged:
    """Narrative text with its language; which property may depend on an attribute of the element around it."""

    def __init__(self, place: str, rows: list[Row]) -> None:
        self.place = place
        self.term = rows[-1].term
        self.predicates = {value: predicate(row.term) for row in rows for value in row.when.values}
        self.otherwise = predicate(self.term)
        self.when = rows[0].when

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:
        """Say the text without a language."""
        sink.add(node, self.predicate(sink, element)[0], literals.string(text))
        return True

    def predicate(self, sink: Sink, element: etree._Element) -> tuple[str, bool]:
        """Give the property, and whether the attribute that tells which is one the table knows."""
        if not self.predicates:
            return self.otherwise, True
        value = told_by(element, self.when.attribute)
        if value in self.predicates or value == ABSENT:
            return self.predicates.get(value, self.otherwise), True
        name = self.when.attribute.rpartition("@")[2]
        sink.note("unknown-" + name, element, f"{self.place}: nothing is known of {name} {value!r}.")
        return self.otherwise, False


class Choice:
    """One of several leaves, by the value of another attribute."""

    def __init__(self, place: str, attribute: str, cases: dict[str, Leaf], otherwise: Leaf | None) -> None:
        self.place = place
        self.attribute = attribute
        self.cases = cases
        self.otherwise = otherwise
        self.unstated = False
        """Whether the attribute is stated nowhere else, so that its absence must be told from its default value."""

    def say(self, sink: Sink, node: Node, element: etree._Element, text: str) -> bool:
        """Say it by the leaf that holds; where none does, it is kept aside."""
        value = told_by(element, self.attribute)
        chosen = self.cases.get(value, self.otherwise)
        if chosen is None:
            name = self.attribute.rpartition("@")[2]
            sink.keep("unknown-" + name, element, f"{self.place} {shown(text)}: nothing is known of {name} {value!r}.")
            return False
        regular = chosen.say(sink, node, element, text)
        if self.unstated and chosen is self.cases.get(ABSENT):
            regular &= sink.chose(f"{element.tag!s}:{DEFAULT_VOCABULARY}", value=value != ABSENT)
        return regular


DEFAULT_VOCABULARY: Final = "1"
"""The vocabulary that holds where an attribute `vocabulary` is absent."""


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
        return Tagged(place, rows)
    if not first.when.attribute:
        return _plain(place, first)
    made: list[tuple[Row, Leaf]] = [(row, _plain(place, row)) for row in rows]
    by_value = {value: one for row, one in made for value in row.when.values}
    last = next((one for row, one in made if row.when.otherwise), None)
    return Choice(place, first.when.attribute, by_value, last)


def code_leaf(place: str, row: Row) -> Code:
    """Give the leaf of a code by its list."""
    return (SpelledCode if row.value in SPELLED else Code)(place, row.term, row.value)


_BY_KIND: Final[dict[str, Callable[[str, str], Leaf]]] = {
    "amount": Amount,
    "measure": Measure,
    "position": Position,
    "organisation": Organisation,
    "identifier": Identifier,
    "decimal": Number,
    "boolean": Boolean,
    "language": Language,
}
"""What is made from the place and the property alone."""


def _plain(place: str, row: Row) -> Leaf:
    if row.kind in {"code", "currency"}:
        return code_leaf(place, row)
    if row.kind == "selects":
        return Silent()
    make = _BY_KIND.get(row.kind)
    return Typed(place, row.term, row.kind) if make is None else make(place, row.term)
