"""Conditions, their combination and their confidence, on rules authored for the purpose."""

from collections.abc import Callable

import pytest

from levier.graph import EmbeddedStore
from levier.linking.engine import CEILING, Engine
from levier.linking.facts import SECTOR, TITLE, ActivityFacts, CodeFact, Participation, TextFact
from levier.linking.rules import load_rules
from levier.terms import IATI, code_iri, organisation_iri

MakeStore = Callable[[str], EmbeddedStore]
M1 = "<https://w3id.org/levier/id/note/migration/objective/1>"
OWN = code_iri("SectorVocabulary", "99")
DESCRIPTION = IATI + "description"


def rule(slug: str, *statements: str, weight: float = 0.6, links: bool = True) -> str:
    """A rule in Turtle; it links to M1 unless it is only a gate."""
    head = [f"rule:{slug} a levier:AlignmentRule", "levier:basis levier:Worded", f"levier:weight {weight}"]
    return " ; ".join([*head, *([f"levier:alignsWith {M1}"] if links else []), *statements]) + " .\n"


def condition(name: str, *statements: str) -> str:
    """A condition in Turtle, `<name>`."""
    return " ; ".join([f"<{name}> a levier:RuleCondition", *statements]) + " .\n"


TITLE_WORD = condition("title", "levier:onProperty iati:title", 'levier:anyWord "boat"@en')
TEXT_WORD = condition("text", "levier:onProperty iati:description", 'levier:anyWord "sea"@en')


def text(value: str, on_property: str = TITLE, language: str | None = "en") -> ActivityFacts:
    """An activity with one text."""
    return ActivityFacts("a", texts=[TextFact(on_property, value, language)])


def code(list_name: str, value: str, **qualifiers: str) -> ActivityFacts:
    """An activity with one sector code."""
    iri = code_iri(list_name, value) if list_name else None
    return ActivityFacts("a", codes=[CodeFact(SECTOR, "n", value, iri, **qualifiers)])  # type: ignore[arg-type]  # only strings are passed


def confidence(store: EmbeddedStore, facts: ActivityFacts) -> float:
    """The confidence of the one link, 0 where there is none."""
    links = Engine(load_rules(store), 0.5).links(facts)
    return links[0].confidence if links else 0.0


def test_all_conditions_of_a_rule_must_hold(with_rules: MakeStore) -> None:
    store = with_rules(rule("r", "levier:hasCondition <title>, <text>") + TITLE_WORD + TEXT_WORD)
    both = ActivityFacts("a", texts=[TextFact(TITLE, "boat", "en"), TextFact(DESCRIPTION, "sea", "en")])

    assert (0.0, 0.0, 0.6) == (
        confidence(store, text("boat")),
        confidence(store, text("sea", DESCRIPTION)),
        confidence(store, both),
    )


def test_rules_for_one_element_are_combined_by_noisy_or(with_rules: MakeStore) -> None:
    store = with_rules(
        rule("r", "levier:hasCondition <title>", weight=0.6)
        + rule("s", "levier:hasCondition <text>", weight=0.5)
        + TITLE_WORD
        + TEXT_WORD
    )
    both = ActivityFacts("a", texts=[TextFact(TITLE, "boat", "en"), TextFact(DESCRIPTION, "sea", "en")])

    assert pytest.approx(0.8) == confidence(store, both)


def test_no_rule_makes_a_link_certain(with_rules: MakeStore) -> None:
    store = with_rules(rule("r", "levier:hasCondition <title>", weight=1.0) + TITLE_WORD)

    assert CEILING == confidence(store, text("boat"))


def test_required_rule_bounds_all_the_rules_that_build_on_it(with_rules: MakeStore) -> None:
    """A doubtful gate is not made surer by several rules behind it."""
    store = with_rules(
        rule("gate", "levier:hasCondition <text>", weight=0.5, links=False)
        + rule("r", "levier:hasCondition <title>", "levier:requiresRule rule:gate", weight=0.9)
        + rule("s", "levier:requiresRule rule:gate", weight=0.9)
        + TITLE_WORD
        + TEXT_WORD
    )
    both = ActivityFacts("a", texts=[TextFact(TITLE, "boat", "en"), TextFact(DESCRIPTION, "sea", "en")])

    assert pytest.approx(0.5 * 0.99) == confidence(store, both)
    assert confidence(store, text("boat")) == 0.0


