"""The importer of IATI's code lists."""

import json
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from levier import terms
from levier.errors import BadInput
from levier.graph.turtle import canonical
from levier.iati import codelists
from levier.iati.codelists import Code, CodeList, import_lists, main, read_json, read_xml, recent_glides, turtle, write

README = """# The standard
| folder | what | from |
|---|---|---|
| `codelists/embedded`, `codelists/mapping.xml` | lists | House/Embedded, version-2.03 |
| `codelists/non-embedded` | lists | House/Lists abc1234 |
| `codelists/other` | lists | House/Others |
"""

MAPPING = """<mappings>
  <mapping><path>//iati-activity/sector/@code</path><codelist ref="Sector"/></mapping>
  <mapping><path>//iati-organisation/total-budget/@status</path><codelist ref="BudgetStatus"/></mapping>
</mappings>"""

SECTOR = """<codelist name="Sector" xml:lang="en" category-codelist="SectorCategory">
  <metadata><name><narrative>Sectors</narrative><narrative xml:lang="fr">Secteurs</narrative></name>
    <description><narrative>A sentence that is somebody's.</narrative></description></metadata>
  <codelist-items>
    <codelist-item status="withdrawn" activation-date="2001-01-01" withdrawal-date="2017-12-31">
      <code> 74010 </code><name><narrative>Disaster  prevention</narrative></name><category>740</category>
      <description><narrative>Another sentence of somebody's.</narrative></description></codelist-item>
    <codelist-item><code>12220</code>
      <name><narrative>Basic care</narrative><narrative xml:lang="en">Second name</narrative>
        <narrative xml:lang="fr">Soins de base</narrative><narrative xml:lang="es">Salud</narrative></name>
      <category>122</category></codelist-item>
  </codelist-items>
</codelist>"""

CATEGORY = """<codelist name="SectorCategory" xml:lang="en"><metadata/>
  <codelist-items><codelist-item><code>122</code></codelist-item></codelist-items></codelist>"""


@pytest.fixture
def standard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like the standard's, with two lists."""
    monkeypatch.setattr(codelists, "EXTRA", ())
    folder = tmp_path / "standard"
    (folder / "codelists/non-embedded").mkdir(parents=True)
    (folder / "README.md").write_text(README, encoding="utf-8")
    (folder / "codelists/mapping.xml").write_text(MAPPING, encoding="utf-8")
    (folder / "codelists/non-embedded/Sector.xml").write_text(SECTOR, encoding="utf-8")
    (folder / "codelists/non-embedded/SectorCategory.xml").write_text(CATEGORY, encoding="utf-8")
    return folder


@pytest.fixture
def listed(standard: Path) -> CodeList:
    return read_xml(standard / "codelists/non-embedded/Sector.xml", "House/Lists abc1234")


def _objects(text: str, subject: str, prefix: str, name: str) -> set[str]:
    """Give what a Turtle text says of a subject, as N-Triples terms."""
    predicate = ox.NamedNode(terms.PREFIXES[prefix] + name)
    graph = ox.parse(text.encode(), format=ox.RdfFormat.TURTLE)
    return {str(quad.object) for quad in graph if quad.predicate == predicate and quad.subject == ox.NamedNode(subject)}


def test_reads_code_status_and_dates(listed: CodeList) -> None:
    withdrawn = Code("74010", {"en": "Disaster prevention"}, "withdrawn", "2001-01-01", "2017-12-31", "740")

    assert withdrawn == listed.codes[0]


def test_a_code_without_status_is_active_and_has_its_first_english_and_french_names(listed: CodeList) -> None:
    active = Code("12220", {"en": "Basic care", "fr": "Soins de base"}, "active", category="122")

    assert active == listed.codes[1]


def test_says_what_it_is_and_where_it_is_from(listed: CodeList) -> None:
    text = turtle(listed, {"Sector": listed.known})

    assert {'"House/Lists abc1234"'} == _objects(text, terms.ID + "code/Sector", "dcterms", "source")
    assert {'"Sectors"@en', '"Secteurs"@fr'} == _objects(text, terms.ID + "code/Sector", "dcterms", "title")
    header = terms.graph_iri("codelists", "Sector")
    assert {f"<{terms.LEVIER}Dataset>"} == _objects(text, header, "rdf", "type")
    assert {f"<{codelists.LICENCE}>"} == _objects(text, header, "dcterms", "license")


def test_never_carries_a_description(listed: CodeList) -> None:
    assert "somebody" not in turtle(listed, {})


