"""SERVICE and LOAD are refused however they are written, and innocent queries are not."""

import pyoxigraph as ox
import pytest

from levier.errors import QueryRejected
from levier.graph import refuse_federation

GUILTY = [
    "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { service silent <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o . SERVICE ?where { ?s ?p ?o } }",
    "PREFIX : <http://127.0.0.1:9/> SELECT * { SERVICE:x { ?s ?p ?o } }",
    "PREFIX a: <http://127.0.0.1:9/> SELECT * { SERVICEa:x { ?s ?p ?o } }",
    "SELECT * { ?s ?p 1e5SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { ?s ?p trueSERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    'SELECT * { ?s ?p "a\\u0022" SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } FILTER(?p != "b") }',
    "SELECT * { ?s ?p ?a, ?b FILTER(?a<?b)SERVICE#>\n<http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { \\u0053ERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "LOAD <file:///etc/hostname>",
]

INNOCENT = [
    "SELECT ?service { ?service a <http://example.org/SERVICE> }",
    'SELECT * { ?s ?p "SERVICE", \'LOAD\', """a "SERVICE" b""" } # SERVICE',
    "PREFIX x: <http://example.org/> SELECT $load { ?s x:service $load . ?s x:LOAD x:y }",
    'SELECT * { ?s ?p "unload"@en-service FILTER(?s<?p) }',
]


@pytest.mark.parametrize("query", GUILTY)
def test_a_query_that_reaches_out_is_refused(query: str) -> None:
    with pytest.raises(QueryRejected, match="refused here"):
        refuse_federation(query)


@pytest.mark.parametrize("query", INNOCENT)
def test_an_innocent_query_passes_and_is_sparql(query: str) -> None:
    refuse_federation(query)

    assert isinstance(ox.Store().query(query), ox.QuerySolutions)


@pytest.mark.parametrize("query", [q for q in GUILTY if "\\u0053" not in q and "LOAD" not in q])
def test_each_refused_pattern_is_one_the_engine_would_obey(query: str) -> None:
    """The engine parses it as SERVICE: it has nothing to say against the syntax."""
    store = ox.Store()
    try:
        list(store.query(query))  # type: ignore[arg-type]  # a SELECT gives rows
    except SyntaxError as error:
        pytest.fail(f"the engine does not take this for SERVICE: {error}")
    except OSError:
        pass  # it tried: port 9 is refused by the engine's HTTP client itself