def test_evidence_of_the_required_rule_is_taken_over(with_rules: MakeStore) -> None:
    store = with_rules(
        rule("gate", "levier:hasCondition <text>", links=False)
        + rule("r", "levier:hasCondition <title>", "levier:requiresRule rule:gate")
        + TITLE_WORD
        + TEXT_WORD
    )
    both = ActivityFacts("a", texts=[TextFact(TITLE, "boat", "en"), TextFact(DESCRIPTION, "sea", "en")])
    (link,) = Engine(load_rules(store), 0.1).links(both)

    assert [("boat", "r"), ("sea", "gate")] == [(e.fact.matched, e.rule.rpartition("/")[2]) for e in link.evidence]
    assert [r.slug for r in link.rules] == ["r", "gate"]


def test_exclusion_stops_a_rule(with_rules: MakeStore) -> None:
    store = with_rules(rule("r", "levier:hasCondition <title>", "levier:hasExclusion <text>") + TITLE_WORD + TEXT_WORD)
    both = ActivityFacts("a", texts=[TextFact(TITLE, "boat", "en"), TextFact(DESCRIPTION, "sea", "en")])

    assert (0.6, 0.0) == (confidence(store, text("boat")), confidence(store, both))


def test_rule_yields_to_another_that_holds(with_rules: MakeStore) -> None:
    store = with_rules(
        rule("first", "levier:hasCondition <text>", weight=0.9)
        + rule("fallback", "levier:hasCondition <title>", "levier:yieldsTo rule:first")
        + TITLE_WORD
        + TEXT_WORD
    )
    both = ActivityFacts("a", texts=[TextFact(TITLE, "boat", "en"), TextFact(DESCRIPTION, "sea", "en")])

    assert [0.6, 0.9] == pytest.approx([confidence(store, text("boat")), confidence(store, both)])


def test_description_means_every_kind_of_description(with_rules: MakeStore) -> None:
    store = with_rules(rule("r", "levier:hasCondition <text>") + TEXT_WORD)

    assert confidence(store, text("sea", IATI + "targetGroupsDescription")) == 0.6


@pytest.mark.parametrize(
    ("value", "expected"),
    [("boat people", 0.6), ("boat bridge", 0.0), ("boat bridge and boat people", 0.6), ("Boat-bridge", 0.0)],
)
def test_match_inside_an_excepted_term_does_not_count(with_rules: MakeStore, value: str, expected: float) -> None:
    words = condition(
        "title", "levier:onProperty iati:title", 'levier:anyWord "boat"@en', 'levier:exceptWord "boat bridge"@en'
    )
    store = with_rules(rule("r", "levier:hasCondition <title>") + words)

    assert expected == confidence(store, text(value))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([("boat", "en")], 0.0),
        ([("boat and boat", "en")], 0.6),
        ([("boat", "en"), ("other boats", "en")], 0.6),
        ([("boat", "en"), ("boat", "nl")], 0.0),
        ([("boat people", "en")], 0.0),
    ],
)
def test_minimum_occurrences_counts_places_of_one_language(
    with_rules: MakeStore, texts: list[tuple[str, str]], expected: float
) -> None:
    """A translation says the same again, and overlapping terms are one place."""
    words = condition(
        "title",
        "levier:onProperty iati:title",
        'levier:anyWord "boat*"@en, "boat people"@en',
        "levier:minimumOccurrences 2",
    )
    store = with_rules(rule("r", "levier:hasCondition <title>") + words)
    facts = ActivityFacts("a", texts=[TextFact(TITLE, value, language) for value, language in texts])

    assert expected == confidence(store, facts)


