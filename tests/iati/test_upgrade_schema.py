"""The table of the upgrade against the schemas of IATI 1.03 to 2.03, the standard's examples and real files of 1.0x."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from levier.iati.sink import items
from levier.iati.upgrading.table import upgrade_table
from levier.iati.upgrading.upgrade import Upgrade, upgrade
from levier.terms import XML_LANG

NARRATIVE = "narrative"
ROOTS = {"iati-activity": "iati-activities-schema.xsd", "iati-organisation": "iati-organisations-schema.xsd"}

BEYOND_THE_SCHEMAS = {
    "iati-activity/document-link/@language",
    "iati-organisation/document-link/@language",
    "iati-activity/location/gazetteer-entry/@gazeteer-ref",
    "iati-activity/activity-website/@xml:lang",
}
"""Not in the schema of 1.03 or later: 1.01 had the first two, the standard's own example misspells the third, and any
element may have the last."""


def upgraded(element: etree._Element, version: str) -> Upgrade:
    """Upgrade an element, and see that its items balance."""
    before = items(element)
    done = upgrade(element, version)

    assert before + done.made - done.removed == items(element)
    return done


def listed_codes(shared: Path, name: str) -> dict[str, str]:
    """Give the codes of a list of the standard, with their English name in small letters."""
    name = {"SectorVocabulary-3": "SectorVocabulary", "GazetteerAgency": "GeographicVocabulary"}.get(name, name)
    file = next((shared / "standard" / "codelists").glob(f"*embedded/{name}.xml"))
    found = etree.parse(file).iter("codelist-item")
    return {item.findtext("code", ""): item.findtext("name/narrative", "").casefold() for item in found}


def test_the_new_codes_are_in_the_lists_of_the_standard(shared: Path) -> None:
    lists = upgrade_table().lists.items()
    unknown = {(name, code) for name, codes in lists for code in set(codes.values()) - set(listed_codes(shared, name))}

    assert set() == unknown


@pytest.mark.parametrize("name", ["ActivityStatus", "OrganisationRole", "TransactionType"])
def test_a_word_that_names_a_code_of_2_03_gets_that_code(shared: Path, name: str) -> None:
    codes = {word: code for code, word in listed_codes(shared, name).items()}
    words = {old.casefold(): new for old, new in upgrade_table().lists[name].items() if old.casefold() in codes}

    assert words == {word: codes[word] for word in words}
    assert len(words) > 3


class Schema:
    """The places of an XML Schema of IATI: elements, attributes, and texts."""

    XS = "{http://www.w3.org/2001/XMLSchema}"

    def __init__(self, folder: Path, root: str) -> None:
        self._named: dict[tuple[str, str], etree._Element] = {}
        for file in ("iati-common.xsd", ROOTS[root]):
            for child in etree.parse(folder / file).getroot().iterchildren("{*}*"):
                self._named[str(child.tag), child.get("name", "")] = child
        self.places: set[str] = set()
        self._element(self._named[self.XS + "element", root], "")

    def _element(self, element: etree._Element, around: str) -> None:
        if element.get("ref"):
            element = self._named[self.XS + "element", element.get("ref", "")]
        place = f"{around}/{element.get('name')}".removeprefix("/")
        self.places.add(place)
        if element.get("type"):
            self._type(element.get("type", ""), place)
        elif len(element.findall(".//{*}complexType")) == 0:
            self.places.add(f"{place}/text()")
        self._content(element, place)

    def _type(self, name: str, place: str) -> None:
        named = self._named.get((self.XS + "complexType", name))
        if named is None:
            self.places.add(f"{place}/text()")
        else:
            self._content(named, place)

    def _content(self, element: etree._Element, place: str) -> None:
        if element.get("mixed") == "true":
            self.places.add(f"{place}/text()")
        for child in element.iterchildren("{*}*"):
            match str(child.tag).removeprefix(self.XS):
                case "element":
                    self._element(child, place)
                case "attribute":
                    self.places.add(f"{place}/@{child.get('name') or child.get('ref')}")
                case "attributeGroup":
                    self._content(self._named[str(child.tag), child.get("ref", "")], place)
                case "extension" | "restriction":
                    self._type(child.get("base", ""), place)
                    self._content(child, place)
                case _:
                    self._content(child, place)


def old_places(shared: Path, root: str) -> set[str]:
    """Give the places of 1.03, 1.04 and 1.05."""
    folder = shared / "standard" / "xsd"
    return set().union(*(Schema(folder / version, root).places for version in ("1.03", "1.04", "1.05")))


def new_places(shared: Path, root: str) -> set[str]:
    """Give the places of 2.03."""
    return Schema(shared / "standard" / "xsd" / "2.03", root).places


def handled_places(new: set[str]) -> Iterator[str]:
    """Give the places of which the table says what becomes of them."""
    for row in upgrade_table().rows:
        yield row.place
        around = row.place.rpartition("/")[0]
        if row.kind in {"narrative", "coded"}:
            yield from (f"{row.place}/text()", f"{row.place}/@xml:lang")
        elif row.kind == "position":
            yield from (f"{row.place}/@latitude", f"{row.place}/@longitude")
        elif row.kind == "rename":
            renamed = f"{around}/{row.to}"
            yield from (row.place + place.removeprefix(renamed) for place in new if place.startswith(f"{renamed}/"))


@pytest.mark.parametrize("root", ROOTS)
def test_every_place_of_the_old_schemas_is_in_2_03_or_in_the_table(shared: Path, root: str) -> None:
    new = new_places(shared, root)
    old = old_places(shared, root)

    assert set() == old - new - set(handled_places(new))
    assert len(old) > {"iati-activity": 250, "iati-organisation": 40}[root]


@pytest.mark.parametrize("root", ROOTS)
def test_every_row_of_the_table_is_about_a_place_of_the_old_schemas(shared: Path, root: str) -> None:
    told = {row.place for row in upgrade_table().rows if row.path[0] == root}

    assert set() == told - old_places(shared, root) - BEYOND_THE_SCHEMAS


@pytest.mark.parametrize("root", ROOTS)
def test_what_is_moved_or_renamed_goes_to_a_place_of_2_03(shared: Path, root: str) -> None:
    renamed = {row.place: row.to for row in upgrade_table().rows if row.kind in {"rename", "position"}}
    targets = set()
    for row in upgrade_table().rows:
        steps = list(row.element)
        if row.path[0] == root and row.kind in {"rename", "position"}:
            targets.add("/".join([*steps[:-1], row.to]))
        elif row.path[0] == root and row.kind in {"move", "derive", "add"}:
            steps[-1] = renamed.get("/".join(steps), steps[-1])
            steps = steps[:-1] if row.to.startswith("../") else steps
            targets.add("/".join([*steps, row.to.removeprefix("../")]))

    assert set() == {target for target in targets if not target.endswith("/text()")} - new_places(shared, root)
    assert len(targets) > 5


@pytest.mark.parametrize("root", ROOTS)
def test_nothing_is_lost_of_an_element_that_has_everything_twice(shared: Path, root: str) -> None:
    """Each value is another one: all of them are there afterwards, whatever became of their places."""
    element = whole(old_places(shared, root), root)
    before = set(values(element))

    done = upgraded(element, "1.03")

    after = " ".join(values(element))
    assert set() == {value for value in before if value not in after}
    assert len(before) > 90
    assert done.made > 0


def whole(places: set[str], root: str) -> etree._Element:
    """Give an element with every place twice, each with a value of its own."""
    element = etree.Element(root)
    made = {root: [element]}
    for place in sorted(places - {root}):
        around, _, name = place.rpartition("/")
        for number, parent in enumerate(made[around]):
            value = f"v{len(made)}-{number};"
            if name.startswith("@"):
                parent.set(XML_LANG if name == "@xml:lang" else name[1:], "fr" if name == "@xml:lang" else value)
            elif name == "text()":
                parent.text = value
            else:
                made.setdefault(place, []).extend((etree.SubElement(parent, name), etree.SubElement(parent, name)))
        made.setdefault(place, [])
    return element


def values(element: etree._Element) -> Iterator[str]:
    """Give the attributes and the texts that are not blank."""
    for child in element.iter():
        yield from (value.strip() for value in child.attrib.values())
        yield from (text.strip() for text in (child.text, child.tail) if text and text.strip())


def told_outside(element: etree._Element, known: set[str], around: str = "") -> Iterator[str]:
    """Give the places of an element that are not in the schema."""
    place = f"{around}/{element.tag!s}".removeprefix("/")
    names = [f"{place}/@{str(name).replace(XML_LANG, 'xml:lang')}" for name in element.attrib]
    texts = [f"{place}/text()"] if element.text and element.text.strip() and element.tag != NARRATIVE else []
    yield from (name for name in [place, *names, *texts] if name not in known)
    for child in element:
        yield from told_outside(child, known, place)


def elements_of(path: Path) -> Iterator[tuple[etree._Element, str]]:
    """Give the activities or organisations of a file, with its version."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    root = etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True))
    return ((element, root.get("version", "")) for element in root if element.tag in ROOTS)


