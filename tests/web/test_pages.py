"""The front page and the query page."""

import html
import re

import pytest
from flask.testing import FlaskClient

from levier.questions import questions
from levier.web.tables import SHOWN_ROWS


def test_the_front_page_says_what_is_in_the_graph(client: FlaskClient) -> None:
    page = client.get("/").text

    assert ["2", "1", "1"] == re.findall(r"<li><b>([\d,]+)</b>", page)[:3]
    assert "Protect rights" in page
    assert "The Sahel" in page


def test_the_front_page_counts_the_activities_of_an_element(client: FlaskClient) -> None:
    row = re.search(r"<tr><td class=\"short\">M3</td>.*?</tr>", client.get("/").text, re.DOTALL)

    assert row is not None
    assert '<td class="number">1</td>' in row[0]


def test_concepts_of_code_lists_are_no_elements_of_notes(client: FlaskClient) -> None:
    assert "GlobalCompact" not in client.get("/").text


def test_the_front_page_says_that_there_are_examples(client: FlaskClient) -> None:
    assert "An invented round" in client.get("/").text


def test_the_front_page_says_what_is_not_transcribed(client: FlaskClient) -> None:
    assert "1 parts that they announce" in " ".join(client.get("/").text.split())


def test_the_front_page_tells_no_path_of_the_server(client: FlaskClient) -> None:
    assert "/secret/" not in client.get("/").text


def test_the_front_page_of_nothing_is_a_problem(empty_client: FlaskClient) -> None:
    response = empty_client.get("/", headers={"Accept": "text/html"})

    assert 503 == response.status_code
    assert "no snapshot is built yet" in response.text


def test_the_query_page_offers_every_question(client: FlaskClient) -> None:
    page = html.unescape(client.get("/query").text)

    assert all(question.title("en") in page for question in questions())


@pytest.mark.parametrize("name", [question.name for question in questions()])
def test_a_question_is_answered_in_one_click(client: FlaskClient, name: str) -> None:
    response = client.get("/query", query_string={"question": name})

    assert (200, True) == (response.status_code, 'id="answer"' in response.text)


def test_an_unknown_question_is_not_found(client: FlaskClient) -> None:
    response = client.get("/query?question=why")

    assert (404, "unknown-question") == (response.status_code, response.get_json(force=True)["code"])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_rows_are_shown_as_a_table_with_links(client: FlaskClient, method: str) -> None:
    asked = {"query": 'SELECT ?note ("<b>" AS ?bold) (1.5 AS ?n) { ?note skos:prefLabel "The Sahel"@en }'}
    response = client.post("/query", data=asked) if method == "POST" else client.get("/query", query_string=asked)
    page = response.text

    assert '<a href="/id/note/sahel">id:note/sahel</a>' in page
    assert "&lt;b&gt;" in page
    assert '<td class="number">' in page


@pytest.mark.parametrize(
    ("query", "column", "cell"),
    [("ASK {}", "answer", "yes"), ("CONSTRUCT { <x:a> <x:b> 'c' } WHERE {}", "predicate", "x:b")],
)
def test_other_answers_are_tables_too(client: FlaskClient, query: str, column: str, cell: str) -> None:
    page = client.get("/query", query_string={"query": query}).text

    assert f'<th scope="col">{column}</th>' in page
    assert f"<span>{cell}</span>" in page


def test_the_table_is_cut_and_says_so(client: FlaskClient) -> None:
    digits = "VALUES ?a { 0 1 2 3 4 5 6 7 8 9 } VALUES ?b { 0 1 2 3 4 5 6 7 8 9 } VALUES ?c { 0 1 2 3 4 5 6 7 8 9 }"
    exactly = client.get("/query", query_string={"query": f"SELECT * {{ {digits} }}"}).text
    more = client.get("/query", query_string={"query": f"SELECT * {{ {digits} VALUES ?d {{ 0 1 }} }}"}).text

    assert (SHOWN_ROWS, SHOWN_ROWS) == tuple(page.count("<tr><td") for page in (exactly, more))
    assert "More than 1,000 rows" not in exactly
    assert "More than 1,000 rows" in more


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("SELECT *", 400, "The query is not SPARQL 1.1"),
        ("ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 403, "SERVICE is refused here"),
        ("ASK {}" + " " * 20_000, 413, "20,000 are the limit"),
    ],
)
def test_a_query_that_cannot_be_answered_stays_on_the_page(
    client: FlaskClient, query: str, status: int, sentence: str
) -> None:
    response = client.post("/query", data={"query": query})

    assert status == response.status_code
    assert sentence in response.text
    assert html.escape(query) in response.text


def test_a_strict_service_is_strict_on_the_page_too(strict_client: FlaskClient) -> None:
    page = strict_client.get("/query", query_string={"query": "SELECT * { ?s ?p ?o }"}).text

    assert "nothing in the graph answers it" in page


def test_pages_have_one_heading_and_labelled_fields(client: FlaskClient) -> None:
    for path in ("/", "/query", "/ontology?format=html", "/shapes?format=html", "/id/note/migration.html"):
        page = client.get(path).text
        fields = set(re.findall(r'<textarea id="(\w+)"', page))

        assert (1, 1) == (page.count("<h1>"), page.count('<main id="main">'))
        assert fields == set(re.findall(r'<label for="(\w+)"', page))