def test_states_a_concept(listed: CodeList) -> None:
    text = turtle(listed, {"SectorCategory": frozenset({"740"})})
    concept = terms.code_iri("Sector", "74010")
    day = f"^^<{terms.XSD}date>"

    assert {'"74010"'} == _objects(text, concept, "skos", "notation")
    assert {f"<{terms.ID}code/Sector>"} == _objects(text, concept, "skos", "inScheme")
    assert {'"Disaster prevention"@en'} == _objects(text, concept, "skos", "prefLabel")
    assert {'"withdrawn"'} == _objects(text, concept, "levier", "codeStatus")
    assert {f'"2001-01-01"{day}'} == _objects(text, concept, "levier", "activeFrom")
    assert {f'"2017-12-31"{day}'} == _objects(text, concept, "levier", "withdrawnOn")
    assert {f"<{terms.code_iri('SectorCategory', '740')}>"} == _objects(text, concept, "skos", "broader")


def test_writes_the_canonical_form(listed: CodeList) -> None:
    text = turtle(listed, {})

    assert canonical(text) == text


@pytest.mark.parametrize(
    ("name", "code", "category", "categories", "known", "expected"),
    [
        ("Sector", "12220", "122", "SectorCategory", {"SectorCategory": {"122"}}, "SectorCategory/122"),
        ("AidType", "B021", "B02", "AidType-category", {"AidType": {"B02"}, "AidType-category": {"B"}}, "AidType/B02"),
        ("FinanceType", "451", "450", "FinanceType-category", {"FinanceType": {"451"}}, None),
        ("CRSChannelCode", "41000", "41000", "", {"CRSChannelCode": {"41000"}}, None),
        ("UNSDG-Targets", "10.c", "", "", {"UNSDG-Goals": {"10"}}, "UNSDG-Goals/10"),
    ],
)
def test_puts_a_code_under_its_category_where_that_is_known(
    name: str, code: str, category: str, categories: str, known: dict[str, set[str]], expected: str | None
) -> None:
    """In the list of categories, else in the list itself, else nowhere; never under itself."""
    listed = CodeList(name, {}, "source", (Code(code, category=category),), categories)
    text = turtle(listed, {key: frozenset(codes) for key, codes in known.items()})
    found = _objects(text, terms.code_iri(name, code), "skos", "broader")

    assert ({f"<{terms.ID}code/{expected}>"} if expected else set()) == found


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ('status="withdrawn"', "", "second"),
        ("", 'status="withdrawn"', "first"),
        ('activation-date="2001-01-01"', 'activation-date="2015-01-01"', "second"),
        ("", "", "first"),
    ],
)
def test_keeps_a_code_listed_twice_once_and_says_so(tmp_path: Path, first: str, second: str, kept: str) -> None:
    """The active one, else the one activated last, else the first."""
    items = "".join(
        f"<codelist-item {attributes}><code>7</code><name><narrative>{name}</narrative></name></codelist-item>"
        for attributes, name in ((first, "first"), (second, "second"))
    )
    path = tmp_path / "X.xml"
    path.write_text(f'<codelist name="X"><codelist-items>{items}</codelist-items></codelist>', encoding="utf-8")
    listed = read_xml(path, "source")

    assert [kept] == [code.names["en"] for code in listed.codes]
    assert listed.note == "Listed more than once in the source, kept once: 7."


def _glides(tmp_path: Path) -> Path:
    rows = [
        {
            "code": "EP-2020-000012-001",
            "codeforiati:event": "Epidemic",
            "codeforiati:country-code": "---",
            "codeforiati:country": "(Non-Localized)",
            "codeforiati:date": "2020-01-06",
            "status": "active",
        },
        {
            "code": "FL-2016-000001-BDI",
            "codeforiati:event": "Flood",
            "codeforiati:country-code": "BDI",
            "codeforiati:country": "Burundi",
            "codeforiati:date": "2016/6/0",
            "status": "withdrawn",
        },
        {"code": "FL-2004-000001-BDI", "codeforiati:event": "Flood", "status": "active"},
    ]
    body = {
        "attributes": {"name": "GLIDENumber"},
        "metadata": {"name": "GLIDE", "last-updated-date": "2025-08-25"},
        "data": rows,
    }
    path = tmp_path / "GLIDENumber.en.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    return path


