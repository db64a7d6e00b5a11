"""Waivers: statements beside the data that a rule need not hold for a node, and why (`levier:Waiver`)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from levier.coherence.finding import Finding
from levier.coherence.naming import known_rule
from levier.errors import BadUsage
from levier.graph import EmbeddedStore
from levier.terms import DCTERMS, LEVIER, RDF, shorten

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_WAIVER = ox.NamedNode(LEVIER + "Waiver")
_TYPE = ox.NamedNode(RDF + "type")
_WAIVES = ox.NamedNode(LEVIER + "waives")
_RULE = ox.NamedNode(LEVIER + "waivedRule")
_REASON = ox.NamedNode(LEVIER + "reason")
_CREATED = ox.NamedNode(DCTERMS + "created")
_WHOLE = "It names a node (levier:waives), a rule (levier:waivedRule) and a reason (levier:reason)."


@dataclass(frozen=True, slots=True)
class Waiver:
    """That one rule need not hold for one node, and what is inside of it."""

    rule: str
    node: str
    reasons: tuple[tuple[str, str], ...]
    """Language (empty where none is said) and text; none where no reason is given, and then it waives nothing."""
    date: str = ""

    def covers(self, finding: Finding) -> bool:
        """Tell whether it waives a finding: of its rule, on its node or on one whose IRI continues that of its node.

        Of a node that records have in common, what leads to it counts as well.
        """
        met = finding.focus, finding.about
        inside = self.node in met or any(one.startswith(self.node + "/") for one in met)
        return bool(self.reasons) and finding.rule.id == self.rule and inside

    def reason(self, language: str) -> str:
        """Give the reason in a language, or in the one there is."""
        said = dict(self.reasons)
        return said.get(language) or said.get("") or self.reasons[0][1]


def waivers(store: EmbeddedStore, rules: Collection[str]) -> list[Waiver]:
    """Give the waivers that a store states; raises BadUsage for one without node or rule, or of a rule unknown."""
    quads = store.raw.quads_for_pattern(None, _TYPE, _WAIVER)
    nodes = [quad.subject for quad in quads if not isinstance(quad.subject, ox.Triple)]
    return [waiver for node in nodes for waiver in _read(store, node, rules)]


def _read(store: EmbeddedStore, node: ox.NamedNode | ox.BlankNode, rules: Collection[str]) -> Iterator[Waiver]:
    said = [term for term in _objects(store, node, _REASON) if isinstance(term, ox.Literal) and term.value.strip()]
    reasons = tuple(sorted((term.language or "", term.value) for term in said))
    created = next((term.value for term in _objects(store, node, _CREATED) if isinstance(term, ox.Literal)), "")
    nodes, waived = ([_text(term) for term in _objects(store, node, name)] for name in (_WAIVES, _RULE))
    if not nodes:
        raise BadUsage(f"a waiver of {', '.join(waived) or 'no rule'} has no levier:waives.", hint=_WHOLE)
    for name in nodes:
        if not waived:
            raise BadUsage(f"a waiver for {shorten(name)} has no levier:waivedRule.", hint=_WHOLE)
        for rule in waived:
            yield Waiver(known_rule(rule, rules, f"a waiver for {shorten(name)}: "), name, reasons, created)


def _text(term: Term) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def _objects(store: EmbeddedStore, node: ox.NamedNode | ox.BlankNode, predicate: ox.NamedNode) -> list[Term]:
    return [quad.object for quad in store.raw.quads_for_pattern(node, predicate, None)]
