"""Files that are not what they should be: one sentence each with the file's name and where, and nothing else lost."""

import gzip
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest
from lxml import etree
from tests.iati.conftest import FIXTURES, Convert, converted
from tests.iati.reading import numbered, opened, read

from levier.iati import Seen, Source, convert_source
from levier.iati.reader import open_records
from levier.iati.streams import Limits

THREE: Final = (FIXTURES / "three.xml").read_bytes()
HTML: Final = "an HTML page, not IATI XML (perhaps an error page that was saved)."
NO_END: Final = " (Couldn't find end of Start Tag iati-activities); no activity before that is complete."
UNPACKED: Final = (
    "a.xml.gz: is named or looks like gzip, but cannot be unpacked "
    "(Compressed file ended before the end-of-stream marker was reached)."
)
OTHER_ROOT: Final = (
    "a.xml: line 1: the root element is 'feed', not 'iati-activities' or 'iati-organisations'; not an IATI file."
)
KEPT: Final = "the 2 complete activities before that were kept."


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
        ("a.xml", b"Service unavailable", "a.xml: line 1, column 1: not XML (Start tag expected, '<' not found)."),
        ("a.xml", b"<iati-activities", "a.xml: line 1, column 17: the XML breaks off or is malformed" + NO_END),
        ("a.xml.gz", THREE, "a.xml.gz: is named .gz, but is not gzip data."),
        ("a.xml.gz", b"\x1f\x8b\x08", UNPACKED),
        ("a.xml", b"PK\x03\x04 and so on", "a.xml: a .zip archive by its content; give it a name that ends in .zip."),
        ("a.xml", b"<feed/>", OTHER_ROOT),
        ("a.xml", b"<!-- " + b"x" * (1 << 20),
         "a.xml: no root element in the first 1,048,576 bytes; not an IATI file."),
    ],
)  # fmt: skip
def test_what_is_not_an_iati_file_is_said_in_a_sentence(name: str, content: bytes, sentence: str) -> None:
    outcome = read(content, name)

    assert outcome.error == sentence
    assert outcome.given == []


@pytest.mark.parametrize("version", ["1.01", "1.04", "1.05", "2.01", "2.03", "9.99", ""])
def test_activities_of_every_version_are_given_as_they_are(version: str) -> None:
    records = opened(numbered("<title>A</title>", attributes=f'version="{version}"'))

    assert (records.head.kind, records.head.version, records.given) == ("activity", version, 1)


def test_organisations_are_given_as_they_are() -> None:
    organisation = "<iati-organisation><organisation-identifier>BE-1</organisation-identifier></iati-organisation>"
    outcome = read(f'<iati-organisations version="2.02">{organisation}<iati-activity/></iati-organisations>')

    assert outcome.given == [organisation]
    assert (outcome.records.head.kind, outcome.records.head.version) == ("organisation", "2.02")
    assert [extension.name for extension in outcome.records.head.extensions] == ["iati-activity"]


def test_an_organisation_file_that_breaks_off_says_so() -> None:
    error = read("<iati-organisations><iati-organisation/>\n<iati-organisation>").error or ""

    assert error.endswith("; the 1 complete organisation before that was kept.")


def test_of_a_truncated_file_the_complete_activities_are_kept() -> None:
    outcome = read(cut(THREE))

    assert len(outcome.given) == 2
    assert outcome.error == (
        "a.xml: line 23, column 30: the XML breaks off or is malformed"
        f" (it ends where </iati-identifier> is expected, which was opened in line 23); {KEPT}"
    )


def test_of_a_file_with_tags_that_do_not_match_the_complete_activities_are_kept() -> None:
    outcome = read(numbered("A", "B", "<title>", "D"))

    assert (len(outcome.given), outcome.records.problems) == (2, [])
    assert outcome.error == (
        "a.xml: line 4, column 39: the XML breaks off or is malformed "
        f"(</title> is expected, which was opened in line 4, not </iati-activity>); {KEPT}"
    )


def test_what_stands_behind_the_root_element_is_said() -> None:
    outcome = read(numbered("A") + "\n<more/>")

    assert (len(outcome.given), outcome.error) == (1, (
        "a.xml: line 4, column 1: the XML breaks off or is malformed (Extra content at the end of the document); "
        "the 1 complete activity before that was kept."
    ))  # fmt: skip


def test_of_truncated_gzip_the_complete_activities_are_kept() -> None:
    outcome = read(gzip.compress(numbered(*map(str, range(50_000))).encode())[:-5_000], "a.xml.gz")
    error = outcome.error or ""

    assert len(outcome.given) > 1_000
    assert error.startswith("a.xml.gz: the gzip data break off or are damaged (")
    assert error.endswith(f"the {len(outcome.given):,} complete activities before that were kept.")


