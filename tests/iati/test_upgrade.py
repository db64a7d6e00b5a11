"""IATI 1.0x is rewritten as 2.03: what becomes of it, and that every item and every change is accounted for."""

from pathlib import Path

import pytest
from lxml import etree

from levier.iati.sink import Problem, items
from levier.iati.upgrading.table import parse_upgrades
from levier.iati.upgrading.upgrade import Upgrade, is_old, upgrade

HEAD = "path\tkind\tto\tby\twhen\n"
CASES = etree.parse(Path(__file__).parent / "fixtures" / "upgrades.xml").getroot()
NAMES = [case.get("name", "") for case in CASES.iter("case")]


def activity(content: str) -> etree._Element:
    """Give an activity with this content."""
    return etree.fromstring(f"<iati-activity>{content}</iati-activity>")


def inside(element: etree._Element) -> str:
    """Give the XML inside an element."""
    text = etree.tostring(element, encoding="unicode", with_tail=False)
    return text[text.index(">") + 1 : text.rindex("<")].strip()


def case_of(name: str) -> tuple[str, str]:
    """Give what the case has in 1.0x, and in 2.03."""
    case = next(case for case in CASES.iter("case") if case.get("name") == name)
    old, new = case
    return inside(old), inside(new)


def upgraded(element: etree._Element, version: str = "1.05") -> Upgrade:
    """Upgrade an element, and see that its items balance."""
    before = items(element)
    done = upgrade(element, version)

    assert before + done.made - done.removed == items(element)
    return done


@pytest.mark.parametrize("name", NAMES)
def test_what_1_0x_writes_is_written_as_2_03_does(name: str) -> None:
    old, new = case_of(name)
    element = activity(old)

    upgraded(element)

    assert new == inside(element)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_in_the_new_form_already_stays_as_it_is(name: str) -> None:
    _, new = case_of(name)
    element = activity(new)

    done = upgraded(element, "")

    assert (new, 0, 0) == (inside(element), done.made, done.removed)


def test_an_organisation_gets_its_identifier_and_one_name_in_all_languages() -> None:
    element = etree.fromstring(
        '<iati-organisation><iati-identifier>BE-1</iati-identifier><name>A</name><name xml:lang="nl">B</name>'
        '<recipient-org-budget><recipient-org ref="R">C</recipient-org></recipient-org-budget></iati-organisation>'
    )

    done = upgraded(element)

    assert ["BE-1"] == [problem.activity for problem in done.problems]
    assert inside(element) == (
        "<organisation-identifier>BE-1</organisation-identifier><name><narrative>A</narrative>"
        '<narrative xml:lang="nl">B</narrative></name><recipient-org-budget><recipient-org ref="R">'
        "<narrative>C</narrative></recipient-org></recipient-org-budget>"
    )


def test_a_file_of_2_0x_is_not_touched() -> None:
    element = activity("<title>A</title>")

    assert upgrade(element, "2.01") == Upgrade()
    assert inside(element) == "<title>A</title>"


@pytest.mark.parametrize(
    ("version", "old"),
    [("1.05", True), ("1.0", True), ("1", True), ("", True), (" v1.03 ", True), ("2.01", False), (" 2.03", False)],
)
def test_a_version_is_old_where_it_is_1_or_not_stated(version: str, old: bool) -> None:
    assert old == is_old(version)


def test_changed_codes_are_told_once_per_place_with_their_number_and_first_line() -> None:
    element = activity(
        "<iati-identifier> A-1 </iati-identifier>\n"
        + "".join(f'<transaction>\n<transaction-type code="{code}"/></transaction>' for code in ("C", "D", "C"))
        + '<sector vocabulary="WB"/>'
    )

    done = upgraded(element)

    place = "iati-activity/transaction/transaction-type/@code"
    assert done.problems == [
        Problem("upgraded-code", "note", 3, "A-1", f"{place}: in IATI 2.03 'C' is '2', 'D' is '3'.", "repaired", 3),
        Problem(
            "no-code-in-2.03",
            "warning",
            5,
            "A-1",
            "iati-activity/sector/@vocabulary: IATI 2.03 has no code for 'WB'; kept as it is.",
            "kept",
            1,
        ),
    ]


def test_what_stands_elsewhere_is_told_once_with_the_version() -> None:
    done = upgraded(activity("<title>A</title>\n<description>B</description>"), "")

    message = "IATI 1.01: what stands elsewhere in 2.03 was put there, 2 times."
    assert done.problems == [Problem("upgraded", "note", 1, "", message, "noted", 2)]


def test_new_elements_have_the_line_of_what_they_come_from() -> None:
    element = activity('\n<title>A</title>\n\n<other-identifier owner-ref="R">I</other-identifier>')

    upgraded(element)

    assert [(child.tag, child.sourceline) for child in element.iter("narrative", "owner-org")] == [
        ("narrative", 2),
        ("owner-org", 4),
    ]


def test_an_activity_beyond_the_line_that_libxml2_can_keep_is_upgraded() -> None:
    element = activity("\n" * 70_000 + "<title>A</title>")

    upgraded(element)

    assert inside(element) == "<title><narrative>A</narrative></title>"


# The table


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("iati-activity/title\tnarrative\n", "line 1: the columns path, kind, to, by, when must be named first"),
        (HEAD + "iati-activity/title\twhatever\n", "line 2: unknown kind 'whatever'"),
        (HEAD + "iati-activity/title\tmove\t@x\n", "line 2: kind 'move' cannot stand at 'iati-activity/title'"),
        (HEAD + "iati-activity/@x\tnarrative\n", "line 2: kind 'narrative' cannot stand at 'iati-activity/@x'"),
        (HEAD + "iati-activity/title\trename\n", "line 2: kind 'rename' needs the column 'to'"),
        (HEAD + "iati-activity//title\tone\n", "line 2: the path must be given"),
        (HEAD + "a/b\tone\t\t\t\t\tx\n", "line 2: 7 columns where there are 5"),
        (HEAD + "a/@b\tcode\t\tNo\n", "a/@b names the list 'No', which is not there"),
        (HEAD + "a/@b\tcode\n", "a/@b must name a list"),
        ("list\t1.0x\t2.03\nL\ta\n", "line 2: a code has the columns list, 1.0x, 2.03"),
        ("list\t1.0x\t2.03\nL\ta\tb\nL\ta\tc\n", "line 3: L has 'a' twice"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_with_its_line(table: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_upgrades(table)
