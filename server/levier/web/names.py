"""The names of things, as a person reads them."""

import re
from dataclasses import dataclass, field

import pyoxigraph as ox

from levier.graph import Store
from levier.terms import DCTERMS, FOAF, IATI, RDFS, SKOS, shorten

NAMING = tuple(
    ox.NamedNode(iri)
    for iri in (
        SKOS + "prefLabel",
        IATI + "title",
        DCTERMS + "title",
        RDFS + "label",
        FOAF + "name",
        IATI + "narrative",
    )
)
"""The properties that name a thing, the best first."""

_PLAIN = {SKOS + "prefLabel": "name", SKOS + "altLabel": "other name", SKOS + "notation": "short name"}
"""What to call properties of others whose names mean little outside their trade."""
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(slots=True)
class Names:
    """Looks up the names of things in a language, each thing once."""

    store: Store
    language: str
    _known: dict[str, str] = field(default_factory=dict)

    def find(self, iri: str) -> str:
        """Give the best name of a thing: in the language wanted, else English, French, Dutch, any; empty for none."""
        if iri not in self._known:
            self._known[iri] = self._look_up(ox.NamedNode(iri))
        return self._known[iri]

    def of(self, iri: str) -> str:
        """Give the best name of a thing, or its short IRI where it has none."""
        return self.find(iri) or shorten(iri)

    def term(self, iri: str) -> str:
        """Give the name of a class or property: our label, or the words of its IRI (`has part`)."""
        local = re.split(r"[/#]", iri)[-1]
        return self.find(iri) or _PLAIN.get(iri) or _HUMP.sub(" ", local).lower() or iri

    def _look_up(self, node: ox.NamedNode) -> str:
        order = {self.language: 0, "en": 1, "fr": 2, "nl": 3, None: 4}
        for predicate in NAMING:
            quads = self.store.quads(node, predicate)
            found = [quad.object for quad in quads if isinstance(quad.object, ox.Literal)]
            if found:
                return min(found, key=lambda name: (order.get(name.language, 5), name.value)).value
        return ""
