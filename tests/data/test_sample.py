"""The bundled aid sample: valid IATI, facts only, every text our own."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

RUN = 8
"""So many words in a row, the same as in a publisher's text, would be a copy."""

LONG = re.compile(r"\w+")
TEXTS = ("title", "description", "comment")


@pytest.fixture(scope="module")
def sample(root: Path) -> etree._Element:
    return etree.parse(root / "data/aid/sample.xml").getroot()


def _activities(sample: etree._Element) -> list[etree._Element]:
    return list(sample.iterfind("iati-activity"))


def _identifiers(sample: etree._Element) -> list[str]:
    return [(each.findtext("iati-identifier") or "").strip() for each in _activities(sample)]


def _with(sample: etree._Element, path: str) -> set[str]:
    """Give the identifiers of the activities that have something at `path`."""
    return {each.findtext("iati-identifier") or "" for each in _activities(sample) if each.find(path) is not None}


def test_is_valid_against_the_schema_of_iati_2_03(sample: etree._Element, shared: Path) -> None:
    schema = etree.XMLSchema(etree.parse(shared / "standard/xsd/2.03/iati-activities-schema.xsd"))

    assert schema.validate(sample), str(schema.error_log)


def test_is_small_and_each_activity_is_there_once(sample: etree._Element) -> None:
    identifiers = _identifiers(sample)

    assert 14 <= len(identifiers) <= 18
    assert len(set(identifiers)) == len(identifiers)


def test_says_in_its_header_that_the_words_are_ours_and_under_which_licence(root: Path) -> None:
    header = (root / "data/aid/sample.xml").read_text(encoding="utf-8").partition("-->")[0]

    assert "in our own words" in header
    assert "CC BY 4.0" in header


def test_the_readme_gives_the_source_of_every_activity(sample: etree._Element, root: Path) -> None:
    readme = (root / "data/aid/README.md").read_text(encoding="utf-8")
    told = {line.split("|")[1].strip(" `") for line in readme.splitlines() if line.startswith("| `")}

    assert set(_identifiers(sample)) == told


@pytest.mark.parametrize(
    "path",
    [
        "humanitarian-scope[@vocabulary='1-2'][@code='EP-2020-000012-001']",
        "tag[@vocabulary='99'][@code='COVID-19']",
        "sector[@code='15190']",
        "sector[@percentage='72.52']",
        "transaction/transaction-type[@code='2']",
        "transaction/transaction-type[@code='3']",
        "transaction/value[@currency='USD']",
        "budget/value",
        "planned-disbursement/value",
        "result/indicator/period/actual",
        "policy-marker[@significance='2']",
        "recipient-region[@code='998']",
        "recipient-country[@code='CD']",
        "recipient-country[@code='BE']",
        "related-activity",
        "location/point/pos",
        "title/narrative[@{http://www.w3.org/XML/1998/namespace}lang='fr']",
        "title/narrative[@{http://www.w3.org/XML/1998/namespace}lang='nl']",
        "title/narrative[@{http://www.w3.org/XML/1998/namespace}lang='en']",
    ],
)
def test_shows(sample: etree._Element, path: str) -> None:
    """Every kind of fact that the checks, links and questions look at occurs in the sample."""
    assert _with(sample, path)


def test_shows_the_humanitarian_flag_both_ways(sample: etree._Element) -> None:
    flags = {each.get("humanitarian") for each in _activities(sample)}

    assert {"0", "1", None} == flags


def test_shows_organisations_without_a_reference(sample: etree._Element) -> None:
    assert [org for org in sample.iter("participating-org") if org.get("ref") is None]


def test_shows_covid_19_known_by_text_alone(sample: etree._Element) -> None:
    """The routes by code don't reach these: a title, a description, a transaction."""
    coded = _with(sample, "tag[@code='COVID-19']") | _with(sample, "humanitarian-scope")
    worded = {
        each.findtext("iati-identifier")
        for each in _activities(sample)
        if any("covid" in (text.text or "").lower() for text in each.iter("narrative"))
    }

    assert len(worded - coded) >= 5


