from datetime import UTC, datetime

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from levier.graph import EmbeddedStore
from levier.terms import DCAT, DCTERMS, FOAF, GRAPH, ID, LEVIER, PREFIXES, PROV, RDF, SKOS, VOID
from levier.web.description import FORMATS, SD, count_all, count_default
from levier.web.negotiation import GRAPH_FORMS, Form
from levier.web.wellknown import Served, describe_dataset

BASE = "http://data.example.org/levier/"
WHOLE = BASE + ".well-known/void#dataset"
CC_BY = "https://creativecommons.org/licenses/by/4.0/"
SAMPLE = GRAPH + "aid/sample"
NOTE = GRAPH + "note/x"

_DATA = {
    NOTE: """
        <https://w3id.org/levier/graph/note/x> a levier:Dataset ; dcterms:title "A note"@en , "Une note"@fr ;
            dcterms:license <https://creativecommons.org/licenses/by/4.0/> ; levier:illustrative true ;
            dcterms:source [ dcterms:title "nobody knows its name" ] .
        id:x skos:prefLabel "x"@en ; foaf:page <http://e/> .
        <https://w3id.org/levier/graph/aid/sample> dcterms:license <http://e/not-for-the-note-to-say> .
    """,
    SAMPLE: "id:activity iati:iatiIdentifier 'a' , 'b' .",
    GRAPH + "ontology": """
        <https://w3id.org/levier/ontology> a owl:Ontology ; dcterms:title "A module"@en ;
            dcterms:license <https://creativecommons.org/licenses/by/4.0/> ; dcterms:creator id:contributors .
    """,
    GRAPH + "provenance": """
        <https://w3id.org/levier/graph/aid/sample> dcterms:title "IATI activities of sample" ;
            levier:activityCount 1 ; void:triples 2 ; levier:fileName "/secret/place/sample.xml" ;
            prov:wasGeneratedBy <https://w3id.org/levier/id/run/1> .
        <https://w3id.org/levier/id/run/1> a prov:Activity ; dcterms:description "levier build --aid /secret" ;
            prov:startedAtTime "2026-01-31T12:00:00Z"^^xsd:dateTime .
    """,
}


def holding(data: dict[str, str]) -> EmbeddedStore:
    store = EmbeddedStore.in_memory()
    prefixes = "\n".join(f"PREFIX {name}: <{space}>" for name, space in PREFIXES.items())
    for graph, turtle in data.items():
        store.load_bytes(f"{prefixes}\n{turtle}".encode(), graph, ox.RdfFormat.TURTLE)
    return store


def parsed(document: bytes, form: ox.RdfFormat = ox.RdfFormat.N_TRIPLES) -> ox.Store:
    store = ox.Store()
    store.load(document, form)
    return store


def values(found: ox.Store, subject: str, predicate: str) -> set[str]:
    quads = found.quads_for_pattern(ox.NamedNode(subject), ox.NamedNode(predicate), None, None)
    return {quad.object.value for quad in quads if not isinstance(quad.object, ox.Triple)}


@pytest.fixture(scope="module")
def described() -> ox.Store:
    served = Served(BASE, "20260131T120000123Z-1a2b3c4d", datetime(2026, 1, 31, 12, tzinfo=UTC), 17)
    return parsed(describe_dataset(holding(_DATA), served))


def test_the_document_is_about_the_dataset(described: ox.Store) -> None:
    document = BASE + ".well-known/void"

    assert {VOID + "DatasetDescription"} == values(described, document, RDF + "type")
    assert {WHOLE} == values(described, document, FOAF + "primaryTopic")


def test_the_whole_says_where_it_is_asked_and_how_much_it_is(described: ox.Store) -> None:
    assert {VOID + "Dataset", DCAT + "Catalog"} == values(described, WHOLE, RDF + "type")
    assert {BASE + "sparql"} == values(described, WHOLE, VOID + "sparqlEndpoint")
    assert {"17"} == values(described, WHOLE, VOID + "triples")
    assert {"2026-01-31T12:00:00Z"} == values(described, WHOLE, DCTERMS + "modified")
    assert {ID} == values(described, WHOLE, VOID + "uriSpace")
    assert {WHOLE} == values(described, BASE + "sparql", DCAT + "servesDataset")


