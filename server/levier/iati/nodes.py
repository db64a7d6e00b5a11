"""Elements that are nodes of their own, and dates, which are nodes where they say more than a date."""

from functools import cached_property
from typing import Any, Final

from lxml import etree

from levier.iati import leaves, literals
from levier.iati.containers import Element, Narrative, all_differ, keep_stranger, keep_tail
from levier.iati.sink import WHITE, Content, Node, Sink, Traced, items, written, xml_literal
from levier.terms import IATI, RDF

_REMEMBERED: Final = 20_000
"""Contents of nodes that are remembered at a time."""

_PLAIN_DATE: Final = ("type", "iso-date")
"""The attributes of a date of which no more is to be said than its property."""


_PLACEHOLDER: Final = Node("")


class NodeElement(Element):
    """An element that is a node of its own: `{node}/{element}/{n}`."""

    once = False

    def __init__(self, path: str, name: str, term: str, cls: str) -> None:
        super().__init__(path)
        self.name = name
        self.cls = cls
        self.predicate = leaves.predicate(term)
        self.type = f" <{RDF}type> <{IATI}{cls}>"

    def enter(self, sink: Sink, node: Node, element: etree._Element, language: str) -> bool:
        """Make the node, say its type and what leads to it, and fill it."""
        self.make(sink, node, node.next(self.name), element, language)
        return True

    def make(self, sink: Sink, node: Node, made: Node, element: etree._Element, language: str) -> None:
        """Fill the node already named."""
        term = made.term
        if sink.trace is not None:
            sink.trace.append(Traced(made.iri, element, self.cls))
        sink.lines.append(node.term + self.predicate + term)
        sink.lines.append(term + self.type)
        if self.flat and sink.trace is not None:  # no node below it: what it says is of no concern to who traces
            return
        if self.flat:
            sink.lines.extend([term + said for said in self._content(sink, element, language)])
        else:
            self.fill(sink, made, element, language)

    @cached_property
    def flat(self) -> bool:
        """Whether all it says depends on its XML alone, with no node below it: such content is remembered."""
        return _is_flat(self)

    def _content(self, sink: Sink, element: etree._Element, language: str) -> tuple[str, ...]:
        """Give what the element says, each line without its subject; the same XML is looked at once in a file.

        Only where all is well with it: what there is to report is reported each time.
        """
        key = self.path, etree.tostring(element, with_tail=False), language
        contents = sink.vocabulary.contents
        known = contents.get(key)
        if known is not None and (not known.choices or sink.chose_all(known.choices)):
            sink.handled += known.handled
            if known.organisations:
                sink.organisations |= known.organisations
            return known.said
        return self._looked_at(sink, element, language, contents, key)

    def _looked_at(
        self,
        sink: Sink,
        element: etree._Element,
        language: str,
        contents: dict[tuple[str, bytes, str], Content],
        key: tuple[str, bytes, str],
    ) -> tuple[str, ...]:
        before = sink.handled, sink.reported
        outer, sink.lines, sink.choices = sink.lines, [], {}
        organisations, sink.organisations = sink.organisations, set()
        self.fill(sink, _PLACEHOLDER, element, language)
        skip = len(_PLACEHOLDER.term)
        said, sink.lines = tuple(line[skip:] for line in sink.lines), outer
        if sink.reported == before[1]:
            if len(contents) > _REMEMBERED:
                contents.clear()
            choices = tuple(sink.choices.items())
            contents[key] = Content(said, sink.handled - before[0], choices, frozenset(sink.organisations))
        sink.organisations |= organisations
        return said

    def fill(self, sink: Sink, node: Node, element: etree._Element, language: str) -> None:
        """Say the attributes, the text and the children about `node`; keep as written what cannot be given back."""
        sink.handled += 1
        own = self._say_attributes(sink, node, element)
        own &= self._say_text(sink, node, element)
        if len(element):
            own &= self._fill_children(sink, node, element, self._language(sink, element, language))
        if not own:
            sink.keep_as_written(node, written(_alone(element)))

    def _meet_stranger(self, sink: Sink, node: Node, element: etree._Element, name: str, text: str) -> bool:
        message = f"{self.path}/@{name} is not of the standard; kept as name and value."
        sink.keep("extension", element, message, severity="note")
        sink.extend(node, name.replace("}", "}@") if name.startswith("{") else f"@{name}", literals.string(text))
        return bool(text)

    def _fill_children(self, sink: Sink, node: Node, element: etree._Element, language: str) -> bool:
        """Fill the node from its children, and tell whether there is no stray text between them."""
        kept: set[Any] = set()
        met: set[Any] = set()
        repeated: set[Any] = set()
        stray = False
        children = self.children
        for child in element:
            tag = child.tag
            known = children.get(tag)
            if known is None:
                said = self._extend(sink, node, child)
                if said and said in met:
                    kept.add(tag)
                met.add(said)
            elif not known.enter(sink, node, child, language):
                kept.add(tag)
            elif known.once:
                (repeated if tag in met else met).add(tag)
            tail = child.tail
            if tail and tail.strip(WHITE):
                stray = True
                keep_tail(sink, child, self.path)
        if kept or repeated:
            self._keep(sink, node, element, kept, repeated)
        return not stray

    def _keep(self, sink: Sink, node: Node, element: etree._Element, kept: set[Any], repeated: set[Any]) -> None:
        alike = {tag: element.findall(tag) for tag in repeated - kept}
        kept |= {tag for tag, elements in alike.items() if not self.children[tag].distinct(elements)}
        for tag in sorted(kept):
            sink.keep_as_written(node, "".join(map(written, element.iterchildren(tag))))

    def _extend(self, sink: Sink, node: Node, child: etree._Element) -> str:
        """Keep an element outside the standard: by its name, text alone as text, the rest as XML. Give what is said."""
        if not isinstance(child.tag, str):
            keep_stranger(sink, child, self.path)
            return ""
        term, number = _value(sink, child)
        sink.handled += number
        message = f"{self.path}/{child.tag} is not of the standard; kept as name and value."
        sink.keep("extension", child, message, number, "note")
        sink.extend(node, child.tag, term)
        return child.tag + term


