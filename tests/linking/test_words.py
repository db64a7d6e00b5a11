import pytest

from levier.linking.model import Term
from levier.linking.words import Matcher, pattern


def found(term: str, text: str) -> list[str]:
    """The original words that a term matches in a text."""
    return [text[match.start : match.end] for match in Matcher([Term(term, "fr")]).find(text)]


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("refugee", "Refugee camps for refugees", ["Refugee"]),
        ("refugee*", "Refugee camps for refugees", ["Refugee", "refugees"]),
        ("refugee", "the prefugee", []),
        ("*flüchtlinge", "Für Binnenflüchtlinge.", ["Binnenflüchtlinge"]),
        ("*migrat*", "Die Arbeitsmigration", ["Arbeitsmigration"]),
        ("réfugié*", "FAMILLES DE REFUGIES", ["REFUGIES"]),
        ("refugies", "les réfugiés", ["réfugiés"]),
        ("refugies", "les re\u0301fugie\u0301s", ["re\u0301fugie\u0301s"]),
        ("refugie", "un re\u0301fugie\u0301", ["re\u0301fugie\u0301"]),
        ("refugie", "un re\u0301fugie\u0301 seul", ["re\u0301fugie\u0301"]),
        ("demandeurs d'asile", "aux demandeurs d’asile", ["demandeurs d’asile"]),
        ("asile", "droit d'asile", ["asile"]),
        ("main d’œuvre", "la MAIN D'OEUVRE", ["MAIN D'OEUVRE"]),
        ("main d'oeuvre", "la main-d’œuvre étrangère", ["main-d’œuvre"]),
        (
            "covid 19",
            "COVID-19, Covid 19, covid\u201119 and CoViD –  19",
            ["COVID-19", "Covid 19", "covid\u201119", "CoViD –  19"],
        ),
        ("strasse", "Auf der Straße.", ["Straße"]),
        ("cash transfer*", "cash\n  transfers", ["cash\n  transfers"]),
        ("health system", "better health. System of rice", []),
        ("migration", "миграция migration 移民", ["migration"]),
        ("hôpital*", "", []),
    ],
)
def test_term_is_found_as_whole_words_whatever_case_accent_and_hyphen(
    term: str, text: str, expected: list[str]
) -> None:
    assert expected == found(term, text)


def test_offsets_are_code_points_of_the_original_text() -> None:
    """Ligatures and sharp s grow, combining accents vanish, emoji stay: the place is still that of the original."""
    text = "Œuvre 😀 e\u0301le\u0301ment ﬁn ß: les réfugiés d’Éthiopie"
    match = Matcher([Term("réfugié*", "fr")]).find(text)[0]

    assert (text.index("réfugiés"), text.index("réfugiés") + 8) == (match.start, match.end)


def test_terms_are_numbered_as_given_and_found_together() -> None:
    """Overlapping terms are all found, in the order of the text."""
    matcher = Matcher(Term(text, "en") for text in ("migrant*", "migrant workers", "workers", "migrant*"))
    text = "Migrant workers"

    assert [(0, 0, 7), (3, 0, 7), (1, 0, 15), (2, 8, 15)] == [(m.term, m.start, m.end) for m in matcher.find(text)]


def test_adjacent_terms_share_the_space_between_them() -> None:
    matches = Matcher([Term("refugee", "en"), Term("camp", "en")]).find("refugee camp refugee")

    assert [(0, 0), (1, 8), (0, 13)] == [(m.term, m.start) for m in matches]


def test_matcher_without_terms_finds_nothing() -> None:
    assert [] == Matcher([]).find("anything")


@pytest.mark.parametrize("term", ["", "*", " - ", "…"])
def test_term_without_letters_has_no_pattern(term: str) -> None:
    assert pattern(term) == ""


@pytest.mark.parametrize(
    ("language", "term", "text", "expected"),
    [
        ("fr", "vaccin~", "Des vaccins, un Vaccin, la vaccination", ["vaccins", "Vaccin"]),
        ("fr", "hôpital~", "les hôpitaux et l’hôpital, l’hospitalité", ["hôpitaux", "hôpital"]),
        ("fr", "femme déplacée~", "des femmes déplacées", ["femmes déplacées"]),
        ("en", "community~", "communities, the community, communication", ["communities", "community"]),
        ("nl", "vrouw~", "Vrouwen en een vrouw", ["Vrouwen", "vrouw"]),
        ("de", "Flüchtling~", "für Flüchtlinge, den Flüchtlingen", ["Flüchtlinge", "Flüchtlingen"]),
        ("es", "refugiado~", "los refugiados", ["refugiados"]),
        ("pt", "refugiado~", "os refugiados", ["refugiados"]),
        ("fr", "commune~", "la communication", []),
    ],
)
def test_tilde_means_a_word_in_all_its_forms(language: str, term: str, text: str, expected: list[str]) -> None:
    found_ones = Matcher([Term(term, language)]).find(text, language)

    assert expected == [text[match.start : match.end] for match in found_ones]


def test_words_of_another_language_do_not_count_where_the_language_is_sure() -> None:
    matcher = Matcher([Term("form*", "fr"), Term("formation", "en")])

    assert [1] == [match.term for match in matcher.find("the formation", "en")]
    assert [0, 1] == [match.term for match in matcher.find("the formation")]
