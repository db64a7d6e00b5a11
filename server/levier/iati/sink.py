"""What an activity or organisation becomes while it is walked: lines of N-Triples, and an account of every item."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, Literal, NamedTuple

from lxml import etree

from levier.iati import identity, literals
from levier.terms import LEVIER, RDF, code_iri, common_iri, extension_iri, organisation_iri

Severity = Literal["error", "warning", "note"]
Outcome = Literal["repaired", "kept", "dropped", "noted"]

_TYPE: Final = f" <{RDF}type> "
_AS_WRITTEN: Final = f" <{LEVIER}asWritten> "
_XML_LITERAL: Final = f"^^<{RDF}XMLLiteral>"
# Three counts, not the count of one union: that would sort its nodes into document order.
_ITEMS: Final = etree.XPath(
    "count(descendant-or-self::*) + count(descendant-or-self::*/@*) + count(descendant::text()[normalize-space()])",
    regexp=False,  # or its functions are set up again for each activity
)
WHITE: Final = " \t\n\r"
"""White space as XML knows it: a no-break space is an item, though it says nothing."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was not taken as the standard means it, as often as it occurs for the same reason."""

    kind: str
    """What sort it is, stable: `not-a-decimal`, `language-tag`, `no-identifier` …"""
    severity: Severity
    """`error`: a whole was lost; `warning`: worth mending at the source; `note`: nothing is wrong with the data."""
    line: int
    """Where it was met first."""
    activity: str
    """The identifier; empty where there is none, or where it concerns the file."""
    message: str
    outcome: Outcome = "noted"
    """What became of the item: `repaired`, `kept` aside, `dropped`; `noted`: it was converted all the same."""
    count: int = 1


@dataclass(slots=True)
class Tally:
    """Items (elements, attributes, texts that are not blank) and what became of them.

    They balance: read + made = converted + repaired + kept + dropped.
    """

    read: int = 0
    """In the file, counted by itself, before anything is done to them."""
    made: int = 0
    """More (or, negative, fewer) items after the upgrade of an older version."""
    converted: int = 0
    """Said in the terms of the standard."""
    repaired: int = 0
    """Said in the terms of the standard, after a repair that is reported."""
    kept: int = 0
    """In the graph, but not in the terms of the standard: extensions, blanks, text that is not of its datatype."""
    dropped: int = 0
    """Not in the graph."""

    @property
    def balanced(self) -> bool:
        """Whether all that was read is accounted for."""
        return self.read + self.made == self.converted + self.repaired + self.kept + self.dropped

    def add(self, other: "Tally") -> None:
        """Add the figures of another."""
        self.read += other.read
        self.made += other.made
        self.converted += other.converted
        self.repaired += other.repaired
        self.kept += other.kept
        self.dropped += other.dropped


def items(element: etree._Element) -> int:
    """Count the elements, attributes and texts that are not blank, of an element and all below it."""
    return int(_ITEMS(element))


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


class Traced(NamedTuple):
    """An element that is a node of its own."""

    iri: str
    """Of the node."""
    element: etree._Element
    cls: str
    """The class of the node."""


@dataclass(frozen=True, slots=True)
class Content:
    """What an element says of its node, remembered."""

    said: tuple[str, ...]
    """Lines without their subject."""
    handled: int
    choices: tuple[tuple[str, bool], ...]
    """The choices of notation it was written with."""
    organisations: frozenset[str]


Common = tuple[str, tuple[str, ...], int]
"""What a node is known by: its name, what it says, and how many of the same there are so far where it is needed."""

_DIGEST: Final = 8
"""Bytes of the digest of a node's content: in a million contents of a dataset two would be alike once in 10^7 times."""
_REMEMBERED: Final = 20_000
_STATED: Final = 200_000
"""Nodes in common that are known to be stated already; beyond that some are stated again, which says nothing new."""


