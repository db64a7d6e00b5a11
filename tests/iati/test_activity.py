"""What an activity is called, in which language it speaks, who takes part in it, and what is left out of it."""

import pytest
from tests.iati.conftest import Convert

from levier.iati import Seen
from levier.terms import ID

WRAP = '<iati-activities version="2.03">\n{}\n</iati-activities>'


def one(identifier: str, reporter: str = "BE-1", content: str = "") -> str:
    start = f"<iati-activity><iati-identifier>{identifier}</iati-identifier>"
    return f'{start}<reporting-org ref="{reporter}"/>{content}</iati-activity>'


def test_identifier_and_reporter_are_trimmed(convert: Convert) -> None:
    result = convert(WRAP.format(one("\n BE-1-A ", " BE-1 ")))

    assert result.values("iati:iatiIdentifier") == ['"BE-1-A"']


def test_the_line_in_the_file_is_said(convert: Convert) -> None:
    result = convert(WRAP.format("\n" * 70_000 + one("BE-1-A")))

    assert result.values("levier:sourceLine") == ['"70002"^^xsd:integer']


@pytest.mark.parametrize(
    ("identifier", "encoded"),
    [
        ("BE 1/é", "BE%201%2F%C3%A9"),
        ("a&lt;b&gt;c\"d{e}|f\\g^h`i", "a%3Cb%3Ec%22d%7Be%7D%7Cf%5Cg%5Eh%60i"),
        ("x#y?z%20", "x%23y%3Fz%2520"),
        ("日本", "%E6%97%A5%E6%9C%AC"),
    ],
)  # fmt: skip
def test_odd_characters_are_percent_encoded(convert: Convert, identifier: str, encoded: str) -> None:
    result = convert(WRAP.format(one(identifier, "R/1")))

    assert len(result.values("iati:iatiIdentifier", activity=f"{ID}activity/R%2F1/{encoded}")) == 1


def test_an_activity_without_identifier_is_known_by_its_line_and_reported(convert: Convert) -> None:
    result = convert(WRAP.format(one(" ") + "\n" + one("BE-1-A")))

    assert (result.report.read, result.report.converted, result.report.problem_counts["no-identifier"]) == (2, 2, 1)
    assert result.values("rdf:type", activity=f"{ID}activity/BE-1/unnamed-2-1-of-test") == ["iati:Activity"]


@pytest.mark.parametrize("reporting", ["", "<reporting-org/>", '<reporting-org ref=" "/>'])
def test_a_missing_reporter_is_called_unknown_and_reported(convert: Convert, reporting: str) -> None:
    xml = f"<iati-activity><iati-identifier>A</iati-identifier>{reporting}</iati-activity>"
    result = convert(WRAP.format(xml))

    assert result.values("iati:iatiIdentifier", activity=f"{ID}activity/unknown/A") == ['"A"']
    assert result.report.problem_counts["no-reporter"] == 1


def test_an_activity_met_again_in_the_file_is_a_duplicate(convert: Convert) -> None:
    first = one("BE-1-A", content="<title><narrative>first</narrative></title>")
    second = one(" BE-1-A", content="<title><narrative>second</narrative></title>")
    result = convert(WRAP.format(first + "\n" + second))
    report = result.report

    assert result.values("iati:title") == ['"first"']
    assert (report.read, report.converted, report.set_aside) == (2, 1, 0)
    assert [(d.identifier, d.line, d.first_in) for d in report.duplicates] == [("BE-1-A", 3, "test")]


def test_an_activity_met_in_an_earlier_file_is_a_duplicate(convert: Convert) -> None:
    seen = Seen()
    seen.first(f"{ID}activity/BE-1/BE-1-A", "earlier")
    result = convert(WRAP.format(one("BE-1-A")), seen=seen)

    assert ([d.first_in for d in result.report.duplicates], result.lines) == (["earlier"], b"")


