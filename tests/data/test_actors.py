"""Actors and partnerships: identifiers that can be true, dates that are known."""

import re
from typing import Protocol

import pytest

ORGANISATION = "https://w3id.org/levier/id/organisation/"
BELGIAN = re.compile(r"BE-BCE_KBO-([0-9]{10})")


class Statements(Protocol):
    def rows(self, where: str) -> list[tuple[str, ...]]: ...


def has_true_check_digits(number: str) -> bool:
    """Whether the last two digits of a Belgian enterprise number are 97 - (the first eight mod 97)."""
    return int(number[8:]) == 97 - int(number[:8]) % 97


@pytest.mark.parametrize(("number", "expected"), [("0264814354", True), ("0453975341", True), ("0453475391", False)])
def test_check_digits_tell_true_numbers_from_false(number: str, expected: bool) -> None:
    assert expected is has_true_check_digits(number)


def test_every_belgian_enterprise_number_passes_its_check_digits(statements: Statements) -> None:
    identifiers = [
        identifier
        for (identifier,) in statements.rows("SELECT ?id WHERE { ?a a levier:Actor ; dcterms:identifier ?id }")
        if identifier.startswith("BE-")
    ]
    matches = [BELGIAN.fullmatch(identifier) for identifier in identifiers]

    assert len(identifiers) == 23
    assert all(match is not None and has_true_check_digits(match[1]) for match in matches)


def test_the_number_of_the_finance_department_is_nobody_s(statements: Statements) -> None:
    used = statements.rows("""
        SELECT ?thing WHERE { ?thing ?p ?value . FILTER(?p IN (dcterms:identifier, levier:alias))
          FILTER(CONTAINS(STR(?value), "0308357159") || CONTAINS(STR(?thing), "0308357159")) }""")

    assert used == []


def test_dgd_and_enabel_have_their_identifiers(statements: Statements) -> None:
    found = statements.rows("""
        SELECT ?slug ?id WHERE { ?a levier:registrySlug ?slug ; dcterms:identifier ?id
          FILTER(?slug IN ("be-dgd", "enabel")) }""")

    assert found == [("be-dgd", "XM-DAC-2-10"), ("enabel", "BE-BCE_KBO-0264814354")]


def test_the_address_of_an_actor_is_its_identifier_or_local(statements: Statements) -> None:
    addresses = statements.rows("""
        SELECT ?actor ?id WHERE { ?actor a levier:Actor OPTIONAL { ?actor dcterms:identifier ?id } }""")
    wrong = [
        actor
        for actor, identifier in addresses
        if actor != ORGANISATION + identifier and (identifier or not actor.startswith(ORGANISATION + "local-"))
    ]

    assert wrong == []


def test_an_identifier_or_alias_names_one_actor(statements: Statements) -> None:
    shared_names = statements.rows("""
        SELECT ?value (COUNT(DISTINCT ?actor) AS ?n) WHERE {
          ?actor a levier:Actor ; dcterms:identifier|levier:alias|levier:registrySlug ?value }
        GROUP BY ?value HAVING(?n > 1)""")

    assert shared_names == []


def test_the_bare_channel_code_of_wfp_leads_to_wfp(statements: Statements) -> None:
    found = statements.rows('SELECT ?actor WHERE { ?actor levier:alias "41140" }')

    assert found == [(ORGANISATION + "XM-DAC-41140",)]


def test_fifteen_multilateral_partners_and_nine_members_of_fiabel(statements: Statements) -> None:
    counts = statements.rows("""
        SELECT ?key (COUNT(?m) AS ?n) WHERE { ?m a org:Membership ; org:role ?role .
          BIND(REPLACE(STR(?role), "^.*/", "") AS ?key)
          FILTER(?key IN ("multilateral-partner", "federation-member", "humanitarian-partner")) } GROUP BY ?key""")

    assert counts == [("federation-member", "9"), ("humanitarian-partner", "5"), ("multilateral-partner", "15")]


def test_a_multilateral_partner_is_said_to_come_from_a_draft(statements: Statements) -> None:
    said = statements.rows("""
        SELECT ?member (COUNT(DISTINCT LANG(?note)) AS ?languages) WHERE {
          ?m org:role <https://w3id.org/levier/id/role/multilateral-partner> ; org:member ?member ;
            skos:editorialNote ?note } GROUP BY ?member""")

    assert {"3"} == {languages for _, languages in said}
    assert 15 == len(said)


def test_finexpo_advises_the_foreign_affairs_department(statements: Statements) -> None:
    where = statements.rows(f"""
        SELECT ?where WHERE {{ ?m org:member <{ORGANISATION}local-finexpo> ; org:organization ?where }}""")

    assert where == [(ORGANISATION + "local-fps-foreign-affairs",)]


def test_fourteen_partner_countries_since_the_council_of_may_2015(statements: Statements) -> None:
    countries = statements.rows("""
        SELECT ?code ?alpha3 ?numeric WHERE { ?p a levier:Partnership ; levier:partnerCountry ?c ;
          schema:startDate "2015-05-21"^^xsd:date . ?c levier:alpha3 ?alpha3 ; levier:numericCode ?numeric .
          BIND(REPLACE(STR(?c), "^.*/", "") AS ?code) }""")

    assert len(countries) == 14
    assert countries[0] == ("BF", "BFA", "854")


def test_rwanda_is_suspended_and_six_countries_have_left(statements: Statements) -> None:
    changed = statements.rows("""
        SELECT ?code ?end ?suspended WHERE { ?p levier:partnerCountry ?c .
          OPTIONAL { ?p schema:endDate ?end } OPTIONAL { ?p levier:suspendedOn ?suspended }
          FILTER(BOUND(?end) || BOUND(?suspended)) BIND(REPLACE(STR(?c), "^.*/", "") AS ?code) }""")
    left = [(code, "2019", "") for code in ("BO", "DZ", "EC", "PE")]

    assert changed == [*left, ("RW", "", "2025-02-18"), ("VN", "2019", ""), ("ZA", "2019", "")]
