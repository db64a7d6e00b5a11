"""The table of the mapping compiled: one object per element of the standard, that says what the element becomes.

The rows speak of classes (`DocumentLink` stands in six places); the plan is the tree of elements they unfold to, so
that converting is one dictionary look-up per element and attribute. `plan()` is the element `iati-activity`.
"""

from functools import cache, cached_property
from typing import Any, Final

from lxml import etree

from levier.iati import leaves
from levier.iati.leaves import Leaf
from levier.iati.mapping import ACTIVITY_CLASS, Row, rows
from levier.iati.sink import Node, Sink
from levier.terms import IATI

XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


class Element:
    """An element of the standard whose content belongs to the node around it, such as `value` or `title`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.attributes: dict[str, Leaf] = {}
        self.text: Leaf | None = None
        self.children: dict[str, Element] = {}
        self.default_currency: leaves.Code | None = None
        """Says the activity's default currency where the element could state one and does not."""

    @cached_property
    def speaks(self) -> bool:
        """Whether there are narratives in it, which its own xml:lang would be for."""
        return any(isinstance(child, Narrative) or child.speaks for child in self.children.values())

    def enter(self, sink: Sink, node: Node, element: etree._Element, language: str) -> None:
        """Say what the XML element says about `node`; `language` is the xml:lang that holds there."""
        self.fill(sink, node, element, language)

    def fill(self, sink: Sink, node: Node, element: etree._Element, language: str) -> None:
        """Say the attributes, the text and the children about `node`."""
        for name, raw in element.items():
            leaf = self.attributes.get(name)
            if leaf is not None:
                text = raw.strip()
                if text:
                    leaf.say(sink, node, element, text)
            elif name == XML_LANG and self.speaks:
                language = raw
            else:
                sink.leave_out(f"{self.path}/@{name}")
        if self.default_currency is not None and sink.currency and not (element.get("currency") or "").strip():
            self.default_currency.say(sink, node, element, sink.currency)
        self._fill_text(sink, node, element)
        if len(element):
            self._fill_children(sink, node, element, language)

    def _fill_text(self, sink: Sink, node: Node, element: etree._Element) -> None:
        text = (element.text or "").strip()
        if not text:
            return
        if self.text is None:
            sink.leave_out(f"{self.path}/text()")
        else:
            self.text.say(sink, node, element, text)

    def _fill_children(self, sink: Sink, node: Node, element: etree._Element, language: str) -> None:
        children: dict[Any, Element] = self.children  # a tag may be no str: an entity's is a function
        for child in element:
            known = children.get(child.tag)
            if known is None:
                sink.leave_out_tree(child, self.path)
            else:
                known.enter(sink, node, child, language)
            tail = child.tail
            if tail and not tail.isspace():
                sink.leave_out_tail(child, self.path)


class NodeElement(Element):
    """An element that is a node of its own: `{node}/{element}/{n}`."""

    def __init__(self, path: str, row: Row) -> None:
        super().__init__(path)
        self.name = row.path[-1]
        self.predicate = leaves.predicate(row.term)
        self.type = f"<{IATI}{row.value}>"

    def enter(self, sink: Sink, node: Node, element: etree._Element, language: str) -> None:
        """Make the node, say its type and what leads to it, and fill it."""
        self.make(sink, node, node.next(self.name), element, language)

    def make(self, sink: Sink, node: Node, made: Node, element: etree._Element, language: str) -> None:
        """Fill the node already named."""
        sink.add(node, self.predicate, made.term)
        sink.add_type(made, self.type)
        self.fill(sink, made, element, language)


class Party(NodeElement):
    """An organisation with its part in something: one node per distinct content, `{activity}/org/{n}`."""

    _PLACEHOLDER = Node("")

    def enter(self, sink: Sink, node: Node, element: etree._Element, language: str) -> None:
        """Say the node, or only what leads to it where the activity has the same one already."""
        outer, sink.lines = sink.lines, []
        self.fill(sink, self._PLACEHOLDER, element, language)
        content, sink.lines = tuple(sink.lines), outer
        term = sink.parties.get(content)
        if term is None:
            made = sink.root.next("org")
            term = sink.parties[content] = made.term
            sink.add_type(made, self.type)
            skip = len(self._PLACEHOLDER.term)
            sink.lines.extend(term + line[skip:] for line in content)
        sink.add(node, self.predicate, term)