def _value(sink: Sink, child: etree._Element) -> tuple[str, int]:
    """Give the value of an element outside the standard, and its items; those of the same XML are remembered."""
    if not len(child) and not child.attrib:
        text = child.text or ""
        return literals.string(text.strip()), 1 + bool(text.strip(WHITE))
    xml = etree.tostring(child, with_tail=False)
    known = sink.vocabulary.values.get(xml)
    if known is None:
        if len(sink.vocabulary.values) > _REMEMBERED:
            sink.vocabulary.values.clear()
        known = sink.vocabulary.values[xml] = xml_literal(child), items(child)
    return known


def _is_flat(element: Element) -> bool:
    if element.default_currency is not None:
        return False
    for child in element.children.values():
        if isinstance(child, (NodeElement, Dated)) or (isinstance(child, Narrative) and child.detects):
            return False
        if not _is_flat(child):
            return False
    return True


def _alone(element: etree._Element) -> etree._Element:
    """Give the element with its attributes and the text that stands directly in it, without its children."""
    alone = etree.Element(element.tag, dict(element.attrib))
    texts = [element.text, *(child.tail for child in element)]
    alone.text = " ".join(text.strip() for text in texts if text and text.strip())
    return alone


class Shared(NodeElement):
    """A node of which there is one per distinct content within the dataset: `id/common/{dataset}/{name}/{digest}`.

    What stands twice in one element, such as two halves of a sector, is two nodes: sums count both. What names an
    activity is a node of the record, `{record}/{name}/{n}`: which activity is meant depends on who names it.
    """

    @cached_property
    def naming(self) -> frozenset[str]:
        """The attributes that name an activity."""
        return frozenset(name for name, leaf in self.attributes.items() if isinstance(leaf, leaves.Identifier))

    def enter(self, sink: Sink, node: Node, element: etree._Element, language: str) -> bool:
        """Say what leads to the node, and the node itself where there is not the same one already."""
        said = self._content(sink, element, language)
        term = self._own if self.naming and not self.naming.isdisjoint(element.keys()) else self._common
        lead, number = node.term + self.predicate, 1
        while (link := lead + term(sink, said, number)) in sink.links:
            number += 1
        sink.links.add(link)
        sink.lines.append(link)
        if sink.trace is not None:
            sink.trace.append(Traced(link[len(lead) + 1 : -1], element, self.cls))
        return True

    def _common(self, sink: Sink, said: tuple[str, ...], number: int) -> str:
        """Give the n-th node of the content in the dataset."""
        key = self.name, said, number
        term = sink.vocabulary.common.get(key)
        return sink.make_common(key, self.type) if term is None else term

    def _own(self, sink: Sink, said: tuple[str, ...], number: int) -> str:
        """Give the n-th node of the content in the record."""
        key = self.name, said, number
        term = sink.own.get(key)
        if term is None:
            term = sink.own[key] = sink.root.next(self.name).term
            sink.lines.append(term + self.type)
            sink.lines.extend([term + line for line in said])
        return term


class Dated(Element):
    """A date of the activity: a property by its type, and a node only where there is more to say."""

    def __init__(self, path: str, shortcuts: dict[str, str], node: NodeElement) -> None:
        super().__init__(path)
        self.shortcuts = {code: leaves.Typed(path, term, "date") for code, term in shortcuts.items()}
        self.node = node

    def enter(self, sink: Sink, node: Node, element: etree._Element, language: str) -> bool:
        """Say the date; with anything more than a known type and a readable date, say the node too."""
        kind, day = element.get("type"), element.get("iso-date")
        shortcut = self.shortcuts.get((kind or "").strip())
        term = literals.day(day.strip()) if day else None
        if shortcut is not None and term is not None:
            sink.add(node, shortcut.predicate, term)
            if len(element.attrib) == len(_PLAIN_DATE) and not len(element) and not (element.text or "").strip(WHITE):
                sink.handled += 1 + len(_PLAIN_DATE)
                return True
        self.node.make(sink, node, node.next(self.node.name), element, language)
        return True

    def distinct(self, elements: list[etree._Element]) -> bool:
        """Tell whether no two dates have the same type and day."""
        return all_differ(
            ((element.get("type") or "").strip(), literals.day_only((element.get("iso-date") or "").strip()))
            for element in elements
        )
