"""The table of the mapping read the other way: what stands in an element, and which property says it.

A form is made for each class of the table. In it an element is either a node of its own (`Nodes`, `Dates`), free text
(`Narratives`), or a container: an element whose content speaks about the node around it, such as `value` or `title`.
The children of a form stand in the order of the table, which is that of the standard's schema.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Final

from levier.iati.mapping import ABSENT, Kind, Row, rows
from levier.terms import IATI, XML_LANG

ORGANISATION: Final = IATI + "organisation"
"""The organisation that a reference names; the table has the reference's own property."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """An attribute or a text, and the properties that say it: one holds, the others are other cases of the place.

    Of an organisation the first that is said holds: the reference as it was written, else the organisation itself.
    """

    kind: Kind
    properties: tuple[str, ...]
    code_list: str = ""
    """Only the codes of this list stand here; empty: whatever the property says."""


@dataclass
class Form:
    """What may stand in an element."""

    attributes: dict[str, Leaf] = field(default_factory=dict)
    text: Leaf | None = None
    children: dict[str, "Child"] = field(default_factory=dict)

    @property
    def leaves(self) -> list[Leaf]:
        """What may stand directly in the element."""
        return [*self.attributes.values(), *([self.text] if self.text else [])]

    @cached_property
    def children_of(self) -> dict[str, list[str]]:
        """The children, by each property that they are said with."""
        found: dict[str, list[str]] = {}
        for tag, child in self.children.items():
            for name in sorted(_properties(child)):
                found.setdefault(name, []).append(tag)
        return found

    @cached_property
    def properties(self) -> frozenset[str]:
        """All that the element and the containers in it are said with."""
        return frozenset(self.children_of) | {name for leaf in self.leaves for name in leaf.properties}

    @cached_property
    def sole_leaf(self) -> tuple[str, Leaf] | None:
        """The only attribute (or text, by an empty name) where nothing else may stand here."""
        leaves = [*self.attributes.items(), *([("", self.text)] if self.text else [])]
        return leaves[0] if len(leaves) == 1 and not self.children else None


@dataclass(frozen=True, slots=True)
class Variant:
    """A container by what its selecting attribute says, such as the description of one type."""

    form: Form
    attribute: str = ""
    """The attribute that selects; empty: none does."""
    values: tuple[str, ...] = ()
    """What it may say for this form, ABSENT among them; empty: it is not written."""


@dataclass(slots=True)
class Container:
    """An element that speaks about the node around it."""

    variants: list[Variant]


@dataclass(frozen=True, slots=True)
class Narratives:
    """Texts in a language."""

    property: str


@dataclass(frozen=True, slots=True)
class Nodes:
    """Elements that are nodes of their own."""

    property: str
    cls: str


@dataclass(frozen=True, slots=True)
class Dates:
    """Elements that are a property of the node around, by their type; a node of their own where they say more."""

    nodes: Nodes
    type_attribute: str
    date_attribute: str
    shortcuts: tuple[tuple[str, str], ...]
    """The property of each type, and the type."""


Child = Container | Narratives | Nodes | Dates


def _properties(child: Child) -> frozenset[str]:
    match child:
        case Container():
            return frozenset().union(*(variant.form.properties for variant in child.variants))
        case Dates():
            return frozenset({child.nodes.property, *(shortcut for shortcut, _ in child.shortcuts)})
        case _:
            return frozenset({child.property})


@cache
def forms() -> dict[str, Form]:
    """Give the form of each class of the table."""
    by_class: dict[str, list[Row]] = {}
    for row in rows():
        by_class.setdefault(row.cls, []).append(row)
    return {cls: _form([(row.path, row) for row in listed], by_class) for cls, listed in by_class.items()}


_Placed = tuple[tuple[str, ...], Row]
"""A row, and its path from the element at hand."""


def _form(placed: list[_Placed], by_class: dict[str, list[Row]]) -> Form:
    form = Form()
    by_step: dict[str, list[_Placed]] = {}
    for path, row in placed:
        by_step.setdefault(path[0], []).append((path[1:], row))
    for step, below in by_step.items():
        here = [row for _, row in below]
        if step == "text()":
            form.text = _leaf(here)
        elif step.startswith("@"):
            form.attributes[XML_LANG if step == "@xml:lang" else step[1:]] = _leaf(here)
        elif below[0][0]:
            form.children[step] = Container(list(_variants(below, by_class)))
        else:
            form.children[step] = _element(here, by_class)
    return form


def _leaf(cases: list[Row]) -> Leaf:
    lists = {row.value for row in cases}
    properties = tuple(dict.fromkeys(IATI + row.term for row in cases))
    if cases[0].kind == "organisation":
        properties += (ORGANISATION,)
    chosen = cases[0].when.attribute and len(lists) == len(cases) == 1
    return Leaf(cases[0].kind, properties, cases[0].value if chosen else "")


def _element(cases: list[Row], by_class: dict[str, list[Row]]) -> Child:
    row = cases[-1]
    if row.kind == "narrative":
        return Narratives(IATI + row.term)
    nodes = Nodes(IATI + row.term, row.value)
    if row.kind != "dated":
        return nodes
    shortcuts = tuple((IATI + case.term, value) for case in cases for value in case.when.values)
    date = next(other.path[0] for other in by_class[row.value] if other.kind == "date")
    return Dates(nodes, cases[0].when.attribute[1:], date[1:], shortcuts)


def _variants(placed: list[_Placed], by_class: dict[str, list[Row]]) -> Iterable[Variant]:
    """Give the one form of a container, or one for each case where an attribute only selects between them."""
    selecting = next((path[0][1:] for path, row in placed if row.kind == "selects"), "")
    if not selecting:
        yield Variant(_form(placed, by_class))
        return
    said = [(path, row) for path, row in placed if row.kind != "selects"]
    for when in dict.fromkeys(row.when for _, row in said):
        form = _form([(path, row) for path, row in said if row.when == when], by_class)
        yield Variant(form, selecting, when.values)


def stated(variant: Variant, notation: frozenset[str], tag: str) -> str | None:
    """Give what the selecting attribute of a container says, or None where it is not written.

    Where its absence means the same as a value, the value is written only if the `notation` says so (`tag:value`).
    """
    value = next((value for value in variant.values if value != ABSENT), None)
    if value is None or (ABSENT in variant.values and f"{tag}:{value}" not in notation):
        return None
    return value
