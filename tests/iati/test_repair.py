"""XML that is not well-formed for small reasons is read in the one way it can be, and each repair is reported."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from levier.iati.repair import NotRepairableError, Repaired

BEFORE = b"<r>" + b" " * 5_000
"""More than what is read before the first piece is repaired, so that the pieces after it may be small."""
PIECES = [1, 2, 3, 7, 64, 1 << 16]


class Pieces:
    """Bytes that come in pieces of a size, as they do from a network."""

    def __init__(self, data: bytes, size: int) -> None:
        self._pieces: Iterator[bytes] = (data[start : start + size] for start in range(0, len(data), size))

    def read(self, _size: int = -1, /) -> bytes:
        return next(self._pieces, b"")


def repaired(data: bytes, size: int = 1 << 16) -> tuple[str, list[tuple[str, int, int]]]:
    """Give what becomes of a file that comes in pieces, and of each repair the kind, line and count."""
    stream = Repaired(Pieces(data, size))
    out = b""
    while piece := stream.read():
        out += piece
    return out.decode(), [(problem.kind, problem.line, problem.count) for problem in stream.problems]


def messages(data: bytes) -> list[str]:
    """Give what is said of the repairs of a file."""
    stream = Repaired(Pieces(data, 1 << 16))
    while stream.read():
        pass
    return [problem.message for problem in stream.problems]


@pytest.mark.parametrize("size", PIECES)
@pytest.mark.parametrize(
    ("wrong", "right", "repairs"),
    [
        (b"caf\xe9 \x80 na\xefve", "café € naïve", [("wrong-encoding", 3)]),
        (b"\xc3\xa9t\xe9", "été", [("wrong-encoding", 1)]),
        (b"\xe2\x82<b/>", "\u00e2\u201a<b/>", [("wrong-encoding", 2)]),
        (b"\x81", "\ufffd", [("wrong-encoding", 1)]),
        (b"a\x01b\x1f\x01", "a\ufffdb\ufffd\ufffd", [("control-character", 2), ("control-character", 1)]),
        (b"a\x00b", "a\ufffdb", [("control-character", 1)]),
        ("a\ufffeb".encode(), "a\ufffdb", [("control-character", 1)]),
        (b"&#1;&#x1;&#xD800;", "\ufffd\ufffd\ufffd", [("control-character", 2), ("control-character", 1)]),
        (b"&#0;&#x110000;&#99999999;", "\ufffd\ufffd\ufffd", [("control-character", 1)] * 3),
        (b"&nbsp;&eacute;", "&#160;&#233;", [("undeclared-entity", 1), ("undeclared-entity", 1)]),
        (b"&LT;&NewLine;", "&#60;&#10;", [("undeclared-entity", 1), ("undeclared-entity", 1)]),
        (b"&foo;&foo;&a:b-c.d1;", "&amp;foo;&amp;foo;&amp;a:b-c.d1;",
         [("undeclared-entity", 2), ("undeclared-entity", 1)]),
        (b"R&D & co &; &1; &#; &#x; &#xg; &&amp;",
         "R&amp;D &amp; co &amp;; &amp;1; &amp;#; &amp;#x; &amp;#xg; &amp;&amp;", [("bare-ampersand", 8)]),
        (b"<a href='?a=1&b=2&copy=3'/>", "<a href='?a=1&amp;b=2&amp;copy=3'/>", [("bare-ampersand", 2)]),
        (b"&" + b"n" * 80 + b";", "&amp;" + "n" * 80 + ";", [("bare-ampersand", 1)]),
        (b"1 < 2 <= 3 <5", "1 &lt; 2 &lt;= 3 &lt;5", [("bare-bracket", 3)]),
        (b"a ]]> b ]] > c", "a ]]&gt; b ]] > c", [("bare-bracket", 1)]),
        (b"\xc2\xa0&#160;&#10;&#xA;&#x0009;&#x1F600;&amp;&lt;&gt;&quot;&apos;<b c='>'/>",
         "\xa0&#160;&#10;&#xA;&#x0009;&#x1F600;&amp;&lt;&gt;&quot;&apos;<b c='>'/>", []),
    ],
)  # fmt: skip
def test_what_can_be_read_in_one_way_is_repaired_wherever_a_piece_ends(
    wrong: bytes, right: str, repairs: list[tuple[str, int]], size: int
) -> None:
    text, found = repaired(BEFORE + wrong + b"</r>", size)

    assert text == BEFORE.decode() + right + "</r>"
    assert [(kind, count) for kind, _, count in found] == repairs
    assert etree.fromstring(text.encode()).tag == "r"


@pytest.mark.parametrize("size", PIECES)
@pytest.mark.parametrize(
    "section",
    [
        "<!-- R&D &nbsp; < 5 <![CDATA[ <? -- - -->",
        "<![CDATA[R&D &nbsp; <b> ]] > <!-- <? ]]]>",
        "<?php if (a & b < 5) { echo '&nbsp; <!--'; } ?>",
        "<![CDATA[]]>",
        "<!---->",
    ],
)
def test_comments_instructions_and_cdata_keep_their_text(section: str, size: int) -> None:
    given = BEFORE + section.encode() * 3 + b"&nbsp;" + section.encode() + b"</r>"
    text, found = repaired(given, size)

    assert text == given.decode().replace("&nbsp;" + section + "</r>", "&#160;" + section + "</r>")
    assert found == [("undeclared-entity", 1, 1)]


def test_the_doctype_keeps_its_text() -> None:
    given = '<!DOCTYPE r SYSTEM "http://x.example/?a&b" [<!-- & --><!ELEMENT r ANY>]>\n<r>&nbsp;</r>'

    assert (given.replace("&nbsp;", "&#160;"), [("undeclared-entity", 2, 1)]) == repaired(given.encode())


def test_characters_that_xml_forbids_are_replaced_in_comments_and_cdata_too() -> None:
    assert repaired(b"<r><!-- \x01 --><![CDATA[\xe9]]></r>") == (
        "<r><!-- \ufffd --><![CDATA[é]]></r>", [("control-character", 1, 1), ("wrong-encoding", 1, 1)],
    )  # fmt: skip


@pytest.mark.parametrize("size", PIECES)
def test_the_line_is_that_of_the_first_in_the_file(size: int) -> None:
    given = BEFORE + b"\n\n<!-- \n -->\n<![CDATA[\n]]>&nbsp;\n\xe9\n&#1;&nbsp;\n& \n\xe9</r>"

    assert set(repaired(given, size)[1]) == {
        ("undeclared-entity", 6, 2), ("wrong-encoding", 7, 2), ("control-character", 8, 1), ("bare-ampersand", 9, 1),
    }  # fmt: skip


@pytest.mark.parametrize("size", PIECES)
@pytest.mark.parametrize(
    "end", ["&nb", "&", "&#x1", "<", "<!", "<![CDA", "<!-- \n & &nbsp; -", "<![CDATA[ & ]]", "]]", "<a b='&amp"]
)
def test_where_a_file_breaks_off_nothing_is_repaired(end: str, size: int) -> None:
    given = BEFORE.decode() + "x" + end

    assert repaired(given.encode(), size) == (given, [])


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
def test_half_a_character_where_a_file_breaks_off_is_no_wrong_encoding(codec: str) -> None:
    assert repaired("\ufeff<r>é".encode(codec)[:-1]) == ("<r>\ufffd", [])


@pytest.mark.parametrize(
    ("stated", "codec"),
    [
        ("UTF-8", "utf-8"), ("utf-8", "utf-8-sig"), ("ISO-8859-1", "latin-1"), ("iso-8859-15", "iso8859-15"),
        ("Windows-1252", "cp1252"), ("windows-1251", "cp1251"), ("UTF-16", "utf-16"), ("UTF-16", "utf-16-le"),
        ("UTF-16BE", "utf-16-be"), ("UTF-8", "utf-16"), ("US-ASCII", "ascii"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 3, 1 << 16])
def test_every_usual_encoding_is_read_as_what_it_is(stated: str, codec: str, size: int) -> None:
    text = {"ascii": "e", "cp1251": "Вода"}.get(codec, "né")
    given = f"<?xml version='1.0' encoding='{stated}'?>\n<r>{text * 3_000}&nbsp;</r>"

    assert repaired(given.encode(codec), size) == (given.replace("&nbsp;", "&#160;"), [("undeclared-entity", 2, 1)])


@pytest.mark.parametrize("stated", ["UTF-16", "utf-16le", "UTF-32", "no-such-thing", "us-ascii"])
def test_an_encoding_that_it_plainly_is_not_is_said_and_utf_8_read(stated: str) -> None:
    given = f"<?xml version='1.0' encoding='{stated}'?><r>é</r>"

    assert repaired(given.encode()) == (given, [("wrong-encoding", 1, 1)])
    assert messages(given.encode()) == [f"the file says that it is in {stated}, which it is not; read as UTF-8."]


@pytest.mark.parametrize("stated", ["zlib", "hex", "rot13", "idna", "unicode_escape", "utf-7", "gbk"])
def test_other_codecs_of_python_are_not_used(stated: str) -> None:
    with pytest.raises(NotRepairableError):
        repaired(f"<?xml version='1.0' encoding='{stated}'?><r/>".encode())


def test_utf_32_is_not_repaired() -> None:
    with pytest.raises(NotRepairableError):
        repaired("\ufeff<r/>".encode("utf-32-le"))


@pytest.mark.parametrize("size", [1, 3, 1 << 16])
def test_half_of_a_pair_in_utf_16_is_replaced(size: int) -> None:
    given = "\ufeff<r>".encode("utf-16-le") + b"\x3d\xd8x\x00" + "😀\n</r>".encode("utf-16-le")

    assert repaired(given, size) == ("<r>\ufffdx😀\n</r>", [("wrong-encoding", 1, 1)])


def test_a_declaration_that_does_not_come_first_is_passed_over_and_the_lines_stay() -> None:
    text, found = repaired(b"\n \n<?xml version='1.0'\n encoding='ISO-8859-1'?>\n<r>\xe9</r>")
    root = etree.fromstring(text.encode())

    assert (root.text, root.sourceline, found) == ("é", 5, [("late-declaration", 1, 1)])


def test_each_repair_is_said_in_a_sentence() -> None:
    given = b"<r>\xe9 \x81 \x01 &nbsp; &own; & < ]]></r>"

    assert messages(given) == [
        "bytes that are not UTF-8, the encoding of the file; read as Windows-1252.",
        "bytes that are not UTF-8, the encoding of the file; U+FFFD stands for them.",
        "the character U+0001 is not allowed in XML; U+FFFD stands for it.",
        "the entity &nbsp; is not declared; read as in HTML.",
        "the entity &own; is not declared; kept as text.",
        "& that begins no entity; read as text.",
        "< that is no markup; read as text.",
        "]]> that is no markup; read as text.",
    ]


def test_names_without_end_are_counted_together() -> None:
    given = "<r>" + "".join(f"&own{number};" for number in range(1_000)) + "</r>"
    counts = [count for _, _, count in repaired(given.encode())[1]]

    assert counts == [1] * 20 + [980]


@pytest.mark.corpus
def test_a_file_that_is_well_formed_stays_as_it_is(shared: Path) -> None:
    data = (shared / "corpus" / "iati" / "belgian-reporters.xml").read_bytes()

    assert repaired(data, 1_000) == (data.decode().removeprefix("\ufeff"), [])
