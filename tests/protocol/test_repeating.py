"""Answers that a client has already (ETag, 304), and answers that are packed (gzip)."""

import gzip
from urllib.parse import urlencode

import pytest
from tests.protocol.conftest import QUERY, TURTLE, Target

_GRAPH = "/graphs?graph=http%3A%2F%2Fexample.org%2Fa"
_NUMBERS = " ".join(map(str, range(40)))
_QUERY = f"SELECT ?a ?b {{ VALUES ?a {{ {_NUMBERS} }} VALUES ?b {{ {_NUMBERS} }} }} ORDER BY ?a ?b"
"""A query of 1,600 rows that needs no data."""
_LONG = "/sparql?" + urlencode({"query": _QUERY})
_SHORT = "/sparql?" + urlencode({"query": "ASK {}"})
_REPEATABLE = [_LONG, _SHORT, _GRAPH]


@pytest.mark.parametrize("path", _REPEATABLE)
def test_an_answer_that_the_client_has_is_not_sent_again(embedded: Target, path: str) -> None:
    first = embedded.server.send("GET", path)
    tag = first.headers["ETag"]
    again = embedded.server.send("GET", path, headers={"If-None-Match": tag})
    among_others = embedded.server.send("GET", path, headers={"If-None-Match": f'"other", {tag}'})
    anything = embedded.server.send("GET", path, headers={"If-None-Match": '"other"'})

    assert 200 == first.status
    assert [(304, b"", tag)] * 2 == [(got.status, got.body, got.headers["ETag"]) for got in (again, among_others)]
    assert (200, first.body) == (anything.status, anything.body)


@pytest.mark.parametrize("path", _REPEATABLE)
def test_the_same_question_has_the_same_answer_and_tag(embedded: Target, path: str) -> None:
    answers = [embedded.server.send("GET", path) for _ in range(5)]

    assert 1 == len({answer.body for answer in answers})
    assert 1 == len({answer.headers["ETag"] for answer in answers})


def test_another_form_has_another_tag(embedded: Target) -> None:
    tags = {embedded.query("SELECT * { ?s ?p ?o }", format=name).headers["ETag"] for name in ("json", "xml", "csv")}

    assert 3 == len(tags)


def test_the_tag_of_one_form_does_not_stand_for_another(embedded: Target) -> None:
    json = embedded.server.send("GET", _LONG, headers={"Accept": "application/sparql-results+json"})
    csv = embedded.server.send("GET", _LONG, headers={"Accept": "text/csv", "If-None-Match": json.headers["ETag"]})

    assert (200, "text/csv") == (csv.status, csv.media_type)


def test_what_is_written_is_what_is_answered_next(embedded: Target) -> None:
    query = "SELECT ?o { GRAPH <http://example.org/fresh> { ?s <http://example.org/fresh> ?o } }"
    path = "/sparql?" + urlencode({"query": query})
    for number in range(3):
        before = embedded.server.send("GET", path)
        turtle = f"<http://example.org/s> <http://example.org/fresh> {number} .".encode()
        embedded.send("PUT", "/graphs?graph=http://example.org/fresh", turtle, {"Content-Type": TURTLE})
        after = embedded.server.send("GET", path, headers={"If-None-Match": before.headers["ETag"]})

        assert 200 == after.status
        assert before.headers["ETag"] != after.headers["ETag"]
        assert [str(number)] == [row["o"]["value"] for row in after.json["results"]["bindings"]]


def test_an_answer_says_how_it_may_be_kept(embedded: Target) -> None:
    assert embedded.server.send("GET", _LONG).headers["Cache-Control"]


@pytest.fixture
def long_graph(service: Target) -> str:
    """The address of a graph of 400 triples."""
    triples = "".join(f"<http://example.org/{number}> <http://example.org/p> {number} .\n" for number in range(400))
    service.reset(f"DROP ALL ; INSERT DATA {{ GRAPH <http://example.org/long> {{ {triples} }} }}")
    return "/graphs?graph=http%3A%2F%2Fexample.org%2Flong"


@pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate, br", "br;q=1, gzip;q=0.5", "GZIP"])
@pytest.mark.parametrize("what", ["rows", "graph"])
def test_an_answer_is_packed_for_who_takes_it(service: Target, long_graph: str, what: str, accepted: str) -> None:
    path = _LONG if what == "rows" else long_graph
    plain = service.server.send("GET", path)
    packed = service.server.send("GET", path, headers={"Accept-Encoding": accepted})

    assert "Content-Encoding" not in plain.headers
    assert (200, "gzip") == (packed.status, packed.headers["Content-Encoding"])
    assert plain.body == gzip.decompress(packed.body)
    assert len(packed.body) < len(plain.body) / 2
    assert "accept-encoding" in packed.headers["Vary"].lower()
    assert "accept-encoding" in plain.headers["Vary"].lower()


@pytest.mark.parametrize("refused", ["identity", "gzip;q=0", "br"])
def test_an_answer_is_plain_for_who_does_not_take_it_packed(service: Target, refused: str) -> None:
    answer = service.server.send("GET", _LONG, headers={"Accept-Encoding": refused})

    assert "Content-Encoding" not in answer.headers
    assert 1600 == len(answer.json["results"]["bindings"])


def test_packed_and_plain_have_tags_of_their_own(embedded: Target) -> None:
    plain = embedded.server.send("GET", _LONG)
    headers = {"Accept-Encoding": "gzip", "If-None-Match": plain.headers["ETag"]}
    packed = embedded.server.send("GET", _LONG, headers={"Accept-Encoding": "gzip"})

    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert embedded.server.send("GET", _LONG, headers=headers).status in {200, 304}


def test_a_posted_query_is_packed_too(service: Target) -> None:
    headers = {"Content-Type": QUERY, "Accept": "text/csv", "Accept-Encoding": "gzip"}
    answer = service.server.send("POST", "/sparql", _QUERY.encode(), headers)

    assert "gzip" == answer.headers["Content-Encoding"]
    assert 1601 == len(gzip.decompress(answer.body).splitlines())
