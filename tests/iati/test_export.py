"""IATI XML from the graph: how each convention of the graph is written, and what is selected from a store."""

from io import BytesIO
from pathlib import Path

import pyoxigraph as ox
import pytest
from lxml import etree
from tests.iati.compare import differences
from tests.iati.roundtrip import describe

from levier.errors import BadUsage, BrokenData, NothingToDo, UnknownThing
from levier.graph import EmbeddedStore
from levier.iati.activity import converter, identify
from levier.iati.writing.export import select, write_xml
from levier.iati.writing.prefixes import prefixes
from levier.iati.writing.xml_writer import element_of
from levier.terms import ID, PREFIXES, graph_iri

A = f"{ID}activity/BE-1/BE-1-A"
_PREFIXES = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in PREFIXES.items())


def _written(turtle: str) -> etree._Element:
    """Give the XML of the activity A; `turtle` has it as its base, so that <#x> is short for a node."""
    triples = ox.parse(f"@base <{A}> .\n{_PREFIXES}{turtle}".encode(), format=ox.RdfFormat.TURTLE)
    lines = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    return element_of(A, "Activity", "iati-activity", describe(lines))


def _assert_writes(turtle: str, content: str, attributes: str = "") -> None:
    expected = etree.fromstring(f"<iati-activity {attributes}>{content}</iati-activity>")

    assert [] == differences(expected, _written(turtle))


@pytest.mark.parametrize(
    ("turtle", "content"),
    [
        ('<> iati:iatiIdentifier "BE-1-A" .', "<iati-identifier>BE-1-A</iati-identifier>"),
        ("<> iati:activityStatus <https://w3id.org/levier/id/code/ActivityStatus/2> .", '<activity-status code="2"/>'),
        ('<> iati:sector <#s> . <#s> iati:codeText "a/b" .', '<sector code="a/b"/>'),
        (
            "<> iati:sector <#s> . <#s> iati:code <https://w3id.org/levier/id/code/Sector/a%2Fb> .",
            '<sector code="a/b"/>',
        ),
        (
            "<> iati:reportingOrg <#o> . <#o> iati:organisation <https://w3id.org/levier/id/organisation/X%20Y> .",
            '<reporting-org ref="X Y"/>',
        ),
        (
            (
                '<> iati:reportingOrg <#o> . <#o> iati:ref "x y" ; '
                "iati:organisation <https://w3id.org/levier/id/organisation/X-Y> ."
            ),
            '<reporting-org ref="x y"/>',
        ),
        (
            '<> iati:conditionsAttached true ; iati:condition <#c> . <#c> iati:narrative "c" .',
            '<conditions attached="1"><condition><narrative>c</narrative></condition></conditions>',
        ),
        (
            '<> iati:location <#l> . <#l> iati:srsName "s" ; iati:pos "1 2" ; geo:lat 1 ; geo:long 2 .',
            '<location><point srsName="s"><pos>1 2</pos></point></location>',
        ),
        (
            (
                "<> iati:documentLink <#d> . "
                "<#d> iati:category <https://w3id.org/levier/id/code/DocumentCategory/A01> , "
                "<https://w3id.org/levier/id/code/DocumentCategory/A02> ."
            ),
            '<document-link><category code="A01"/><category code="A02"/></document-link>',
        ),
        (
            '<> iati:generalDescription "g" ; iati:description "d", "e" .',
            (
                '<description type="1"><narrative>g</narrative></description>'
                "<description><narrative>d</narrative><narrative>e</narrative></description>"
            ),
        ),
    ],
)
def test_terms_are_written_as_the_table_has_them(turtle: str, content: str) -> None:
    _assert_writes(turtle, content)


@pytest.mark.parametrize(
    ("notation", "default", "own"),
    [
        ("", "", ' xml:lang="fr"'),
        ("lang:title", ' xml:lang="nl"', ' xml:lang="fr"'),
        ("LANG", "", ' xml:lang="FR"'),
        ("LANG lang:title", ' xml:lang="NL"', ' xml:lang="FR"'),
    ],
)
def test_a_narrative_states_its_language_where_it_is_not_the_default_or_the_notation_says_so(
    notation: str, default: str, own: str
) -> None:
    turtle = f'<> iati:defaultLanguage "nl" ; iati:title "t"@nl , "u"@fr , "v" ; levier:notation "{notation}" .'
    content = f"<title><narrative{default}>t</narrative><narrative{own}>u</narrative><narrative>v</narrative></title>"

    _assert_writes(turtle, content, f'xml:lang="{"NL" if "LANG" in notation else "nl"}"')


