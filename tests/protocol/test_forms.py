"""The forms of an answer: every one is read back by a reader of its own, and each way of asking for it is tried."""

import csv
import io

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic
from tests.protocol.conftest import Target

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own reader of JSON-LD

_SELECT = "SELECT ?p ?o { GRAPH <http://example.org/a> { <http://example.org/s> ?p ?o } }"
_CONSTRUCT = "CONSTRUCT { ?s ?p ?o } { GRAPH <http://example.org/a> { ?s ?p ?o } }"
_E = "http://example.org/"
_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
_P, _Q = ox.NamedNode(_E + "p"), ox.NamedNode(_E + "q")
_PAIRS: set[tuple[ox.NamedNode, ox.NamedNode | ox.Literal]] = {
    (_P, ox.Literal("1", datatype=ox.NamedNode(_INTEGER))),
    (_P, ox.Literal("deux", language="fr")),
    (_Q, ox.NamedNode(_E + "o")),
}
_TERMS = {term.value: term for pair in _PAIRS for term in pair}

_ROWS = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
_GRAPHS = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "nq": "application/n-quads",
    "trig": "application/trig",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
}
_FOR_RDFLIB = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}


Terms = set[tuple[object, ...]]


def _pairs(body: bytes, name: str) -> Terms:
    """Give the rows of an answer; CSV has strings only, so its terms are told by their text."""
    if name == "csv":
        header, *lines = csv.reader(io.StringIO(body.decode(), newline=""))
        assert ["p", "o"] == header
        return {(_TERMS[p], _TERMS[o]) for p, o in lines}
    form = ox.QueryResultsFormat.from_extension(name)
    assert form is not None
    rows = ox.parse_query_results(body, form)
    assert isinstance(rows, ox.QuerySolutions)
    return {(row["p"], row["o"]) for row in rows}


def _triples(body: bytes, name: str) -> Terms:
    form = ox.RdfFormat.from_extension(name)
    assert form is not None
    return {(quad.subject, quad.predicate, quad.object) for quad in ox.parse(body, form)}


@pytest.mark.parametrize("name", _ROWS)
@pytest.mark.parametrize("by", ["Accept", "format="])
def test_rows_are_read_back(filled: Target, name: str, by: str) -> None:
    answer = filled.query(_SELECT, _ROWS[name]) if by == "Accept" else filled.query(_SELECT, format=name)

    assert (200, _ROWS[name]) == (answer.status, answer.media_type)
    assert _PAIRS == _pairs(answer.body, name)


@pytest.mark.parametrize("name", _GRAPHS)
@pytest.mark.parametrize("by", ["Accept", "format="])
def test_a_graph_is_read_back(filled: Target, name: str, by: str) -> None:
    answer = filled.query(_CONSTRUCT, _GRAPHS[name]) if by == "Accept" else filled.query(_CONSTRUCT, format=name)

    assert (200, _GRAPHS[name]) == (answer.status, answer.media_type)
    assert {(ox.NamedNode(_E + "s"), *pair) for pair in _PAIRS} == _triples(answer.body, name)


@pytest.mark.parametrize("name", _FOR_RDFLIB)
def test_rdflib_reads_the_same_graph(filled: Target, name: str) -> None:
    answer = filled.query(_CONSTRUCT, _GRAPHS[name])
    expected = rdflib.Graph().parse(data=filled.query(_CONSTRUCT, _GRAPHS["nt"]).body, format="nt")

    assert isomorphic(expected, rdflib.Graph().parse(data=answer.body, format=_FOR_RDFLIB[name]))


@pytest.mark.parametrize("name", _GRAPHS)
def test_a_graph_of_the_store_is_read_back(filled: Target, name: str) -> None:
    answer = filled.server.send("GET", "/graphs?graph=http://example.org/a", headers={"Accept": _GRAPHS[name]})

    assert (200, _GRAPHS[name]) == (answer.status, answer.media_type)
    assert {(ox.NamedNode(_E + "s"), *pair) for pair in _PAIRS} == _triples(answer.body, name)