def test_each_named_graph_is_a_subset_and_a_dataset(described: ox.Store) -> None:
    assert set(_DATA) == values(described, WHOLE, VOID + "subset")
    assert set(_DATA) == values(described, WHOLE, DCAT + "dataset")
    for graph in _DATA:
        assert {VOID + "Dataset", DCAT + "Dataset"} <= values(described, graph, RDF + "type")


def test_a_graph_says_how_to_get_it(described: ox.Store) -> None:
    address = BASE + "graphs?graph=https%3A%2F%2Fw3id.org%2Flevier%2Fgraph%2Faid%2Fsample"

    assert {address + "&format=ttl"} == values(described, SAMPLE, VOID + "dataDump")
    assert {address} == values(described, SAMPLE, DCAT + "distribution")
    assert {address} == values(described, address, DCAT + "accessURL")
    assert {BASE + "sparql"} == values(described, address, DCAT + "accessService")


def test_a_graph_is_described_as_it_describes_itself(described: ox.Store) -> None:
    assert {"A note", "Une note"} == values(described, NOTE, DCTERMS + "title")
    assert {CC_BY} == values(described, NOTE, DCTERMS + "license")
    assert {"true"} == values(described, NOTE, LEVIER + "illustrative")


def test_a_graph_is_described_as_its_provenance_describes_it(described: ox.Store) -> None:
    assert {"IATI activities of sample"} == values(described, SAMPLE, DCTERMS + "title")
    assert {"1"} == values(described, SAMPLE, LEVIER + "activityCount")
    assert {"2"} == values(described, SAMPLE, VOID + "triples")
    assert {ID + "run/1"} == values(described, SAMPLE, PROV + "wasGeneratedBy")
    assert {"2026-01-31T12:00:00Z"} == values(described, ID + "run/1", PROV + "startedAtTime")


def test_the_ontology_has_the_licence_of_its_modules_and_not_their_titles(described: ox.Store) -> None:
    assert {CC_BY} == values(described, GRAPH + "ontology", DCTERMS + "license")
    assert set() == values(described, GRAPH + "ontology", DCTERMS + "title")


def test_no_graph_speaks_for_another(described: ox.Store) -> None:
    assert set() == values(described, SAMPLE, DCTERMS + "license")


def test_neither_files_nor_commands_of_the_server_are_told(described: ox.Store) -> None:
    assert b"/secret" not in (described.dump(format=ox.RdfFormat.N_QUADS) or b"")


def test_no_blank_node_is_told(described: ox.Store) -> None:
    quads = list(described)

    assert not [q for q in quads if isinstance(q.subject, ox.BlankNode) or isinstance(q.object, ox.BlankNode)]


def test_the_whole_has_no_licence_unless_all_graphs_have_it(described: ox.Store) -> None:
    alone = parsed(describe_dataset(holding({NOTE: _DATA[NOTE]}), Served(BASE)))

    assert set() == values(described, WHOLE, DCTERMS + "license")
    assert {CC_BY} == values(alone, WHOLE, DCTERMS + "license")


def test_the_vocabularies_are_those_in_use(described: ox.Store) -> None:
    found = values(described, WHOLE, VOID + "vocabulary")

    assert {SKOS, FOAF, LEVIER, DCTERMS, PROV} <= found
    assert set() == values(parsed(describe_dataset(holding({}), Served(BASE))), WHOLE, VOID + "vocabulary")


def test_an_empty_store_is_described_without_a_claim() -> None:
    found = parsed(describe_dataset(holding({}), Served(BASE)))

    for predicate in (DCTERMS + "title", DCTERMS + "modified", DCTERMS + "license", VOID + "triples", VOID + "subset"):
        assert set() == values(found, WHOLE, predicate)


