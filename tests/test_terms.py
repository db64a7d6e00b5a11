"""IRIs of things are percent-encoded part by part, and shortened by our prefixes."""

from levier.terms import activity_iri, code_iri, graph_iri, organisation_iri, shorten


def test_each_part_of_an_activity_iri_is_percent_encoded() -> None:
    expected = "https://w3id.org/levier/id/activity/XI-IATI-EC_NEAR/XI-IATI-EC_NEAR-2016%2F39372%2F2%20b"

    assert expected == activity_iri("XI-IATI-EC_NEAR", "XI-IATI-EC_NEAR-2016/39372/2 b")


def test_a_mime_type_is_one_part_of_a_code_iri() -> None:
    assert "https://w3id.org/levier/id/code/FileFormat/application%2Fpdf" == code_iri("FileFormat", "application/pdf")


def test_an_organisation_iri_keeps_what_an_iri_may_have() -> None:
    assert "https://w3id.org/levier/id/organisation/BE-BCE_KBO-0264814354" == organisation_iri("BE-BCE_KBO-0264814354")


def test_a_graph_key_may_have_parts() -> None:
    assert "https://w3id.org/levier/graph/aid/iom/iom-2.03" == graph_iri("aid", "iom/iom-2.03")


def test_shorten_takes_the_longest_prefix_that_fits() -> None:
    assert ["iati:title", "id:note/migration", "urn:x"] == [
        shorten("https://w3id.org/levier/iati#title"),
        shorten("https://w3id.org/levier/id/note/migration"),
        shorten("urn:x"),
    ]
