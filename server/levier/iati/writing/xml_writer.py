"""An activity or an organisation record of the graph as the XML element it came from, in IATI 2.03.

The table of the mapping is walked from its properties (`levier.iati.writing.forms`). What the terms cannot give back
stands in the graph as it was written (`levier:asWritten`), and how it was written where they leave a choice in
`levier:notation`.
Only what is said with `iati:` terms, extensions and these two is written; the same facts give the same bytes.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final
from urllib.parse import unquote

import pyoxigraph as ox
from lxml import etree

from levier.errors import BrokenData
from levier.iati import literals
from levier.iati.root import TEXT
from levier.iati.writing.forms import Child, Container, Dates, Form, Leaf, Narratives, Nodes, Variant, forms, stated
from levier.iati.writing.prefixes import prefixes
from levier.terms import COMMON, IATI, ID, LEVIER, RDF, XML_LANG, extension_name

Facts = Mapping[str, Sequence[object]]
"""What is said of one node: the RDF terms of each property, by its IRI."""
Kept = Mapping[str, Sequence[etree._Element]]  # noqa: SLF001  # lxml has no other name for it
"""The children of a node that are kept as they were written, by their name."""
Describe = Callable[[str], Facts]
"""Gives what is said of the node of an IRI."""

_AS_WRITTEN: Final = LEVIER + "asWritten"
_NOTATION: Final = LEVIER + "notation"
_EXTENSION: Final = f"{ID}extension/"
_XML_LITERAL: Final = RDF + "XMLLiteral"
_CAPITALS: Final = "LANG"
_CURRENCY_STATED: Final = "currency"
_NUMBER: Final = re.compile(r"(\d+)")
_BOOLEANS: Final = {"true": "1", "false": "0"}


def element_of(iri: str, cls: str, tag: str, describe: Describe) -> etree._Element:
    """Give the element `tag` of a node that is of the class `cls` of the table (`Activity`, `Organisation`, `File`).

    Of a file it is the root element without its records: its attributes, and what stands beside them.
    Raises BrokenData, which names the node, where what the graph says of it cannot stand in XML.
    """
    written = _Record(iri, describe).element(iri, cls, tag)
    etree.cleanup_namespaces(written, top_nsmap=prefixes(_namespaces(written)))
    return written


def _namespaces(element: etree._Element) -> set[str]:
    names = {str(name) for part in element.iter("*") for name in (part.tag, *part.attrib)}
    return {name[1:].partition("}")[0] for name in names if name.startswith("{")}


class _Record:
    """One activity or organisation record while it is being written, and the choices of notation that hold in it."""

    def __init__(self, iri: str, describe: Describe) -> None:
        self._describe = cache(describe)  # a node that several elements share is asked for once
        facts = describe(iri)
        self._tokens = frozenset(token for text in _values(facts, _NOTATION) for token in text.split())
        self._language = next(iter(_values(facts, IATI + "defaultLanguage")), "").lower()
        self._currency = next(iter(_values(facts, IATI + "defaultCurrency")), "")

    def element(self, iri: str, cls: str, tag: str) -> etree._Element:
        """Give the element of a node."""
        facts = self._describe(iri)
        form = forms()[cls]
        element = etree.Element(tag)
        try:
            own, kept = _as_written(facts, tag)
            self._head(element, form, facts, own)
            self._children(element, form, facts, kept)
            _extend(element, facts, kept, attributes=own is None)
        except (ValueError, etree.XMLSyntaxError) as error:
            raise BrokenData(f"<{iri}> cannot be written as XML: {error}.") from None
        return element

    def _head(self, element: etree._Element, form: Form, facts: Facts, own: etree._Element | None) -> None:
        """Write the attributes and the text of a node: as they were, where they are kept so, else from the terms."""
        if own is None:
            self._attributes(element, form, facts)
        else:
            for name, value in own.items():
                element.set(name, value)
            element.text = own.text
        if form.text is not None and not (element.text or "").strip():
            element.text = next(iter(self.texts(form.text, facts)), None)

    def _attributes(self, element: etree._Element, form: Form, facts: Facts) -> None:
        for name, leaf in form.attributes.items():
            for text in self.texts(leaf, facts)[:1]:
                element.set(name, text)

    def _children(self, element: etree._Element, form: Form, facts: Facts, kept: Kept) -> None:
        said = {tag for name in facts for tag in form.children_of.get(name, ())}
        for tag, child in form.children.items():
            if tag in kept:
                element.extend(kept[tag])
            elif tag in said:
                element.extend(self._child(tag, child, facts, str(element.tag)))
        for tag, elements in kept.items():
            if tag not in form.children:
                element.extend(elements)

    def _child(self, tag: str, child: Child, facts: Facts, parent: str) -> Iterable[etree._Element]:
        match child:
            case Container():
                return [made for variant in child.variants for made in self._container(tag, variant, facts)]
            case Narratives():
                return self._narratives(tag, child, facts, parent)
            case Nodes():
                return self._nodes(tag, child, facts)
            case Dates():
                return self._dates(tag, child, facts)

    def _container(self, tag: str, variant: Variant, facts: Facts) -> Iterator[etree._Element]:
        for element in self._contents(tag, variant.form, facts):
            value = stated(variant, self._tokens, tag)
            if value is not None:
                element.set(variant.attribute, value)
            yield element

    def _contents(self, tag: str, form: Form, facts: Facts) -> Iterator[etree._Element]:
        """Give the container once for each value where it can hold but one, else once with all."""
        sole = form.sole_leaf
        if sole is None:
            # A currency that is not written says that the element stands there.
            if not form.properties.isdisjoint(facts):
                element = etree.Element(tag)
                self._head(element, form, facts, None)
                self._children(element, form, facts, {})
                yield element
            return
        name, leaf = sole
        for text in self.texts(leaf, facts):
            element = etree.Element(tag)
            if name:
                element.set(name, text)
            else:
                element.text = text
            yield element

    def _nodes(self, tag: str, nodes: Nodes, facts: Facts) -> Iterator[etree._Element]:
        """Give the elements of nodes: of those in common by what they say, of the others by their numbers."""
        iris = _sorted_nodes(facts.get(nodes.property, ()))
        common = [self.element(node, nodes.cls, tag) for node in iris if node.startswith(COMMON)]
        yield from sorted(common, key=etree.tostring)
        yield from (self.element(node, nodes.cls, tag) for node in iris if not node.startswith(COMMON))

    def _dates(self, tag: str, dates: Dates, facts: Facts) -> Iterator[etree._Element]:
        """Give the dates that are properties, but for those that a node says with more; then the nodes."""
        attributes = forms()[dates.nodes.cls].attributes
        type_leaf, date_leaf = attributes[dates.type_attribute], attributes[dates.date_attribute]
        said: set[tuple[str, str]] = set()
        for node in _sorted_nodes(facts.get(dates.nodes.property, ())):
            of_node = self._describe(node)
            said.update((t, d) for t in self.texts(type_leaf, of_node) for d in self.texts(date_leaf, of_node))
        for shortcut, date_type in dates.shortcuts:
            for date in _values(facts, shortcut):
                if (date_type, date) not in said:
                    yield etree.Element(tag, {dates.type_attribute: date_type, dates.date_attribute: date})
        yield from self._nodes(tag, dates.nodes, facts)

    def _narratives(self, tag: str, narratives: Narratives, facts: Facts, parent: str) -> Iterator[etree._Element]:
        """Give the texts: those in the default language first, which they do not state unless the notation says so."""
        literal_terms = [term for term in facts.get(narratives.property, ()) if isinstance(term, ox.Literal)]
        always = f"lang:{parent}" in self._tokens
        for term in sorted(literal_terms, key=lambda term: (self._own_language(term), term.language or "", term.value)):
            element = etree.Element(tag)
            element.text = term.value
            language = term.language or ""
            if language and (always or self._own_language(term)):
                element.set(XML_LANG, self._cased(language))
            yield element

    def _own_language(self, term: ox.Literal) -> bool:
        return (term.language or "") != self._language

    def _cased(self, tag: str) -> str:
        """Give a language tag in capitals where the record has them so; what is no tag stays what it is."""
        return tag.upper() if _CAPITALS in self._tokens and literals.language_tag(tag) is not None else tag

    def texts(self, leaf: Leaf, facts: Facts) -> list[str]:
        """Give what stands at a place, in order; nothing for the default currency, which need not be said."""
        if leaf.kind == "organisation":
            return next(filter(None, (_values(facts, name) for name in leaf.properties)), [])
        found = sorted(_text(term) for term in _terms(leaf, facts))
        if leaf.kind == "currency" and _CURRENCY_STATED not in self._tokens:
            return [text for text in found if text != self._currency]
        return [self._cased(text) for text in found] if leaf.kind == "language" else found


def _terms(leaf: Leaf, facts: Facts) -> list[object]:
    """Give the terms that a leaf is said with: of a code, only those of its list where it has one."""
    found = [term for name in leaf.properties for term in facts.get(name, ())]
    if not leaf.code_list:
        return found
    listed = f"/{leaf.code_list}/"
    return [term for term in found if isinstance(term, ox.NamedNode) and listed in term.value]


def _text(term: object) -> str:
    """Give a term as IATI writes it: a code or an organisation by the last part of its IRI, a boolean as 1 or 0."""
    if isinstance(term, ox.NamedNode):
        return unquote(term.value.rpartition("/")[2])
    if not isinstance(term, ox.Literal):
        raise ValueError(f"{term} is neither an IRI nor a literal")  # noqa: TRY004  # of the data, not of the caller
    boolean = term.datatype.value.endswith("#boolean")
    return _BOOLEANS.get(term.value, term.value) if boolean else term.value


def _values(facts: Facts, name: str) -> list[str]:
    return sorted(_text(term) for term in facts.get(name, ()))


def _sorted_nodes(terms: Iterable[object]) -> list[str]:
    """Give the IRIs of the nodes, `transaction/2` before `transaction/10`."""
    iris = [term.value for term in terms if isinstance(term, ox.NamedNode)]
    if len(iris) == 1:
        return iris
    return sorted(
        iris,
        key=lambda iri: [(int(part or 0), "") if n % 2 else (0, part) for n, part in enumerate(_NUMBER.split(iri))],
    )


def _as_written(facts: Facts, tag: str) -> tuple[etree._Element | None, Kept]:
    """Give what is kept as it was: the node's own element without its content, and all its children of some names."""
    own = None
    kept: dict[str, list[etree._Element]] = {}
    for text in _values(facts, _AS_WRITTEN):
        elements = list(_parsed(text))
        if elements[0].tag == tag:
            own = elements[0]
        else:
            kept[str(elements[0].tag)] = elements
    return own, kept


