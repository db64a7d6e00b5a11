"""Files that are not what they should be: one sentence each with the file's name and where, and nothing else lost."""

import gzip
import tracemalloc
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree
from tests.iati.conftest import FIXTURES, Convert, converted

from levier.iati import Seen, Source, convert_source
from levier.iati.reader import open_activities

THREE = (FIXTURES / "three.xml").read_bytes()
HTML = "an HTML page, not IATI XML (perhaps an error page that was saved)."
NO_END = " (Couldn't find end of Start Tag iati-activities); no activity before that is complete."
KEPT = "the 2 complete activities before that were kept."


def cut(data: bytes) -> bytes:
    """Give the file as it is when the connection broke in the middle of the third activity."""
    return data[: data.index(b"THREE")]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.xml", b"", "a.xml: the file is empty."),
        ("a.xml", b" \n\n", "a.xml: the file is empty."),
        ("a.xml", b"<!DOCTYPE html>\n<html><body>404</body></html>",
         "a.xml: line 1: " + HTML),
        ("a.xml", b"\xef\xbb\xbf\n<HTML lang='en'>", "a.xml: line 1: " + HTML),
        ("a.xml", b"<!-- x -->\n<html xmlns='http://www.w3.org/1999/xhtml'></html>",
         "a.xml: line 2: " + HTML),
        ("a.xml", b"Service unavailable", "a.xml: line 1: not XML (Start tag expected, '<' not found)."),
        ("a.xml", b"<iati-activities", "a.xml: line 1: the XML breaks off or is malformed" + NO_END),
        ("a.xml.gz", THREE, "a.xml.gz: is named .gz, but is not gzip data."),
        ("a.xml", b"PK\x03\x04 and so on", "a.xml: a .zip archive by its content; give it a name that ends in .zip."),
        ("a.xml", b"<iati-organisations version='2.03'/>",
         "a.xml: line 1: an IATI organisation file, not an activity file; not read yet."),
        ("a.xml", b"\n<iati-activities version='1.04'><iati-activity/></iati-activities>",
         "a.xml: line 2: IATI version 1.04 is not read yet; only versions 2.01 to 2.03 are."),
        ("a.xml", b"<feed/>",
         "a.xml: line 1: the root element is 'feed', not 'iati-activities'; not an IATI activity file."),
        ("a.xml", b"<iati-activities version='2.03'/>", "a.xml: an IATI activity file with no activity in it."),
        ("a.xml", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><iati-activities version="2.03"/>',
         "a.xml: declares XML entities (<!ENTITY \u2026>), which are not expanded; not read."),
    ],
)  # fmt: skip
def test_what_is_not_an_activity_file_is_said_in_a_sentence(
    convert: Convert, name: str, content: bytes, sentence: str
) -> None:
    report = convert(content, name).report

    assert report.error == sentence
    assert (report.read, report.triples) == (0, 0)


def test_of_a_truncated_file_the_complete_activities_are_kept(convert: Convert) -> None:
    result = convert(cut(THREE))

    assert result.count("iati:iatiIdentifier") == 2
    assert result.report.error == (
        "file.xml: line 23: the XML breaks off or is malformed"
        f" (Premature end of data in tag iati-identifier line 23); {KEPT}"
    )


def test_of_a_malformed_file_the_complete_activities_are_kept(convert: Convert) -> None:
    result = convert(THREE.replace(b"<title><narrative>Title", b"<title><narrative>Bed & breakfast"))
    error = result.report.error or ""

    assert result.count("iati:iatiIdentifier") == 2
    assert error.startswith("file.xml: line 25: the XML breaks off or is malformed (")
    assert error.endswith(KEPT)


def test_of_truncated_gzip_the_complete_activities_are_kept(convert: Convert) -> None:
    many = b"<iati-activity><iati-identifier>%d</iati-identifier></iati-activity>"
    data = b"<iati-activities version='2.03'>" + b"\n".join(many % number for number in range(50_000))
    result = convert(gzip.compress(data + b"</iati-activities>")[:-5_000], "a.xml.gz")
    error = result.report.error or ""

    assert result.count("iati:iatiIdentifier") == result.report.converted > 1_000
    assert error.startswith("a.xml.gz: the gzip data break off or are damaged (")
    assert error.endswith(f"the {result.report.converted:,} complete activities before that were kept.")


def test_of_gzip_damaged_in_the_middle_the_complete_activities_are_kept(convert: Convert) -> None:
    many = b"<iati-activity><iati-identifier>%d</iati-identifier></iati-activity>"
    data = b"<iati-activities version='2.03'>" + b"\n".join(many % number for number in range(50_000))
    first, second = gzip.compress(data), bytearray(gzip.compress(b"</iati-activities>"))
    second[10] = 0x07  # the first byte after the head: a block of a type that does not exist
    report = convert(first + bytes(second), "a.xml.gz").report

    assert report.error == (
        "a.xml.gz: the gzip data break off or are damaged (Error -3 while decompressing data: invalid block type); "
        f"the {report.converted:,} complete activities before that were kept."
    )
    assert report.converted > 40_000


def test_text_in_the_wrong_encoding_is_said_with_its_line(convert: Convert) -> None:
    error = convert(THREE.replace(b"Eau potable", b"Eau p\xf4table")).report.error or ""

    assert error.startswith("file.xml: line 6: the XML breaks off or is malformed (")
    assert error.endswith("; no activity before that is complete.")


