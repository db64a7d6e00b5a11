"""What cannot be done is told in one shape, with a status and a code that stay the same."""

from http import HTTPStatus
from urllib.parse import urlencode

import pytest
from tests.protocol.conftest import FORM, LONGEST, QUERY, UPDATE, Target

_ROWS = "application/sparql-results+json"


def _get(*parameters: tuple[str, str], accept: str = _ROWS) -> tuple[str, str, bytes | None, dict[str, str]]:
    return "GET", "/sparql?" + urlencode(parameters), None, {"Accept": accept}


def _post(body: bytes | str, content_type: str, method: str = "POST") -> tuple[str, str, bytes | None, dict[str, str]]:
    headers = {"Accept": _ROWS} | ({"Content-Type": content_type} if content_type else {})
    return method, "/sparql", body.encode() if isinstance(body, str) else body, headers


_ASK = ("query", "ASK {}")
_SERVICE = "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"
_REFUSED = {
    "syntax": (_get(("query", "ASK {")), 400, "query-syntax"),
    "syntax, posted": (_post("SELECT * {", QUERY), 400, "query-syntax"),
    "an update as a query": (_post("CLEAR ALL", QUERY), 400, "query-syntax"),
    "an empty query": (_get(("query", "")), 400, "one-query"),
    "two queries": (_get(_ASK, ("query", "SELECT * {}")), 400, "one-query"),
    "two queries, posted": (_post(urlencode([_ASK, _ASK]), FORM), 400, "one-query"),
    "a form without a query": (_post("format=json", FORM), 400, "one-query"),
    "a relative graph": (_get(_ASK, ("default-graph-uri", "a")), 400, "bad-graph-iri"),
    "a graph with a space": (_get(_ASK, ("named-graph-uri", "http://e/a b")), 400, "bad-graph-iri"),
    "a time that is no number": (_get(_ASK, ("timeout", "soon")), 400, "bad-timeout"),
    "a negative time": (_get(_ASK, ("timeout", "-1")), 400, "bad-timeout"),
    "an update by GET": (_get(("update", "CLEAR ALL")), 400, "update-by-get"),
    "not UTF-8": (_post("# é\nASK {}".encode("latin-1"), QUERY), 400, "not-utf-8"),
    "another encoding": (_post("ASK {}".encode("utf-16"), f"{QUERY}; charset=UTF-16"), 415, "unsupported-media-type"),
    "another media type": (_post("ASK {}", "text/plain"), 415, "unsupported-media-type"),
    "no media type": (_post("ASK {}", ""), 415, "unsupported-media-type"),
    "QUERY of another media type": (_post("ASK {}", "text/plain", "QUERY"), 415, "unsupported-media-type"),
    "SERVICE": (_get(("query", _SERVICE)), 403, "query-rejected"),
    "SERVICE SILENT": (_post(_SERVICE.replace("SERVICE", "service silent"), QUERY), 403, "query-rejected"),
    "a form that there is not": (_get(_ASK, accept="image/png"), 406, "not-acceptable"),
    "a format that there is not": (_get(_ASK, ("format", "pdf")), 406, "not-acceptable"),
    "a graph's form for rows": (_get(("query", "SELECT * {}"), accept="text/turtle"), 406, "not-acceptable"),
    "a rows' form for a graph": (_get(("query", "DESCRIBE <http://e/>")), 406, "not-acceptable"),
    "too long a query": (_post("ASK {}" + " " * LONGEST, QUERY), 413, "query-too-long"),
    "too long an address": (_get(("query", "ASK {}" + "+" * 9_000)), 414, "address-too-long"),
    "PUT": (_post("ASK {}", QUERY, "PUT"), 405, "method-not-allowed"),
    "DELETE": (("DELETE", "/sparql", None, {}), 405, "method-not-allowed"),
    "PATCH of a graph": (("PATCH", "/graphs?default", b"", {"Content-Type": UPDATE}), 405, "method-not-allowed"),
    "no such address": (("GET", "/nowhere", None, {}), 404, "not-found"),
    "no such graph": (("GET", "/graphs?graph=http%3A%2F%2Fe%2Fnone", None, {}), 404, "unknown-graph"),
}


@pytest.mark.parametrize("what", _REFUSED)
def test_what_cannot_be_done_is_told(filled: Target, what: str) -> None:
    (method, path, body, headers), status, code = _REFUSED[what]
    answer = filled.server.send(method, path, body, headers)

    assert (status, code) == answer.problem
    assert {"type", "title", "status", "code", "detail"} <= set(answer.json) <= {
        "type", "title", "status", "code", "detail", "hint"
    }  # fmt: skip
    assert (status, HTTPStatus(status).phrase) == (answer.json["status"], answer.json["title"])
    assert all(isinstance(answer.json[name], str) and answer.json[name] for name in ("type", "title", "code", "detail"))
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "LINK"])
def test_a_method_that_is_not_taken_is_told_which_are(filled: Target, method: str) -> None:
    answer = filled.server.send(method, "/sparql?" + urlencode([_ASK]))

    assert 405 == answer.status
    assert {"GET", "POST", "QUERY"} <= {name.strip() for name in answer.headers["Allow"].split(",")}


def test_the_service_goes_on_after_all_of_these(filled: Target) -> None:
    assert filled.truth("GRAPH <http://example.org/a> { ?s ?p 1 }")


def test_a_problem_has_no_body_where_only_the_head_is_asked_for(filled: Target) -> None:
    answer = filled.server.send("HEAD", "/sparql?" + urlencode({"query": "ASK {"}))

    assert (400, "application/problem+json", b"") == (answer.status, answer.media_type, answer.body)
