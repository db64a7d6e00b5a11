"""Elements whose content belongs to the node around them: `title`, `value`, `period-start`, and narratives.

Each tells whether what it says can be given back as it stood. Where it cannot, the node around keeps the XML as it was
written. What is met is counted item by item, so that nothing goes missing unsaid.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from lxml import etree

from levier.iati import leaves, literals, rates
from levier.iati.language import PROSE, detected
from levier.iati.leaves import Leaf
from levier.iati.sink import WHITE, Node, Sink, items
from levier.terms import LEVIER, RDF, XML_LANG, XSD

CURRENCY: Final = "currency"
"""The choice of notation: amounts state their currency even where it is the default."""

_REMEMBERED: Final = 4096
"""Different texts of one place that are remembered with what they become."""


class Element:
    """A container: its attributes, text and children speak of the node around it."""

    once = True
    """A second one of the same name beside it may be taken for the first; see `distinct`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.attributes: dict[str, Leaf] = {}
        self.text: Leaf | None = None
        self._said: dict[str, str] = {}
        self.children: dict[Any, Element] = {}  # a tag may be no str: an entity's is a function
        self.default_currency: leaves.Code | None = None
        """Says the activity's default currency where the element could state one and does not."""

    def enter(self, sink: Sink, node: Node, element: etree._Element, language: str) -> bool:
        """Say what the XML element says about `node`, and tell whether it can be given back.

        `language` is the xml:lang that holds there.
        """
        if self.only and self._said_before(sink, node, element):
            return True
        before = len(sink.lines)
        sink.handled += 1
        own = self._say_attributes(sink, node, element)
        said = self._say_text(sink, node, element)
        below = not len(element) or self._say_children(sink, node, element, self._language(sink, element, language))
        if len(sink.lines) == before:
            sink.keep("empty", element, f"{self.path} says nothing.", severity="note")
            return False
        return own and said and below

    @cached_property
    def only(self) -> str:
        """The one attribute that is all there can be, where what it says depends on its text alone; else empty."""
        names = [] if self.children or self.text is not None or self.default_currency is not None else self.attributes
        plain = len(names) == 1 and all(isinstance(leaf, leaves.Pure) for leaf in self.attributes.values())
        return next(iter(names)) if plain else ""

    def _said_before(self, sink: Sink, node: Node, element: etree._Element) -> bool:
        """Say of a code or date what was said of the same one before, and tell whether that was all."""
        attributes = element.items()
        if len(attributes) != 1 or len(element) or element.text:
            return False
        name, raw = attributes[0]
        said = self._said.get(raw)
        if said is None:
            leaf = self.attributes.get(name)
            said = leaf.said(raw.strip()) if isinstance(leaf, leaves.Pure) else None
            if said is None:
                return False
            if len(self._said) < _REMEMBERED:
                self._said[raw] = said
        elif name != self.only:
            return False
        sink.handled += 2
        sink.lines.append(node.term + said)
        return True

    def _language(self, sink: Sink, element: etree._Element, around: str) -> str:
        """Give the language that holds inside: a container's own, though the standard has it on narratives alone."""
        raw = element.get(XML_LANG)
        if raw is None or XML_LANG in self.attributes:
            return around
        return sink.vocabulary.language(raw) or around

    def _say_attributes(self, sink: Sink, node: Node, element: etree._Element) -> bool:
        regular = True
        attributes = element.items()
        sink.handled += len(attributes)
        for name, raw in attributes:
            leaf = self.attributes.get(name)
            text = raw.strip()
            if leaf is None:
                regular &= self._meet_stranger(sink, node, element, name, text)
            elif text:
                regular &= leaf.say(sink, node, element, text)
            else:
                sink.keep("blank", element, f"{self.path}/@{name} is blank.", severity="note")
                regular = False
        if self.default_currency is not None and sink.currency:
            regular &= self._say_currency(sink, node, element, self.default_currency)
        return regular

    def _meet_stranger(self, sink: Sink, node: Node, element: etree._Element, name: str, text: str) -> bool:
        """Take an attribute that the table has not; a container keeps it as it was written."""
        del node, text
        sink.keep("not-mapped", element, f"{self.path}/@{name} is not of the standard.")
        return False

    @staticmethod
    def _say_currency(sink: Sink, node: Node, element: etree._Element, leaf: leaves.Code) -> bool:
        stated = (element.get("currency") or "").strip()
        if not stated:
            leaf.say(sink, node, element, sink.currency)
        elif stated != sink.currency:
            return True
        return sink.chose(CURRENCY, value=bool(stated))

    def _say_text(self, sink: Sink, node: Node, element: etree._Element) -> bool:
        text = element.text
        if not text or not text.strip(WHITE):
            return True
        sink.handled += 1
        if text.isspace():
            sink.keep("blank", element, f"{self.path} has a blank text.", severity="note")
            return False
        if self.text is None:
            sink.keep("stray-text", element, f"{self.path} has text where the standard has none.")
            return False
        return self.text.say(sink, node, element, text.strip())

    def _say_children(self, sink: Sink, node: Node, element: etree._Element, language: str) -> bool:
        regular = True
        met: set[Any] = set()
        repeated: set[Any] = set()
        for child in element:
            known = self.children.get(child.tag)
            if known is None:
                keep_stranger(sink, child, self.path)
                regular = False
            else:
                regular &= known.enter(sink, node, child, language)
                if known.once:
                    (repeated if child.tag in met else met).add(child.tag)
            if child.tail and child.tail.strip(WHITE):
                regular = False
                keep_tail(sink, child, self.path)
        return regular and all(self.children[tag].distinct(element.findall(tag)) for tag in repeated)

    def distinct(self, elements: list[etree._Element]) -> bool:
        """Tell whether elements of this name beside one another can be told apart by what they say."""
        if len(self.children) == 1 and "narrative" in self.children and "type" in self.attributes:
            return all_differ(element.get("type") or "" for element in elements)
        valued = [name for name, leaf in self.attributes.items() if not isinstance(leaf, leaves.Silent)]
        if self.children or len(valued) + (self.text is not None) != 1:
            return False
        silent = [name for name in self.attributes if name not in valued]
        parts = [*valued, *silent]
        return all_differ(
            tuple((element.get(name) or "").strip() for name in parts) or (element.text or "").strip()
            for element in elements
        )


