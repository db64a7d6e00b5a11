"""Which graphs a query and an update see: those that they name, the union of all, or (strict) the default graph."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from tests import serving
from tests.protocol.conftest import DATA, TOKEN, TURTLE, UPDATE, Target

_IN_DEFAULT = b"<http://example.org/d> <http://example.org/p> 0 ."
_A, _B = "http://example.org/a", "http://example.org/b"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A service whose queries see the default graph where they name no other; it has `DATA` and one triple there."""
    store = tmp_path_factory.mktemp("strict")
    server = serving.start(store, "--writable", "--default-graph", "strict", token=TOKEN)
    target = Target(server, "embedded")
    try:
        target.update(DATA)
        target.send("PUT", "/graphs?default", _IN_DEFAULT, {"Content-Type": TURTLE})
        yield target
    finally:
        server.close()


def _seen(target: Target, query: str, **graphs: str | list[str]) -> list[str]:
    """Give the objects of `ex:p` that are numbers, in order, each as often as it is seen."""
    parameters = {"query": query, **{name.replace("_", "-"): value for name, value in graphs.items()}}
    answer = target.server.send("GET", "/sparql?" + urlencode(parameters, doseq=True))
    assert 200 == answer.status, answer.body
    return [row["n"]["value"] for row in answer.json["results"]["bindings"]]


_NUMBERS = "SELECT ?n {from} {{ {where} FILTER(isNumeric(?n)) }} ORDER BY ?n"
_PLAIN = _NUMBERS.format(**{"from": "", "where": "?s <http://example.org/p> ?n"})
_NAMED = _NUMBERS.format(**{"from": "", "where": "GRAPH ?g { ?s <http://example.org/p> ?n }"})
_BOTH = _NUMBERS.format(
    **{"from": "", "where": "{ ?s <http://example.org/p> ?n } UNION { GRAPH ?g { ?s <http://example.org/p> ?n } }"}
)
_FROM_A = _NUMBERS.format(**{"from": f"FROM <{_A}>", "where": "?s <http://example.org/p> ?n"})


def test_without_a_dataset_a_query_sees_the_union(filled: Target) -> None:
    assert ["1", "3"] == _seen(filled, _PLAIN)
    assert ["1", "3"] == _seen(filled, _NAMED)


def test_a_strict_query_sees_the_default_graph_only(strict: Target) -> None:
    assert ["0"] == _seen(strict, _PLAIN)
    assert ["1", "3"] == _seen(strict, _NAMED)
    assert ["0", "1", "3"] == _seen(strict, _BOTH)


def test_a_strict_description_says_no_union(strict: Target, embedded: Target) -> None:
    feature = "UnionDefaultGraph"

    assert feature in embedded.server.send("GET", "/sparql", headers={"Accept": TURTLE}).text
    assert feature not in strict.server.send("GET", "/sparql", headers={"Accept": TURTLE}).text


def test_the_graphs_of_the_request_are_the_dataset(filled: Target) -> None:
    assert ["1"] == _seen(filled, _PLAIN, default_graph_uri=_A)
    assert ["1", "3"] == _seen(filled, _PLAIN, default_graph_uri=[_A, _B])
    assert ["3"] == _seen(filled, _NAMED, named_graph_uri=_B)
    assert ["1", "3"] == _seen(filled, _BOTH, default_graph_uri=_A, named_graph_uri=_B)


def test_a_dataset_has_nothing_that_it_does_not_name(filled: Target) -> None:
    assert [] == _seen(filled, _NAMED, default_graph_uri=_A)
    assert [] == _seen(filled, _PLAIN, named_graph_uri=_A)
    assert [] == _seen(filled, _PLAIN, default_graph_uri="http://example.org/none")


def test_the_graphs_of_the_request_win_over_those_of_the_query(filled: Target) -> None:
    """SPARQL 1.1 Protocol §2.1.4."""
    assert ["1"] == _seen(filled, _FROM_A)
    assert ["3"] == _seen(filled, _FROM_A, default_graph_uri=_B)


def _update(target: Target, update: str, **graphs: str | list[str]) -> None:
    path = "/update?" + urlencode({name.replace("_", "-"): value for name, value in graphs.items()}, doseq=True)
    answer = target.send("POST", path, update.encode(), {"Content-Type": UPDATE})
    assert 204 == answer.status, answer.body


def test_an_update_sees_the_graphs_that_its_request_names(target: Target) -> None:
    target.update(DATA)
    copied = "INSERT {{ GRAPH <http://example.org/{}> {{ ?s ?p ?n }} }} WHERE {{ {} FILTER(isNumeric(?n)) }}"
    _update(target, copied.format("one", "?s ?p ?n"), using_graph_uri=_A)
    _update(target, copied.format("two", "?s ?p ?n"), using_graph_uri=[_A, _B])
    _update(target, copied.format("three", "GRAPH ?g { ?s ?p ?n }"), using_named_graph_uri=_B)

    copies = [_seen(target, _PLAIN, default_graph_uri=f"http://example.org/{name}") for name in ("one", "two", "three")]
    assert [["1"], ["1", "3"], ["3"]] == copies


def test_an_update_sees_the_graphs_that_it_names(target: Target) -> None:
    target.update(DATA)
    target.update(f"WITH <{_A}> DELETE {{ ?s ?p 1 }} INSERT {{ ?s ?p 7 }} WHERE {{ ?s ?p 1 }}")
    target.update(f"INSERT {{ GRAPH <http://example.org/c> {{ ?s ?p ?n }} }} USING <{_B}> WHERE {{ ?s ?p ?n }}")

    assert ["7"] == _seen(target, _PLAIN, default_graph_uri=_A)
    assert ["3"] == _seen(target, _PLAIN, default_graph_uri="http://example.org/c")


def test_what_is_in_no_graph_goes_into_the_default_graph(target: Target) -> None:
    target.update("INSERT DATA { <http://example.org/d> <http://example.org/p> 5 }")
    answer = target.server.send("GET", "/graphs?default", headers={"Accept": "application/n-triples"})

    assert 200 == answer.status
    assert "<http://example.org/d> <http://example.org/p> " in answer.text
    target.update("CLEAR DEFAULT")
    assert "" == target.server.send("GET", "/graphs?default", headers={"Accept": "application/n-triples"}).text