class Vocabulary:
    """Terms already rendered, kept for the length of a file: the same codes come back thousands of times."""

    __slots__ = (
        "_codes", "_dataset", "_extensions", "_languages", "_organisations", "_stated", "common", "contents", "values",
    )  # fmt: skip

    def __init__(self, dataset: str) -> None:
        self._dataset = dataset
        self.common: dict[Common, str] = {}
        """The terms of the nodes that the records have in common."""
        self._stated: set[str] = set()
        self.contents: dict[tuple[str, bytes, str], Content] = {}
        """What nodes say, by the place, the XML and the language around it."""
        self.values: dict[bytes, tuple[str, int]] = {}
        """The values of elements outside the standard, and how many items they are, by their XML."""
        self._codes: dict[tuple[str, str], str] = {}
        self._extensions: dict[str, str] = {}
        self._languages: dict[str, str | None] = {}
        self._organisations: dict[str, tuple[str, identity.Reference]] = {}

    def make_common(self, key: Common) -> tuple[str, bool]:
        """Give the term of a node that records have in common, and whether it is yet to be said what it is."""
        name, said, number = key
        digest = blake2b("\n".join(sorted(said)).encode(), digest_size=_DIGEST).hexdigest()
        iri = common_iri(self._dataset, name, digest if number == 1 else f"{digest}-{number}")
        for known, most in ((self.common, _REMEMBERED), (self._stated, _STATED)):
            if len(known) >= most:
                known.clear()
        new = iri not in self._stated
        self._stated.add(iri)
        term = self.common[key] = f"<{iri}>"
        return term, new

    def code(self, list_name: str, code: str) -> str:
        """Give the concept of a code."""
        key = (list_name, code)
        term = self._codes.get(key)
        if term is None:
            term = self._codes[key] = f"<{code_iri(list_name, code)}>"
        return term

    def organisation(self, ref: str) -> tuple[str, identity.Reference]:
        """Give the organisation of a reference, and what is known of the reference."""
        known = self._organisations.get(ref)
        if known is None:
            reference = identity.organisation(ref)
            known = self._organisations[ref] = f"<{organisation_iri(reference.identifier)}>", reference
        return known

    def language(self, raw: str) -> str | None:
        """Give the language tag in lower case, or None where it is not one."""
        if raw not in self._languages:
            self._languages[raw] = literals.language_tag(raw)
        return self._languages[raw]

    def extension(self, name: str) -> str:
        """Give the property of an extension's name, rendered for the middle of a line."""
        term = self._extensions.get(name)
        if term is None:
            term = self._extensions[name] = f" <{extension_iri(name)}> "
        return term


@dataclass(slots=True)
class _Count:
    """A problem while it is being counted."""

    severity: Severity
    line: int
    outcome: Outcome
    count: int = 0