def all_differ(values: Iterable[Hashable]) -> bool:
    """Tell whether no value is there twice."""
    known = list(values)
    return len(set(known)) == len(known)


def keep_stranger(sink: Sink, child: etree._Element, path: str) -> None:
    """Account for an element that the table does not have, and all below it; it is kept as written."""
    if not isinstance(child.tag, str):  # an entity that nothing declares
        sink.drop("entity", child, f"{path} has {child.text}, which nothing declares.", 0)
        return
    number = items(child)
    sink.handled += number
    sink.keep("not-mapped", child, f"{path}/{child.tag} is not of the standard.", number)


def keep_tail(sink: Sink, child: etree._Element, path: str) -> None:
    """Account for text that stands after a child element, where the standard has none."""
    sink.handled += 1
    sink.keep("stray-text", child, f"{path} has text where the standard has none.")


@dataclass(frozen=True, slots=True)
class _Attributes:
    """What the attributes of an amount say, remembered: the same currency and day come back thousands of times."""

    said: tuple[str, ...]
    number: int
    stated: bool | None
    """Whether the default currency is stated; None where the currency is another, or there is no default one."""
    rate: rates.Rate | None
    """None: the amount is in EUR."""
    used: tuple[str, str]


class Money(Element):
    """An amount with its currency and value date, by the quick way where there is nothing to report."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._known: dict[tuple[tuple[tuple[str, str], ...], str], _Attributes | None] = {}

    def enter(self, sink: Sink, node: Node, element: etree._Element, language: str) -> bool:
        """Say the amount, in its own currency and in EUR."""
        text = (element.text or "").strip()
        term = literals.decimal(text) if not len(element) else None
        if term is None or literals.is_rounded(text) or not isinstance(self.text, leaves.Amount):
            return super().enter(sink, node, element, language)
        key = tuple(element.items()), sink.currency
        if key not in self._known:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            self._known[key] = self._attributes(element, sink.currency)
        attributes = self._known[key]
        if attributes is None:
            return super().enter(sink, node, element, language)
        sink.handled += 2 + attributes.number
        subject = node.term
        sink.lines.append(subject + self.text.predicate + term)
        sink.lines.extend([subject + said for said in attributes.said])
        sink.lines.append(subject + self.text.in_euro(term, attributes.rate))
        if attributes.rate is not None:
            sink.rates.add(attributes.used)
        return attributes.stated is None or sink.chose(CURRENCY, value=attributes.stated)

    def _attributes(self, element: etree._Element, default: str) -> _Attributes | None:
        """Give what the attributes say, or None where the amount needs the long way."""
        values = {name: raw.strip() for name, raw in element.items()}
        currency, day = values.get("currency", default), values.get("value-date", "")
        leaf, dated = self.default_currency, self.attributes["value-date"]
        if leaf is None or not isinstance(dated, leaves.Pure) or values.keys() - self.attributes.keys():
            return None
        said = leaf.said(currency), dated.said(day)
        rate = None if currency == rates.EURO else rates.rate(currency, day)
        if said[0] is None or said[1] is None or (rate is None and currency != rates.EURO):
            return None
        stated = "currency" in values if currency == default else None
        return _Attributes((said[0], said[1]), len(values), stated, rate, (currency, day))


class Narrative(Element):
    """Free text in a language: its own, else the one that holds around it."""

    _FINDING = f" <{LEVIER}languageFinding> "
    _TYPE = f" <{RDF}type> <{LEVIER}LanguageFinding>"

    def __init__(self, path: str, leaf: leaves.Tagged) -> None:
        super().__init__(path)
        self.leaf = leaf
        self.choice = f"lang:{path.split('/')[-2]}"
        self.detects = leaf.term in PROSE
        """Whether its language is looked at: names and labels of codes tell too little."""

    def enter(self, sink: Sink, node: Node, element: etree._Element, language: str) -> bool:
        """Say the text with its language, and beside it the language it is found to be in, where that is another."""
        sink.handled += 1
        text = (element.text or "").strip()
        regular = True
        if len(element):  # markup inside: its text is kept, its elements are kept as written
            text = "".join(str(part) for part in element.itertext(with_tail=True)).strip()
            regular = self._account_for_markup(sink, element)
        elif text:
            sink.handled += 1
        else:
            self._say_text(sink, node, element)
        if element.attrib:
            tag, stated = self._tag(sink, element, language)
        else:  # most of them; `chose` counts only where there is a default language to be stated
            tag, stated = language, language == sink.language and (not language or sink.chose(self.choice, value=False))
        if not text:
            number = 1 + sum(1 for raw in element.attrib.values() if raw.strip())
            sink.keep("empty", element, f"{self.path} says nothing.", number, "note")
            return False
        predicate, known = self.leaf.predicate(sink, element)
        literal = literals.tagged(text, tag)
        sink.add(node, predicate, literal)
        if self.detects and sink.detects and tag:
            self._detect(sink, node, element, predicate, literal, text, tag)
        return regular and stated and known

    def _tag(self, sink: Sink, element: etree._Element, around: str) -> tuple[str, bool]:
        """Give the tag, empty where there is none, and whether it is stated in the way of the other narratives."""
        tag, regular = around, True
        sink.handled += len(element.attrib)
        for name, raw in element.items():
            if name != XML_LANG:
                sink.keep("not-mapped", element, f"{self.path}/@{name} is not of the standard.")
                regular = False
            else:
                tag, usual = self._own_language(sink, element, raw, around)
                regular &= usual
        return tag, regular

    def _own_language(self, sink: Sink, element: etree._Element, raw: str, around: str) -> tuple[str, bool]:
        text = raw.strip()
        if not text:
            sink.keep("blank", element, f"{self.path}/@xml:lang is blank.", severity="note")
            return around, False
        tag = sink.vocabulary.language(text)
        if tag is None:
            message = f"{self.path}/@xml:lang {leaves.shown(text)} is not a language tag; left out."
            sink.keep("language-tag", element, message)
            return "", False
        usual = leaves.has_usual_case(sink, text, tag)
        return tag, usual and (tag != sink.language or sink.chose(self.choice, value=True))

    def _account_for_markup(self, sink: Sink, element: etree._Element) -> bool:
        sink.handled += items(element) - 1 - len(element.attrib)
        names = sorted({str(child.tag) for child in element.iterdescendants() if isinstance(child.tag, str)})
        sink.note("markup", element, f"{self.path} has markup inside ({', '.join(names)}); its text is taken.")
        return False

    def _detect(
        self, sink: Sink, node: Node, element: etree._Element, predicate: str, literal: str, text: str, tag: str
    ) -> None:
        found = detected(text, tag)
        if found is None:
            return
        language, confidence = found
        finding = sink.root.next("language")
        sink.add(sink.root, self._FINDING, finding.term)
        sink.lines.append(finding.term + self._TYPE)
        for name, term in (
            ("ofNode", node.term),
            ("ofProperty", predicate.strip()),
            ("ofText", literal),
            ("detectedLanguage", literals.string(language)),
            ("confidence", f'"{confidence:.2f}"^^<{XSD}decimal>'),
        ):
            sink.lines.append(f"{finding.term} <{LEVIER}{name}> {term}")
        message = f"{self.path} is declared to be in {tag!r}, and reads as {language!r}."
        sink.note("language", element, message)

    def distinct(self, elements: list[etree._Element]) -> bool:
        """Tell whether no two narratives say the same text in the same language."""
        return all_differ(((element.text or "").strip(), (element.get(XML_LANG) or "").lower()) for element in elements)
