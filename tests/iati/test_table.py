"""The table of the mapping: it can be read, refuses what cannot be meant, and covers the standard."""

from pathlib import Path

import pytest
from lxml import etree

from levier.iati.containers import Element
from levier.iati.mapping import FILE_CLASS, NODE_KINDS, RECORDS, parse, rows
from levier.iati.nodes import Dated
from levier.iati.plan import plan

HEAD = "class\tpath\tkind\tterm\tvalue\twhen\n"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Activity\ttitle\twhatever\tx", "line 2: unknown kind 'whatever'"),
        ("Activity\t@ref\tnode\tx\tX", "line 2: kind 'node' cannot stand at '@ref'"),
        ("Activity\ttitle\tstring\tx", "line 2: kind 'string' cannot stand at 'title'"),
        ("\t@ref\tstring\tx", "line 2: class and path must be given"),
        ("Activity\t@ref\tstring\tx\t\tperhaps", "line 2: cannot read the condition 'perhaps'"),
        ("A\t@b\tstring\tc\td\t\tf", "line 2: 7 columns where there are 6"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_with_its_line(line: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        list(parse(HEAD + line))


def test_a_table_without_its_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="must name the columns class, path, kind, term, value, when"):
        list(parse("Activity\ttitle\tstring\tx\n"))


def test_every_class_that_a_row_makes_has_rows() -> None:
    made = {row.value for row in rows() if row.kind in NODE_KINDS}

    assert made == {row.cls for row in rows()} - {*RECORDS.values(), FILE_CLASS}


def test_no_property_is_both_a_literal_and_a_thing() -> None:
    """An OWL property of data and of objects at once would take the ontology out of OWL 2 DL."""
    things = {row.term for row in rows() if row.kind in NODE_KINDS | {"code", "currency"}}
    dates = {row.term for row in rows() if row.kind == "dated" and not row.when.otherwise}
    literals = {row.term for row in rows() if row.kind not in NODE_KINDS | {"code", "currency", "selects"}}

    assert set() == (things - dates) & (literals | dates)


def places(element: Element) -> set[str]:
    """Give every place of the XML that the compiled table knows."""
    inner = element.node if isinstance(element, Dated) else element
    found = {inner.path} | {f"{inner.path}/@{name.rpartition('}')[2]}" for name in inner.attributes}
    if inner.text is not None:
        found.add(f"{inner.path}/text()")
    return found.union(*(places(child) for child in inner.children.values()))


class Schema:
    """The elements and attributes of an XML Schema of IATI, by path."""

    XS = "{http://www.w3.org/2001/XMLSchema}"

    def __init__(self, folder: Path, file: str) -> None:
        self.named: dict[str, etree._Element] = {}
        for name in ("iati-common.xsd", file):
            for child in etree.parse(folder / name).getroot():
                if child.get("name"):
                    self.named[child.get("name") or ""] = child
        self.paths: set[str] = set()

    def walk(self, element: etree._Element, around: str = "") -> None:
        element = self.named[element.get("ref") or ""] if element.get("ref") else element
        path = f"{around}/{element.get('name')}".removeprefix("/")
        self.paths.add(path)
        named_type = self.named.get(element.get("type") or "")
        self._content(element if named_type is None else named_type, path)

    def _content(self, element: etree._Element, path: str) -> None:
        for child in element:
            if child.tag == self.XS + "element":
                self.walk(child, path)
            elif child.tag == self.XS + "attribute":
                self.paths.add(f"{path}/@{(child.get('name') or child.get('ref') or '').removeprefix('xml:')}")
            elif child.tag == self.XS + "extension" and child.get("base") in self.named:
                self._content(self.named[child.get("base") or ""], path)
                self._content(child, path)
            elif isinstance(child.tag, str):
                self._content(child, path)


@pytest.mark.parametrize("version", ["2.01", "2.02", "2.03"])
@pytest.mark.parametrize(
    ("record", "file", "fewest"),
    [
        ("iati-activity", "iati-activities-schema.xsd", 200),
        ("iati-organisation", "iati-organisations-schema.xsd", 60),
    ],
)
def test_every_element_and_attribute_of_the_schemas_2_is_mapped(
    shared: Path, version: str, record: str, file: str, fewest: int
) -> None:
    schema = Schema(shared / "standard" / "xsd" / version, file)
    schema.walk(schema.named[record])
    narratives = {path for path in schema.paths if path.endswith("narrative/@lang")}

    assert set() == schema.paths - narratives - places(plan(record))
    assert len(schema.paths) > fewest