def test_the_same_identifier_by_another_reporter_is_another_activity(convert: Convert) -> None:
    report = convert(WRAP.format(one("A", "R1") + one("A", "R2"))).report

    assert (report.converted, len(report.duplicates)) == (2, 0)


@pytest.mark.parametrize(
    ("activity_lang", "own", "expected"),
    [
        ('xml:lang="FR"', "", '"x"@fr'),
        ('xml:lang="fr"', 'xml:lang="NL"', '"x"@nl'),
        ('xml:lang="fr"', 'xml:lang=" "', '"x"@fr'),
        ("", "", '"x"'),
        ("", 'xml:lang="zh-Hant-TW"', '"x"@zh-hant-tw'),
        ('xml:lang="fr"', 'xml:lang="not a tag"', '"x"'),
    ],
)
def test_a_narrative_has_its_own_language_or_the_activitys(
    activity: Convert, activity_lang: str, own: str, expected: str
) -> None:
    result = activity(f"<title><narrative {own}>x</narrative></title>", activity_lang)

    assert [expected] == result.values("iati:title")


def test_the_language_of_the_element_around_a_narrative_holds(activity: Convert) -> None:
    result = activity('<title xml:lang="nl"><narrative>x</narrative></title>', 'xml:lang="fr"')

    assert result.values("iati:title") == ['"x"@nl']
    assert result.report.problem_counts == {"not-mapped": 1}


@pytest.mark.parametrize("tag", ["en_GB", "english language", "e", "de-1996-1996", "x-y", "1"])
def test_a_malformed_language_tag_is_left_out_and_reported(activity: Convert, tag: str) -> None:
    result = activity(f'<title><narrative xml:lang="{tag}">x</narrative></title>')

    assert (result.values("iati:title"), result.report.problem_counts) == (['"x"'], {"language-tag": 1})


def test_a_malformed_default_language_is_kept_as_text_and_reported_once(activity: Convert) -> None:
    content = "<title><narrative>x</narrative><narrative>y</narrative></title>"
    result = activity(content, 'xml:lang="Français !"')

    assert (result.values("iati:defaultLanguage"), result.values("iati:title")) == (['"Français !"'], ['"x"', '"y"'])
    assert result.report.problem_counts == {"language-tag": 1}


def test_the_same_part_of_an_organisation_is_one_node(activity: Convert) -> None:
    provider = '<provider-org ref=" BE 2 " type="10"><narrative>Enabel</narrative></provider-org>'
    result = activity(f"<transaction>{provider}</transaction><transaction>{provider}</transaction>")
    node = result.values("iati:providerOrg", "transaction/1")

    assert [str(result.common("org", "2")).replace(ID, "").strip("<>")] == node
    assert node == result.values("iati:providerOrg", "transaction/2")
    assert result.values("iati:organisation", "org/2") == ["organisation/BE%202"]
    assert result.values("rdf:type", "org/2") == ["iati:Participation"]


def test_another_part_of_the_same_organisation_is_another_node(activity: Convert) -> None:
    result = activity('<participating-org ref="X" role="1"/><participating-org ref="X" role="4"/>')

    assert len(result.values("iati:participatingOrg")) == 2
    assert {"X", "BE-1"} == result.report.organisations


def test_an_organisation_without_reference_keeps_its_name(activity: Convert) -> None:
    result = activity("<participating-org><narrative>Croix-Rouge</narrative></participating-org>")

    assert (
        result.values("iati:organisation", "org/2"),
        result.values("iati:narrative", "org/2"),
    ) == ([], ['"Croix-Rouge"'])


def test_an_aggregate_of_the_standard_keeps_every_repetition(activity: Convert) -> None:
    result = activity("<transaction/>" * 12)

    assert len(result.values("iati:transaction")) == 12


def test_what_the_table_does_not_map_is_kept_aside_item_by_item(activity: Convert) -> None:
    content = (
        'stray <e:x xmlns:e="https://e.example/" a="1">t<e:y/></e:x><nonsense/><nonsense/>'
        '<activity-status code="2" colour="red">text</activity-status>'
    )
    result = activity(content)

    assert result.report.problem_counts == {"stray-text": 2, "extension": 6, "not-mapped": 1}
    assert (result.report.items.kept, result.report.items.dropped, result.report.items.balanced) == (9, 0, True)


