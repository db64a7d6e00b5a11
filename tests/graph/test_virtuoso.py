"""What is worked around where Virtuoso is behind the store."""

from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from tests.protocol.virtuoso import virtuoso

from levier.errors import UnknownGraph
from levier.graph.elsewhere import write_elsewhere
from levier.graph.store import UNION, Dataset
from levier.graph.virtuoso import DEFAULT, VirtuosoStore
from levier.graph.writing import DeleteGraph, PostGraph, PutGraph

_A, _B, _NONE = "http://example.org/a", "http://example.org/b", "http://example.org/none"
_DATA = f"INSERT DATA {{ <x:d> <x:p> 0 GRAPH <{_A}> {{ <x:a> <x:p> 1 }} GRAPH <{_B}> {{ <x:b> <x:p> 2 }} }}"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with virtuoso(tmp_path_factory.mktemp("virtuoso")) as found:
        yield found


@pytest.fixture
def store(address: str) -> VirtuosoStore:
    """One triple in the default graph, and one in each of two others."""
    found = VirtuosoStore(address)
    found.change(f"DROP ALL ; {_DATA}")
    return found


def _numbers(store: VirtuosoStore, query: str, dataset: Dataset = UNION) -> list[str]:
    rows = store.query(query, dataset)
    assert isinstance(rows, ox.QuerySolutions)
    return sorted(row["n"].value for row in rows)


def test_the_graph_of_the_default_graph_is_hidden(store: VirtuosoStore) -> None:
    assert [_A, _B] == store.graphs()
    assert ["1", "2"] == _numbers(store, "SELECT ?n { GRAPH ?g { ?s <x:p> ?n } }")
    assert [] == _numbers(store, f"SELECT ?n {{ GRAPH <{DEFAULT}> {{ ?s <x:p> ?n }} }}")
    assert not store.query(f"ASK {{ GRAPH <{DEFAULT}> {{ ?s ?p ?o }} }}")
    assert 1 == len(list(store.triples(None)))


def test_the_default_graph_is_seen_alone_or_with_all(store: VirtuosoStore) -> None:
    assert ["0"] == _numbers(store, "SELECT ?n { ?s <x:p> ?n }", Dataset("strict"))
    assert ["0", "1", "2"] == _numbers(store, "SELECT ?n { ?s <x:p> ?n }")


def test_a_graph_outside_the_dataset_has_nothing(store: VirtuosoStore) -> None:
    of_b = f"ASK {{ GRAPH <{_B}> {{ ?s ?p ?o }} }}"

    assert store.query(of_b)
    assert not store.query(of_b, Dataset(named_graphs=(_A,)))
    assert not store.query(of_b.replace("ASK", f"ASK FROM NAMED <{_A}>"))
    assert not store.query(of_b.replace(_B, _NONE))


def test_from_without_named_leaves_no_graph_to_name(store: VirtuosoStore) -> None:
    bare = "SELECT ?n FROM <http://example.org/a> { ?s <x:p> ?n }"

    assert [] == _numbers(store, "SELECT ?n FROM <http://example.org/a> { GRAPH ?g { ?s <x:p> ?n } }")
    assert ["1"] == _numbers(store, bare)
    assert ["2"] == _numbers(store, bare, Dataset(default_graphs=(_B,)))


def test_an_update_sees_named_graphs_and_the_default_graph(store: VirtuosoStore) -> None:
    store.change(f"INSERT {{ GRAPH <{_B}> {{ ?s <x:p> ?n }} }} WHERE {{ GRAPH <{_A}> {{ ?s <x:p> ?n }} }}")
    store.change(f"INSERT {{ GRAPH <{_B}> {{ ?s <x:p> ?n }} }} WHERE {{ ?s <x:p> ?n }}")
    store.change(f"INSERT {{ GRAPH <{_A}> {{ <x:x> <x:p> 9 }} }} WHERE {{ GRAPH <{_NONE}> {{ ?s ?p ?o }} }}")

    assert ["0", "1", "2"] == _numbers(store, f"SELECT ?n {{ GRAPH <{_B}> {{ ?s <x:p> ?n }} }}")
    assert 1 == store.count(_A)


def test_a_graph_that_was_dropped_can_be_made_again(store: VirtuosoStore) -> None:
    for _ in range(2):
        store.change(f"CREATE GRAPH <{_NONE}> ; DROP GRAPH <{_NONE}>")

    with pytest.raises(UnknownGraph):
        store.change(f"DROP GRAPH <{_NONE}>")


def test_a_graph_without_a_triple_is_put_and_posted(store: VirtuosoStore) -> None:
    nothing = ((b"# nothing", "text/turtle"),)
    posted = write_elsewhere(store.url, PostGraph(_A, nothing), 30)
    held = store.count(_A)
    put = write_elsewhere(store.url, PutGraph(_A, nothing), 30)

    assert (True, 1) == (posted.existed, held)
    assert (True, False) == (put.existed, store.has_graph(_A))


def test_a_graph_that_a_create_made_is_deleted(store: VirtuosoStore) -> None:
    store.change(f"CREATE GRAPH <{_NONE}>")
    write_elsewhere(store.url, DeleteGraph(_NONE), 30)

    assert [_A, _B] == store.graphs()
    assert [] == list(store.triples(_NONE))
