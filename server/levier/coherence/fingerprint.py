"""What tells a finding again when lines have moved and nodes have been numbered anew."""

import hashlib
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from levier.coherence.finding import Finding
from levier.coherence.places.blanks import likeness
from levier.coherence.places.in_iati import record_of
from levier.graph import EmbeddedStore

_DIGITS: Final = 16
_LINE_FREE: Final = "sourceLine"


@dataclass(frozen=True, slots=True, order=True)
class Fingerprint:
    """A finding by its rule, node and value; never by its line."""

    rule: str
    node: str
    """The IRI of the node; of one inside an activity that of the activity, of a blank node `_:`."""
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
        self._known: dict[str, tuple[str, str]] = {}

    def of(self, finding: Finding) -> Fingerprint:
        """Give the fingerprint of a finding."""
        node, content = self._known_as(finding.focus)
        value = finding.value or ""
        if value.startswith("_:") or record_of(value) not in {"", value}:
            value = "#".join(filter(None, self._known_as(value)))
        return Fingerprint(finding.rule.id, node, value, content)

    def digest(self, finding: Finding) -> str:
        """Give one text for the fingerprint of a finding."""
        return self.of(finding).digest()

    def _known_as(self, name: str) -> tuple[str, str]:
        if name not in self._known:
            self._known[name] = _known_as(name, self._store)
        return self._known[name]


def _known_as(name: str, store: EmbeddedStore) -> tuple[str, str]:
    record = record_of(name)
    if not name.startswith("_:") and record in {"", name}:
        return name, ""
    node = ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(name)
    inside = record + "/"
    said = [
        (predicate, "/" if record and text.startswith(inside) else text)
        for predicate, text in likeness(store, node)
        if not predicate.endswith(_LINE_FREE)
    ]
    return record or "_:", _digest(repr(sorted(said)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
