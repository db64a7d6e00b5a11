"""Jobs run in processes of their own, and each limit ends one without harm to the others."""

import os
import pickle
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.querying import jobs

from levier.errors import (
    ClientGone,
    EngineFault,
    EngineLost,
    LevierError,
    PlacesTaken,
    QueryMemory,
    QueryTimeout,
    SnapshotMissing,
    UnknownThing,
)
from levier.graph import Snapshots
from levier.querying import Form, Job, Limits, Places, Pool, SnapshotSource

PLENTY = Limits(seconds=30, memory=1_000_000_000, patience=0)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> SnapshotSource:
    folder = tmp_path_factory.mktemp("store")
    with Snapshots(folder).new() as draft:
        draft.store.load_bytes(b"<http://e/s> <http://e/p> <http://e/o> .", "http://e/g")
    return SnapshotSource(str(Snapshots(folder).require().path))


@pytest.fixture
def pool() -> Iterator[Pool]:
    places = Places(2)
    made = Pool(places)
    yield made
    made.close()
    places.close()


@pytest.fixture
def call(pool: Pool, source: SnapshotSource) -> Callable[..., Any]:
    def run(function: Callable[..., Any], *arguments: object, limits: Limits = PLENTY, gone: bool = False) -> object:
        return pool.call(Job(function, arguments, source, limits.seconds), limits, lambda: gone)

    return run


def test_a_job_gives_what_its_function_gives(call: Callable[..., Any]) -> None:
    assert (42, 1) == (call(jobs.double, 21), call(jobs.count))


def test_a_job_runs_in_another_process_which_takes_the_next_one_too(call: Callable[..., Any]) -> None:
    first, second = call(jobs.process), call(jobs.process)

    assert first == second != os.getpid()


def test_an_error_arrives_whole(call: Callable[..., Any]) -> None:
    with pytest.raises(UnknownThing) as caught:
        call(jobs.fail)

    assert ("there is no such thing", "look elsewhere") == (caught.value.message, caught.value.hint)


def test_a_fault_arrives_with_its_trace(call: Callable[..., Any]) -> None:
    with pytest.raises(EngineFault, match="ZeroDivisionError"):
        call(jobs.break_down)


@pytest.mark.parametrize(
    ("function", "limits", "gone", "error"),
    [
        (jobs.wait, Limits(0.1, 1_000_000_000, 0), False, QueryTimeout),
        (jobs.hoard, Limits(30, 20_000_000, 0), False, QueryMemory),
        (jobs.wait, PLENTY, True, ClientGone),
        (jobs.die, PLENTY, False, EngineLost),
    ],
)
def test_a_stopped_job_frees_its_place_and_the_next_one_runs(
    call: Callable[..., Any],
    pool: Pool,
    function: Callable[..., Any],
    limits: Limits,
    gone: bool,
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        call(function, limits=limits, gone=gone)

    assert (0, 42) == (pool.places.taken(), call(jobs.double, 21))


def test_a_stopped_job_ends_its_process(call: Callable[..., Any]) -> None:
    process = call(jobs.process)
    with pytest.raises(QueryTimeout):
        call(jobs.wait, limits=Limits(0.1, 1_000_000_000, 0))

    assert process != call(jobs.process)


def test_a_snapshot_that_is_gone_is_told(pool: Pool, tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissing):
        pool.call(Job(jobs.count, (), SnapshotSource(str(tmp_path / "none")), 1), PLENTY, lambda: False)


def test_a_stream_says_what_it_sends_and_then_sends_it(pool: Pool, source: SnapshotSource) -> None:
    with pool.stream(Job(jobs.pour, (500, "end"), source, 30, streams=True), PLENTY, lambda: False) as run:
        sent = b"".join(run)

    assert (Form(jobs.BYTES), 500_000, 500) == (run.head, len(sent), run.given)


def test_a_stream_that_fails_in_its_middle_says_so(pool: Pool, source: SnapshotSource) -> None:
    job = Job(jobs.pour, (3, "fail"), source, 30, streams=True)
    with pool.stream(job, PLENTY, lambda: False) as run, pytest.raises(UnknownThing):
        list(run)


def test_a_stream_that_is_left_ends_its_process(pool: Pool, call: Callable[..., Any], source: SnapshotSource) -> None:
    process = call(jobs.process)
    with pool.stream(Job(jobs.pour, (3, "wait"), source, 30, streams=True), PLENTY, lambda: False) as run:
        next(iter(run))

    assert process != call(jobs.process)


def test_no_more_jobs_run_than_there_are_places(pool: Pool, call: Callable[..., Any], source: SnapshotSource) -> None:
    job = Job(jobs.pour, (1, "wait"), source, 30, streams=True)
    with pool.stream(job, PLENTY, lambda: False), pool.stream(job, PLENTY, lambda: False):
        taken = pool.places.taken()
        with pytest.raises(PlacesTaken):
            call(jobs.double, 1)

    assert (2, 0) == (taken, pool.places.taken())


def test_an_idle_engine_that_somebody_killed_is_replaced(call: Callable[..., Any]) -> None:
    process = call(jobs.process)
    os.kill(process, signal.SIGKILL)

    try:
        again = call(jobs.process)
    except EngineLost:  # it was asked before the kernel had ended it
        again = call(jobs.process)

    assert process != again


def test_a_nursery_that_somebody_killed_is_replaced(pool: Pool, call: Callable[..., Any]) -> None:
    call(jobs.process)
    nursery = pool._nursery
    assert nursery is not None
    os.kill(nursery._process, signal.SIGKILL)
    for engine in pool._idle:
        engine.frames.close()
    pool._idle.clear()

    assert 42 == call(jobs.double, 21)


@pytest.mark.parametrize("error", sorted(LevierError.__subclasses__(), key=str))
def test_every_error_travels_with_its_hint(error: type[LevierError]) -> None:
    made = pickle.loads(pickle.dumps(error("what", hint="how")))  # noqa: S301  # our own

    assert (error, "what", "how") == (type(made), made.message, made.hint)
