"""What tells a finding again when lines have moved and nodes have been numbered anew."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from levier.coherence.finding import Finding
from levier.coherence.places.blanks import Likeness, likeness
from levier.coherence.records import around, leader, record_of
from levier.graph import EmbeddedStore
from levier.terms import COMMON

_DIGITS: Final = 16
_LINE_FREE: Final = "sourceLine"


@dataclass(frozen=True, slots=True, order=True)
class Fingerprint:
    """A finding by its rule, node and value; never by its line."""

    rule: str
    node: str
    """The IRI of the node; of one inside an activity, or in common, that of the activity, of a blank node `_:`."""
    value: str = ""
    content: str = ""
    """A digest of what is stated of the node, where its own name may change: it is numbered, or blank."""

    def digest(self) -> str:
        """Give one text for all of it."""
        return _digest(f"{self.rule}\n{self.node}\n{self.value}\n{self.content}")


class Fingerprints:
    """The fingerprints of findings in what was checked, each worked out when it is asked for, a node once."""

    def __init__(self, store: EmbeddedStore) -> None:
        self._store = store
        self._known: dict[tuple[str, str], tuple[str, str]] = {}
        self._common: dict[str, dict[str, Likeness]] = {}

    def of(self, finding: Finding) -> Fingerprint:
        """Give the fingerprint of a finding."""
        node, content = self._known_as(finding.focus, finding.within)
        value = finding.value or ""
        if value.startswith(("_:", COMMON)) or record_of(value) not in {"", value}:
            leads = leader(finding.focus, around(finding.focus, self._store))
            value = "#".join(filter(None, self._known_as(value, leads)))
        return Fingerprint(finding.rule.id, node, value, content)

    def digest(self, finding: Finding) -> str:
        """Give one text for the fingerprint of a finding."""
        return self.of(finding).digest()

    def _known_as(self, name: str, within: str) -> tuple[str, str]:
        """Give what a node is known as: its name or, where that may change, its record and its content.

        `within` is what leads to a node that records have in common.
        """
        key = name, within if name.startswith(COMMON) else ""
        if key not in self._known:
            self._known[key] = self._record_and_content(*key)
        return self._known[key]

    def _record_and_content(self, name: str, within: str) -> tuple[str, str]:
        if within:
            record = around(within, self._store)
            return record, _content(self._stated_within(name, within), record)
        record = record_of(name)
        if name.startswith("_:"):
            return "_:", _content(likeness(self._store, ox.BlankNode(name[2:])), "")
        if record in {"", name}:
            return name, ""
        return record, _content(likeness(self._store, ox.NamedNode(name)), record)

    def _stated_within(self, name: str, within: str) -> Likeness:
        """Give what is stated of a node that records have in common, and of what leads to it what is meant alone."""
        if name not in self._common:
            self._common[name] = _by_leader(likeness(self._store, ox.NamedNode(name)), self._store)
        stated = self._common[name]
        return stated.get("", ()) + stated.get(within, ())


def _by_leader(stated: Likeness, store: EmbeddedStore) -> dict[str, Likeness]:
    """Give what leads to a node that records have in common, by `leader`, and under no name what is stated of it."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for predicate, text in stated:
        found[leader(text, around(text, store)) if predicate.startswith("^") else ""].append((predicate, text))
    return {name: tuple(said) for name, said in found.items()}


def _content(stated: Likeness, record: str) -> str:
    """Give a digest of what is stated, whatever the names are of other nodes of the record."""
    inside = f"{record}/", COMMON
    said = [
        (predicate, "/" if record and text.startswith(inside) else text)
        for predicate, text in stated
        if not predicate.endswith(_LINE_FREE)
    ]
    return _digest(repr(sorted(said)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
