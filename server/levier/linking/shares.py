"""How much of an activity's money each linked element of a note may claim: never more than the whole together.

An activity's money is cut into slices by its sector percentages. A slice goes, in even parts, to the elements that
claim it: those that rest on that sector's code, and those that speak for the whole activity. What nobody claims stays
unclaimed. Without usable percentages there is one slice.
"""

from collections.abc import Mapping, Sequence

from levier.linking.facts import CodeFact
from levier.terms import code_iri

_DAC = (None, code_iri("SectorVocabulary", "1"))
_DAC_CATEGORY = (code_iri("SectorVocabulary", "2"),)


def shares(sectors: Sequence[CodeFact], claims: Mapping[str, frozenset[str] | None]) -> dict[str, float]:
    """Give each claimant's share, 0 to 1; a claim is the IRIs of sector allocations, or None for the whole.

    The shares of all claimants add up to at most 1.
    """
    given = dict.fromkeys(claims, 0.0)
    slices = _slices(sectors)
    for node, size in slices.items():
        claimants = [who for who, claim in claims.items() if claim is None or node in claim or claim.isdisjoint(slices)]
        for who in claimants:
            given[who] += size / len(claimants)
    return given


def _slices(sectors: Sequence[CodeFact]) -> dict[str, float]:
    """Give the size of each sector allocation of the vocabulary that cuts the money: the DAC's codes first."""
    for vocabulary in (_DAC, _DAC_CATEGORY):
        chosen = [s for s in sectors if s.vocabulary in vocabulary]
        if len(chosen) == 1 and chosen[0].percentage is None:
            return {chosen[0].node: 1.0}
        if chosen and all(s.percentage is not None and s.percentage >= 0 for s in chosen):
            return _to_whole({s.node: (s.percentage or 0) / 100 for s in chosen})
    return {"": 1.0}


def _to_whole(parts: dict[str, float]) -> dict[str, float]:
    """Give the parts as they are, scaled down where they add up to more than the whole, the rest a slice of its own."""
    total = sum(parts.values())
    if total > 1:
        return {node: part / total for node, part in parts.items()}
    return {**parts, "": 1 - total}
