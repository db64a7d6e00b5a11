"""Sentences that must link, and sentences that only look as if: the rules of the project, in several languages."""

import pytest
from tests.linking.conftest import with_notes_and_rules

from levier.linking.engine import Engine
from levier.linking.facts import SECTOR, TITLE, ActivityFacts, CodeFact, TextFact
from levier.linking.rules import load_rules
from levier.terms import IATI, code_iri

THRESHOLD = 0.5
PLAIN = "A regional programme"
BARE = "The COVID-19 pandemic went on."


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(load_rules(with_notes_and_rules()), THRESHOLD)


def linked(engine: Engine, *, title: str = PLAIN, description: str = "", sector: str = "") -> set[str]:
    """The notations of the elements that an activity of these facts is linked to."""
    facts = ActivityFacts("a", texts=[TextFact(TITLE, title, None)])
    if description:
        facts.texts.append(TextFact(IATI + "description", description, None))
    if sector:
        facts.codes.append(CodeFact(SECTOR, "n", sector, code_iri("Sector", sector)))
    return {link.element.notation for link in engine.links(facts) if link.confidence >= THRESHOLD}


CONTEXT = [
    "The workshops were postponed during COVID-19. The impact of COVID-19 on works was large.",
    "Jobs fairs, postponed during the covid-19 pandemic. COVID-19 slowed down the work.",
    "The project was affected by COVID-19; delays caused by COVID-19 were made up.",
    "The cash transfers were slowed down by COVID-19. Throughout the coronavirus pandemic nothing moved.",
    "Projet arrêté pendant la pandémie de Covid-19.",
    "Création d’emplois ; travaux à l’arrêt durant la crise du COVID-19, puis retards liés à la COVID-19.",
    "Les moyens d’existence. L’impact de la COVID-19 sur le calendrier a été fort ; ralenti par la COVID-19.",
    "Voedselhulp, stilgelegd tijdens corona en vertraagd door de coronacrisis.",
    "Opleidingen: uitgesteld tijdens de COVID-19-pandemie. Achterstand door COVID-19.",
    "Ernährungssicherheit: während der COVID-19-Pandemie verschoben, wegen der Coronakrise verspätet.",
    "Arbeitsplätze: während der Corona-Pandemie und trotz der Coronakrise kein Fortschritt.",
    "Jobs were lost during the corona crisis and during the Corona pandemic.",
    "Die Arbeiten, während COVID-19 unterbrochen und durch die COVID-19-Pandemie verzögert, gehen weiter.",
]  # fmt: skip


@pytest.mark.parametrize("description", CONTEXT)
def test_covid_as_context_is_no_response(engine: Engine, description: str) -> None:
    """Even with a sector, employment, that would say how."""
    assert set() == linked(engine, description=description, sector="16020")


@pytest.mark.parametrize("title", [
    "Projet arrêté pendant la pandémie de Covid-19", "Road works, delayed by COVID-19",
    "Wegenwerken, uitgesteld tijdens de coronacrisis", "Wegenwerken, stopgezet door corona",
    "Straßenbau, unterbrochen während der Corona-Pandemie",
])  # fmt: skip
def test_title_that_tells_of_a_stop_is_no_response(engine: Engine, title: str) -> None:
    assert set() == linked(engine, title=title, sector="16020")


@pytest.mark.parametrize("description", [
    "Cash transfers respond to the impact of COVID-19 on households.",
    "Reducing the impact of the COVID-19 pandemic on food security in cities.",
    "Food assistance during the COVID-19 pandemic.",
    "MSMEs affected by the COVID-19 pandemic get working capital.",
    "Atténuer l’impact de la COVID-19 sur les moyens d’existence des ménages.",
    "Aide alimentaire pendant la pandémie de COVID-19.",
    "Voedselhulp voor gezinnen getroffen door de coronacrisis.",
    "Begrotingssteun om de gevolgen van de COVID-19-pandemie op te vangen.",
    "Nahrungsmittelhilfe als Antwort auf die COVID-19-Pandemie.",
    "Soforthilfe gegen wirtschaftliche Folgen: Unterstützung während der Corona-Pandemie.",
])  # fmt: skip
def test_response_to_covid_still_links(engine: Engine, description: str) -> None:
    """A bare mention is not enough; one that answers the pandemic is."""
    assert set() == linked(engine, description=BARE, sector="16020")
    assert "S" in linked(engine, description=description, sector="16020")


