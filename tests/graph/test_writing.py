"""A change is done whole, in a snapshot of its own, with who made it; or nothing changes, whatever happens."""

import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pyoxigraph as ox
import pytest

from levier.errors import (
    BadInput,
    LevierError,
    NotRdf,
    QueryRejected,
    QuerySyntaxError,
    SnapshotMissing,
    UnknownGraph,
    UpdateFailed,
    UsingConflict,
    WriteBusy,
)
from levier.graph import (
    Change,
    DeleteGraph,
    EmbeddedStore,
    PostGraph,
    PutGraph,
    RunUpdate,
    Snapshots,
    Written,
    ensure,
    write,
    written_over,
)
from levier.graph.provenance import PROVENANCE_GRAPH

G = "http://example.org/g"
TURTLE = "text/turtle"
TRIPLE = b"<http://example.org/s> <http://example.org/p> 1 ."
OTHER = b"<http://example.org/s> <http://example.org/p> 2 ."
BLANK = b"_:x <http://example.org/p> 1 ."
DATASETS = {
    "application/n-quads": TRIPLE.replace(b" 1 ", b' "1" '),
    "application/trig": b"{ %b }" % TRIPLE,
    "application/ld+json": b'{"@id": "http://example.org/s", "http://example.org/p": 1}',
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store with an empty snapshot."""
    folder = tmp_path / "store"
    ensure(folder)
    return folder


def change(root: Path, what: Change, *, writer: str = "Anne", union: bool = True, keep: int = 9) -> Written:
    return write(root, what, writer=writer, union=union, keep=keep, wait=0)


def update(root: Path, text: str, *, writer: str = "Anne", union: bool = True) -> Written:
    return change(root, RunUpdate(text), writer=writer, union=union)


def here(root: Path) -> EmbeddedStore:
    return Snapshots(root).open()


def triples(root: Path, graph: str | None = G) -> list[str]:
    return sorted(str(triple.object) for triple in here(root).triples(graph))


def one(value: int) -> str:
    return f'"{value}"^^<http://www.w3.org/2001/XMLSchema#integer>'


def test_a_graph_is_put_replaced_added_to_and_deleted(root: Path) -> None:
    put = change(root, PutGraph(G, ((TRIPLE, TURTLE),)))
    added = change(root, PostGraph(G, ((OTHER, TURTLE),)))

    assert (True, False, (G,)) == (put.made, put.existed, put.graphs)
    assert (False, True, (G,)) == (added.made, added.existed, added.graphs)
    assert [one(1), one(2)] == triples(root)
    replaced = change(root, PutGraph(G, ((OTHER, TURTLE),)))
    assert (False, True, [one(2)]) == (replaced.made, replaced.existed, triples(root))
    deleted = change(root, DeleteGraph(G))
    assert (False, True, False) == (deleted.made, deleted.existed, here(root).has_graph(G))
    assert deleted.version == Snapshots(root).require().version


def test_the_default_graph_is_made_where_it_was_empty(root: Path) -> None:
    first = change(root, PutGraph(None, ((TRIPLE, TURTLE),)))
    second = change(root, PutGraph(None, ((OTHER, TURTLE),)))

    assert (True, False, ()) == (first.made, second.made, second.graphs)
    assert [one(2)] == triples(root, None)
    change(root, DeleteGraph(None))
    assert [] == triples(root, None)
    assert not change(root, DeleteGraph(None)).made


def test_a_graph_without_a_statement_is_there(root: Path) -> None:
    assert change(root, PutGraph(G, ((b"", TURTLE),))).made
    assert here(root).has_graph(G)
    assert not change(root, PostGraph(G, ((TRIPLE, TURTLE),))).made


def test_a_graph_that_is_not_there_is_not_deleted_and_nothing_is_written(root: Path) -> None:
    before = Snapshots(root).versions()

    with pytest.raises(UnknownGraph, match=r"no graph <http://example\.org/g>"):
        change(root, DeleteGraph(G))

    assert before == Snapshots(root).versions()


@pytest.mark.parametrize("media_type", DATASETS)
@pytest.mark.parametrize("large", [False, True])
def test_a_form_that_can_name_graphs_is_taken_where_it_names_none(
    root: Path, media_type: str, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("levier.graph.writing._LARGE", 0 if large else 1 << 20)
    change(root, PutGraph(G, ((DATASETS[media_type], media_type),)))

    assert 1 == here(root).count(G)


NAMED = {
    "application/n-quads": b'<http://e/s> <http://e/p> "1" <http://e/other> .',
    "application/trig": b"%b <http://e/other> { %b }" % (TRIPLE, TRIPLE),
    "application/ld+json": b'{"@id": "http://e/other", "@graph": [{"@id": "http://e/s", "http://e/p": 1}]}',
}


@pytest.mark.parametrize("media_type", NAMED)
@pytest.mark.parametrize("large", [False, True])
def test_a_graph_comes_without_other_graphs(
    root: Path, media_type: str, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("levier.graph.writing._LARGE", 0 if large else 1 << 20)
    before = Snapshots(root).require()

    with pytest.raises(NotRdf, match="another graph, <http://e/other>"):
        change(root, PutGraph(G, ((NAMED[media_type], media_type),)))

    assert before == Snapshots(root).require()


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"<http://e/s> <http://e/p> ", TURTLE),
        (b"<http://e/s> <http://e/p> '\xff' .", TURTLE),
        (b"<rdf:RDF>", "application/rdf+xml"),
        (b"{", "application/ld+json"),
        (b'{"@context": "http://127.0.0.1:9/c", "@id": "http://e/s", "a": 1}', "application/ld+json"),
        (b"<s> <p> <o> .", "application/n-quads"),
        (TRIPLE, "application/pdf"),
    ],
)
@pytest.mark.parametrize("large", [False, True])
def test_what_is_not_rdf_changes_nothing(
    root: Path, body: bytes, media_type: str, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("levier.graph.writing._LARGE", 0 if large else 1 << 20)
    change(root, PutGraph(G, ((TRIPLE, TURTLE),)))
    before = Snapshots(root).versions()

    with pytest.raises(NotRdf):
        change(root, PostGraph(G, ((OTHER, TURTLE), (body, media_type))))

    assert (before, [one(1)]) == (Snapshots(root).versions(), triples(root))


def test_iris_are_read_against_the_name_of_the_graph(root: Path) -> None:
    change(root, PutGraph(G, ((b"<> <p> <x> .", TURTLE),)))
    change(root, PostGraph(G, ((b'{"@id": "y", "http://example.org/p": 1}', "application/ld+json"),)))
    subjects = {str(triple.subject) for triple in here(root).triples(G)}

    assert {f"<{G}>", "<http://example.org/y>"} == subjects


@pytest.mark.parametrize("media_type", [TURTLE, "application/n-triples", "application/trig", "application/n-quads"])
@pytest.mark.parametrize("large", [False, True])
def test_blank_nodes_of_two_parts_or_two_requests_are_two(
    root: Path, media_type: str, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("levier.graph.writing._LARGE", 0 if large else 1 << 20)
    part = (BLANK.replace(b" 1 ", b' "1" '), media_type)
    change(root, PutGraph(G, (part, part)))
    change(root, PostGraph(G, (part,)))
    update(root, f"INSERT DATA {{ GRAPH <{G}> {{ _:x <http://example.org/p> '1' }} }}")

    assert 4 == here(root).count(G)


def test_a_blank_node_of_a_request_is_never_one_of_the_store(root: Path) -> None:
    change(root, PutGraph(G, ((BLANK, TURTLE),)))
    (node,) = (str(triple.subject) for triple in here(root).triples(G))
    for media_type in (TURTLE, "application/n-triples", "application/trig", "application/n-quads"):
        change(root, PostGraph(G, ((f'{node} <http://example.org/q> "1" .'.encode(), media_type),)))

    assert 1 == sum(str(triple.subject) == node for triple in here(root).triples(G))


def test_an_update_says_which_graphs_it_changed(root: Path) -> None:
    written = update(root, "PREFIX e: <http://e/> INSERT DATA { GRAPH e:b { e:s e:p 1 } GRAPH e:a { e:s e:p 1 } }")

    assert (False, True, ("http://e/a", "http://e/b")) == (written.made, written.existed, written.graphs)
    assert ("http://e/a",) == update(root, "DROP GRAPH <http://e/a>").graphs
    assert () == update(root, "DELETE DATA { GRAPH <http://e/none> { <http://e/s> <http://e/p> 1 } }").graphs


def test_an_update_sees_what_a_query_sees(root: Path) -> None:
    change(root, PutGraph(G, ((TRIPLE, TURTLE),)))
    text = "INSERT { GRAPH <http://e/n> { ?s ?p ?o } } WHERE { ?s ?p ?o FILTER(isNumeric(?o)) }"
    update(root, text, union=False)
    assert [] == triples(root, "http://e/n")
    update(root, text, union=True)
    assert [one(1)] == triples(root, "http://e/n")


def test_the_graphs_of_the_request_are_used(root: Path) -> None:
    change(root, PutGraph(G, ((TRIPLE, TURTLE),)))
    text = "INSERT { GRAPH <http://e/n> { ?s ?p ?o } } WHERE { ?s ?p ?o }"
    change(root, RunUpdate(text, using=("http://e/none",)))
    assert [] == triples(root, "http://e/n")
    change(root, RunUpdate(text, using=(G,)))
    assert [one(1)] == triples(root, "http://e/n")


@pytest.mark.parametrize(
    ("what", "error"),
    [
        (RunUpdate("CLEAR XYZ"), QuerySyntaxError),
        (RunUpdate("CLEAR ALL ; LOAD <http://127.0.0.1:9/>"), QueryRejected),
        (RunUpdate("CLEAR ALL ; CREATE GRAPH <http://e/a> ; CREATE GRAPH <http://e/a>"), UpdateFailed),
        (RunUpdate("CLEAR ALL ; DROP GRAPH <http://e/none>"), UnknownGraph),
        (RunUpdate(f"CLEAR ALL ; WITH <{G}> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}", (G,)), UsingConflict),
    ],
)
def test_an_update_that_fails_changes_nothing(root: Path, what: Change, error: type[LevierError]) -> None:
    change(root, PutGraph(G, ((TRIPLE, TURTLE),)))
    before = Snapshots(root).versions()

    with pytest.raises(error):
        change(root, what)

    assert (before, [one(1)]) == (Snapshots(root).versions(), triples(root))
    assert {"current", "lock", "snapshots"} == {path.name for path in root.iterdir()}


def recorded(root: Path, written: Written) -> dict[str, list[str]]:
    """Give what the provenance graph says of a write: local names of predicates to values."""
    said: dict[str, list[str]] = {}
    write = f"https://w3id.org/levier/id/write/{written.version}"
    for quad in here(root).raw.quads_for_pattern(None, None, None, ox.NamedNode(PROVENANCE_GRAPH)):
        name = quad.predicate.value.replace("#", "/").rpartition("/")[2]
        if quad.subject == ox.NamedNode(write):
            said.setdefault(name, []).append(getattr(quad.object, "value", ""))
        elif quad.object == ox.NamedNode(write):
            said.setdefault(name, []).append(getattr(quad.subject, "value", ""))
    return said


def test_a_write_is_recorded_with_who_when_and_which_graphs(root: Path) -> None:
    text = f"INSERT DATA {{ <http://e/s> <http://e/p> 1 GRAPH <{G}> {{ <http://e/s> <http://e/p> '{'x' * 20_000}' }} }}"
    said = recorded(root, update(root, text, writer="Zoë / x"))
    agent = "https://w3id.org/levier/id/agent/Zo%C3%AB%20%2F%20x"

    assert ["http://www.w3.org/ns/prov#Activity"] == said["type"]
    assert [[agent], [G]] == [said["wasAssociatedWith"], said["wasInfluencedBy"]]
    assert said["startedAtTime"] <= said["endedAtTime"]
    assert [f"SPARQL Update of the default graph too:\n{text[:10_000]}"] == said["description"]
    assert [64] == [len(digest) for digest in said["sha256"]]
    assert here(root).query(f'ASK {{ <{agent}> a prov:Agent ; rdfs:label "Zoë / x" }}')


@pytest.mark.parametrize(
    ("what", "description"),
    [
        (PutGraph(G, ((TRIPLE, TURTLE),)), f"PUT <{G}>"),
        (PostGraph(None, ((TRIPLE, TURTLE),)), "POST of the default graph"),
        (DeleteGraph(None), "DELETE of the default graph"),
    ],
)
def test_the_record_says_what_was_done(root: Path, what: Change, description: str) -> None:
    said = recorded(root, change(root, what))

    assert [description] == said["description"]
    assert "sha256" not in said


def test_two_writes_of_one_writer_say_nothing_twice(root: Path) -> None:
    change(root, PutGraph(G, ((TRIPLE, TURTLE),)))
    change(root, PutGraph(G, ((OTHER, TURTLE),)))
    twice = "ASK { GRAPH ?g { ?s ?p ?o } GRAPH ?h { ?s ?p ?o } FILTER(?g != ?h) }"

    assert not here(root).query(twice)
    assert [2] == [int(row["n"].value) for row in here(root).select("SELECT (COUNT(*) AS ?n) { ?w a prov:Activity }")]


def test_changes_and_what_they_come_to_can_be_sent_to_another_process(root: Path) -> None:
    for what in (RunUpdate("CLEAR ALL"), PutGraph(G, ((TRIPLE, TURTLE),)), PostGraph(None, ()), DeleteGraph(G)):
        assert what == pickle.loads(pickle.dumps(what))  # noqa: S301  # our own
    written = update(root, "CLEAR ALL")
    assert written == pickle.loads(pickle.dumps(written))  # noqa: S301  # our own


def test_a_write_that_finds_the_store_busy_says_so(root: Path) -> None:
    with Snapshots(root).new(copy_current=True), pytest.raises(WriteBusy) as caught:
        update(root, "CLEAR ALL")

    assert ("write-busy", 503) == (caught.value.code, caught.value.status)


def test_a_write_waits_for_the_one_before_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    holds, waited_for = threading.Event(), threading.Event()

    def hold() -> None:
        with Snapshots(root).new(copy_current=True, written=True):
            holds.set()
            waited_for.wait(30)

    monkeypatch.setattr("levier.graph.snapshots.time.sleep", lambda _: waited_for.set())
    other = threading.Thread(target=hold)
    other.start()
    assert holds.wait(30)
    write(root, RunUpdate("CLEAR ALL"), writer="Anne", union=True, keep=9, wait=30)
    other.join()

    assert waited_for.is_set()
    assert 3 == len(Snapshots(root).versions())


def test_what_writes_have_made_is_tidied_and_what_builds_have_made_stays(root: Path) -> None:
    with Snapshots(root).new():
        pass
    built = Snapshots(root).require().version
    for value in range(5):
        change(root, PutGraph(f"{G}{value}", ((TRIPLE, TURTLE),)), keep=2)
    versions = Snapshots(root).versions()

    assert [True, True, True, False] == [snapshot.written for snapshot in versions]
    assert built == versions[-1].version
    assert 6 == len(here(root).graphs())


def test_a_snapshot_that_is_read_is_not_tidied(root: Path) -> None:
    change(root, PutGraph(G, ((TRIPLE, TURTLE),)), keep=0)
    reader = here(root)
    change(root, DeleteGraph(G), keep=0)

    assert (2, 1) == (len(Snapshots(root).versions()), reader.count(G))
    del reader
    update(root, "CLEAR ALL")
    change(root, PutGraph(G, ((TRIPLE, TURTLE),)), keep=0)
    assert 1 == len(Snapshots(root).versions())


def test_an_empty_snapshot_is_made_once_only_where_there_is_none(tmp_path: Path) -> None:
    ensure(tmp_path / "new" / "store")
    first = Snapshots(tmp_path / "new" / "store").require()
    ensure(tmp_path / "new" / "store")

    assert (first, 0, True) == (
        Snapshots(tmp_path / "new" / "store").require(),
        here(first.path.parents[1]).count(),
        True,
    )
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="is a file"):
        ensure(tmp_path / "file")


def test_without_a_snapshot_there_is_nothing_to_change(tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissing):
        update(tmp_path / "store", "CLEAR ALL")


def test_a_build_can_tell_that_it_takes_back_what_was_written(root: Path) -> None:
    assert not written_over(root / "none")
    assert written_over(root)
    with Snapshots(root).new():
        pass
    assert not written_over(root)


KILLED = """
import json, os, select, signal, sys, time
from pathlib import Path
from levier.graph import RunUpdate, Snapshots, write

root, mode, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
both = ("http://e/a", "http://e/b")

def run(value):
    many = " ".join(f"<http://e/{n}> <http://e/p> {value} ." for n in range(size))
    text = ";".join(f"CLEAR GRAPH <{graph}> ; INSERT DATA {{ GRAPH <{graph}> {{ {many} }} }}" for graph in both)
    write(root, RunUpdate(text), writer="Anne", union=True, keep=1, wait=0)

def child(work):  # never in this process: the engine's threads would be missing in whoever is forked after it
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(theirs, json.dumps(work()).encode())
            os._exit(0)
        finally:
            os._exit(9)
    os.close(theirs)
    return pid, ours

def ended(pid, pipe):
    with os.fdopen(pipe) as stream:
        said = stream.read()
    status = os.waitpid(pid, 0)[1]
    assert status == 0 or os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, status
    return json.loads(said) if status == 0 else "killed"

def held():
    store = Snapshots(root).open()
    assert set(os.listdir(root / "snapshots")) == {s.version for s in Snapshots(root).versions()}
    seen = [{q.object.value for q in store.triples(graph)} for graph in both]
    assert seen[0] == seen[1] and len(seen[0]) == 1, seen
    assert {store.count(graph) for graph in both} == {size}
    made = store.query("SELECT (COUNT(*) AS ?n) { ?w a <http://www.w3.org/ns/prov#Activity> }")
    return int(seen[0].pop()), int(next(iter(made))["n"].value)

def step_by_step(value, last):
    seen = 0
    def profile(frame, event, argument):
        nonlocal seen
        seen += 1
        if seen == last:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.setprofile(profile)
    run(value)
    sys.setprofile(None)
    return seen

def kill(value, part):
    if mode == "step":
        return ended(*child(lambda: step_by_step(value, 1 + int(steps * part))))
    pid, pipe = child(lambda: run(value))
    select.select([pipe], [], [], took * part)
    os.kill(pid, signal.SIGKILL)
    return ended(pid, pipe)

ended(*child(lambda: run(0)))
steps = ended(*child(lambda: step_by_step(0, 0)))
began = time.monotonic()
ended(*child(lambda: run(0)))
took = time.monotonic() - began
done, lost, late, before = 3, 0, 0, 0
for value in range(1, 41):
    killed = kill(value, value / 40) == "killed"
    now, made = ended(*child(held))
    assert now in {before, value}, (now, before)
    done += now == value
    lost += now != value
    late += now == value and killed
    assert made == done, (made, done)
    before = now
ended(*child(lambda: run(41)))
assert ended(*child(held)) == [41, done + 1]
assert {path.name for path in root.iterdir()} == {"current", "lock", "snapshots"}
print(done, lost, late)
"""


def killed(root: Path, mode: str, size: int) -> tuple[int, int, int]:
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(root), mode, str(size)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert 0 == ran.returncode, ran.stderr
    done, lost, late = (int(number) for number in ran.stdout.split())
    return done, lost, late


def test_a_writer_killed_at_any_step_leaves_all_or_nothing(root: Path) -> None:
    """Each time, another step of the write is its last; a write that was done before it was killed stays done."""
    done, lost, _ = killed(root, "step", 3)

    assert lost > 20
    assert done > 3


def test_a_writer_killed_at_any_time_leaves_all_or_nothing(root: Path) -> None:
    """The moments fall into the engine's own work, too."""
    _, lost, _ = killed(root, "time", 2_000)

    assert lost > 5
