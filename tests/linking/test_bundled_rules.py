"""The rules of the project at work on small authored activities."""

import pytest
from tests.linking.conftest import with_notes_and_rules

from levier.graph import EmbeddedStore
from levier.linking.engine import Engine, Link
from levier.linking.facts import ActivityFacts
from levier.linking.rules import load_rules
from levier.linking.stored import aid_graphs, read_graph

THRESHOLD = 0.5
FILES = ("covid-routes", "covid-axes", "migration", "sentences")

EXPECTED = {
    # ways of saying that it is a COVID-19 response; the sector is jobs
    "glide": {"S"}, "glide-country": {"S"}, "appeal": {"S"}, "tag": {"S"}, "scope-elsewhere": {"S"},
    "narrative": {"S"}, "repeated": {"S"}, "transaction": set(),
    "context": set(), "own-tag": set(), "other-epidemic": set(),
    "locusts": set(), "overview": set(),
    # which axis
    "health-humanitarian": {"H1"}, "health-development": {"H2"}, "control": {"H2"},
    "control-words": {"H1"}, "relief": {"H1"},
    "food": {"H1"}, "infection": {"H2"}, "business": {"S"}, "water": {"H1"},
    "research-sector": {"H3"}, "mixed": {"H2", "S"},
    "urgence": {"H1"}, "noodhulp": {"H1", "H2"}, "nothilfe": {"H1"}, "emergency": {"H1"},
    "soins": {"H2"}, "zorg": {"H2"}, "systems": {"H2"}, "versorgung": {"H2"},
    "recherche": {"H3"}, "onderzoek": {"H3"}, "research": {"H3"}, "forschung": {"H3"},
    "coordination-nl": {"H4"}, "coordination-en": {"H4"}, "coordination-de": {"H4"},
    "coordination-fr": {"H1", "H4"},  # “riposte” is the emergency, its coordination the fourth axis
    "humanitarian-emergency": {"H1"}, "vaccines": {"H1"}, "food-cards": {"S"}, "low-income": set(),
    "sequencing": {"H3"}, "therapeutic-areas": {"S"},
    "coordination-by-itself": {"H4"}, "coordinating-office": {"H4"}, "coordination-of-camps": {"M3"},
    "children-beside": {"S"}, "children-apart": set(), "garantie": {"S"},
    "social-fr": {"S"}, "social-nl": {"S"}, "social-en": {"S"}, "social-de": {"S"},
    "general-health": set(),
    # migration
    "sector-15190": {"M1"}, "sector-15136": {"M1"}, "sector-24050": {"M4"},
    "governance-fr": {"M1"}, "governance-nl": {"M1"}, "governance-en": {"M1"}, "governance-de": {"M1"},
    "gestion": {"M1"}, "displaced-employees": set(), "governance-twice": set(), "readmission": {"M1"}, "book": set(),
    "awareness": {"M2", "M3"}, "awareness-type": {"M2"}, "debate-en": {"M2"}, "debate-de": {"M2"},
    "awareness-of-water": set(),
    "protection-fr": {"M3"}, "protection-nl": {"M3"}, "protection-en": {"M3"}, "protection-de": {"M3"},
    "protection-words": {"M3"}, "relief-refugees": {"M3"}, "agency": {"M3"},
    "rebuilding": {"M3"}, "rights": {"M3"}, "enterprise": {"M3", "M4"},
    "in-donor": {"M3"}, "in-donor-type": {"M3"},
    "potential-fr": {"M4"}, "potential-nl": {"M4"}, "potential-en": {"M4"}, "potential-de": {"M4"},
    "tangential": set(), "birds": set(), "empty": set(),
    # sentences, and what stands near what
    "answered": {"S"}, "money": {"H2"}, "clinic": {"H2"}, "stricken": {"H1"},
    "served": {"M3"}, "plight": set(), "camps": {"M3"}, "camp-title": {"M3"}, "from-ukraine": {"M3"},
    "from-syria": {"M3"}, "police": {"M1", "M3"}, "border-sector": set(), "labour-sector": {"M4"},
    "commissioned": {"M3"}, "reception": {"M3"}, "mitigating": {"S"}, "brought-about": set(),
}  # fmt: skip


