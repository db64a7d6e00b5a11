"""`/sparql`: the protocol's query operation, the forms of its answers, and its errors."""

import csv
import io
import json
from typing import Any

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from levier.graph import Snapshots
from levier.settings import Settings
from levier.terms import GRAPH

NOTES = "SELECT ?note { ?note a levier:StrategyNote } ORDER BY ?note"
GRAPHS = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
BUILD = "CONSTRUCT { ?note a levier:StrategyNote } WHERE { ?note a levier:StrategyNote }"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def ask(client: FlaskClient, query: str, **parameters: str | list[str]) -> TestResponse:
    return client.get("/sparql", query_string={"query": query, **parameters})


def values(response: TestResponse) -> list[str]:
    """The first column of an answer in SPARQL JSON."""
    answer: dict[str, Any] = json.loads(response.data)
    return [row[answer["head"]["vars"][0]]["value"] for row in answer["results"]["bindings"]]


@pytest.mark.parametrize("way", ["get", "form", "direct", "query"])
def test_a_query_comes_by_get_by_both_posts_and_by_query(client: FlaskClient, way: str) -> None:
    match way:
        case "get":
            response = ask(client, NOTES)
        case "form":
            response = client.post("/sparql", data={"query": NOTES})
        case "direct":
            response = client.post("/sparql", data=NOTES, content_type="application/sparql-query")
        case _:
            response = client.open("/sparql", method="QUERY", data=NOTES, content_type="application/sparql-query")

    assert ["https://w3id.org/levier/id/note/migration", "https://w3id.org/levier/id/note/sahel"] == values(response)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("application/json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("application/sparql-results+xml, */*", "application/sparql-results+xml"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/*", "text/csv; charset=utf-8"),
        ("text/csv;q=0.4, text/tab-separated-values;q=0.6", "text/tab-separated-values; charset=utf-8"),
        ("text/csv;header=present", "text/csv; charset=utf-8"),
        ("application/sparql-results+json;q=0, application/*;q=0.1", "application/sparql-results+xml"),
        ("image/png, text/csv;q=0.01", "text/csv; charset=utf-8"),
    ],
)
def test_accept_chooses_the_form_of_rows(client: FlaskClient, accept: str | None, expected: str) -> None:
    response = client.get(
        "/sparql", query_string={"query": NOTES}, headers=[] if accept is None else [("Accept", accept)]
    )

    assert (200, expected) == (response.status_code, response.content_type)


@pytest.mark.parametrize(
    ("query", "name", "expected"),
    [
        (NOTES, "json", "application/sparql-results+json"),
        (NOTES, "xml", "application/sparql-results+xml"),
        (NOTES, "csv", "text/csv; charset=utf-8"),
        (NOTES, "TSV", "text/tab-separated-values; charset=utf-8"),
        (NOTES, "text/csv", "text/csv; charset=utf-8"),
        (BUILD, "turtle", "text/turtle; charset=utf-8"),
        (BUILD, "ntriples", "application/n-triples"),
        (BUILD, "jsonld", "application/ld+json"),
        (BUILD, "json-ld", "application/ld+json"),
        (BUILD, "rdfxml", "application/rdf+xml"),
        (BUILD, "rdf+xml", "application/rdf+xml"),
        (BUILD, "xml", "application/rdf+xml"),
    ],
)
def test_format_chooses_the_form_whatever_accept_says(
    client: FlaskClient, query: str, name: str, expected: str
) -> None:
    response = client.post("/sparql", data={"query": query, "format": name}, headers={"Accept": "image/png"})

    assert (200, expected) == (response.status_code, response.content_type)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("text/turtle", ox.RdfFormat.TURTLE),
        ("application/n-triples", ox.RdfFormat.N_TRIPLES),
        ("application/ld+json", ox.RdfFormat.JSON_LD),
        ("application/rdf+xml", ox.RdfFormat.RDF_XML),
    ],
)
def test_a_graph_comes_back_whole_in_every_form(client: FlaskClient, accept: str, form: ox.RdfFormat) -> None:
    response = client.get("/sparql", query_string={"query": BUILD}, headers={"Accept": accept})
    subjects = sorted(str(quad.subject) for quad in ox.parse(response.data, format=form))

    assert (accept, 2) == (response.mimetype, len(subjects))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("json", b'{"head":{},"boolean":true}'),
        ("csv", b"true"),
        ("tsv", b"true"),
    ],
)
def test_yes_or_no_in_every_form(client: FlaskClient, name: str, expected: bytes) -> None:
    assert expected == ask(client, "ASK { ?note a levier:StrategyNote }", format=name).data


def test_csv_holds_plain_values(client: FlaskClient) -> None:
    response = ask(client, 'SELECT ("a,b" AS ?x) (1 AS ?y) {}', format="csv")

    assert [["x", "y"], ["a,b", "1"]] == list(csv.reader(io.StringIO(response.text)))


def test_default_graph_uri_narrows_what_a_query_sees(client: FlaskClient) -> None:
    response = ask(client, NOTES, **{"default-graph-uri": GRAPH + "note/other-notes"})

    assert ["https://w3id.org/levier/id/note/sahel"] == values(response)


def test_several_default_graphs_are_merged(client: FlaskClient) -> None:
    graphs = [GRAPH + "note/other-notes", GRAPH + "note/migration"]

    assert len(values(ask(client, NOTES, **{"default-graph-uri": graphs}))) == 2


@pytest.mark.parametrize("where", ["address", "form"])
def test_named_graph_uri_narrows_what_graph_may_name(client: FlaskClient, where: str) -> None:
    named = {"named-graph-uri": GRAPH + "alignment"}
    response = client.post(
        "/sparql",
        query_string=named if where == "address" else {},
        data={"query": GRAPHS} | (named if where == "form" else {}),
    )

    assert [GRAPH + "alignment"] == values(response)


def test_the_default_graph_is_the_union_unless_the_service_is_strict(
    client: FlaskClient, strict_client: FlaskClient
) -> None:
    assert (2, 0) == (len(values(ask(client, NOTES))), len(values(ask(strict_client, NOTES))))


def test_a_strict_service_answers_what_names_its_graph(strict_client: FlaskClient) -> None:
    response = ask(strict_client, "SELECT ?note { GRAPH ?g { ?note a levier:StrategyNote } }")

    assert len(values(response)) == 2


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"data": {"nothing": "here"}}, 400, "one-query"),
        ({"data": {"query": ""}}, 400, "one-query"),
        ({"data": {"query": ["ASK {}", "ASK {}"]}}, 400, "one-query"),
        ({"data": "ASK {}", "content_type": "text/plain"}, 415, "unsupported-media-type"),
        ({"data": "ASK {}", "content_type": None}, 415, "unsupported-media-type"),
        ({"data": "ASK {}", "content_type": "application/sparql-query; charset=utf-16"}, 415, "unsupported-media-type"),
        ({"data": b"ASK {} #\xff", "content_type": "application/sparql-query"}, 400, "not-utf-8"),
        ({"data": {"query": "SELECT * { ?s"}}, 400, "query-syntax"),
        ({"data": {"query": "INSERT DATA { <a:a> <a:a> <a:a> }"}}, 400, "query-syntax"),
        ({"data": {"query": "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"}}, 403, "query-rejected"),
        ({"data": {"query": "LOAD <http://127.0.0.1:9/>"}}, 403, "query-rejected"),
        ({"data": {"update": "CLEAR ALL"}}, 403, "read-only"),
        ({"data": "CLEAR ALL", "content_type": "application/sparql-update"}, 403, "read-only"),
        ({"data": {"query": "ASK {FILTER" + "(" * 101 + "1" + ")" * 101 + "}"}}, 400, "query-too-deep"),
        ({"data": {"query": "ASK {}", "default-graph-uri": "not an IRI"}}, 400, "bad-graph-iri"),
        ({"data": {"query": "ASK {}", "timeout": "soon"}}, 400, "bad-timeout"),
        ({"data": {"query": "ASK {}", "timeout": "-1"}}, 400, "bad-timeout"),
        ({"data": {"query": "ASK {}", "timeout": "nan"}}, 400, "bad-timeout"),
        ({"data": {"query": "ASK {}", "format": "pdf"}}, 406, "not-acceptable"),
        ({"data": {"query": NOTES, "format": "turtle"}}, 406, "not-acceptable"),
        ({"data": {"query": "ASK {}"}, "headers": {"Accept": "image/png"}}, 406, "not-acceptable"),
        ({"data": {"query": "ASK {}" + " " * 20_000}}, 413, "query-too-long"),
        ({"data": {"query": "ASK {}" + " " * 200_000}}, 413, "query-too-long"),
    ],
)
def test_a_request_that_cannot_be_answered_says_why(
    client: FlaskClient, request_: dict[str, Any], status: int, code: str
) -> None:
    response = client.post("/sparql", **request_)
    problem = response.get_json(force=True)

    assert (status, "application/problem+json", code) == (response.status_code, response.mimetype, problem["code"])


@pytest.mark.parametrize(
    ("parameters", "code"), [({"update": "CLEAR ALL"}, "update-by-get"), ({"query": ["ASK {}", "ASK {}"]}, "one-query")]
)
def test_what_get_may_not_bring(client: FlaskClient, parameters: dict[str, Any], code: str) -> None:
    response = client.get("/sparql", query_string=parameters)

    assert (400, code) == (response.status_code, response.get_json(force=True)["code"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * { ?s", "line 1, column 14, where it ends."),
        ("ASK { ?s ?p ?o }\nLIMIT x", "line 2, column 7, at “x”."),
        ("ASK { ?s nope:x 1 }", "the prefix nope: is not declared."),
        ("ASK {}\nLIMIT " + "x" * 60, "line 2, column 7, at “" + "x" * 40 + "…”."),
    ],
)
def test_a_syntax_error_is_one_sentence_with_line_and_column(client: FlaskClient, query: str, expected: str) -> None:
    detail = ask(client, query).get_json(force=True)["detail"]

    assert detail.startswith("The query is not SPARQL 1.1: ")
    assert detail.endswith(expected)


def test_a_browser_without_a_query_gets_the_editor(client: FlaskClient) -> None:
    response = client.get("/sparql", headers={"Accept": BROWSER})

    assert (303, "/query") == (response.status_code, response.location)


def test_a_browser_with_a_query_gets_the_page_of_its_results(client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": "ASK {}"}, headers={"Accept": BROWSER})

    assert (303, "/query?query=ASK+%7B%7D") == (response.status_code, response.location)


def test_a_bare_get_gives_the_service_description(client: FlaskClient) -> None:
    response = client.get("/sparql", headers={"Accept": "text/turtle"})
    said = {(quad.predicate.value.rpartition("#")[2], str(quad.object)) for quad in
            ox.parse(response.data, format=ox.RdfFormat.TURTLE)}  # fmt: skip

    assert {
        ("endpoint", "<http://localhost/sparql>"),
        ("supportedLanguage", "<http://www.w3.org/ns/sparql-service-description#SPARQL11Query>"),
        ("feature", "<http://www.w3.org/ns/sparql-service-description#UnionDefaultGraph>"),
    } <= said


def test_the_tag_is_of_the_snapshot_the_query_and_the_form(client: FlaskClient, settings: Settings) -> None:
    version = Snapshots(settings.store).require().version
    queries = [(NOTES, "json"), (NOTES, "csv"), (GRAPHS, "json"), (NOTES, "json")]
    tags = [ask(client, query, format=name).headers["ETag"] for query, name in queries]

    assert {f'W/"{version}'} == {tag.partition(".")[0] for tag in tags}
    assert (3, tags[0]) == (len(set(tags)), tags[3])


@pytest.mark.parametrize("query", ["SELECT (NOW() AS ?x) {}", "SELECT (rand() AS ?x) {}", "SELECT (UUID() AS ?x) {}"])
def test_what_differs_from_time_to_time_has_no_tag_and_is_not_kept(client: FlaskClient, query: str) -> None:
    headers = ask(client, query).headers

    assert ("no-store", False) == (headers["Cache-Control"], "ETag" in headers)


def test_an_unchanged_answer_is_not_sent_again(client: FlaskClient) -> None:
    first = ask(client, NOTES)
    again = client.get("/sparql", query_string={"query": NOTES}, headers={"If-None-Match": first.headers["ETag"]})

    assert (304, b"", "Accept, Accept-Encoding") == (again.status_code, again.data, again.headers["Vary"])


def test_head_has_the_headers_of_get_and_no_body(client: FlaskClient) -> None:
    got, head = ask(client, NOTES), client.head("/sparql", query_string={"query": NOTES})

    assert (got.content_type, got.headers["Content-Length"], b"") == (
        head.content_type,
        head.headers["Content-Length"],
        head.data,
    )


def test_any_origin_may_read_without_credentials(client: FlaskClient) -> None:
    asked = client.options(
        "/sparql", headers={"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    )
    answered = ask(client, NOTES)

    assert ("*", "*") == tuple(r.headers["Access-Control-Allow-Origin"] for r in (asked, answered))
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in answered.headers


def test_without_a_snapshot_there_is_nothing_to_ask(empty_client: FlaskClient) -> None:
    response = ask(empty_client, NOTES)

    assert (503, "snapshot-missing") == (response.status_code, response.get_json(force=True)["code"])
