"""An element is found again in every encoding and kind of file that can be read at all."""

from pathlib import Path

import pytest

from levier.iati import Asked, Spot, sources, spots
from levier.iati.sink import Vocabulary
from levier.terms import IATI, activity_iri, code_iri, organisation_iri

ACTIVITY = """<?xml version="1.0" encoding="{encoding}"?>
<iati-activities version="2.03">
<iati-activity><iati-identifier>X-1</iati-identifier><reporting-org ref="X"/>
<title><narrative>Santé é</narrative></title><!-- <sector code="2"/> --><sector code="12220"/><sector
  code="12230"/></iati-activity>
</iati-activities>"""
NODE = activity_iri("X", "X-1")


def sector(code: str) -> str:
    """Give the node that the activities of the file have in common where they say this sector alone."""
    said = f" <{IATI}code> <{code_iri('Sector', code)}>"
    return Vocabulary("a").make_common(("sector", (said,), 1))[0][1:-1]


def found(folder: Path, content: bytes, *asked: Asked, record: str = NODE) -> list[Spot | None]:
    path = folder / "a.xml"
    path.write_bytes(content)
    source = next(iter(sources([path])))
    at = spots(source, {record: asked})
    return [at.get(one) for one in asked]


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
def test_the_column_is_of_characters_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    line = ACTIVITY.splitlines()[3]
    first = Asked(sector("12220"), within=NODE)
    second = Asked(NODE, ((IATI + "sector", IATI + "code"),), code_iri("Sector", "12230"))
    spot, other = found(tmp_path, ACTIVITY.format(encoding=encoding).encode(encoding), first, second)

    assert spot
    assert other
    assert (4, line.index('<sector code="12220"') + 1) == (spot.line, spot.column)
    assert (4, line.rindex("<sector") + 1) == (other.line, other.column)
    assert "<sector" == other.snippet


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("<iati-activities ", "<!DOCTYPE iati-activities><iati-activities "),
        lambda text: text.replace("<iati-activities ", "<?pi x?><iati-activities "),
        lambda text: text.replace("<sector\n", "<x:extra x:a='1'><x:b/></x:extra><sector\n"),
        lambda text: text.replace("Santé é", "A & B &nbsp; < C"),
        lambda text: text.replace("Santé é", "<![CDATA[<sector code='3'/>]]>"),
    ],
    ids=["DOCTYPE", "instruction", "undeclared prefix", "loose characters", "CDATA"],
)
def test_what_is_odd_before_it_does_not_move_it(tmp_path: Path, change: object) -> None:
    text = change(ACTIVITY.format(encoding="utf-8"))  # type: ignore[operator]
    (spot,) = found(tmp_path, text.encode(), Asked(sector("12230"), within=NODE))
    line = next(number for number, one in enumerate(text.splitlines(), 1) if one.endswith("<sector"))

    assert spot
    assert line == spot.line


def test_the_parts_of_an_organisation_file_are_found(tmp_path: Path) -> None:
    text = """<iati-organisations version="2.03">
<iati-organisation><organisation-identifier>XM-DAC-2-10</organisation-identifier>
<total-budget><value currency="EUR">1</value>
<budget-line><value currency="USD">2</value></budget-line></total-budget></iati-organisation></iati-organisations>"""
    record = organisation_iri("XM-DAC-2-10")
    asked = Asked(f"{record}/total-budget/1/budget-line/1", ((IATI + "currency",),), code_iri("Currency", "USD"))
    (spot,) = found(tmp_path, text.encode(), asked, record=record)

    assert spot
    assert (4, 14) == (spot.line, spot.column)


def test_what_is_not_there_is_left_out(tmp_path: Path) -> None:
    content = ACTIVITY.format(encoding="utf-8").encode()

    assert [None, None] == found(tmp_path, content, Asked(sector("9"), within=NODE), Asked("urn:x"))
    assert [None] == found(tmp_path, content, Asked(NODE), record=activity_iri("X", "X-2"))


def test_what_elements_say_alike_is_found_in_the_one_that_is_meant(tmp_path: Path) -> None:
    """All of them are one node: by itself it is the first, as a value the one inside of the element asked about."""
    paid = '\n<transaction><value>{}</value>\n <sector code="12220"/></transaction>'
    text = ACTIVITY.format(encoding="utf-8").replace("</iati-activity>", f"{paid * 2}</iati-activity>")
    node, code, payment = sector("12220"), code_iri("Sector", "12220"), f"{NODE}/transaction/2"
    asked = [
        Asked(node, within=NODE),
        Asked(payment, ((IATI + "sector",),), node),
        Asked(payment, ((IATI + "sector", IATI + "code"),), code),
        Asked(payment, value=code),
    ]

    assert [4, 9, 9, 9] == [spot.line for spot in found(tmp_path, text.encode(), *asked) if spot]
