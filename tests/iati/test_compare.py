"""The comparator of the round trip sees what is lost, and only that."""

import pytest
from lxml import etree
from tests.iati.compare import differences


def _kinds(original: str, written: str) -> list[tuple[str, str]]:
    found = differences(etree.fromstring(original), etree.fromstring(written))
    return [(difference.path, difference.kind) for difference in found]


@pytest.mark.parametrize(
    ("original", "written"),
    [
        ('<a x="1" y="2"/>', '<a y="2" x="1"/>'),
        ("<a><b/><c>1</c></a>", "<a>\n  <c>1</c>\n  <b/>\n</a>"),
        ("<a> two\n words </a>", "<a>two words</a>"),
        ("<a><!-- said --><?by a?></a>", "<a/>"),
        ("<value>+1.50</value>", "<value>1.5</value>"),
        ("<value>100</value>", "<value>100.00</value>"),
        ("<value>-0</value>", "<value>0.0</value>"),
        ('<sector percentage="050"/>', '<sector percentage="50.0"/>'),
        ('<target value=".5"/>', '<target value="0.50"/>'),
        ('<b iso-date="2020-01-01T10:00:00Z"/>', '<b iso-date="2020-01-01"/>'),
        (
            '<a last-updated-datetime="2020-01-01T00:00:00.50+00:00"/>',
            '<a last-updated-datetime="2020-01-01T00:00:00.5Z"/>',
        ),
    ],
)
def test_order_white_space_and_the_notation_of_numbers_and_dates_do_not_count(original: str, written: str) -> None:
    assert [] == _kinds(original, written)


@pytest.mark.parametrize(
    ("original", "written", "expected"),
    [
        ('<a x="1"/>', "<a/>", ("/a/@x", "attribute")),
        ('<a x=""/>', "<a/>", ("/a/@x", "attribute")),
        ("<a/>", '<a x="1"/>', ("/a/@x", "attribute")),
        ('<a x="en"/>', '<a x="EN"/>', ("/a/@x", "attribute")),
        ("<a>text</a>", "<a/>", ("/a/text()", "text")),
        ("<a><b/>tail</a>", "<a><b/></a>", ("/a/text()", "text")),
        ("<a><b/></a>", "<a/>", ("/a/b", "element lost")),
        ("<a><b/><b/></a>", "<a><b/></a>", ("/a/b", "element lost")),
        ("<a/>", "<a><b/></a>", ("/a/b", "element new")),
        ("<a><b><c>1</c></b><b/></a>", "<a><b><c>2</c></b><b/></a>", ("/a/b/c/text()", "text")),
        ('<a xmlns:x="urn:1" x:y="1"/>', '<a xmlns:x="urn:2" x:y="1"/>', ("/a/@{urn:1}y", "attribute")),
        ("<value>1,000</value>", "<value>1000</value>", ("/value/text()", "text")),
        ("<pos>1.0 2</pos>", "<pos>1 2</pos>", ("/pos/text()", "text")),
        ('<dimension value="1.0"/>', '<dimension value="1"/>', ("/dimension/@value", "attribute")),
        ('<other-identifier ref="007"/>', '<other-identifier ref="7"/>', ("/other-identifier/@ref", "attribute")),
        ('<b iso-date="2020-01-01"/>', '<b iso-date="2020-01-02"/>', ("/b/@iso-date", "attribute")),
        ('<b iso-date="2020-01-01 or so"/>', '<b iso-date="2020-01-01"/>', ("/b/@iso-date", "attribute")),
    ],
)
def test_whatever_else_differs_is_told_with_its_place(original: str, written: str, expected: tuple[str, str]) -> None:
    assert expected in _kinds(original, written)
