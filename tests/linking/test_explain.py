import pyoxigraph as ox
import pytest
from tests.linking.conftest import Load

from levier.errors import UnknownThing
from levier.graph import EmbeddedStore
from levier.linking import explain, find_activities, render
from levier.resources import folder
from levier.settings import Settings
from levier.terms import activity_iri, graph_iri

FILES = ("covid-routes", "covid-axes", "migration")


@pytest.fixture
def store(load: Load) -> EmbeddedStore:
    loaded = load(*FILES)
    loaded.load(folder("data") / "codelists" / "Sector.ttl", graph_iri("codelists", "Sector"))
    return loaded


def page(store: EmbeddedStore, identifier: str, language: str = "en") -> str:
    """The explanation as it is printed."""
    return render(explain(store, identifier, Settings(language=language)), language)


def test_explanation_names_element_rule_and_matched_words_in_context(store: EmbeddedStore) -> None:
    text = page(store, "protection-fr")

    assert "It very probably serves M3 (Promote the protection of" in text or "It almost certainly serves M3" in text
    assert "Linked to 1 element:" in text
    assert "M3  Promote the protection of" in text
    assert "[migrants-title], 0.85:" in text
    assert "iati:title@fr: Abris pour les familles de [RÉFUGIÉS]" in text


def test_explanation_names_a_code_by_its_name(store: EmbeddedStore) -> None:
    text = page(store, "sector-24050")

    assert "iati:sector: 24050 (Remittance facilitation, promotion and optimisation)" in text


def test_explanation_speaks_the_language_of_the_reader(store: EmbeddedStore) -> None:
    text = page(store, "protection-fr", "fr")

    assert "M3  Promouvoir la protection" in text
    assert "“Le titre nomme migrants, réfugiés ou déplacés”" in text


def test_explanation_tells_what_the_rules_build_on(store: EmbeddedStore) -> None:
    text = page(store, "mixed")

    assert "These rules hold, and others build on them:\n  “The title speaks of COVID-19” [covid-title], 0.95:" in text
    assert "× 0.95 for the rules it builds on" in text
    assert "may claim 80% of its money" in text


def test_explanation_says_what_stays_in_the_donor_country(store: EmbeddedStore) -> None:
    assert "spent inside the donor country" in page(store, "in-donor")


def test_activity_that_is_not_linked_shows_what_is_too_weak(store: EmbeddedStore) -> None:
    text = page(store, "tangential")

    assert "Not linked: no rule gives a confidence of 0.50 or more." in text
    assert "Seen, but too weak to count (below 0.50):\n  M3" in text
    assert "[migrants]" in text


def test_activity_that_is_not_linked_shows_the_rules_that_came_nearest(store: EmbeddedStore) -> None:
    """Emergency aid that names no refugee lacks the words of one rule and the gate of another."""
    text = page(store, "general-health")

    assert "The rules that came nearest:" in text
    assert "[health-systems-title] → H2" in text
    assert "iati:title@en: Strengthening [health systems] and hospitals; also “hospitals”" in text
    assert "lacking one of: It is a COVID-19 response" in text


def test_missing_words_are_shown(store: EmbeddedStore) -> None:
    text = page(store, "awareness-of-water")

    assert "[awareness-of-migration] → M2\n    for it:\n      - iati:sector: 99820" in text
    assert "lacking: in iati:description" in text
    assert "“asylum”" in text


def test_activity_without_anything_says_so(store: EmbeddedStore) -> None:
    text = page(store, "empty")

    assert "Looked at: 0 texts and 0 codes." in text
    assert "It has neither a text nor a code that a rule could look at." in text


def test_activity_that_no_rule_is_about_says_so(load: Load) -> None:
    store = load(turtle='<sea> a iati:Activity ; iati:iatiIdentifier "sea" ; iati:title "Lighthouse"@en .')

    assert "No fact of it speaks for any rule" in page(store, "sea")


def test_activity_is_found_by_iri_and_by_identifier(store: EmbeddedStore) -> None:
    iri = activity_iri("XX", "glide")

    assert [iri] == find_activities(store, "glide") == find_activities(store, f" {iri} ")


def test_unknown_activity_suggests_the_nearest(store: EmbeddedStore) -> None:
    with pytest.raises(UnknownThing, match="No aid activity 'sector-15191'") as unknown:
        explain(store, "sector-15191")

    assert "Did you mean sector-15190 or" in unknown.value.hint


def test_the_error_keeps_no_rows_of_the_engine_which_no_other_thread_may_drop(store: EmbeddedStore) -> None:
    with pytest.raises(UnknownThing) as unknown:
        find_activities(store, "sector-15191")

    frames = [frame.frame.f_locals for frame in unknown.traceback]
    assert not [value for values in frames for value in values.values() if isinstance(value, ox.QuerySolutions)]


def test_unknown_activity_suggests_those_that_contain_it(store: EmbeddedStore) -> None:
    with pytest.raises(UnknownThing) as unknown:
        explain(store, "DONOR")

    assert "Did you mean in-donor or in-donor-type?" == unknown.value.hint


@pytest.mark.parametrize("given", ["", "https://w3id.org/levier/id/activity/a b", 'a" ; ?x ?y "', "\\", "zzzzzzzzzzz"])
def test_odd_names_are_unknown_and_nothing_worse(store: EmbeddedStore, given: str) -> None:
    with pytest.raises(UnknownThing):
        explain(store, given)


def test_graph_without_activities_says_how_to_get_some(empty: EmbeddedStore) -> None:
    with pytest.raises(UnknownThing) as unknown:
        explain(empty, "glide")

    assert "levier build --aid FILE" in unknown.value.hint
