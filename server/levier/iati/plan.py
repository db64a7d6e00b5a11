"""The table of the mapping compiled: one object per element of the standard, that says what the element becomes.

The rows speak of classes (`DocumentLink` stands in six places); the plan is the tree of elements they unfold to, so
that converting is one dictionary look-up per element and attribute.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

from levier.iati import leaves
from levier.iati.containers import Element, Money, Narrative
from levier.iati.mapping import RECORDS, Row, rows
from levier.iati.nodes import Dated, NodeElement, Shared
from levier.terms import XML_LANG


@cache
def plan(record: str) -> NodeElement:
    """Give the compiled table from `iati-activity` or `iati-organisation` down."""
    by_class: dict[str, list[Row]] = {}
    for row in rows():
        by_class.setdefault(row.cls, []).append(row)
    root = NodeElement(record, record, "", RECORDS[record])
    _unfold(root, RECORDS[record], by_class)
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
        make = Money if alternatives[0].kind == "amount" else Element
        element = element.children.setdefault(name, make(f"{element.path}/{name}"))
    last, row, place = path[-1], alternatives[0], f"{element.path}/{path[-1]}"
    if last == "text()":
        element.text = leaves.leaf(element.path, alternatives)
    elif last.startswith("@"):
        _hang_attribute(element, XML_LANG if last == "@xml:lang" else last[1:], place, alternatives)
    elif row.kind == "narrative":
        element.children[last] = _narrative(place, alternatives)
    else:
        element.children[last] = _node(place, alternatives, by_class)


def _hang_attribute(element: Element, name: str, place: str, alternatives: list[Row]) -> None:
    leaf = element.attributes[name] = leaves.leaf(place, alternatives)
    if alternatives[0].kind == "currency":
        element.default_currency = leaves.code_leaf(place, alternatives[0])
    if isinstance(leaf, leaves.Choice):
        leaf.unstated = isinstance(element.attributes.get(leaf.attribute.removeprefix("@")), leaves.Silent)


def _narrative(place: str, alternatives: list[Row]) -> Narrative:
    leaf = leaves.leaf(place, alternatives)
    if not isinstance(leaf, leaves.Tagged):
        raise TypeError(f"mapping.tsv: {place} is not a narrative.")
    return Narrative(place, leaf)


_KINDS: Final[dict[str, tuple[Callable[[str, str, str, str], NodeElement], str]]] = {
    "node": (NodeElement, ""),
    "shared": (Shared, ""),
    "party": (Shared, "org"),
    "dated": (NodeElement, ""),
}
"""Per kind of node, what makes it, and its name in the IRI where that is not the element's."""


def _node(place: str, alternatives: list[Row], by_class: dict[str, list[Row]]) -> Element:
    row = alternatives[-1]
    make, name = _KINDS[row.kind]
    made = make(place, name or row.path[-1], row.term, row.value)
    _unfold(made, row.value, by_class)
    if row.kind != "dated":
        return made
    return Dated(place, {code: case.term for case in alternatives for code in case.when.values}, made)
