"""What a query says of graphs, and the query without it."""

import pytest

from levier.errors import QuerySyntaxError
from levier.graph.clauses import read_clauses


@pytest.mark.parametrize(
    ("query", "default", "named", "matched"),
    [
        ("ASK {}", [], [], []),
        ("SELECT*FROM<x:a>{}", ["x:a"], [], []),
        ("ASK FROM <x:a> from named <x:b> FROM # NAMED\n <x:c> {}", ["x:a", "x:c"], ["x:b"], []),
        ("BASE <http://b/> PREFIX e: <c/> ASK FROM e:a FROM NAMED <d> {}", ["http://b/c/a"], ["http://b/d"], []),
        ("PREFIX e: <x:> PREFIX graph: <y:> ASK { GRAPH e:a { graph:from ?p 1 } graph graph:b {} }", [], [],
         ["x:a", "y:b"]),
        ("ASK { GRAPH ?from { ?s ?graph <x:a> } GRAPH$g{} }", [], [], []),
        ("ASK { VALUES ?x { 'a'@from <x:a> 'b'@graph-be <x:b> } }", [], [], []),
        ("ASK { ?s ?p 'GRAPH <x:a>', \"FROM <x:b>\", '''it's\nGRAPH <x:c>''' # FROM <x:d>\n }", [], [], []),
        ("PREFIX e: <x:> ASK { e:a\\#b ?p <x:#FROM> . GRAPH e:c\xb7d {} }", [], [], ["x:c\xb7d"]),
    ],
)  # fmt: skip
def test_the_graphs_of_a_query_are_found(query: str, default: list[str], named: list[str], matched: list[str]) -> None:
    found = read_clauses(query)

    assert default == list(found.default_iris())
    assert named == list(found.named_iris())
    assert matched == [part.iri for part in found.matched]


def test_a_query_without_its_dataset_is_otherwise_the_same() -> None:
    query = "SELECT * FROM <x:a> FROM NAMED <x:b> { GRAPH <x:b> { ?s ?p 'FROM <x:a>' } GRAPH <x:c> {} }"
    expected = "SELECT *   { GRAPH <x:b> { ?s ?p 'FROM <x:a>' } GRAPH <x:none> {} }"

    assert expected == read_clauses(query).without_dataset(frozenset({"x:b"}), "x:none")


def test_a_pattern_is_read_with_the_names_that_hold_there() -> None:
    (found,) = read_clauses("{ GRAPH e:a { ?s ?p <b> } }", "http://b/", {"e": "x:"}).matched

    assert "x:a" == found.iri


def test_a_prefix_that_only_the_engine_reads_is_told() -> None:
    with pytest.raises(QuerySyntaxError, match="e:"):
        read_clauses("PREFIXe: <x:> ASK { GRAPH e:a {} }")
