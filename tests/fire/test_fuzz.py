"""Whatever comes over HTTP, the answer is one of ours: no fault, no stack trace, and every error in the one shape."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from levier.graph import Snapshots
from levier.settings import Settings
from levier.web import create_app

TOKEN = "a token for tests, long enough"  # noqa: S105  # of this test only

_WORDS = r"""
SELECT ASK CONSTRUCT DESCRIBE INSERT DELETE DATA WHERE { } ( ) [ ] * ?s ?p ?o <http://e/s> < > " ' \ \u0041 # FROM
NAMED GRAPH SERVICE LOAD DROP ORDER BY GROUP COUNT FILTER EXISTS UNION OPTIONAL VALUES BIND AS 1e400 - ! ^ / | + @en ^^
xsd:date levier:x : ; . , é REGEX 'a' PREFIX BASE SILENT WITH USING 😀 INTO << >> a true LIMIT 1
""".split()
_PIECES = [*_WORDS, "\n", "\x00", "\ud7ff", "CLEAR ALL", "COPY DEFAULT TO <http://e/g>"]
texts = st.one_of(st.lists(st.sampled_from(_PIECES), max_size=14).map(" ".join), st.text(max_size=40))
_PATHS = """
/ /sparql /sparql/ /update /graphs /graphs/ /graphs/a /graphs/a.ttl /query /ontology /shapes /health /metrics
/.well-known/void /id/note/x /id/note/x.ttl /id/ /static/../x /graphs/../../x //
""".split()
paths = st.one_of(
    st.sampled_from(_PATHS),
    st.text(alphabet="abz/.%é\\ :*~", max_size=12).map(lambda text: "/" + text.lstrip("/")),
    st.text(max_size=12).map(lambda text: "/id/" + quote(text, safe="/%:")),
)  # fmt: skip
names = st.sampled_from(
    """query update default-graph-uri named-graph-uri using-graph-uri using-named-graph-uri format timeout graph default
    question x""".split()
)
values = st.one_of(
    texts,
    st.sampled_from(
        ["json", "csv", "ttl", "nq", "0.2", "-1", "nan", "http://e/g", "a b", "", "http://localhost/graphs/a"]
    ),
)
_MEDIA_TYPES = """
application/sparql-query application/sparql-update application/x-www-form-urlencoded text/turtle application/trig / é
application/n-quads application/ld+json application/rdf+xml application/n-triples multipart/form-data text/plain;;=
""".split()
media_types = st.sampled_from(
    [
        *_MEDIA_TYPES,
        "",
        "multipart/form-data; boundary=b",
        "text/turtle; charset=utf-16",
        "application/sparql-query; charset=x",
    ]
)
_HEADERS = "Accept Accept-Encoding If-None-Match Authorization Origin Range Host Content-Length".split()
_SAID = """
*/* image/png ;;q=, text/csv;q=x gzip gzip;q=0 "x" W/x, * bytes=0-1 localhost -5 text/html
application/sparql-results+xml
""".split()
headers = st.dictionaries(
    st.sampled_from(_HEADERS),
    st.sampled_from([*_SAID, "text/csv;q=0.5, text/*;q=0.1", "Bearer x", "Bearer é", f"Bearer {TOKEN}", "a b"]),
    max_size=4,
)
_PART = (
    b'--b\r\nContent-Disposition: form-data; name="a"; filename="a.ttl"\r\nContent-Type: text/turtle\r\n\r\n'
    b"<a:a> a <a:a>.\r\n--b--\r\n"
)
bodies = st.one_of(
    st.binary(max_size=60),
    texts.map(lambda text: text.encode("utf-8", "replace")),
    st.dictionaries(names, values, max_size=3).map(
        lambda form: "&".join(f"{name}={value}" for name, value in form.items()).encode("utf-8", "replace")
    ),
    st.sampled_from(
        [
            b"<http://e/s> <http://e/p> 1 .",
            b"<http://e/s> <http://e/p> 1 <http://e/g> .",
            b"@prefix",
            b'{"@id": "x"}',
            _PART,
        ]
    ),
)
methods = st.sampled_from([*"GET HEAD POST PUT DELETE QUERY OPTIONS PATCH TRACE GETX".split()])


@pytest.fixture(scope="module", params=[False, True], ids=["reading", "writing"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    store: Path = tmp_path_factory.mktemp("store")
    with Snapshots(store).new() as draft:
        draft.store.load_bytes(b"<http://e/s> <http://e/p> <http://e/o> .", "http://e/g")
    app = create_app(Settings(store=store, writable=request.param, token=TOKEN, query_timeout=2, keep_snapshots=1))
    yield app.test_client()
    app.extensions["levier"].close()


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=methods,
    path=paths,
    query=st.dictionaries(names, values, max_size=3),
    media_type=media_types,
    headers=headers,
    body=bodies,
)
def test_no_request_makes_a_fault(
    client: FlaskClient,
    method: str,
    path: str,
    query: dict[str, str],
    media_type: str,
    headers: dict[str, str],
    body: bytes,
) -> None:
    response = client.open(
        path, method=method, query_string=_sendable(query), headers=headers, content_type=media_type, data=body
    )
    answer = response.get_data()

    assert 500 != response.status_code, answer
    assert b"Traceback" not in answer
    if response.status_code >= 400 and method != "HEAD" and response.mimetype != "text/html":
        problem: dict[str, Any] = json.loads(answer)
        assert (response.status_code, "application/problem+json") == (problem["status"], response.mimetype)
        assert problem["code"]
        assert problem["detail"]


def _sendable(query: dict[str, str]) -> dict[str, str]:
    """Give parameters that the test client can encode."""
    return {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