def test_what_is_no_language_tag_keeps_its_letter_case() -> None:
    turtle = '<> iati:defaultLanguage "en_us" ; iati:title "t"@fr ; levier:notation "LANG" .'

    _assert_writes(turtle, '<title><narrative xml:lang="FR">t</narrative></title>', 'xml:lang="en_us"')


@pytest.mark.parametrize(
    ("notation", "currency", "expected"),
    [("", "EUR", ""), ("currency", "EUR", ' currency="EUR"'), ("", "USD", ' currency="USD"')],
)
def test_a_currency_is_stated_where_it_is_not_the_default_or_the_notation_says_so(
    notation: str, currency: str, expected: str
) -> None:
    code = "https://w3id.org/levier/id/code/Currency/"
    turtle = (
        f'<> iati:defaultCurrency <{code}EUR> ; levier:notation "{notation}" ; iati:budget <#b> , <#c> . '
        f"<#b> iati:value 1.5 ; iati:currency <{code}{currency}> . <#c> iati:currency <{code}{currency}> ."
    )
    content = f"<budget><value{expected}>1.5</value></budget><budget><value{expected}/></budget>"

    _assert_writes(turtle, content, 'default-currency="EUR"')


@pytest.mark.parametrize(
    ("listed", "notation", "expected"),
    [
        ("AidType", "", ""),
        ("AidType", "default-aid-type:1", ' vocabulary="1"'),
        ("AidType", "aid-type:1", ""),
        ("EarmarkingCategory", "", ' vocabulary="2"'),
        ("CashandVoucherModalities", "default-aid-type:1", ' vocabulary="4"'),
    ],
)
def test_the_vocabulary_of_an_aid_type_is_that_of_its_list(listed: str, notation: str, expected: str) -> None:
    code = f"https://w3id.org/levier/id/code/{listed}/X1"
    turtle = f'<> iati:defaultAidType <{code}> ; levier:notation "{notation}" .'

    _assert_writes(turtle, f'<default-aid-type{expected} code="X1"/>')


def test_a_date_is_written_once_where_a_node_says_it_too() -> None:
    dated = "https://w3id.org/levier/id/code/ActivityDateType/"
    turtle = (
        '<> iati:plannedStart "2020-01-01"^^xsd:date , "2020-01-02"^^xsd:date ; iati:activityDate <#d> , <#e> . '
        f'<#d> iati:type <{dated}1> ; iati:isoDate "2020-01-01"^^xsd:date ; iati:narrative "why" . '
        f"<#e> iati:type <{dated}9> ."
    )
    content = (
        '<activity-date type="1" iso-date="2020-01-02"/><activity-date type="9"/>'
        '<activity-date type="1" iso-date="2020-01-01"><narrative>why</narrative></activity-date>'
    )

    _assert_writes(turtle, content)


def test_what_is_kept_as_written_stands_before_what_the_terms_say() -> None:
    """Of a node: its own attributes and text. Of its children: all of one name."""
    turtle = (
        '<> iati:sector <#s> ; iati:title "t" ; '
        'levier:asWritten "<title><narrative>t<b>u</b></narrative></title><title></title>"^^rdf:XMLLiteral . '
        '<#s> iati:codeText "1" ; iati:percentage 50.0 ; iati:narrative "n" ; '
        '<https://w3id.org/levier/id/extension/-/@odd> "o" ; '
        'levier:asWritten \'<sector code="" odd="o">stray</sector>\'^^rdf:XMLLiteral .'
    )
    content = (
        '<title><narrative>t<b>u</b></narrative></title><title/><sector code="" odd="o">stray'
        "<narrative>n</narrative></sector>"
    )

    _assert_writes(turtle, content)


def test_extensions_are_attributes_and_elements_of_their_namespace() -> None:
    at = "https://w3id.org/levier/id/extension/http%3A%2F%2Fex.org%2Fns%2Fmine%40home"
    turtle = (
        f'<> <{at}/@rank> "1" ; <{at}/word> "a" , "b" ; <{at}/kept> "kept from the terms" ; '
        f'<{at}/tree> \'<x:tree xmlns:x="http://ex.org/ns/mine@home" y="1"><z></z></x:tree>\'^^rdf:XMLLiteral ; '
        '<https://w3id.org/levier/id/extension/-/plain> "p" ; '
        "levier:asWritten '<x:kept xmlns:x=\"http://ex.org/ns/mine@home\">1</x:kept>'^^rdf:XMLLiteral ."
    )
    content = '<m:word>a</m:word><m:word>b</m:word><m:kept>1</m:kept><m:tree y="1"><z/></m:tree><plain>p</plain>'

    _assert_writes(turtle, content, 'xmlns:m="http://ex.org/ns/mine@home" m:rank="1"')


