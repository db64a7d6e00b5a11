"""The embedded store."""

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from levier.errors import BadInput, BrokenData, QuerySyntaxError, SnapshotMissing
from levier.graph import Dataset, EmbeddedStore
from levier.terms import BASE, COMMON, PREFIXES

A = "https://w3id.org/levier/graph/a"
B = "https://w3id.org/levier/graph/b"


@pytest.fixture
def store() -> EmbeddedStore:
    filled = EmbeddedStore.in_memory()
    filled.load_bytes(b'<http://e/s> <http://e/p> "a" .\n<http://e/s> <http://e/p> <http://e/s/1> .\n', A)
    filled.load_bytes(b'<http://e/s/1> <http://e/p> "b" .\n<http://e/s2> <http://e/p> "c" .\n', B)
    return filled


def values(store: EmbeddedStore, dataset: Dataset) -> list[str]:
    rows = store.query("SELECT ?o { ?s ?p ?o FILTER(isLiteral(?o)) } ORDER BY ?o", dataset)
    assert isinstance(rows, ox.QuerySolutions)
    return [row["o"].value for row in rows]


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        (Dataset(), ["a", "b", "c"]),
        (Dataset(default="strict"), []),
        (Dataset(default_graphs=(B,)), ["b", "c"]),
        (Dataset(named_graphs=(A,)), []),
    ],
)
def test_a_query_sees_the_dataset_it_is_asked_over(store: EmbeddedStore, dataset: Dataset, expected: list[str]) -> None:
    assert expected == values(store, dataset)


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        (f"FROM <{B}>", ["b", "c"]),
        (f"FROM <{A}>\nFROM <{B}>", ["a", "b", "c"]),
        (f"FROM NAMED <{A}>", []),
        ("# FROM <http://e/x>\n", ["a", "b", "c"]),
    ],
)
def test_a_query_chooses_its_own_dataset_by_from(store: EmbeddedStore, clauses: str, expected: list[str]) -> None:
    rows = store.select(f"SELECT ?o {clauses} {{ ?s ?p ?o FILTER(isLiteral(?o) && ?o != 'FROM') }} ORDER BY ?o")

    assert expected == [row["o"].value for row in rows]


def test_our_prefixes_need_no_declaration(store: EmbeddedStore) -> None:
    rows = store.select("SELECT * { GRAPH graph:a { ?s ?p ?o } }")

    assert len(list(rows)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (<x> AS ?i) {}",
        "SELECT ?i { BIND(<#x> AS ?i) FILTER(1 < 2) }",
        "PREFIX x: <y/> SELECT (x:z AS ?i) {}",
        "BASE <y/> SELECT (<z> AS ?i) {}",
        "SELECT (IRI('x') AS ?i) {}",
        "SELECT (uRi('x') AS ?i) {}",
        r"SELECT (IR\u0049('x') AS ?i) {}",
        r"SELECT (<\u0078> AS ?i) {}",
        "SELECT (<http:x> AS ?i) {}",
        "SELECT (<//e/x> AS ?i) {}",
        "SELECT (<http://e/a/../x> AS ?i) {}",
        "SELECT (<http://e/a/.> AS ?i) {}",
        "SELECT (<http://e/x> AS ?i) {}",
        "SELECT (<HTTPS://e/x> AS ?i) {}",
        "SELECT (<mailto:x> AS ?i) {}",
        "SELECT (<x AS ?i) {}",
        "SELECT ?i {VALUES ?i {1.0iati:a}}",
        "SELECT ?i {VALUES ?i {unknown:a}}",
    ],
)
def test_iris_are_read_as_below_the_base_whether_the_engine_is_told_or_not(store: EmbeddedStore, text: str) -> None:
    assert outcome(lambda: store.raw.query(text, base_iri=BASE, prefixes=PREFIXES)) == outcome(
        lambda: store.query(text)
    )


def outcome(ask: Callable[[], object]) -> object:
    try:
        return [str(row["i"]) for row in ask()]  # type: ignore[attr-defined]  # rows
    except (SyntaxError, QuerySyntaxError):
        return "no SPARQL"


def test_a_query_that_is_not_sparql_is_a_syntax_error(store: EmbeddedStore) -> None:
    with pytest.raises(QuerySyntaxError, match="not SPARQL"):
        store.query("SELECT * { ?s")


def test_graphs_are_listed_counted_cleared(store: EmbeddedStore) -> None:
    store.clear(A)

    assert ([B], 2, 2) == (store.graphs(), store.count(), store.count(B))


def test_below_follows_a_thing_to_the_nodes_under_its_iri(store: EmbeddedStore) -> None:
    subjects = sorted({quad.subject.value for quad in store.below("http://e/s")})  # type: ignore[union-attr]

    assert ["http://e/s", "http://e/s/1"] == subjects


def test_below_has_what_a_thing_has_in_common_with_others() -> None:
    store = EmbeddedStore.in_memory()
    common, other = f"{COMMON}d/sector/1", f"{COMMON}d/sector/2"
    lines = f"<{A}> <x:p> <{A}/1> .\n<{A}/1> <x:p> <{common}> .\n<{common}> <x:p> 'c' .\n<{other}> <x:p> 'o' .\n"
    store.load_bytes(lines.replace("'", '"').encode(), A)

    assert {A, f"{A}/1", common} == {str(quad.subject)[1:-1] for quad in store.below(A)}


def test_dump_loads_again_into_the_same_triples(store: EmbeddedStore) -> None:
    again = EmbeddedStore.in_memory()
    again.load_bytes(store.dump(A), A)

    assert sorted(store.dump(A).splitlines()) == sorted(again.dump(A).splitlines())


def test_broken_turtle_names_file_and_line_and_loads_nothing(tmp_path: Path) -> None:
    path = tmp_path / "broken.ttl"
    path.write_text("<http://e/a> <http://e/p> 1 .\n<http://e/b> oops\n", encoding="utf-8")
    store = EmbeddedStore.in_memory()

    with pytest.raises(BrokenData, match=r"broken\.ttl:2: not Turtle"):
        store.load(path, A)

    assert store.count() == 0


def test_a_file_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone\.ttl: cannot be read"):
        EmbeddedStore.in_memory().load(tmp_path / "gone.ttl", A)


def test_opening_a_store_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissing) as caught:
        EmbeddedStore.open(tmp_path / "none")

    assert "levier build" in caught.value.hint


def test_nquads_of_several_files_are_loaded_whole_whatever_the_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("levier.graph.store._BLOCK", 100)
    lines = [f'<http://e/{number}> <http://e/p> "{"x" * (number % 90)}" <{A}> .\n' for number in range(50)]
    files = [tmp_path / str(number) for number in range(4)]
    for file, part in zip(files, (lines[:1], lines[1:30], [], lines[30:]), strict=True):
        file.write_text("".join(part), encoding="utf-8")
    store = EmbeddedStore.in_memory()
    store.load_nquads(files)

    assert ([A], sorted(line.replace(f" <{A}>", "") for line in lines)) == (
        store.graphs(),
        sorted(f"{line}\n" for line in store.dump(A).decode().splitlines()),
    )


def test_what_is_no_nquads_is_broken_data(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("<http://e/s> oops\n", encoding="utf-8")

    with pytest.raises(BrokenData, match="not N-Quads"):
        EmbeddedStore.in_memory().load_nquads([tmp_path / "x"])
