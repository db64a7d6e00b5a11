"""Jobs that are done in the process that asks: what they give, what they raise, and what looks at them."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pyoxigraph as ox
import pytest
from tests.serving import write

from levier.errors import LevierError, PlacesTaken, QuerySyntaxError, QueryTimeout, ResultTooLong
from levier.graph import Dataset, Snapshots
from levier.querying import Here, Job, Limits, NotHere, Places, Query, SnapshotSource, Stores, Watch, answer
from levier.querying.run import Guard
from levier.terms import XSD

_CSV = "text/csv"
_LIMITS = Limits(60.0, 1 << 30, 1.0)
_PAIRS = "SELECT ?x ?y { ?a <http://e/n> ?x . ?b <http://e/n> ?y }"
"""360,000 rows."""


@pytest.fixture
def source(tmp_path: Path) -> SnapshotSource:
    write(tmp_path, "One")
    return SnapshotSource(str(Snapshots(tmp_path).require().path))


@pytest.fixture
def places() -> Places:
    return Places(1)


def job(source: SnapshotSource, text: str, max_rows: int = 10**9) -> Job:
    query = Query(text, Dataset("union"), _CSV, "", max_rows=max_rows)
    return Job(answer, (query,), source, 60.0, streams=True)


def stays() -> bool:
    return False


def test_a_job_gives_its_answer(source: SnapshotSource, places: Places) -> None:
    done = Here(places, Watch(), Stores(0)).stream(job(source, "SELECT (1 AS ?n) {}"), _LIMITS, stays)

    assert (b"n\r\n1\r\n", _CSV, 1) == (b"".join(done), done.head.media_type, done.given.rows)
    assert 0 == places.taken()


@pytest.mark.parametrize(
    ("text", "most", "error"),
    [("SELECT", 10**9, QuerySyntaxError), (_PAIRS, 10, ResultTooLong), (_PAIRS, 10**9, NotHere)],
)
def test_what_a_job_raises_frees_its_place_and_keeps_no_rows(
    source: SnapshotSource, places: Places, text: str, most: int, error: type[Exception]
) -> None:
    here = Here(places, Watch(), Stores(0))
    with pytest.raises(error) as raised:
        here.stream(job(source, text, most), _LIMITS, stays)

    names = [entry.name for entry in raised.traceback]
    assert 0 == places.taken()
    assert "_answer" not in names  # whose frame holds the rows


def test_an_answer_that_begins_late_is_kept_though_it_is_long(source: SnapshotSource, places: Places) -> None:
    ordered = f"{_PAIRS} ORDER BY DESC(?x) ?y"
    done = Here(places, Watch(), Stores(0)).stream(job(source, ordered), _LIMITS, stays)

    assert 360_000 == done.given.rows


def test_without_a_place_nothing_is_done(source: SnapshotSource, places: Places) -> None:
    places.take(0)
    with pytest.raises(PlacesTaken):
        Here(places, Watch(), Stores(0)).stream(job(source, "ASK {}"), _LIMITS, stays)


def eventually(true: Callable[[], bool]) -> bool:
    for _ in range(300):
        if true():
            return True
        time.sleep(0.02)
    return False


def test_a_watch_stops_nothing_once_the_job_is_done() -> None:
    """The answer of the job may take its client long to read."""
    seen, watch = _Seen(), Watch()
    watch.start(seen)
    watch.begin()
    watch.over(Guard(1, None, Limits(0.3, 1 << 40, 0), stays))
    watch.done()
    time.sleep(1)
    watch.end()

    assert {"held up", "meanwhile"} == set(seen.done)


@pytest.mark.parametrize(
    ("text", "copied"),
    [
        ("SELECT * { ?s ?p ?o }", True),
        ("SELECT * { ?s ?p ?o } order  by ?s LIMIT 3", True),
        ("SELECT * { ?s ?p ?o } LIMIT 3", False),
        ("SELECT * { ?s ?p ?o } offset 3", False),
        ("SELECT * { ?s ?p 'limit' }", False),  # a word search errs on this side
    ],
)
def test_a_copy_answers_where_the_order_of_the_rows_is_said_or_all_of_them_asked(
    source: SnapshotSource, places: Places, monkeypatch: pytest.MonkeyPatch, text: str, copied: bool
) -> None:
    asked: list[bool] = []
    stores = Stores(0)
    given = stores.store

    def store(source: SnapshotSource, *, copy: bool) -> object:
        asked.append(copy)
        return given(source, copy=copy)

    monkeypatch.setattr(stores, "store", store)
    Here(places, Watch(), stores).stream(job(source, text), _LIMITS, stays)

    assert [copied] == asked


def test_a_small_snapshot_is_copied_with_all_its_graphs(tmp_path: Path) -> None:
    with Snapshots(tmp_path).new() as draft:
        draft.store.raw.add_graph(ox.NamedNode("http://e/empty"))
        turtle = f"<http://e/s> <http://e/p> _:b . _:b <http://e/p> '01'^^<{XSD}integer> ."
        draft.store.load_bytes(turtle.encode(), "http://e/g", ox.RdfFormat.TURTLE)
    source = SnapshotSource(str(Snapshots(tmp_path).require().path))
    stores = Stores(1 << 30)
    disk = stores.store(source, copy=True)

    assert eventually(lambda: stores.store(source, copy=True) is not disk)
    copy = stores.store(source, copy=True)
    assert disk is stores.store(source, copy=False)
    assert disk.graphs() == copy.graphs() == ["http://e/empty", "http://e/g"]
    assert disk.count() == copy.count() == 2
    query = "SELECT ?v { GRAPH ?g { ?s ?p ?b . ?b ?p ?v } }"
    assert [row["v"] for row in disk.select(query)] == [row["v"] for row in copy.select(query)]


def test_a_large_snapshot_is_not_copied(source: SnapshotSource) -> None:
    stores = Stores(1)
    disk = stores.store(source, copy=True)
    time.sleep(1)

    assert disk is stores.store(source, copy=True)


def test_the_copy_of_another_snapshot_is_never_given(tmp_path: Path) -> None:
    stores = Stores(1 << 30)
    labels = []
    for label in ("One", "Two"):
        write(tmp_path, label)
        source = SnapshotSource(str(Snapshots(tmp_path).require().path))
        first = stores.store(source, copy=True)
        assert eventually(lambda first=first, source=source: stores.store(source, copy=True) is not first)  # type: ignore[misc]
        query = "SELECT ?l { ?n a <https://w3id.org/levier/ontology#StrategyNote> ; ?p ?l FILTER(isLiteral(?l)) }"
        labels += [row["l"].value for row in stores.store(source, copy=True).select(query)]

    assert ["One", "Two"] == labels


class _Seen:
    """What is done beside the work."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.stopped = threading.Event()

    def held_up(self) -> None:
        self.done.append("held up")

    def meanwhile(self) -> None:
        self.done.append("meanwhile")
        time.sleep(0.005)

    def stop(self, error: LevierError) -> NoReturn:
        self.done.append(type(error).__name__)
        self.stopped.set()
        while True:  # the process would have ended
            time.sleep(60)


def test_a_watch_leaves_short_work_alone() -> None:
    seen, watch = _Seen(), Watch()
    watch.start(seen)
    for _ in range(1000):
        watch.begin()
        watch.end()
    time.sleep(0.1)

    assert [] == seen.done


def test_a_watch_sees_to_those_who_wait_once_and_to_those_who_come_until_the_end() -> None:
    seen, watch = _Seen(), Watch()
    watch.start(seen)
    time.sleep(1.5)  # by now it has gone to sleep
    for _ in range(2):
        watch.begin()
        assert eventually(lambda: len(seen.done) > 5)
        watch.end()
        time.sleep(0.1)
        first, *others = seen.done
        assert ("held up", {"meanwhile"}) == (first, set(others))
        seen.done.clear()


def test_a_watch_stops_what_goes_beyond_a_limit() -> None:
    seen, watch = _Seen(), Watch()
    watch.start(seen)
    watch.begin()
    watch.over(Guard(1, None, Limits(0.3, 1 << 40, 0), stays))

    assert seen.stopped.wait(10)
    assert QueryTimeout.__name__ == seen.done[-1]