@pytest.mark.parametrize(
    ("file", "left"),
    [
        ("activity-1.05.xml", {"iati-activity/@version", "iati-activity/planned-disbursement/@updated"}),
        ("organisation-1.05.xml", {"iati-organisation/@version"}),
    ],
)
def test_of_the_examples_of_the_standard_only_what_2_01_took_away_is_left(
    shared: Path, file: str, left: set[str]
) -> None:
    found: set[str] = set()
    for element, version in elements_of(shared / "standard" / "examples" / file):
        upgraded(element, version)
        found.update(told_outside(element, new_places(shared, str(element.tag))))

    assert left == found


@pytest.mark.parametrize("version", ["2.01", "2.02", "2.03"])
@pytest.mark.parametrize("kind", ["activity", "organisation"])
def test_the_examples_of_2_0x_stay_as_they_are_even_where_the_version_is_missing(
    shared: Path, kind: str, version: str
) -> None:
    for element, _ in elements_of(shared / "standard" / "examples" / f"{kind}-{version}.xml"):
        before = etree.tostring(element)

        done = upgraded(element, "")

        assert (before, []) == (etree.tostring(element), done.problems)


@pytest.mark.corpus
def test_the_real_files_of_1_0x_balance_and_keep_only_texts_and_languages_aside(shared: Path) -> None:
    folder = shared / "corpus" / "iati"
    kept = {
        f"{row.place}/{leaf}" for row in upgrade_table().rows if row.kind == "coded" for leaf in ("text()", "@xml:lang")
    }
    kept |= {row.place for row in upgrade_table().rows if row.kind == "keep" or row.by == "date"}
    known = new_places(shared, "iati-activity")
    seen = 0
    found: set[str] = set()
    for path in sorted([*folder.glob("v1/*.gz"), *folder.glob("aims/*1.04*.gz")]):
        for element, version in elements_of(path):
            upgraded(element, version)
            found.update(told_outside(element, known))
            seen += 1

    assert found - kept == {"iati-activity/policy-marker/@xml:lang"}  # one without a text, so without a narrative
    assert seen > 2_000