def _narratives(root: etree._Element, of: tuple[str, ...] | None = None) -> Iterator[str]:
    """Give the texts of the narratives, of the named elements or of all; 1.0x files have them without narratives."""
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "narrative":
            parent = element.getparent()
            wanted = of is None or (parent is not None and parent.tag in of)
        else:
            wanted = of is None and element.tag in TEXTS
        if wanted and element.text and element.text.strip():
            yield element.text


def _words(text: str) -> tuple[str, ...]:
    return tuple(LONG.findall(text.casefold()))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _words(text)
    return {words[start : start + RUN] for start in range(len(words) - RUN + 1)}


def _corpus(folder: Path) -> Iterator[etree._Element]:
    """Give the activities of the corpus that the sample's facts come from, whatever the file's state."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=True)
    names = [
        "belgian-reporters.xml",
        "aims/iati_2.03_DRC-AIMS_GeocodedResearchRelease.xml.gz",
        "covid-2021-06/dportal_86.xml.gz",
        "covid-2021-06/dportal_88.xml.gz",
        "covid-2021-06/dportal_102.xml.gz",
        "covid-2021-06/dportal_116.xml.gz",
        "iom/iom-2.03.xml.gz",
        "unhcr/UNHCR-Activities-2023.xml.gz",
    ]
    for name in names:
        data = (folder / name).read_bytes()
        yield etree.fromstring(gzip.decompress(data) if name.endswith(".gz") else data, parser)


@pytest.fixture(scope="module")
def corpus(shared: Path) -> list[etree._Element]:
    return list(_corpus(shared / "corpus/iati"))


@pytest.mark.corpus
def test_no_text_is_a_publishers(sample: etree._Element, corpus: list[etree._Element]) -> None:
    """No title, description or comment is one of the corpus, nor has eight words in a row with one."""
    texts: set[tuple[str, ...]] = set()
    runs: set[tuple[str, ...]] = set()
    for root in corpus:
        for text in _narratives(root):
            texts.add(_words(text))
            runs |= _runs(text)
    ours = list(_narratives(sample, TEXTS))
    copied = [text for text in ours if _words(text) in texts or _runs(text) & runs]

    assert len(ours) > 40
    assert copied == []


@pytest.mark.corpus
def test_every_fact_is_one_that_was_reported(sample: etree._Element, corpus: list[etree._Element]) -> None:
    """Each activity's identifier, dates, codes, references and amounts stand in the publisher's own activity."""
    reported = {
        (each.findtext("iati-identifier") or "").strip(): each for root in corpus for each in root.iter("iati-activity")
    }
    invented = {
        f"{identifier}: {fact}"
        for identifier, ours in zip(_identifiers(sample), _activities(sample), strict=True)
        for fact in _facts(ours) - _facts(reported[identifier]) - _counted(reported[identifier])
    }

    assert invented == set()


def _facts(activity: etree._Element) -> set[tuple[str, str, str]]:
    """Give element, attribute and value of all that isn't a text or a language."""
    facts = set()
    for element in activity.iter():
        if not isinstance(element.tag, str):
            continue
        facts |= {
            (element.tag, name, value.lower())
            for name, value in element.attrib.items()
            if not name.startswith("{") and name not in {"default-currency", "hierarchy"}
        }
        if element.tag in {"value", "pos", "iati-identifier"}:
            facts.add((element.tag, "", (element.text or "").strip()))
    return facts


def _counted(activity: etree._Element) -> set[tuple[str, str, str]]:
    """Give the figures that a publisher wrote into the words of its results; ours have them as values."""
    words = " ".join(text for result in activity.iterfind("result") for text in _narratives(result))
    figures = {figure.replace(",", "") for figure in re.findall(r"\d[\d,]*", words)}
    return {(element, "value", figure) for element in ("target", "actual") for figure in figures}
