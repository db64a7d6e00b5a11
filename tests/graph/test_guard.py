"""SERVICE and LOAD are refused however they are written, and innocent queries are not."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pyoxigraph as ox
import pytest

from levier.errors import QueryRejected
from levier.graph import refuse_federation

AWAY = "<http://127.0.0.1:PORT/x>"
PATTERN = "SERVICE" + AWAY + "{ ?s ?p ?o }"

GUILTY = [
    f"SELECT * {{ SERVICE {AWAY} {{ ?s ?p ?o }} }}",
    f"SELECT * {{ service silent {AWAY} {{ ?s ?p ?o }} }}",
    "PREFIX : <http://127.0.0.1:PORT/> SELECT * { SERVICE:x { ?s ?p ?o } }",
    "PREFIX a: <http://127.0.0.1:PORT/> SELECT * { SERVICEa:x { ?s ?p ?o } }",
    "PREFIX : <http://127.0.0.1:PORT/> PREFIX SERVICE: <http://e/> SELECT * { SERVICE:x { ?s ?p ?o } }",
    f"SELECT * {{ ?s ?p 1e5{PATTERN} }}",
    f"SELECT * {{ ?s ?p true{PATTERN} }}",
    f'SELECT * {{ ?s ?p "a\\u0022" {PATTERN} FILTER(?p != "b") }}',
    f"SELECT * {{ ?s ?p ?a, ?b FILTER(?a<?b)SERVICE#>\n{AWAY} {{ ?s ?p ?o }} }}",
    f"PREFIX a: <http://e/> SELECT * {{ ?s a:x a:b.c.{PATTERN} }}",
    f"PREFIX a: <http://e/> SELECT * {{ ?s a:x a:.{PATTERN} }}",
    'SELECT * {VALUES ?x {"""a"} ' + PATTERN + '#\\q """\n}',
    "SELECT * {VALUES ?x {'''a'} " + PATTERN + "#\\uD800 '''\n}",
]
"""Each was seen to make the engine ask another server."""

ALSO_REFUSED = [
    "SELECT * { ?s ?p ?where SERVICE ?where { ?s ?p ?o } }",
    "SELECT * { \\u0053ERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",  # other engines read escapes before they parse
    "LOAD <file:///etc/hostname>",
    "PREFIX a: <http://e/>\nLOAD <http://127.0.0.1:9/> INTO GRAPH a:g",
]

INNOCENT = [
    "SELECT ?service { ?service a <http://example.org/SERVICE> }",
    'SELECT * { ?s ?p "SERVICE", \'LOAD\', """a "SERVICE" b""" } # SERVICE',
    "PREFIX x: <http://example.org/> SELECT $load { ?s x:service $load . ?s x:LOAD x:y }",
    "PREFIX service: <http://example.org/> SELECT * { ?s service:a service:b.service }",
    'SELECT * { ?s ?p "unload"@en-service FILTER(?s<?p) }',
    "SELECT * { ?s ?p 'SERVICE\\u0022' }",
]


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[int, list[str]]]:
    """The port of a server on loopback, and the paths that were asked of it."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            paths.append(self.path)
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_error(500)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, paths
        server.shutdown()


@pytest.mark.parametrize("query", [*GUILTY, *ALSO_REFUSED])
def test_a_query_that_reaches_out_is_refused(query: str) -> None:
    with pytest.raises(QueryRejected, match="refused here"):
        refuse_federation(query.replace("PORT", "8"))


@pytest.mark.parametrize("query", GUILTY)
def test_each_refused_pattern_is_one_the_engine_obeys(query: str, asked: tuple[int, list[str]]) -> None:
    """Without the guard, the request arrives: what is refused is refused for a reason."""
    port, paths = asked
    before = len(paths)
    data = b"""<http://e/s> <http://e/x> <http://e/b.c> , <http://e/> ; <http://e/p> 1e5 , true , "a\\"", 1, 2 ."""
    store = ox.Store()
    store.load(data, ox.RdfFormat.TURTLE)
    try:
        list(store.query(query.replace("PORT", str(port))))  # type: ignore[arg-type]  # a SELECT gives rows
    except OSError:
        assert len(paths) > before  # the answer 500 is an error to the engine
    else:
        assert "silent" in query
        assert len(paths) > before


@pytest.mark.parametrize("query", INNOCENT)
def test_an_innocent_query_passes_and_is_sparql(query: str) -> None:
    refuse_federation(query)

    assert isinstance(ox.Store().query(query), ox.QuerySolutions)


def test_a_query_that_is_not_sparql_is_left_to_the_engine_to_say_so() -> None:
    refuse_federation("SELECT * { ?s")