@dataclass(slots=True)
class Sink:
    """Takes what the walk through one activity or organisation says."""

    root: Node
    identifier: str
    currency: str
    """Its default currency, empty where it has none."""
    language: str
    """The tag of its default language, empty where it has none."""
    vocabulary: Vocabulary
    detects: bool = True
    """Whether the language of its texts is looked at."""
    lines: list[str] = field(default_factory=list)
    """Triples without the end of the line: subject, predicate, object."""
    common: list[str] = field(default_factory=list)
    """The same, of nodes that the records of the dataset have in common: they belong to none of them."""
    own: dict[Common, str] = field(default_factory=dict)
    """The terms of the nodes of which the record has one per distinct content."""
    links: set[str] = field(default_factory=set)
    """The lines that lead to nodes of which there is one per content: the same one twice cannot be told from one."""
    notation: dict[str, bool] = field(default_factory=dict)
    """How the XML is written where the standard leaves a choice; the first choice met holds."""
    choices: dict[str, bool] = field(default_factory=dict)
    """The choices of notation met since somebody last emptied it."""
    organisations: set[str] = field(default_factory=set)
    extensions: set[str] = field(default_factory=set)
    rates: set[tuple[str, str]] = field(default_factory=set)
    """Currency and value date of each exchange rate used."""
    handled: int = 0
    """Items met by the walk."""
    outcomes: dict[Outcome, int] = field(default_factory=lambda: {"repaired": 0, "kept": 0, "dropped": 0})
    reported: int = 0
    """How often something was reported so far."""
    trace: list[Traced] | None = None
    """Where it is asked for: the elements that are nodes."""
    _problems: dict[tuple[str, str], _Count] = field(default_factory=dict)

    def add(self, node: Node, predicate: str, term: str) -> None:
        """Say a triple; `predicate` is rendered with a space on both sides."""
        self.lines.append(node.term + predicate + term)

    def add_type(self, node: Node, class_term: str) -> None:
        """Say what the node is."""
        self.lines.append(node.term + _TYPE + class_term)

    def make_common(self, key: Common, class_said: str) -> str:
        """Give the term of a node that records have in common, and say what it is where it is the first of them."""
        term, new = self.vocabulary.make_common(key)
        if new:
            self.common += [term + line for line in (class_said, *dict.fromkeys(key[1]))]
        return term

    def note(self, kind: str, element: etree._Element, message: str, severity: Severity = "warning") -> None:
        """Report what is worth knowing of an item that was converted all the same."""
        self._report(kind, severity, element, message, "noted", 1)

    def repair(self, kind: str, element: etree._Element, message: str) -> None:
        """Report an item that was repaired."""
        self._report(kind, "warning", element, message, "repaired", 1)

    def keep(
        self, kind: str, element: etree._Element, message: str, number: int = 1, severity: Severity = "warning"
    ) -> None:
        """Report items that are kept aside: in the graph, but not in the terms of the standard."""
        self._report(kind, severity, element, message, "kept", number)

    def drop(self, kind: str, element: etree._Element, message: str, number: int = 1) -> None:
        """Report items that are not in the graph."""
        self._report(kind, "error", element, message, "dropped", number)

    def _report(
        self, kind: str, severity: Severity, element: etree._Element, message: str, outcome: Outcome, number: int
    ) -> None:
        known = self._problems.get((kind, message))
        if known is None:
            known = self._problems[kind, message] = _Count(severity, element.sourceline or 0, outcome)
        known.count += number
        self.reported += 1
        if outcome != "noted":
            self.outcomes[outcome] += number

    def problems(self) -> list[Problem]:
        """Give what was reported, in the order first met."""
        return [
            Problem(kind, known.severity, known.line, self.identifier, message, known.outcome, known.count)
            for (kind, message), known in self._problems.items()
        ]

    def tally(self, read: int, made: int) -> Tally:
        """Give the account; `read` and `made` come from elsewhere, and so what balances is not so by construction."""
        repaired, kept, dropped = (self.outcomes[outcome] for outcome in ("repaired", "kept", "dropped"))
        return Tally(read, made, self.handled - repaired - kept - dropped, repaired, kept, dropped)

    def chose(self, choice: str, value: bool) -> bool:
        """Remember how the XML is written, and tell whether it has been so all along."""
        self.choices[choice] = value
        return self.notation.setdefault(choice, value) == value

    def chose_all(self, choices: tuple[tuple[str, bool], ...]) -> bool:
        """Remember several choices, and tell whether it has been so all along."""
        return all(self.notation.setdefault(choice, value) == value for choice, value in choices)

    def keep_as_written(self, node: Node, xml: str) -> None:
        """Keep XML as it was written, where the terms cannot give it back."""
        self.lines.append(f'{node.term}{_AS_WRITTEN}"{literals.escape(xml)}"{_XML_LITERAL}')

    def extend(self, node: Node, name: str, term: str) -> None:
        """Say the value of an extension's attribute or element."""
        self.extensions.add(name)
        self.lines.append(node.term + self.vocabulary.extension(name) + term)


def written(element: etree._Element) -> str:
    """Give an element as XML in its canonical form, with no more namespaces than it uses."""
    try:
        return etree.tostring(element, method="c14n", exclusive=True).decode()
    except etree.C14NError:  # a namespace that is no absolute IRI
        return etree.tostring(element, encoding=str, with_tail=False)


def xml_literal(element: etree._Element) -> str:
    """Give an element as a literal of the datatype rdf:XMLLiteral."""
    return f'"{literals.escape(written(element))}"{_XML_LITERAL}'