def test_nodes_stand_in_the_order_of_their_numbers() -> None:
    turtle = "".join(
        f'<> iati:legacyData <{A}/legacy-data/{n}> . <{A}/legacy-data/{n}> iati:name "{n}" . ' for n in (10, 9, 1)
    )
    names = [element.get("name") for element in _written(turtle)]

    assert ["1", "9", "10"] == names


@pytest.mark.parametrize(
    "turtle",
    [
        '<> levier:asWritten "<title>"^^rdf:XMLLiteral .',
        '<> levier:asWritten "words"^^rdf:XMLLiteral .',
        '<> iati:iatiIdentifier "\\u0007" .',
        '<> <https://w3id.org/levier/id/extension/-/no%20name> "1" .',
    ],
)
def test_what_cannot_stand_in_xml_is_told_with_its_node(turtle: str) -> None:
    with pytest.raises(BrokenData, match="activity/BE-1/BE-1-A> cannot be written as XML"):
        _written(turtle)


def test_prefixes_are_the_last_word_of_a_namespace_that_says_something() -> None:
    spaces = {
        "http://example.org/xmlns/store": "store",
        "http://other.example.org/store/": "store2",
        "https://explorer.agency.example": "agency",
        "http://example.org/aid/ns#": "aid",
        "http://www.w3.org/2001/XMLSchema-instance": "xsi",
        "urn:0:1": "ext",
    }

    assert {prefix: space for space, prefix in spaces.items()} == prefixes(
        [*spaces, "", "http://www.w3.org/XML/1998/namespace"]
    )


ONE, TWO, ORGANISATIONS = (graph_iri("aid", key) for key in ("one", "two", "organisations"))


def _record(xml: str) -> bytes:
    element = etree.fromstring(xml)
    converted = converter("test", None)(element, identify(element))
    return converted.common + converted.lines


def _activity(name: str, title: str) -> str:
    return (
        f'<iati-activity><iati-identifier>{name}</iati-identifier><reporting-org ref="BE-1"/>'
        f"<title><narrative>{title}</narrative></title></iati-activity>"
    )


@pytest.fixture
def store() -> EmbeddedStore:
    """Two datasets with one activity each, the first with a copy of the second's, and an organisation's."""
    made = EmbeddedStore.in_memory()
    made.load_bytes(_record(_activity("A", "of A")), ONE)
    made.load_bytes(_record(_activity("B", "of B")), TWO)
    copy = (
        f"{_PREFIXES}<{ID}copy/one/1> a levier:ActivityCopy ; levier:copyOf <{ID}activity/BE-1/B> ; "
        'levier:sourceLine 99 ; iati:iatiIdentifier "B" ; iati:title "of B, by another" .'
    )
    made.load_bytes(copy.encode(), ONE, ox.RdfFormat.TURTLE)
    about = f'{_PREFIXES}<{ONE}> iati:generatedDatetime "2020-01-01T00:00:00Z"^^xsd:dateTime ; iati:version "2.01" .'
    made.load_bytes(about.encode(), graph_iri("provenance"), ox.RdfFormat.TURTLE)
    record = "<iati-organisation><organisation-identifier>BE-1</organisation-identifier></iati-organisation>"
    made.load_bytes(_record(record), ORGANISATIONS)
    return made


def _file(store: EmbeddedStore, graphs: tuple[str, ...] = (), identifiers: tuple[str, ...] = ()) -> etree._Element:
    stream = BytesIO()
    write_xml(store, select(store, graphs, identifiers), stream)
    return etree.fromstring(stream.getvalue())


def _titles(root: etree._Element) -> list[str | None]:
    return [element.findtext("title/narrative") for element in root]


def test_without_a_graph_every_activity_is_written_once_and_organisations_are_counted(store: EmbeddedStore) -> None:
    root = _file(store)

    assert ("iati-activities", {"version": "2.03"}, ["of A", "of B"]) == (root.tag, dict(root.attrib), _titles(root))
    assert 1 == select(store).organisations_left_out