@pytest.mark.parametrize(
    ("test", "facts", "expected"),
    [
        ("levier:anyCode sector:15190", code("Sector", "15190"), 0.6),
        ("levier:anyCode sector:15190", code("Sector", "15136"), 0.0),
        ("levier:anyCode sector:15190", code("", "15190"), 0.0),
        ('levier:codePrefix "12" ; levier:inCodeList code:Sector', code("Sector", "12220"), 0.6),
        ('levier:codePrefix "12" ; levier:inCodeList code:Sector', code("UNSDG-Goals", "12"), 0.0),
        ('levier:codePrefix "1" ; levier:inCodeList code:Sector; levier:exceptCode sector:15', code("Sector", "15"), 0),
        ('levier:anyCodeValue "covid-19"', code("", "COVID-19"), 0.6),
        ('levier:anyCodeValue "x" ; levier:withoutVocabularyUri true', code("", "x", vocabulary_uri="urn:own"), 0.0),
        ('levier:anyCodeValue "x" ; levier:withoutVocabularyUri true', code("", "x"), 0.6),
        ('levier:anyCodeValue "x" ; levier:inVocabulary vocabulary:99', code("", "x", vocabulary=OWN), 0.6),
        ('levier:anyCodeValue "x" ; levier:inVocabulary vocabulary:99', code("", "x"), 0.0),
    ],
)  # fmt: skip
def test_code_condition(with_rules: MakeStore, test: str, facts: ActivityFacts, expected: float) -> None:
    store = with_rules(rule("r", "levier:hasCondition <c>") + condition("c", "levier:onProperty iati:sector", test))

    assert expected == confidence(store, facts)


def test_sector_of_a_transaction_counts_only_where_the_activity_has_none(with_rules: MakeStore) -> None:
    test = "levier:anyCode sector:15190"
    store = with_rules(rule("r", "levier:hasCondition <c>") + condition("c", "levier:onProperty iati:sector", test))
    of_transaction = CodeFact(SECTOR, "", "15190", code_iri("Sector", "15190"), of_transaction=True)
    own = CodeFact(SECTOR, "n", "11220", code_iri("Sector", "11220"))

    assert (0.6, 0.0) == (
        confidence(store, ActivityFacts("a", codes=[of_transaction])),
        confidence(store, ActivityFacts("a", codes=[of_transaction, own])),
    )


@pytest.mark.parametrize(("wanted", "flagged", "expected"), [
    ("true", True, 0.6), ("true", False, 0.0), ("false", True, 0.0), ("false", False, 0.6),
])  # fmt: skip
def test_humanitarian_flag(with_rules: MakeStore, wanted: str, flagged: bool, expected: float) -> None:
    store = with_rules(rule("r", "levier:hasCondition <c>") + condition("c", f"levier:humanitarianFlag {wanted}"))

    assert expected == confidence(store, ActivityFacts("a", humanitarian=flagged))


def test_organisation_counts_in_the_role_asked_for(with_rules: MakeStore) -> None:
    unhcr = organisation_iri("XM-DAC-41121")
    test = condition("c", "levier:onProperty iati:reportingOrg", f"levier:anyOrganisation <{unhcr}>")
    store = with_rules(rule("r", "levier:hasCondition <c>") + test)

    assert (0.6, 0.0) == (
        confidence(store, ActivityFacts("a", organisations=[Participation(IATI + "reportingOrg", unhcr)])),
        confidence(store, ActivityFacts("a", organisations=[Participation(IATI + "participatingOrg", unhcr)])),
    )


def test_word_repeated_in_a_text_is_shown_once(with_rules: MakeStore) -> None:
    store = with_rules(rule("r", "levier:hasCondition <title>") + TITLE_WORD)
    (link,) = Engine(load_rules(store), 0.5).links(text("boat, BOAT, boat"))

    assert [("boat", 0)] == [(e.fact.matched, e.fact.start) for e in link.evidence]


def test_activity_without_text_and_code_has_no_link(empty: EmbeddedStore) -> None:
    assert [] == Engine(load_rules(empty), 0.5).links(ActivityFacts("a"))


WORDS = 'rule:cue a levier:WordList ; levier:word "row"@en .\n'


