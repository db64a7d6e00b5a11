"""Files that are made to harm: nothing is fetched, nothing is expanded, and a sentence says where the reading ends."""

from io import BytesIO
from pathlib import Path
from typing import Final

import pytest
from tests.iati.reading import numbered, opened, read

from levier.errors import BadInput
from levier.iati.reader import open_records
from levier.iati.streams import Limits

ENTITIES: Final = "a.xml: declares XML entities (<!ENTITY \u2026>), which are not expanded; not read."


def test_many_comments_before_the_root_cost_nothing() -> None:
    """A pattern that skipped them once took for ever."""
    assert opened("<!-- x -->\n" * 1_000 + numbered("A")).given == 1


def test_an_entity_bomb_is_refused() -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE x [<!ENTITY l0 "lol">{lol}]>'

    assert read(f'{doctype}<iati-activities version="2.03">&l9;</iati-activities>').error == ENTITIES
    assert read(f'{doctype}<iati-activities version="&l9;"/>').error == ENTITIES


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY s SYSTEM "{secret}">',
        '<!ENTITY % s SYSTEM "{secret}"> %s;',
        '<!NOTATION n SYSTEM "n"><!ENTITY s SYSTEM "{secret}" NDATA n>',
        '<!ENTITY s PUBLIC "-//X//Y" "http://127.0.0.1:9/x">',
        '<!ENTITY % s SYSTEM "http://127.0.0.1:9/x"> %s;',
    ],
)
def test_external_entities_and_parameter_entities_are_refused(declaration: str, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("<!ENTITY t 'secret'>", encoding="utf-8")
    declaration = declaration.replace("{secret}", (tmp_path / "secret.txt").as_uri())
    outcome = read(f"<!DOCTYPE x [{declaration}]>" + numbered("&s;"))

    assert (outcome.error, outcome.given) == (ENTITIES, [])


def test_a_dtd_is_not_loaded_and_its_entities_are_those_of_html(tmp_path: Path) -> None:
    """Also in an attribute, where the parser would drop one of a DTD that it has not read."""
    (tmp_path / "x.dtd").write_text("<!ENTITY nbsp 'secret'>", encoding="utf-8")
    doctype = f'<!DOCTYPE x SYSTEM "{(tmp_path / "x.dtd").as_uri()}?a&b">'
    outcome = read(doctype + numbered('<n a="&eacute;">&nbsp;</n>', "&own;"))
    problems = outcome.records.problems

    assert [
        '<iati-activity><n a="\xe9">\xa0</n></iati-activity>',
        "<iati-activity>&amp;own;</iati-activity>",
    ] == outcome.given
    assert [problem.kind for problem in problems] == ["undeclared-entity"] * 3


def test_defaults_of_attributes_in_a_dtd_are_not_filled_in() -> None:
    outcome = read("<!DOCTYPE x [<!ATTLIST n a CDATA 'x'>]>" + numbered("<n/>"))

    assert outcome.given == ["<iati-activity><n/></iati-activity>"]


def test_xinclude_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    href = (tmp_path / "secret.txt").as_uri()
    include = f'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{href}" parse="text"/>'

    assert read(numbered(include)).given == [f"<iati-activity>{include}</iati-activity>"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<x>" * 300 + "</x>" * 300, "elements stand more than 256 deep in each other"),
        ("x" * 10_100_000, "a text of more than 10,000,000 bytes"),
        ("xx&lt;" * 4_000_000, "a text of more than 10,000,000 bytes"),
        (f"<![CDATA[{'x' * 10_100_000}]]>", "a CDATA section of more than 10,000,000 bytes"),
        (f"<!--{'x' * 10_100_000}-->", "a comment of more than 10,000,000 bytes"),
        (f"<{'x' * 60_000}/>", "a name of more than 50,000 bytes"),
    ],
    ids=["depth", "text", "references", "CDATA", "comment", "name"],
)
def test_what_is_larger_than_the_limits_ends_the_file_in_a_sentence(content: str, reason: str) -> None:
    outcome = read(numbered("A", content, "C"))

    assert outcome.error is not None
    assert outcome.error.endswith(f"malformed ({reason}); the 1 complete activity before that was kept.")


def test_an_attribute_that_is_larger_than_the_limits_ends_the_file_in_a_sentence() -> None:
    """The parser finds out late: it has given the activity, and the end of the file it has not."""
    outcome = read(numbered("A", f"<x a='{'x' * 20_000_000}'/>"))

    assert "malformed (a tag or an attribute of more than 10,000,000 bytes); " in (outcome.error or "")


@pytest.mark.parametrize("around", ["<iati-activity>{}</iati-activity>", "<box>{}</box>", "{}"])
def test_what_takes_too_long_to_end_ends_the_file_in_a_sentence(around: str) -> None:
    """An activity of more than 32 MiB, a stranger, or nothing between two activities."""
    large = around.format(f"<x y='1'/>\n<!--{'.' * 1_000}-->" * 34_000)
    outcome = read(f"<iati-activities><iati-activity/>{large}<iati-activity/></iati-activities>")

    assert outcome.error == (
        "a.xml: more than 33,554,432 bytes in which no activity or organisation ends, which is the limit "
        "(LEVIER_MAX_RECORD_BYTES); "
        "the 1 complete activity before that was kept."
    )


def test_a_file_that_is_longer_than_the_limit_is_read_as_far_as_that() -> None:
    content = numbered(*["x" * 1_000] * 1_000).encode()
    records = open_records(BytesIO(content), "a.xml", Limits(500_000, 500_000))
    with pytest.raises(BadInput) as raised:
        list(records)

    assert raised.value.message == (
        "a.xml: more than 500,000 bytes unpacked, which is the limit (LEVIER_MAX_FILE_BYTES); "
        f"the {records.given:,} complete activities before that were kept."
    )
    assert 400 < records.given < 500
