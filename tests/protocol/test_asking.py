"""The ways to ask: addresses, methods, and where the query stands."""

from urllib.parse import urlencode

import pytest
from tests.protocol.conftest import FORM, QUERY, UPDATE, Target

_JSON = {"Accept": "application/sparql-results+json"}
_ASK = "ASK { GRAPH <http://example.org/a> { ?s ?p 1 } }"
_IN_ADDRESS = "?" + urlencode({"query": _ASK})
_AS_FORM = urlencode({"query": _ASK}).encode()

_WAYS = {
    "GET": ("GET", _IN_ADDRESS, None, ""),
    "POST a form": ("POST", "", _AS_FORM, FORM),
    "POST a form in UTF-8": ("POST", "", _AS_FORM, f"{FORM}; charset=UTF-8"),
    "POST a query": ("POST", "", _ASK.encode(), QUERY),
    "POST a query in UTF-8": ("POST", "", _ASK.encode(), f"{QUERY}; charset=utf-8"),
    "QUERY a query": ("QUERY", "", _ASK.encode(), QUERY),
    "QUERY a form": ("QUERY", "", _AS_FORM, FORM),
}


@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
@pytest.mark.parametrize("way", _WAYS)
def test_a_query_is_answered(filled: Target, path: str, way: str) -> None:
    method, parameters, body, content_type = _WAYS[way]
    headers = _JSON | ({"Content-Type": content_type} if content_type else {})
    answer = filled.server.send(method, path + parameters, body, headers)

    assert 200 == answer.status, answer.body
    assert True is answer.json["boolean"]


@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_the_dataset_stands_in_the_address_or_in_the_form(filled: Target, method: str) -> None:
    ask, graph = "ASK { ?s ?p 3 }", ("default-graph-uri", "http://example.org/a")
    in_address = filled.server.send(
        method, "/sparql?" + urlencode([graph]), ask.encode(), _JSON | {"Content-Type": QUERY}
    )
    in_form = filled.server.send(
        method, "/sparql", urlencode([("query", ask), graph]).encode(), _JSON | {"Content-Type": FORM}
    )

    assert [False, False] == [in_address.json["boolean"], in_form.json["boolean"]]
    assert filled.truth("?s ?p 3")


def test_letters_beyond_ascii_arrive_whole(filled: Target) -> None:
    query = 'SELECT ("é – 水 😀" AS ?text) {}'
    headers = _JSON | {"Content-Type": QUERY}
    answers = [filled.query(query, _JSON["Accept"]), filled.server.send("POST", "/sparql", query.encode(), headers)]

    assert ["é – 水 😀"] * 2 == [answer.json["results"]["bindings"][0]["text"]["value"] for answer in answers]


@pytest.mark.parametrize("path", ["/sparql" + _IN_ADDRESS, "/sparql", "/graphs?graph=http%3A%2F%2Fexample.org%2Fa"])
def test_head_tells_of_the_answer_without_it(filled: Target, path: str) -> None:
    got, head = (filled.server.send(method, path) for method in ("GET", "HEAD"))

    assert (got.status, got.headers["Content-Type"], b"") == (head.status, head.headers["Content-Type"], head.body)
    assert 200 == head.status


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/sparql", {"GET", "HEAD", "OPTIONS", "POST", "QUERY"}),
        ("/sparql/", {"GET", "HEAD", "OPTIONS", "POST", "QUERY"}),
        ("/update", {"OPTIONS", "POST"}),
        ("/update/", {"OPTIONS", "POST"}),
        ("/graphs", {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"}),
        ("/graphs/person/1", {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"}),
    ],
)
def test_options_lists_the_methods(filled: Target, path: str, methods: set[str]) -> None:
    answer = filled.server.send("OPTIONS", path)

    assert answer.status in {200, 204}
    assert methods == {method.strip() for method in answer.headers["Allow"].split(",")}


def test_any_origin_may_read_and_none_with_credentials(filled: Target) -> None:
    answer = filled.server.send("GET", "/sparql" + _IN_ADDRESS, headers={"Origin": "http://elsewhere.example"})

    assert "*" == answer.headers["Access-Control-Allow-Origin"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("path", ["/update", "/update/", "/sparql", "/sparql/"])
@pytest.mark.parametrize("content_type", [UPDATE, FORM])
def test_an_update_is_done(target: Target, path: str, content_type: str) -> None:
    update = "INSERT DATA { GRAPH <http://example.org/a> { <http://example.org/s> <http://example.org/p> 'é' } }"
    body = urlencode({"update": update}) if content_type == FORM else update
    answer = target.send("POST", path, body.encode(), {"Content-Type": content_type})

    assert (204, b"") == (answer.status, answer.body)
    assert target.truth("GRAPH <http://example.org/a> { ?s ?p 'é' }")