@pytest.mark.parametrize(
    ("statements", "value", "expected"),
    [
        ("levier:nearWordOf rule:cue", "A boat to row.", 0.6),
        ("levier:nearWordOf rule:cue", "A boat. They row.", 0.0),
        ("levier:apartFromWordOf rule:cue", "A boat. They row.", 0.6),
        ("levier:apartFromWordOf rule:cue", "A boat to row.", 0.0),
        ("levier:nearWordOf rule:cue ; levier:withinWords 1", "A boat to row.", 0.6),
        ("levier:nearWordOf rule:cue ; levier:withinWords 0", "A boat to row.", 0.0),
        ("levier:nearWordOf rule:cue ; levier:withinWords 0", "They row boat and all.", 0.6),
    ],
)
def test_word_counts_by_what_stands_near_it(
    with_rules: MakeStore, statements: str, value: str, expected: float
) -> None:
    test = condition("c", "levier:onProperty iati:title", 'levier:anyWord "boat"@en', statements)

    assert expected == confidence(with_rules(rule("r", "levier:hasCondition <c>") + test + WORDS), text(value))


def test_words_of_a_shared_list_are_looked_for(with_rules: MakeStore) -> None:
    test = condition("c", "levier:onProperty iati:title", "levier:anyWordOf rule:cue")

    assert confidence(with_rules(rule("r", "levier:hasCondition <c>") + test + WORDS), text("Row!")) == 0.6


def test_rule_against_takes_its_part_away(with_rules: MakeStore) -> None:
    store = with_rules(
        rule("r", "levier:hasCondition <title>", weight=0.8)
        + rule("against", "levier:hasCondition <text>", f"levier:weakens {M1}", weight=0.5, links=False)
        + TITLE_WORD
        + TEXT_WORD
    )
    both = ActivityFacts("a", texts=[TextFact(TITLE, "boat", "en"), TextFact(DESCRIPTION, "sea", "en")])
    (link,) = Engine(load_rules(store), 0.1).links(both)

    assert pytest.approx(0.4) == link.confidence
    assert ["against"] == [f.rule.slug for f in link.against]


def test_rule_against_a_gate_weakens_what_builds_on_it(with_rules: MakeStore) -> None:
    store = with_rules(
        rule("gate", "levier:hasCondition <title>", weight=0.8, links=False)
        + rule("r", "levier:requiresRule rule:gate", weight=0.5)
        + rule("against", "levier:hasCondition <text>", "levier:weakens rule:gate", weight=0.5, links=False)
        + TITLE_WORD
        + TEXT_WORD
    )
    both = ActivityFacts("a", texts=[TextFact(TITLE, "boat", "en"), TextFact(DESCRIPTION, "sea", "en")])

    assert pytest.approx(0.8 * 0.5 * 0.5) == confidence(store, both)


@pytest.mark.parametrize(("percentage", "expected"), [(None, 0.6), (20.0, 0.6), (19.9, 0.0)])
def test_small_sector_does_not_count(with_rules: MakeStore, percentage: float | None, expected: float) -> None:
    sector = code_iri("Sector", "15190")
    test = condition(
        "c", "levier:onProperty iati:sector", f"levier:anyCode <{sector}>", "levier:minimumPercentage 20.0"
    )
    facts = ActivityFacts("a", codes=[CodeFact(SECTOR, "n", "15190", sector, percentage=percentage)])

    assert expected == confidence(with_rules(rule("r", "levier:hasCondition <c>") + test), facts)


def test_organisation_counts_in_the_participation_role_asked_for(with_rules: MakeStore) -> None:
    unhcr, funding = organisation_iri("XM-DAC-41121"), code_iri("OrganisationRole", "1")
    test = condition(
        "c",
        "levier:onProperty iati:participatingOrg",
        f"levier:anyOrganisation <{unhcr}>",
        f"levier:inRole <{funding}>",
    )
    store = with_rules(rule("r", "levier:hasCondition <c>") + test)

    def part(role: str) -> ActivityFacts:
        return ActivityFacts("a", organisations=[Participation(IATI + "participatingOrg", unhcr, role)])

    assert (0.6, 0.0) == (
        confidence(store, part(funding)),
        confidence(store, part(code_iri("OrganisationRole", "4"))),
    )