def test_a_graph_comes_back_whole_with_its_copies_and_its_date(store: EmbeddedStore) -> None:
    root = _file(store, (ONE,))

    assert ["of A", "of B, by another"] == _titles(root)
    assert {"version": "2.03", "generated-datetime": "2020-01-01T00:00:00Z"} == dict(root.attrib)


def test_what_stood_beside_the_activities_of_a_dataset_comes_back_with_it(store: EmbeddedStore) -> None:
    at = f"{ID}extension/urn%3Amine"
    said = (
        f'<{ONE}> <{at}/@rank> "1" ; <{at}/note> "words" ; <{ID}extension/-/text%28%29> "stray" ; '
        f'<{at}/tree> \'<x:tree xmlns:x="urn:mine" y="1"></x:tree>\'^^<{PREFIXES["rdf"]}XMLLiteral> .'
    )
    store.load_bytes(said.encode(), ONE, ox.RdfFormat.TURTLE)
    root = _file(store, (ONE,))
    for activity in root.findall("iati-activity"):
        root.remove(activity)
    expected = (
        '<iati-activities version="2.03" generated-datetime="2020-01-01T00:00:00Z" xmlns:m="urn:mine" m:rank="1">'
        'stray<m:note>words</m:note><m:tree y="1"/></iati-activities>'
    )

    assert [] == differences(etree.fromstring(expected), root)


@pytest.mark.parametrize(
    ("graphs", "titles"), [((), ["of B"]), ((ONE,), ["of B, by another"]), ((TWO, ONE), ["of B, by another", "of B"])]
)
def test_an_activity_is_its_canonical_report_or_that_of_the_graph_asked_for(
    store: EmbeddedStore, graphs: tuple[str, ...], titles: list[str]
) -> None:
    assert titles == _titles(_file(store, graphs, ("B", "B")))


def test_organisation_records_go_into_a_file_of_their_own(store: EmbeddedStore) -> None:
    root = _file(store, (ORGANISATIONS,))

    assert ("iati-organisations", ["BE-1"]) == (root.tag, [e.findtext("organisation-identifier") for e in root])


def test_a_copy_of_an_organisation_record_is_one() -> None:
    store = EmbeddedStore.in_memory()
    copy = (
        f'{_PREFIXES}<{ID}copy/one/1> a levier:ActivityCopy ; levier:copyOf <{ID}organisation/BE-1> ; iati:name "n" .'
    )
    store.load_bytes(copy.encode(), ONE, ox.RdfFormat.TURTLE)

    assert "n" == _file(store, (ONE,)).findtext("iati-organisation/name/narrative")


def test_graphs_with_activities_and_organisations_are_refused(store: EmbeddedStore) -> None:
    with pytest.raises(BadUsage, match=r"hold activities \(2\) and organisation records \(1\)"):
        select(store, (ONE, ORGANISATIONS))


def test_what_is_not_there_is_told(store: EmbeddedStore) -> None:
    with pytest.raises(NothingToDo, match="graphs asked for have no IATI activity"):
        select(store, (graph_iri("provenance"),))
    with pytest.raises(UnknownThing, match="no activity of the IATI identifier 'A'"):
        select(store, (TWO,), ("A",))


def test_the_same_store_gives_the_same_bytes(store: EmbeddedStore) -> None:
    first, second = BytesIO(), BytesIO()
    write_xml(store, select(store), first)
    write_xml(store, select(store), second)

    assert first.getvalue() == second.getvalue()


@pytest.mark.parametrize("kind", ["activity", "organisation"])
def test_the_annotated_example_comes_back_valid_against_the_schema(shared: Path, kind: str) -> None:
    parser = etree.XMLParser(remove_comments=True)
    example = etree.parse(shared / "standard" / "examples" / f"{kind}-2.03.xml", parser).getroot()
    plural = "activities" if kind == "activity" else "organisations"
    schema = etree.XMLSchema(etree.parse(shared / "standard" / "xsd" / "2.03" / f"iati-{plural}-schema.xsd"))
    store = EmbeddedStore.in_memory()
    for record in example.iterchildren(f"iati-{kind}"):
        converted = converter("test", None)(record, identify(record))
        store.load_bytes(converted.common + converted.lines, ONE)
    written = _file(store, (ONE,))
    unlike = [differences(*pair) for pair in zip(example, written, strict=True)]

    assert (True, True) == (schema.validate(example), schema.validate(written)), schema.error_log
    assert [[]] == unlike