def test_keeps_the_recent_glide_numbers_and_names_them_by_event_and_country(tmp_path: Path) -> None:
    listed = read_json(_glides(tmp_path), "House/Others")
    expected = (
        Code("EP-2020-000012-001", {"en": "Epidemic"}, "active", starts="2020-01-06"),
        Code("FL-2016-000001-BDI", {"en": "Flood, Burundi"}, "withdrawn"),
    )

    assert expected == listed.codes
    assert listed.source == "House/Others, list of 2025-08-25"
    assert "the 2 GLIDE numbers of 2015 and later" in listed.note
    assert "of the 3 in the source" in listed.note


def test_a_glide_number_of_no_known_form_is_left_out() -> None:
    assert recent_glides(CodeList("GLIDENumber", {}, "", (Code("20-1"),))).codes == ()


def test_a_plan_has_its_own_dates_and_french_name(tmp_path: Path) -> None:
    row = {"code": "HX20", "codeforiati:plan-start-date": "2020-03-25", "codeforiati:plan-end-date": "2020-12-31"}
    for language, name in (("en", "A plan"), ("fr", "Un plan")):
        body = {
            "attributes": {"name": "HumanitarianPlan"},
            "metadata": {"name": name},
            "data": [{**row, "name": name, "status": "withdrawn"}],
        }
        (tmp_path / f"HumanitarianPlan.{language}.json").write_text(json.dumps(body), encoding="utf-8")
    listed = read_json(tmp_path / "HumanitarianPlan.en.json", "House/Others")
    expected = Code("HX20", {"en": "A plan", "fr": "Un plan"}, "withdrawn", starts="2020-03-25", ends="2020-12-31")

    assert (expected,) == listed.codes


def test_takes_the_lists_of_activities_and_their_categories(standard: Path) -> None:
    assert [listed.name for listed in import_lists(standard)] == ["Sector", "SectorCategory"]


def test_writes_a_file_per_list_and_drops_stale_ones(standard: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.mkdir()
    (output / "Gone.ttl").write_text("", encoding="utf-8")
    size = write(import_lists(standard), output)
    files = sorted(output.iterdir())

    assert [path.name for path in files] == ["Sector.ttl", "SectorCategory.ttl"]
    assert size == sum(path.stat().st_size for path in files)


def _remove(name: str) -> Callable[[Path], None]:
    return lambda standard: (standard / name).unlink()


def _break(name: str, text: str) -> Callable[[Path], None]:
    def damage(standard: Path) -> None:
        (standard / name).write_text(text, encoding="utf-8")

    return damage


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (_remove("README.md"), "README.md: cannot be read"),
        (_remove("codelists/mapping.xml"), "mapping.xml: cannot be read"),
        (_remove("codelists/non-embedded/SectorCategory.xml"), "the code list SectorCategory is not there"),
        (_break("README.md", "nothing"), "its table has no row for codelists/embedded"),
        (_break("codelists/non-embedded/Sector.xml", "<html/>"), "Sector.xml: not a code list"),
        (_break("codelists/non-embedded/Sector.xml", "<codelist\n name='Sector'>"), "Sector.xml, line 2: not XML"),
    ],
)
def test_says_in_one_sentence_what_is_wrong_and_where(
    standard: Path, damage: Callable[[Path], None], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(standard)
    code = main([str(standard), "-o", str(standard / "out")])
    error = capsys.readouterr().err

    assert code == 2
    assert told in error
    assert error.count("\n") == 1
    assert not (standard / "out").exists()


def test_a_json_list_that_is_not_json_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "GLIDENumber.en.json"
    path.write_text("<html>", encoding="utf-8")

    with pytest.raises(BadInput, match="not JSON"):
        read_json(path, "source")


def test_reads_no_file_that_an_entity_names(tmp_path: Path) -> None:
    """An external entity in a list doesn't bring another file's text into ours."""
    (tmp_path / "secret.txt").write_text("SECRET", encoding="utf-8")
    path = tmp_path / "X.xml"
    path.write_text(
        f'<!DOCTYPE codelist [<!ENTITY e SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
        '<codelist name="X"><codelist-items><codelist-item><code>1</code>'
        "<name><narrative>a&e;b</narrative></name></codelist-item></codelist-items></codelist>",
        encoding="utf-8",
    )

    assert "SECRET" not in turtle(read_xml(path, "source"), {})


def test_tells_what_it_wrote(standard: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main([str(standard), "-o", str(standard / "out")])

    assert code == 0
    assert capsys.readouterr().err == "2 lists, 3 codes, 0.0 MB\n"