def test_an_extension_is_a_property_by_its_name_and_its_value(activity: Convert) -> None:
    content = '<e:x xmlns:e="https://e.example/" a="1">t<e:y/></e:x><e:z xmlns:e="https://e.example/"> z </e:z>'
    result = activity(content, 'xmlns:f="https://f.example/" f:b="2" c="3"')
    space = "extension/https%3A%2F%2F{}.example%2F"

    assert result.values(f"id:{space.format('e')}/z") == ['"z"']
    assert result.values(f"id:{space.format('f')}/@b") == ['"2"']
    assert result.values("id:extension/-/@c") == ['"3"']
    assert result.values(f"id:{space.format('e')}/x") == [
        '"<e:x xmlns:e=\\"https://e.example/\\" a=\\"1\\">t<e:y></e:y></e:x>"^^rdf:XMLLiteral'
    ]


@pytest.mark.parametrize(
    ("content", "written"),
    [
        ("<title/>", "<title></title>"),
        ('<activity-status code=""/>', '<activity-status code=""></activity-status>'),
        ('<activity-scope code="1"/>' * 2, '<activity-scope code="1"></activity-scope>' * 2),
        ('<activity-scope code="5">x</activity-scope>', '<activity-scope code="5">x</activity-scope>'),
        ("<title><narrative>a<b>c</b></narrative></title>", "<title><narrative>a<b>c</b></narrative></title>"),
        (f'<capital-spend percentage="0.{"12" * 10}"/>', f'<capital-spend percentage="0.{"12" * 10}"></capital-spend>'),
    ],
    ids=["empty", "blank", "twice", "stray text", "markup", "rounded"],
)  # fmt: skip
def test_what_the_terms_cannot_give_back_is_kept_as_written(activity: Convert, content: str, written: str) -> None:
    literal = written.replace('"', '\\"')

    assert activity(content).values("levier:asWritten") == [f'"{literal}"^^rdf:XMLLiteral']


def test_two_halves_of_a_sector_are_two_nodes(activity: Convert) -> None:
    """A file divides one sector into lines of its own: a sum of percentages counts both."""
    found = activity('<sector code="72010" percentage="50"/>' * 2)

    assert 2 == found.count("iati:sector") == found.count("iati:percentage")
    assert [] == found.values("levier:asWritten")


def test_the_attributes_of_a_node_are_kept_as_written_on_it(activity: Convert) -> None:
    result = activity('<transaction ref=" " humanitarian="true"/>')
    expected = '"<transaction humanitarian=\\"true\\" ref=\\" \\"></transaction>"^^rdf:XMLLiteral'

    assert [expected] == result.values("levier:asWritten", "transaction/1")


def test_how_defaults_are_written_is_noted_on_the_activity(activity: Convert) -> None:
    content = (
        '<title><narrative xml:lang="FR">x</narrative></title><description><narrative>y</narrative></description>'
        '<default-aid-type code="C01" vocabulary="1"/>'
        '<budget><value currency="EUR" value-date="2024-01-02">1</value></budget>'
    )
    result = activity(content, 'xml:lang="FR" default-currency="EUR"')

    assert result.values("levier:notation") == ['"LANG currency default-aid-type:1 lang:title"']
    assert result.values("levier:asWritten") == []


def test_a_comment_or_a_processing_instruction_is_nothing(activity: Convert) -> None:
    assert activity("<!-- x --><?y z?>").report.items == activity("").report.items


def test_every_line_is_there_once(activity: Convert) -> None:
    result = activity("<title><narrative>x</narrative><narrative>x</narrative></title>")
    lines = result.lines.splitlines()

    assert len(set(lines)) == len(lines) == result.report.triples == len(result.store)