class Dated(Element):
    """A date of the activity: a property by its type, and a node only where there is more to say."""

    def __init__(self, path: str, shortcuts: dict[str, str], node: NodeElement) -> None:
        super().__init__(path)
        self.shortcuts = {code: leaves.Typed(path, term, "date") for code, term in shortcuts.items()}
        self.node = node

    def enter(self, sink: Sink, node: Node, element: etree._Element, language: str) -> None:
        """Say the date; with a narrative, an unknown type or no readable date, say the node too."""
        made = node.next(self.node.name)
        shortcut = self.shortcuts.get((element.get("type") or "").strip())
        said = shortcut is not None and shortcut.say_if_typed(sink, node, (element.get("iso-date") or "").strip())
        if not said or any(child.text and child.text.strip() for child in element):
            self.node.make(sink, node, made, element, language)
        else:
            self._check_the_rest(sink, element)

    def _check_the_rest(self, sink: Sink, element: etree._Element) -> None:
        expected = self.node.attributes
        for name in element.attrib:
            if name not in expected and name != XML_LANG:
                sink.leave_out(f"{self.path}/@{name}")
        if element.text and not element.text.isspace():
            sink.leave_out(f"{self.path}/text()")
        for child in element:
            if child.tag not in self.node.children:
                sink.leave_out_tree(child, self.path)
            sink.leave_out_tail(child, self.path)


class Narrative(Element):
    """Free text in a language: its own, else the one that holds around it."""

    def __init__(self, path: str, leaf: leaves.Tagged) -> None:
        super().__init__(path)
        self.leaf = leaf

    def enter(self, sink: Sink, node: Node, element: etree._Element, language: str) -> None:
        """Say the text with its language."""
        for name, raw in element.items():
            if name != XML_LANG:
                sink.leave_out(f"{self.path}/@{name}")
            elif raw.strip():
                language = raw
        text = element.text or ""
        if len(element):  # markup inside: its text is kept, its elements are not
            text = "".join(str(part) for part in element.itertext(with_tail=True))
            for child in element.iterdescendants():
                sink.leave_out(f"{self.path}/{child.tag if isinstance(child.tag, str) else child.text}")
        text = text.strip()
        if text:
            self.leaf.say_in(sink, node, element, text, language)


@cache
def plan() -> Element:
    """Give the compiled table from `iati-activity` down."""
    by_class: dict[str, list[Row]] = {}
    for row in rows():
        by_class.setdefault(row.cls, []).append(row)
    root = Element("iati-activity")
    _unfold(root, ACTIVITY_CLASS, by_class)
    return root


def _unfold(element: Element, cls: str, by_class: dict[str, list[Row]]) -> None:
    """Hang the rows of a class below the element that is a node of that class."""
    cases: dict[tuple[str, ...], list[Row]] = {}
    around = element.path.split("/")
    for row in by_class[cls]:
        if not row.when.inside or row.when.inside in around[-2:-1]:
            cases.setdefault(row.path, []).append(row)
    for path, alternatives in cases.items():
        _hang(element, path, alternatives, by_class)


def _hang(element: Element, path: tuple[str, ...], alternatives: list[Row], by_class: dict[str, list[Row]]) -> None:
    for name in path[:-1]:
        element = element.children.setdefault(name, Element(f"{element.path}/{name}"))
    last, row, place = path[-1], alternatives[0], f"{element.path}/{path[-1]}"
    if last == "text()":
        element.text = leaves.leaf(element.path, alternatives)
    elif last.startswith("@"):
        name = XML_LANG if last == "@xml:lang" else last[1:]
        element.attributes[name] = leaves.leaf(place, alternatives)
        if row.kind == "currency":
            element.default_currency = leaves.code_leaf(place, row)
    elif row.kind == "narrative":
        element.children[last] = _narrative(place, alternatives)
    else:
        element.children[last] = _node(place, alternatives, by_class)


def _narrative(place: str, alternatives: list[Row]) -> Narrative:
    leaf = leaves.leaf(place, alternatives)
    if not isinstance(leaf, leaves.Tagged):
        raise TypeError(f"mapping.tsv: {place} is not a narrative.")
    return Narrative(place, leaf)


def _node(place: str, alternatives: list[Row], by_class: dict[str, list[Row]]) -> Element:
    kinds = {"node": NodeElement, "party": Party, "dated": NodeElement}
    row = alternatives[-1]
    made = kinds[row.kind](place, row)
    _unfold(made, row.value, by_class)
    if row.kind != "dated":
        return made
    return Dated(place, {code: case.term for case in alternatives for code in case.when.values}, made)