def test_of_gzip_damaged_in_the_middle_the_complete_activities_are_kept() -> None:
    data = numbered(*map(str, range(50_000))).removesuffix("</iati-activities>")
    first, second = gzip.compress(data.encode()), bytearray(gzip.compress(b"</iati-activities>"))
    second[10] = 0x07  # the first byte after the head: a block of a type that does not exist
    outcome = read(first + bytes(second), "a.xml.gz")

    assert outcome.error == (
        "a.xml.gz: the gzip data break off or are damaged (Error -3 while decompressing data: invalid block type); "
        f"the {len(outcome.given):,} complete activities before that were kept."
    )
    assert len(outcome.given) > 40_000


def test_gzip_data_that_break_off_give_what_comes_before_the_break() -> None:
    """Even where all of it would fit in one read."""
    outcome = read(gzip.compress(THREE)[:-12], "a.xml.gz")

    assert 2 <= len(outcome.given) <= 3
    assert "break off" in (outcome.error or "")


def test_after_a_repair_every_activity_is_given_once_and_on_its_line() -> None:
    """The mistake stands far behind what the parser reads at a time."""
    contents = [f"<n>{number}</n>" for number in range(20_000)]
    contents[15_000] = "<n>caf\xe9 &nbsp;</n>"
    outcome = read(numbered(*contents).encode("latin-1"))
    expected = [content.replace("&nbsp;", "\xa0") for content in contents]

    assert [f"<iati-activity>{content}</iati-activity>" for content in expected] == outcome.given
    assert list(range(2, 20_002)) == outcome.lines
    assert outcome.error is None


def test_a_repair_is_reported_with_its_line_and_what_could_not_be_repaired_after_it_ends_the_file() -> None:
    outcome = read(numbered("A", "B &nbsp;", "C", "<title>", "E"))
    problems = outcome.records.problems

    assert [(p.kind, p.severity, p.line, p.activity, p.outcome, p.count) for p in problems] == [
        ("undeclared-entity", "warning", 3, "", "repaired", 1)
    ]
    assert len(outcome.given) == 3
    assert (outcome.error or "").startswith(
        "a.xml: line 5, column 39: the XML breaks off or is malformed (</title> is exp"
    )
    assert (outcome.error or "").endswith("; the 3 complete activities before that were kept.")


def test_a_mistake_in_the_root_element_is_repaired_too() -> None:
    records = opened(numbered("A", attributes='version="2.03" note="A & B"'))

    assert [extension.value for extension in records.head.extensions] == ["A & B"]
    assert [problem.kind for problem in records.problems] == ["bare-ampersand"]


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_read_twice_is_counted_once(packed: bool) -> None:
    content = numbered(*["x" * 1_000] * 300, "&nbsp;").encode()
    told: list[int] = []
    outcome = read(gzip.compress(content) if packed else content, "a.xml", told.append)

    assert outcome.records.bytes_read == sum(told) == len(content)


def test_an_encoding_that_is_not_repaired_is_read_as_far_as_it_goes() -> None:
    content = "<?xml version='1.0' encoding='GBK'?>" + numbered("\u63f4", "&nbsp;")
    outcome = read(content.encode("gbk"))

    assert outcome.given == ["<iati-activity>\u63f4</iati-activity>"]
    assert "the 1 complete activity before that was kept." in (outcome.error or "")


def test_an_activity_is_emptied_after_it_was_used() -> None:
    kept: list[etree._Element] = list(open_records(BytesIO(THREE), "a.xml", Limits(len(THREE), len(THREE))))

    assert [len(element) for element in kept] == [0, 0, 0]
    assert [element.getprevious() for element in kept] == [None, None, None]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    report = convert_source(Source("gone.xml", "gone", tmp_path / "gone.xml"), lambda _: None, graph=None, seen=Seen())

    assert report.error == "gone.xml: cannot be read (No such file or directory)."


@pytest.mark.parametrize("name", ["a.xml", "a.gz", "a.xml.gz"])
def test_gzip_is_known_by_its_content(convert: Convert, name: str) -> None:
    report = convert(gzip.compress(THREE), name).report

    assert (report.error, report.converted, report.bytes) == (None, 3, len(THREE))


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("", "states no version; read as its texts tell: with narratives as 2.03, else as 1.05"),
        ('version="2.99"', "states version '2.99'; read as 2.03"),
    ],
)
def test_an_unknown_version_is_read_and_reported(convert: Convert, version: str, said: str) -> None:
    activity = "<iati-activity><iati-identifier>A</iati-identifier><reporting-org ref='R'/></iati-activity>"
    report = convert(f"<iati-activities {version}>{activity}</iati-activities>").report

    assert [problem.message for problem in report.problems] == [f"the file {said}."]
    assert report.converted == 1


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    report = convert_source(Source("folder", "folder", tmp_path), lambda _: None, graph=None, seen=Seen())

    assert report.error == "folder: cannot be read (Is a directory)."


def test_the_digest_is_that_of_the_file_as_stored(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(b"<iati-activities/>")

    assert converted(path).report.sha256 == "676f4875cd109e494eb61d0e6fca021ed7b921fdcdb17029713e2a03fc4921e6"


def test_a_file_without_an_activity_is_said(convert: Convert) -> None:
    report = convert("<iati-activities version='2.03'/>").report

    assert report.error == "file.xml: an IATI activity file with no activity in it."