@pytest.mark.parametrize(("title", "description"), [
    ("Readmission of patients", "Fewer hospital readmissions."),
    ("A reintegration programme for former fighters", "Reintegration support and livelihoods."),
    ("La réadmission des élèves exclus", ""),
    ("Remittance of taxes", "Remittance of tax by shops, and VAT remittances."),
    ("Mobilité professionnelle des enseignants", ""),
    ("Dents : les points déplacés", "Les élèves retournés en classe ; des meubles déplacés, des ballots retournés."),
    ("Temporary migration of herons", ""),
    ("Wetlands for migrant birds", ""),
    ("Norwegian Refugee Council: wells", "Wells dug by the Danish Refugee Council."),
    ("Stichting Vluchteling: waterputten", ""),
])  # fmt: skip
def test_words_that_only_look_like_migration(engine: Engine, title: str, description: str) -> None:
    assert set() == linked(engine, title=title, description=description)


@pytest.mark.parametrize("description", [
    "Support to a fiscal court against COVID-19.", "Les entreprises de pompes funèbres et le COVID-19.",
    "The university guarantees employment while COVID-19 is studied.", "Human rights and Covid-19.",
    "A recovery room for Covid-19.", "De bedrijven en COVID-19.", "Unternehmen und Covid-19.",
    "Software testing of the COVID-19 site.", "Isolement des fils et COVID-19.", "Het testen van de covid-site.",
])  # fmt: skip
def test_general_words_beside_covid_are_not_enough(engine: Engine, description: str) -> None:
    assert set() == linked(engine, description=description + " COVID-19 is named again.")


@pytest.mark.parametrize(("title", "expected"), [
    ("COVID-19: jobs and recovery", {"S"}), ("COVID-19 et emploi", {"S"}), ("Corona: steun aan bedrijven", {"S"}),
    ("COVID-19: Unternehmen und Beschäftigung", {"S"}), ("COVID-19 test kits", {"H1"}),
    ("Fiscal stimulus against COVID-19", {"S"}), ("COVID-19 : isolement des cas", {"H1"}),
    ("Loan guarantees for small businesses, COVID-19", {"S"}), ("COVID-19-testcapaciteit", {"H1"}),
])  # fmt: skip
def test_title_that_names_covid_lets_general_words_count(engine: Engine, title: str, expected: set[str]) -> None:
    assert expected == linked(engine, title=title)


@pytest.mark.parametrize(("title", "description", "expected"), [
    ("Reintegration programme", "For returning migrants.", {"M1"}),
    ("Accord de réadmission", "Retour des migrants en situation irrégulière.", {"M1"}),
    ("Re-integratieprogramma", "Voor wie na migratie terugkeert.", {"M1"}),
    ("Rückübernahmeabkommen", "Ein Abkommen über Migration.", {"M1"}),
    ("Abris pour personnes déplacées", "", {"M3"}), ("Secours aux déplacés de Mangina", "", {"M3"}),
    ("Déplacés internes du Kivu", "", {"M3"}),
    ("Cheaper remittances", "", {"M4"}), ("Mobilité professionnelle internationale", "", {"M4"}),
])  # fmt: skip
def test_words_of_migration_link(engine: Engine, title: str, description: str, expected: set[str]) -> None:
    assert expected == linked(engine, title=title, description=description)


def test_general_word_is_not_found_in_another_with_accents_off(engine: Engine) -> None:
    """“relancé”, of an appeal, reads as “relance”, recovery, once the accents are off."""
    assert set() == linked(engine, title="Appel COVID-19", description="L’appel a été relancé le 26 mars.")