@pytest.mark.parametrize(("pattern", "truth"), [("?s ?p 1", True), ("?s ?p 2", False)])
def test_truth_is_read_back(filled: Target, pattern: str, truth: bool) -> None:
    query = f"ASK {{ GRAPH <http://example.org/a> {{ {pattern} }} }}"
    read = {
        name: ox.parse_query_results(filled.query(query, _ROWS[name]).body, form)
        for name, form in (("json", ox.QueryResultsFormat.JSON), ("xml", ox.QueryResultsFormat.XML))
    }

    assert {"json": truth, "xml": truth} == {name: bool(value) for name, value in read.items()}
    assert str(truth).lower() == filled.query(query, _ROWS["csv"]).text.strip()


def test_blank_nodes_keep_together(target: Target) -> None:
    target.update("INSERT { GRAPH <http://e/b> { <http://e/x> <http://e/p> _:y . _:y <http://e/q> _:y } } WHERE {}")
    expected = rdflib.Graph().parse(data="<http://e/x> <http://e/p> _:y . _:y <http://e/q> _:y .", format="turtle")
    query = "CONSTRUCT { ?s ?p ?o } { GRAPH <http://e/b> { ?s ?p ?o } }"
    rows = target.query("SELECT ?o { GRAPH <http://e/b> { { ?x <http://e/p> ?o } UNION { ?o <http://e/q> ?o } } }")

    for name, parser in _FOR_RDFLIB.items():
        assert isomorphic(expected, rdflib.Graph().parse(data=target.query(query, _GRAPHS[name]).body, format=parser))
    assert ["bnode"] * 2 == [row["o"]["type"] for row in rows.json["results"]["bindings"]]
    assert 1 == len({row["o"]["value"] for row in rows.json["results"]["bindings"]})


@pytest.mark.parametrize(
    ("query", "accept", "expected"),
    [
        (_SELECT, "", _ROWS["json"]),
        (_SELECT, "*/*", _ROWS["json"]),
        (_SELECT, "text/csv;q=0.5, application/sparql-results+xml;q=0.9", _ROWS["xml"]),
        (_SELECT, "text/csv, application/sparql-results+xml;q=0.9", _ROWS["csv"]),
        (_SELECT, "*/*;q=0.1, text/tab-separated-values", _ROWS["tsv"]),
        (_SELECT, "application/sparql-results+json;q=0, */*", _ROWS["xml"]),
        (_SELECT, "text/*", _ROWS["csv"]),
        (_SELECT, "TEXT/CSV", _ROWS["csv"]),
        (_SELECT, "text/turtle, text/csv;q=0.1", _ROWS["csv"]),
        (_CONSTRUCT, "", _GRAPHS["ttl"]),
        (_CONSTRUCT, "*/*", _GRAPHS["ttl"]),
        (_CONSTRUCT, "text/turtle;q=0.2, application/n-quads;q=0.3", _GRAPHS["nq"]),
        (_CONSTRUCT, "application/sparql-results+json, application/rdf+xml;q=0.1", _GRAPHS["rdf"]),
        (_CONSTRUCT, "application/trig", _GRAPHS["trig"]),
    ],
)
def test_the_quality_of_what_is_accepted_decides(filled: Target, query: str, accept: str, expected: str) -> None:
    answer = filled.query(query, accept)

    assert (200, expected) == (answer.status, answer.media_type)


def test_the_format_in_the_address_wins(filled: Target) -> None:
    assert "text/csv" == filled.query(_SELECT, "application/sparql-results+xml", format="csv").media_type


def test_an_answer_says_that_it_varies(filled: Target) -> None:
    vary = filled.query(_SELECT).headers["Vary"]

    assert {"accept"} <= {name.strip().lower() for name in vary.split(",")}