def test_many_comments_before_the_root_cost_nothing(convert: Convert) -> None:
    """A pattern that skipped them once took for ever."""
    assert (
        convert(THREE.replace(b"<iati-activities", b"<!-- x -->\n" * 1_000 + b"<iati-activities")).report.converted == 3
    )


def test_an_entity_bomb_is_refused(convert: Convert) -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE x [<!ENTITY l0 "lol">{lol}]>'
    in_text = convert(f'{doctype}<iati-activities version="2.03">&l9;</iati-activities>').report.error or ""
    in_attribute = convert(f'{doctype}<iati-activities version="&l9;"/>').report.error or ""

    assert "declares XML entities" in in_text
    assert "amplification" in in_attribute


def test_an_external_entity_is_not_read(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    doctype = f'<!DOCTYPE x [<!ENTITY s SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    result = convert(f'{doctype}<iati-activities version="2.03"><iati-activity>&s;</iati-activity></iati-activities>')

    assert (result.lines, result.report.read) == (b"", 0)


def test_an_entity_of_a_dtd_that_is_not_loaded_is_counted(convert: Convert) -> None:
    activity = "<iati-activity><iati-identifier>A</iati-identifier>&nbsp;</iati-activity>"
    xml = f'<!DOCTYPE x SYSTEM "x.dtd"><iati-activities version="2.03">{activity}</iati-activities>'

    assert convert(xml).report.unmapped == {"iati-activity/&nbsp;": 1}


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    report = convert_source(Source("gone.xml", "gone", tmp_path / "gone.xml"), lambda _: None, graph=None, seen=Seen())

    assert report.error == "gone.xml: cannot be read (No such file or directory)."


@pytest.mark.parametrize("name", ["a.xml", "a.gz", "a.xml.gz"])
def test_gzip_is_known_by_its_content(convert: Convert, name: str) -> None:
    report = convert(gzip.compress(THREE), name).report

    assert (report.error, report.converted, report.bytes) == (None, 3, len(THREE))


@pytest.mark.parametrize(("version", "said"), [("", "states no version"), ('version="2.99"', "states version '2.99'")])
def test_an_unknown_version_is_read_as_2_03_and_reported(convert: Convert, version: str, said: str) -> None:
    activity = "<iati-activity><iati-identifier>A</iati-identifier><reporting-org ref='R'/></iati-activity>"
    report = convert(f"<iati-activities {version}>{activity}</iati-activities>").report

    assert [problem.message for problem in report.problems] == [f"the file {said}; read as 2.03."]
    assert report.converted == 1


def test_what_the_file_states_of_itself_is_in_the_report(convert: Convert) -> None:
    xml = THREE.replace(b'version="2.03"', b'version=" 2.03 " linked-data-default="https://x.example/" colour="red"')
    report = convert(xml).report

    assert (report.version, report.generated) == ("2.03", "2026-01-02T03:04:05Z")
    assert (report.linked_data_default, report.unmapped) == ("https://x.example/", {"iati-activities/@colour": 1})


def test_strangers_beside_the_activities_are_counted_and_their_activities_not_taken(convert: Convert) -> None:
    inner = "<iati-activity><iati-identifier>B</iati-identifier></iati-activity>"
    one = "<iati-activity><iati-identifier>A</iati-identifier><reporting-org ref='R'/></iati-activity>"
    report = convert(f"<iati-activities version='2.03'>x<box>{inner}</box>{one}y<box/></iati-activities>").report

    assert (report.read, report.unmapped) == (1, {"iati-activities/box": 2, "iati-activities/text()": 2})


def test_an_activity_is_emptied_after_it_was_used() -> None:
    kept: list[etree._Element] = list(open_activities(BytesIO(THREE), "a.xml", len(THREE)))

    assert [len(element) for element in kept] == [0, 0, 0]
    assert [element.getprevious() for element in kept] == [None, None, None]


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    report = convert_source(Source("folder", "folder", tmp_path), lambda _: None, graph=None, seen=Seen())

    assert report.error == "folder: cannot be read (Is a directory)."


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Python's own memory; libxml2's is bounded by `test_an_activity_is_emptied_after_it_was_used`."""

    def peak(activities: int) -> int:
        path = tmp_path / f"{activities}.xml"
        content = "<transaction><value currency='EUR'>1</value></transaction>" * 50
        with path.open("w", encoding="utf-8") as file:
            file.write('<iati-activities version="2.03">')
            for number in range(activities):
                file.write(f"<iati-activity><iati-identifier>{number}</iati-identifier>{content}</iati-activity>")
            file.write("</iati-activities>")
        tracemalloc.start()
        convert_source(Source("a.xml", "a", path), lambda _: None, graph=None, seen=Seen())
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(20)  # what is only built once
    small, large = peak(50), peak(1_000)

    assert large - small < 1_000_000


def test_the_digest_is_that_of_the_file_as_stored(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"<iati-activities/>")

    assert converted(path).report.sha256 == "676f4875cd109e494eb61d0e6fca021ed7b921fdcdb17029713e2a03fc4921e6"


def test_gzip_data_that_break_off_give_what_comes_before_the_break(tmp_path: Path) -> None:
    """Even where all of it would fit in one read."""
    whole = gzip.compress(THREE)
    path = tmp_path / "a.xml.gz"
    path.write_bytes(whole[:-12])
    report = convert_source(Source(path.name, "a", path=path), lambda _: None, graph=None, seen=Seen())

    assert 2 <= report.converted <= 3
    assert "break off" in (report.error or "")
    assert report.summary().count("a.xml.gz") == 1
