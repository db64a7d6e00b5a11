"""Links taken over from related activities: weaker than their source, and never from a link that was taken over itself.

A rule of the book says along which relation (`levier:inferredAlong`): that of a related activity of a stated type, or
that of the activity which provides the money of a transaction. Only references that lead to an activity of the store
count (`levier:refersTo`). One step is taken and no more, so that there is no circle; a link taken over claims no money,
for its source does.
"""

from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from levier.errors import BrokenData
from levier.graph import EmbeddedStore
from levier.linking.conditions import HINT, node
from levier.linking.model import Inference, Inherited
from levier.linking.rules import instances, read_weight
from levier.linking.write import Run, alignment_iri, inferred_triples
from levier.terms import IATI, ID, LEVIER, shorten

_RELATED: Final = IATI + "relatedActivity"
_PROVIDER: Final = IATI + "providerOrg"
_BASIS: Final = ox.NamedNode(LEVIER + "basis")
_INFERRED: Final = ox.NamedNode(LEVIER + "Inferred")
_PATHS: Final = {
    _RELATED: "?a iati:relatedActivity ?n . ?n iati:type <{type}> ; levier:refersTo ?b",
    # The engine goes from left to right: from the few that refer, not from all transactions, in a tenth of the time.
    _PROVIDER: "?n levier:refersTo ?b . ?t iati:providerOrg ?n . ?a iati:transaction ?t",
}


def load_inferences(store: EmbeddedStore) -> list[Inference]:
    """Give the rules that take links over; raises BrokenData where one names a relation that none can follow."""
    found = []
    for iri in instances(store, LEVIER + "AlignmentRule"):
        stated = node(store, iri)
        along = stated.one("inferredAlong")
        if along is None:
            continue
        if along not in _PATHS:
            known = " and ".join(shorten(one) for one in _PATHS)
            raise BrokenData(
                f"{iri.removeprefix(ID)}: levier:inferredAlong is {shorten(along)}; known are {known}.", hint=HINT
            )
        found.append(Inference(iri, read_weight(stated, "weight"), along, stated.one("relationType") or ""))
    return found


def infer(store: EmbeddedStore) -> list[Inherited]:
    """Give the links that activities take over, the surest of each activity and element, from the store's links."""
    best: dict[tuple[str, str], Inherited] = {}
    for rule in load_inferences(store):
        for link in _along(store, rule):
            key = (link.activity, link.element)
            if (key not in best or best[key].confidence < link.confidence) and not _has_own(store, link):
                best[key] = link
    return [best[key] for key in sorted(best)]


def _has_own(store: EmbeddedStore, link: Inherited) -> bool:
    """Tell whether the activity is linked with the element by itself."""
    alignment = ox.NamedNode(alignment_iri(link.activity, link.notation))
    return any(quad.object != _INFERRED for quad in store.raw.quads_for_pattern(alignment, _BASIS, None, None))


def _along(store: EmbeddedStore, rule: Inference) -> Iterator[Inherited]:
    """Give the links along a relation; two activities are joined once, though a hundred transactions lead there."""
    pattern = _PATHS[rule.along].format(type=rule.relation_type)
    rows = store.select(
        f"SELECT ?a ?x ?e ?notation ?c ?id {{ {{ SELECT DISTINCT ?a ?b {{ {pattern} }} }} FILTER (?a != ?b) "
        "?a a iati:Activity . "
        "?b levier:contributesTo ?e ; iati:iatiIdentifier ?id . ?x levier:alignedActivity ?b ; "
        "levier:alignedElement ?e ; levier:confidence ?c ; levier:basis ?basis . "
        "FILTER (?basis != levier:Inferred) ?e skos:notation ?notation } ORDER BY ?a ?e ?x"
    )
    for row in rows:
        confidence = rule.weight * float(row["c"].value)
        yield Inherited(
            row["a"].value, row["e"].value, row["notation"].value, confidence, rule, row["x"].value, row["id"].value
        )


def as_triples(links: list[Inherited], run: Run) -> Iterator[ox.Triple]:
    """Give the triples of links that are taken over."""
    for link in links:
        yield from inferred_triples(link, run)
