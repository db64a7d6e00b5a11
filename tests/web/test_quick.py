"""A query that comes as most do is answered as the application would answer it."""

from binascii import a2b_qp
from urllib.parse import parse_qsl

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client, EnvironBuilder, TestResponse

from levier.web.quick import Quick, decoded

_FORM = "application/x-www-form-urlencoded"
_NOTES = "query=SELECT+?n+%7B+?n+a+levier:StrategyNote+%7D"
_GRAPH = "CONSTRUCT+%7B+?n+a+levier:StrategyNote+%7D+WHERE+%7B+?n+a+levier:StrategyNote+%7D"
_ADDRESSES = [
    _NOTES,
    _NOTES + "&format=csv",
    _NOTES + "&format=html",
    _NOTES + "&format=+HTML",
    _NOTES + "&format=jpeg",
    _NOTES + "&format=text/turtle",
    _NOTES + "&timeout=3",
    _NOTES + "&timeout=x",
    _NOTES + "&timeout=0",
    _NOTES + "&timeout=3&timeout=4",
    _NOTES + "&default-graph-uri=https://w3id.org/levier/graph/note/migration",
    _NOTES + "&default-graph-uri=https://w3id.org/levier/graph/note/migration&named-graph-uri=http://e/g",
    _NOTES + "&default-graph-uri=no%20iri",
    _NOTES + "&other=1",
    _NOTES + "&update=CLEAR+ALL",
    _NOTES + "&" + _NOTES,
    "query=" + _GRAPH,
    "query=" + _GRAPH + "&format=jsonld",
    "query=ASK%7B%7D",
    "query=ASK%7B%7D%",
    "query=ASK%7B%7D%20%23%zz",
    "query=ASK%7B%7D%23%C3%A9",
    "query=ASK%7B%7D%23%E9",
    "query=ASK%7B%3Cx%3E+%3Chttp%3A%2F%2Fa%3Fb%3Dc%3D%3E+1%7D&&",
    "query=SELECT+(NOW()+AS+?now)%7B%7D&format=nt",
    "query=SELECT+*+%7B+SERVICE+%3Chttp://127.0.0.1/%3E+%7B+?a+?b+?c+%7D+%7D",
    "query=SELECT",
    "query=",
    "query",
    "",
]
_ACCEPTED = ["", "*/*", "text/csv", "application/sparql-results+xml", "text/turtle", "image/png", "Text/HTML,*/*;q=0.1"]


@pytest.fixture(scope="module")
def clients(app: Flask) -> tuple[Client, Client]:
    """A client of the quick way, and one of the application alone."""
    return Client(Quick(app.extensions["levier"], app)), Client(app)


def told(response: TestResponse) -> tuple[int, set[tuple[str, str]], bytes]:
    return response.status_code, set(response.headers), response.data


@pytest.mark.parametrize("accept", _ACCEPTED)
@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_the_answer_is_that_of_the_application(clients: tuple[Client, Client], accept: str, encoding: str) -> None:
    headers = {name: value for name, value in {"Accept": accept, "Accept-Encoding": encoding}.items() if value}
    for address in _ADDRESSES:
        quick, slow = (told(client.get("/sparql", query_string=address, headers=headers)) for client in clients)

        assert slow == quick, address


def test_a_form_is_answered_as_the_application_answers_it(clients: tuple[Client, Client]) -> None:
    for address in _ADDRESSES:
        quick, slow = (told(client.post("/sparql", data=address, content_type=_FORM)) for client in clients)

        assert slow == quick, address


@pytest.mark.parametrize("name", ["If-None-Match", "If-Match", "Range"])
def test_what_a_client_has_is_left_to_the_application(clients: tuple[Client, Client], name: str) -> None:
    tag = clients[1].get("/sparql", query_string=_NOTES).headers["ETag"]
    quick, slow = (told(client.get("/sparql", query_string=_NOTES, headers={name: tag})) for client in clients)

    assert slow == quick


def test_most_queries_do_go_the_quick_way(app: Flask) -> None:
    def never(*_: object) -> list[bytes]:
        raise AssertionError

    quick = Quick(app.extensions["levier"], app)
    quick._app = never
    for address in (_NOTES, _NOTES + "&format=csv&timeout=3", "query=" + _GRAPH):
        for builder in (
            EnvironBuilder("/sparql", query_string=address),
            EnvironBuilder("/sparql", method="POST", data=address, content_type=_FORM),
        ):
            assert 200 == Client(quick).open(builder.get_environ()).status_code


@given(st.text(alphabet="aB2%=&+ F_;.~e9C3\x7f\t", max_size=40))
def test_fields_are_decoded_as_by_the_library(encoded: str) -> None:
    found = decoded(encoded)

    if found is not None:
        values = [value for _, value in parse_qsl(encoded, keep_blank_values=True, errors="replace")]
        assert values == [value for _, value in found]


def test_quoted_printable_reads_what_percent_signs_say() -> None:
    every = "".join(f"%{byte:02x}%{byte:02X}" for byte in range(256))

    assert bytes(byte for byte in range(256) for _ in "xX") == a2b_qp(every.replace("%", "="))
