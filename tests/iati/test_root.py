"""What a file says outside its activities or organisations is kept with its name, and every item of it is counted."""

from typing import Final

import pytest
from lxml import etree
from tests.iati.reading import numbered, opened, read

from levier.iati.root import Extension
from levier.iati.undeclared import NAMESPACE

REGISTRY: Final = "http://iatiregistry.org/ns/record#"
KEPT: Final = "the 2 complete activities before that were kept."


def test_prefixes_that_are_not_declared_get_a_namespace() -> None:
    outcome = read(numbered("A", '<f:b f:a="1" c="2"><f:d/></f:b>', "C"))
    problems = outcome.records.problems
    attributes = etree.fromstring(outcome.given[1])[0].attrib

    assert outcome.error is None
    assert len(outcome.given) == 3
    assert etree.fromstring(outcome.given[1])[0].tag == f"{{{NAMESPACE}f}}b"
    assert dict(attributes) == {f"{{{NAMESPACE}f}}a": "1", "c": "2"}
    assert [(p.kind, p.line, p.outcome, p.count) for p in problems] == [("undeclared-prefix", 3, "repaired", 3)]


def test_a_prefix_that_is_not_declared_does_not_hide_that_the_file_breaks_off() -> None:
    outcome = read(numbered("<f:b/>", "B", "<title>").removesuffix("\n</iati-activities>"))

    assert (len(outcome.given), (outcome.error or "").endswith(f"; {KEPT}")) == (2, True)
    assert "</title> is expected" in (outcome.error or "")


@pytest.mark.parametrize("name", ["f:b:c", "f:1", ":f", "f:"])
def test_names_with_odd_colons_become_names(name: str) -> None:
    outcome = read(numbered(f"<{name}/>"))

    assert [len(etree.fromstring(xml)) for xml in outcome.given] == [1]
    assert ":" not in etree.QName(etree.fromstring(outcome.given[0])[0]).localname


def test_what_the_root_element_says_besides_is_kept_with_its_name() -> None:
    attributes = f'version=" 2.03 " colour="red" xmlns:r="{REGISTRY}" r:id="7" xml:lang="fr"'
    head = opened("\n" + numbered("A", attributes=attributes)).head

    assert (head.version, head.line) == ("2.03", 2)
    assert head.extensions == [
        Extension("@colour", "red", 2, 1),
        Extension(f"{{{REGISTRY}}}@id", "7", 2, 1),
        Extension("{http://www.w3.org/XML/1998/namespace}@lang", "fr", 2, 1),
    ]
    assert (head.items, head.converted, head.kept, head.dropped) == (5, 2, 3, 0)


def test_what_stands_beside_the_activities_is_kept_as_it_is() -> None:
    strangers = f'x<r:record xmlns:r="{REGISTRY}" name="be"><r:a/>t<!-- c --></r:record>\n'
    content = f"<iati-activities>{strangers}<iati-activity/>y\n<note>z</note><iati-activity/>\n<br/></iati-activities>"
    outcome = read(content)
    head = outcome.records.head

    assert len(outcome.given) == 2
    assert sorted(head.extensions, key=lambda extension: extension.value) == [
        Extension("br", "", 4, 1),
        Extension(
            f"{{{REGISTRY}}}record",
            f'<r:record xmlns:r="{REGISTRY}" name="be"><r:a></r:a>t</r:record>',
            1,
            4,
            is_xml=True,
        ),
        Extension("text()", "x", 1, 1),
        Extension("text()", "y", 2, 1),
        Extension("note", "z", 3, 2),
    ]
    assert (head.items, head.converted, head.kept, head.dropped) == (10, 1, 9, 0)


def test_activities_in_a_stranger_are_not_taken_for_activities_of_the_file() -> None:
    outcome = read(
        "<iati-activities><box><iati-activity>B</iati-activity></box><iati-activity>A</iati-activity></iati-activities>"
    )
    head = outcome.records.head

    assert outcome.given == ["<iati-activity>A</iati-activity>"]
    assert [extension.value for extension in head.extensions] == ["<box><iati-activity>B</iati-activity></box>"]


@pytest.mark.parametrize(("stranger", "items"), [("<s>x</s>", 2), (f"<s a='{'x' * 3_000}'/>", 2)], ids=["many", "long"])
def test_strangers_past_a_bound_are_only_counted_and_the_items_balance(stranger: str, items: int) -> None:
    head = opened(f"<iati-activities>{stranger * 2_000}<iati-activity/></iati-activities>").head

    assert 300 < len(head.extensions) <= 1_000
    assert head.items == 1 + 2_000 * items == head.converted + head.kept + head.dropped


def test_strangers_of_a_file_that_is_repaired_are_taken_once() -> None:
    head = opened(
        "<iati-activities>x<iati-activity/><note/><iati-activity>&nbsp;</iati-activity></iati-activities>"
    ).head

    assert [extension.name for extension in head.extensions] == ["note", "text()"]
    assert (head.items, head.kept) == (3, 2)


def test_a_stranger_whose_namespaces_are_no_addresses_is_kept() -> None:
    head = opened('<iati-activities xmlns:r="no address"><r:a b="1"/><iati-activity/></iati-activities>').head

    assert [extension.value for extension in head.extensions] == ['<r:a xmlns:r="no address" b="1"/>']