@pytest.fixture(scope="module")
def store() -> EmbeddedStore:
    return with_notes_and_rules(*FILES)


@pytest.fixture(scope="module")
def engine(store: EmbeddedStore) -> Engine:
    return Engine(load_rules(store), THRESHOLD)


@pytest.fixture(scope="module")
def activities(store: EmbeddedStore) -> dict[str, ActivityFacts]:
    return {facts.identifier: facts for graph in aid_graphs(store) for facts in read_graph(store, graph)}


def strong(links: list[Link]) -> set[str]:
    """The notations of the links from the threshold up."""
    return {link.element.notation for link in links if link.confidence >= THRESHOLD}


def test_every_authored_activity_is_expected_to_be_something(activities: dict[str, ActivityFacts]) -> None:
    assert set(EXPECTED) == set(activities)


@pytest.mark.parametrize("identifier", EXPECTED)
def test_activity_is_linked_as_a_person_would(
    engine: Engine, activities: dict[str, ActivityFacts], identifier: str
) -> None:
    assert EXPECTED[identifier] == strong(engine.links(activities[identifier]))


def test_no_rule_is_dead(engine: Engine, activities: dict[str, ActivityFacts]) -> None:
    """Every rule holds for at least one authored activity."""
    fired = {iri for facts in activities.values() for iri in engine.firings(facts)}

    assert set(engine.book.rules) == fired


def test_shares_of_a_note_never_exceed_the_whole(engine: Engine, activities: dict[str, ActivityFacts]) -> None:
    for facts in activities.values():
        by_note: dict[str, float] = {}
        for link in engine.links(facts):
            by_note[link.element.note] = by_note.get(link.element.note, 0) + link.share

        assert max(by_note.values(), default=0) <= 1 + 1e-9, facts.identifier


def test_money_of_mixed_sectors_is_parted_by_their_percentages(
    engine: Engine, activities: dict[str, ActivityFacts]
) -> None:
    given = {link.element.notation: link.share for link in engine.links(activities["mixed"]) if link.share}

    assert {"H2": pytest.approx(0.2), "S": pytest.approx(0.8)} == given


def test_costs_inside_the_donor_country_are_told_apart(engine: Engine, activities: dict[str, ActivityFacts]) -> None:
    in_donor = {
        identifier for identifier, facts in activities.items() if any(link.in_donor for link in engine.links(facts))
    }

    assert {"in-donor", "in-donor-type", "reception"} == in_donor


@pytest.mark.parametrize(
    ("identifier", "notation", "basis"),
    [
        ("glide", "S", "Coded"),
        ("urgence", "H1", "Worded"),
        ("agency", "M3", "Coded"),
        ("sector-24050", "M4", "Coded"),
        ("relief-refugees", "M3", "Coded"),
    ],
)
def test_basis_is_the_strongest_of_its_rules(
    engine: Engine, activities: dict[str, ActivityFacts], identifier: str, notation: str, basis: str
) -> None:
    bases = {link.element.notation: link.basis for link in engine.links(activities[identifier])}

    assert basis == bases[notation]


def test_evidence_is_the_matched_words_in_their_place(engine: Engine, activities: dict[str, ActivityFacts]) -> None:
    (link,) = (k for k in engine.links(activities["protection-fr"]) if k.element.notation == "M3")
    (fact,) = (one.fact for one in link.evidence)

    assert ("RÉFUGIÉS", 27, 35, "fr") == (fact.matched, fact.start, fact.end, fact.language)


def test_text_of_a_transaction_and_words_beside_a_code_are_evidence(
    engine: Engine, activities: dict[str, ActivityFacts]
) -> None:
    places = {
        identifier: {
            e.fact.on_property.rpartition("#")[2] for k in engine.links(activities[identifier]) for e in k.evidence
        }
        for identifier in ("money", "narrative")
    }

    assert {"money": {"transaction", "title", "description"}, "narrative": {"tag", "sector"}} == places
