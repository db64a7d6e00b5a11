"""The rules are listed by family, found by their name, and told whole."""

import json

import pytest

from levier.coherence import LANGUAGES, about_rules, load_catalogue
from levier.coherence.explanation import example, explained
from levier.coherence.listing import FAMILIES, family, find_rule, title
from levier.errors import BadUsage

CATALOGUE = load_catalogue()


def test_there_are_at_least_sixty_rules_in_nine_families() -> None:
    assert len(CATALOGUE) >= 60
    assert set(FAMILIES) == {family(rule) for rule in CATALOGUE}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_has_every_rule_once_with_its_severity_and_title(language: str) -> None:
    lines = [
        line.split(maxsplit=2) for line in about_rules(None, "text", language).splitlines() if line.startswith("  ")
    ]

    assert sorted(CATALOGUE.rules) == sorted(line[0] for line in lines)
    assert all(CATALOGUE.rules[id_].severity.word == severity for id_, severity, _ in lines)
    assert all(title(CATALOGUE.rules[id_], language) == told for id_, _, told in lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_title_is_one_clause_without_fields_or_values(language: str) -> None:
    titles = [title(rule, language) for rule in CATALOGUE]

    assert all(titles)
    assert not [text for text in titles if "{" in text or "(" in text or text.endswith(".")]
    assert max(map(len, titles)) <= 210


def test_the_list_as_json_has_what_a_program_needs() -> None:
    rules = json.loads(about_rules(None, "json", "nl"))["rules"]
    found = next(rule for rule in rules if rule["rule"] == "AID-010")

    assert len(CATALOGUE) == len(rules)
    assert found["family"] == "AID"
    assert found["severity"] == "violation"
    assert found["ruleset"] == ["2.1.2", "2.1.4"]
    assert found["page"] == "docs/rules.md#aid-010"
    assert found["help"] == CATALOGUE.rules["AID-010"].fixes["nl"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rule_is_told_whole(language: str) -> None:
    rule = CATALOGUE.rules["LINK-010"]
    told = " ".join(explained(CATALOGUE, rule, language).split())

    assert rule.fixes[language] in told
    assert "violation" in told
    assert "levier:Alignment" in told
    assert "id:source/S23 (https://" in told
    assert "levier:evidenceCode" in told.partition("docs/rules.md#link-010")[2]


def test_every_rule_has_an_example_that_names_something() -> None:
    assert not [rule.id for rule in CATALOGUE if not example(rule) or "expectedFocus" in "".join(example(rule))]


def test_a_rule_is_found_in_any_letter_case() -> None:
    assert find_rule(CATALOGUE, " aid-010 ").id == "AID-010"


def test_an_unknown_rule_is_told_with_the_nearest() -> None:
    with pytest.raises(BadUsage, match=r"'NOTE-O01' is no rule\. The nearest: NOTE-0"):
        find_rule(CATALOGUE, "NOTE-O01")
    with pytest.raises(BadUsage, match="'water' is no rule"):
        find_rule(CATALOGUE, "water")
