import pytest

from levier.linking.facts import SECTOR, CodeFact
from levier.linking.shares import shares
from levier.terms import code_iri


def sector(node: str, percentage: float | None, vocabulary: str | None = "1") -> CodeFact:
    """A sector allocation of the DAC's list, unless said otherwise."""
    stated = None if vocabulary is None else code_iri("SectorVocabulary", vocabulary)
    return CodeFact(SECTOR, node, "12220", None, stated, None, percentage)


def test_element_that_rests_on_a_sector_claims_that_sector_only() -> None:
    sectors = [sector("s1", 20), sector("s2", 80)]

    assert {"H2": 0.2} == shares(sectors, {"H2": frozenset({"s1"})})


def test_elements_that_claim_the_same_money_part_it_evenly() -> None:
    sectors = [sector("s1", 20), sector("s2", 80)]
    given = shares(sectors, {"H1": None, "H2": frozenset({"s1"})})

    assert {"H1": pytest.approx(0.9), "H2": pytest.approx(0.1)} == given


def test_elements_without_sectors_part_the_whole_evenly() -> None:
    assert {"M1": 0.5, "M3": 0.5} == shares([], {"M1": None, "M3": None})


def test_one_sector_without_percentage_is_the_whole() -> None:
    assert {"M1": 1.0} == shares([sector("s1", None)], {"M1": frozenset({"s1"})})


def test_several_sectors_without_percentage_do_not_cut_the_money() -> None:
    assert {"M1": 1.0} == shares([sector("s1", None), sector("s2", None)], {"M1": frozenset({"s1"})})


def test_sectors_of_other_vocabularies_do_not_cut_the_money() -> None:
    """A publisher's own sectors describe the same money again."""
    sectors = [sector("s1", 40), sector("s2", 60), sector("own", 100, "99")]

    assert {"M3": pytest.approx(1.0)} == shares(sectors, {"M3": frozenset({"own"})})


@pytest.mark.parametrize("percentages", [(100, 100), (60, 60), (30, 30), (0, 0), (100, 0)])
def test_shares_never_exceed_the_whole(percentages: tuple[float, float]) -> None:
    sectors = [sector("s1", percentages[0]), sector("s2", percentages[1])]
    claims = {"H1": None, "H2": frozenset({"s1"}), "H3": frozenset({"s2"}), "H4": frozenset({"s1", "s2"})}
    given = shares(sectors, claims)

    assert sum(given.values()) <= 1 + 1e-9
    assert min(given.values()) >= 0
