"""A store is loaded by a process of its own, whose engine puts off what is done once at the end."""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from levier.errors import BrokenData
from levier.graph import EmbeddedStore, Snapshots
from levier.graph.loading import load_apart

LINES = "".join(f'<https://x.org/{number}> <https://x.org/p> "{number}" <https://x.org/g> .\n' for number in range(9))


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "lines.nq"
    path.write_text(LINES, encoding="ascii")
    return path


def in_a_process(lines: Path, folder: Path) -> list[int]:
    """Load, and give the ranks of all threads of the process, its own first."""
    load_apart([lines], folder)
    threads = sorted(int(thread.name) for thread in Path("/proc/self/task").iterdir())
    return [os.sched_getscheduler(thread) for thread in threads]


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="ranks of threads are Linux's")
def test_the_engine_of_a_loading_process_stands_behind_and_nothing_else_does(lines: Path, tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        own, *others = pool.submit(in_a_process, lines, tmp_path / "store").result()
    (tmp_path / "own").mkdir()
    load_apart([lines], tmp_path / "own" / "store")
    here = {os.sched_getscheduler(int(thread.name)) for thread in Path("/proc/self/task").iterdir()}

    assert (os.SCHED_OTHER, True, {os.SCHED_OTHER}) == (own, os.SCHED_IDLE in others, here)
    assert 9 == EmbeddedStore.open(tmp_path / "store").count() == EmbeddedStore.open(tmp_path / "own" / "store").count()


def test_a_store_that_was_lent_has_what_was_written_meanwhile(lines: Path, tmp_path: Path) -> None:
    store = EmbeddedStore.create(tmp_path / "store")
    store.load_bytes(b"<https://x.org/0> <https://x.org/p> <https://x.org/o> .", "https://x.org/other")
    with store.lent() as folder:
        load_apart([lines], folder)

    assert 10 == store.count()


def test_what_fails_while_a_store_is_lent_is_what_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no N-Quads", encoding="ascii")
    with pytest.raises(BrokenData), Snapshots(tmp_path).new() as draft, draft.store.lent() as folder:
        load_apart([tmp_path / "x"], folder)

    assert [] == [*Snapshots(tmp_path).versions(), *tmp_path.glob("building-*")]
