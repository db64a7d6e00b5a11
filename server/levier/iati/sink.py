"""What one activity becomes while it is walked: its lines of N-Triples, and what could not be said."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from levier.iati import literals
from levier.terms import RDF, code_iri, organisation_iri

Severity = Literal["error", "warning"]

_TYPE = f" <{RDF}type> "


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of an activity that was not taken as the standard means it."""

    kind: str
    """What sort it is, stable: `not-a-decimal`, `language-tag`, `no-identifier` …"""
    severity: Severity
    """`error`: the activity was set aside; `warning`: this part of it was kept as text or left out."""
    line: int
    activity: str
    """The IATI identifier; empty where there is none."""
    message: str


class Node:
    """A thing under construction: its IRI and how many sub-nodes of each element name it has."""

    __slots__ = ("_counts", "iri", "term")

    def __init__(self, iri: str) -> None:
        self.iri = iri
        self.term = f"<{iri}>"
        self._counts: dict[str, int] = {}

    def next(self, name: str) -> "Node":
        """Give the next sub-node of an element name: `{iri}/transaction/3`."""
        number = self._counts.get(name, 0) + 1
        self._counts[name] = number
        return Node(f"{self.iri}/{name}/{number}")


class Vocabulary:
    """Terms already rendered, kept for the length of a file: the same codes come back thousands of times."""

    __slots__ = ("_codes", "_languages", "_organisations")

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], str] = {}
        self._languages: dict[str, str | None] = {}
        self._organisations: dict[str, str] = {}

    def code(self, list_name: str, code: str) -> str:
        """Give the concept of a code."""
        key = (list_name, code)
        term = self._codes.get(key)
        if term is None:
            term = self._codes[key] = f"<{code_iri(list_name, code)}>"
        return term

    def organisation(self, ref: str) -> str:
        """Give the organisation of a reference."""
        term = self._organisations.get(ref)
        if term is None:
            term = self._organisations[ref] = f"<{organisation_iri(ref)}>"
        return term

    def language(self, raw: str) -> str | None:
        """Give the language tag in lower case, or None where it is not one."""
        if raw not in self._languages:
            self._languages[raw] = literals.language_tag(raw)
        return self._languages[raw]


class Sink:
    """Takes what the walk through one activity says."""

    __slots__ = (
        "currency",
        "identifier",
        "lines",
        "organisations",
        "parties",
        "problems",
        "root",
        "unmapped",
        "vocabulary",
    )

    def __init__(self, root: Node, identifier: str, currency: str, vocabulary: Vocabulary) -> None:
        self.root = root
        self.identifier = identifier
        self.currency = currency
        """The activity's default currency, empty where it has none."""
        self.vocabulary = vocabulary
        self.lines: list[str] = []
        """Triples without the end of the line: subject, predicate, object."""
        self.parties: dict[tuple[str, ...], str] = {}
        """The content of each organisation node met, and its term."""
        self.organisations: set[str] = set()
        self.unmapped: Counter[str] = Counter()
        self.problems: list[Problem] = []

    def add(self, node: Node, predicate: str, term: str) -> None:
        """Say a triple; `predicate` is rendered with a space on both sides."""
        self.lines.append(node.term + predicate + term)

    def add_type(self, node: Node, class_term: str) -> None:
        """Say what the node is."""
        self.lines.append(node.term + _TYPE + class_term)

    def warn(self, kind: str, element: etree._Element, message: str) -> None:
        """Report a part of the activity that was not taken as meant."""
        self.problems.append(Problem(kind, "warning", element.sourceline or 0, self.identifier, message))

    def leave_out(self, path: str) -> None:
        """Count a place of the XML that the table does not map."""
        self.unmapped[path] += 1

    def leave_out_tree(self, element: etree._Element, path: str) -> None:
        """Count an element that the table does not map, and all that stands in it."""
        if not isinstance(element.tag, str):  # an entity that no DTD at hand declares; comments are never read
            self.leave_out(f"{path}/{element.text}")
            return
        path = f"{path}/{element.tag}"
        self.leave_out(path)
        for name in element.attrib:
            self.leave_out(f"{path}/@{name}")
        if element.text and not element.text.isspace():
            self.leave_out(f"{path}/text()")
        for child in element:
            self.leave_out_tree(child, path)
            self.leave_out_tail(child, path)

    def leave_out_tail(self, child: etree._Element, path: str) -> None:
        """Count text that stands after a child element, where the standard has none."""
        if child.tail and not child.tail.isspace():
            self.leave_out(f"{path}/text()")