@pytest.mark.parametrize("form", GRAPH_FORMS, ids=lambda form: form.names[0])
def test_the_description_comes_in_every_form(form: Form[ox.RdfFormat]) -> None:
    store = holding(_DATA)

    assert len(parsed(describe_dataset(store, Served(BASE)))) == len(
        parsed(describe_dataset(store, Served(BASE), form.media_type), form.value)
    )


def test_it_is_given_over_http_with_the_forms_and_the_tag_of_other_data(client: FlaskClient) -> None:
    answer = client.get("/.well-known/void", headers={"Accept": "application/n-triples"})
    again = client.get("/.well-known/void?format=nt", headers={"If-None-Match": answer.headers["ETag"]})
    found = parsed(answer.data)

    assert 200 == answer.status_code
    assert "application/n-triples" == answer.mimetype
    assert "Accept" in answer.headers["Vary"]
    assert {"http://localhost/sparql"} == values(
        found, "http://localhost/.well-known/void#dataset", VOID + "sparqlEndpoint"
    )
    assert {"1"} == values(found, SAMPLE, LEVIER + "activityCount")
    assert 304 == again.status_code


def test_a_form_that_there_is_not_is_a_problem(client: FlaskClient) -> None:
    answer = client.get("/.well-known/void", headers={"Accept": "image/png"})

    assert 406 == answer.status_code


def test_without_a_snapshot_there_is_nothing_to_describe(empty_client: FlaskClient) -> None:
    assert 503 == empty_client.get("/.well-known/void").status_code


def test_statements_are_counted_of_all_graphs_and_of_the_default_graph_alone() -> None:
    store = holding({"http://e/g": "<http://e/a> <http://e/b> 1 , 2 ."})
    store.raw.add(ox.Quad(ox.NamedNode("http://e/a"), ox.NamedNode("http://e/b"), ox.Literal(3)))

    assert (3, 1) == (count_all(store), count_default(store))


def service_description(client: FlaskClient, form: str = "nt") -> ox.Store:
    return parsed(client.get(f"/sparql?format={form}").data)


def test_the_service_description_has_one_service_with_its_endpoint_and_its_default_graph(client: FlaskClient) -> None:
    found = service_description(client)
    asked = f"""
        PREFIX sd: <{SD}>
        SELECT ?service ?endpoint {{ ?service a sd:Service ; sd:endpoint ?endpoint ; sd:defaultDataset ?dataset .
          ?dataset a sd:Dataset ; sd:defaultGraph ?graph . ?graph a sd:Graph }}
    """
    rows = found.query(asked)
    assert isinstance(rows, ox.QuerySolutions)
    endpoint = "http://localhost/sparql"

    assert [(endpoint, endpoint)] == [(row["service"].value, row["endpoint"].value) for row in rows]


def test_the_service_description_lists_every_form_of_a_graph(client: FlaskClient) -> None:
    found = values(service_description(client), "http://localhost/sparql", SD + "resultFormat")

    assert len(FORMATS) == len(GRAPH_FORMS)
    assert set(FORMATS) <= found


def test_a_service_that_reads_only_says_nothing_of_updates(client: FlaskClient) -> None:
    found = service_description(client)

    assert {SD + "SPARQL11Query"} == values(found, "http://localhost/sparql", SD + "supportedLanguage")
    assert set() == values(found, "http://localhost/sparql", SD + "inputFormat")


def test_a_strict_service_says_that_its_default_graph_is_no_union(
    client: FlaskClient, strict_client: FlaskClient
) -> None:
    union, strict = (service_description(each) for each in (client, strict_client))
    predicate = SD + "feature"

    assert SD + "UnionDefaultGraph" in values(union, "http://localhost/sparql", predicate)
    assert SD + "UnionDefaultGraph" not in values(strict, "http://localhost/sparql", predicate)
    assert b'"0"' in (strict.dump(format=ox.RdfFormat.N_QUADS) or b"")


def test_the_service_description_has_a_tag_that_holds_for_it(client: FlaskClient) -> None:
    answer = client.get("/sparql?format=ttl")
    again = client.get("/sparql?format=ttl", headers={"If-None-Match": answer.headers["ETag"]})

    assert 304 == again.status_code
