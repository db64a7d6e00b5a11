"""What an IATI file says outside its activities or organisations: on its root element, and beside them."""

from dataclasses import dataclass, field
from typing import Final, Literal

from lxml import etree

from levier.iati.sink import items, written

Kind = Literal["activity", "organisation"]

KINDS: Final[dict[str, Kind]] = {"iati-activities": "activity", "iati-organisations": "organisation"}
"""What the file of a root element is about."""
PLURALS: Final[dict[Kind, str]] = {"activity": "activities", "organisation": "organisations"}
TEXT: Final = "text()"
"""Stands as the name of text that has no element of its own."""

_STATED: Final = ("version", "generated-datetime", "linked-data-default")
_KEPT: Final = 1_000
"""Extensions of a file that are kept; the items of the others are only counted, as dropped."""
_KEPT_CHARACTERS: Final = 1 << 20
"""Characters that their values may have together."""


@dataclass(frozen=True, slots=True)
class Extension:
    """Something of the root level that the standard does not have."""

    name: str
    """`{namespace}element`, `{namespace}@attribute`, both also without a namespace, or `text()`."""
    value: str
    """The text, or, of an element with more than a text, exclusive canonical XML."""
    line: int
    items: int
    """The elements, attributes and texts that it consists of."""
    is_xml: bool = False


@dataclass(slots=True)
class Head:
    """What a file states of itself, and an account of its root level: items = converted + kept + dropped.

    An item is an element, an attribute or a text that is not blank. The account is whole after the iteration.
    """

    kind: Kind
    line: int
    """Where the root element starts."""
    version: str
    generated: str
    linked_data_default: str
    items: int = 0
    """Of the root element itself and of what stands beside the activities or organisations."""
    converted: int = 0
    """Items that the attributes here stand for, and the root element."""
    dropped: int = 0
    """Items of extensions past the first thousand, or past a million characters: they are only counted."""
    extensions: list[Extension] = field(default_factory=list)
    _characters: int = 0

    @classmethod
    def of(cls, root: etree._Element) -> "Head":
        """Give what the root element states."""
        stated = {name: root.get(name, "").strip() for name in _STATED}
        version, generated, linked_data_default = stated.values()
        head = cls(KINDS[str(root.tag)], root.sourceline or 1, version, generated, linked_data_default)
        head.items = head.converted = 1
        for name, value in root.attrib.items():
            if stated.get(str(name)):
                head.items += 1
                head.converted += 1
            else:
                space, mark, local = str(name).rpartition("}")
                head._keep(Extension(f"{space}{mark}@{local}", value, head.line, 1))
        return head

    @property
    def kept(self) -> int:
        """Items of the extensions."""
        return sum(extension.items for extension in self.extensions)

    def take_element(self, element: etree._Element) -> None:
        """Keep an element that stands beside the activities or organisations."""
        line, name = element.sourceline or self.line, str(element.tag)
        if len(element) or element.attrib:
            self._keep(Extension(name, written(element), line, items(element), is_xml=True))
        else:
            text = element.text or ""
            self._keep(Extension(name, text, line, 2 if text.strip() else 1))

    def take_text(self, text: str | None, line: int) -> None:
        """Keep text that stands beside them; blank text is layout."""
        if text and not text.isspace():
            self._keep(Extension(TEXT, text.strip(), line, 1))

    def _keep(self, extension: Extension) -> None:
        self.items += extension.items
        characters = self._characters + len(extension.value)
        if len(self.extensions) < _KEPT and characters <= _KEPT_CHARACTERS:
            self.extensions.append(extension)
            self._characters = characters
        else:
            self.dropped += extension.items