def _parsed(xml: str) -> etree._Element:
    """Give an element that holds the elements of a piece of XML."""
    found = etree.fromstring(f"<xml>{xml}</xml>")  # within an element no DTD can be declared, and so no entity
    if not len(found):
        raise ValueError(f"levier:asWritten is no element: {xml!r}")
    return found


def _extend(element: etree._Element, facts: Facts, kept: Kept, *, attributes: bool) -> None:
    """Write the attributes and elements that are not of the standard."""
    for iri in sorted(name for name in facts if name.startswith(_EXTENSION)):
        name = extension_name(iri)
        space, brace, local = name.rpartition("}")
        if name == TEXT:
            element.text = " ".join(_values(facts, iri))
        elif not local.startswith("@"):
            element.extend([] if name in kept else _extensions(name, facts[iri]))
        elif attributes:
            element.set(f"{space}{brace}{local[1:]}", _values(facts, iri)[0])


def _extensions(name: str, terms: Iterable[object]) -> Iterator[etree._Element]:
    """Give the elements of an extension's name: with text only, or whole where they are kept so."""
    for term in sorted((term for term in terms if isinstance(term, ox.Literal)), key=lambda term: term.value):
        if term.datatype.value == _XML_LITERAL:
            yield from list(_parsed(term.value))
        else:
            element = etree.Element(name)
            element.text = term.value
            yield element
