"""`kill -9` in the middle of a build leaves what was served untouched."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.build.conftest import HEAD, TAIL, activity

from levier.build import BuildReport
from levier.graph import Snapshots
from levier.settings import Settings

PATIENCE = 60.0


def state(snapshots: Snapshots) -> tuple[str, int]:
    return snapshots.require().version, snapshots.open().count()


def wait_for(found: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while not found():
        assert process.poll() is None, "the build ended before it could be killed"
        assert time.monotonic() < end, "the build never got there"
        os.sched_yield()


@pytest.mark.parametrize("moment", ["when it begins", "while it converts", "while it loads"])
def test_a_killed_build_changes_nothing_and_the_next_one_cleans_up(
    make: Callable[..., BuildReport], write: Callable[..., Path], settings: Settings, tmp_path: Path, moment: str
) -> None:
    make(write("small.xml", 1))
    snapshots = Snapshots(settings.store)
    before = state(snapshots)
    big = tmp_path / "big.xml"
    big.write_text(HEAD + "".join(activity(number) for number in range(20_000)) + TAIL, encoding="utf-8")
    moments: dict[str, Callable[[], bool]] = {
        "when it begins": lambda: any(settings.store.glob("building-*")),
        "while it converts": lambda: any(p.stat().st_size > 0 for p in settings.store.glob("building-*/*/*.nq")),
        "while it loads": lambda: any(settings.store.glob("building-*/store/*.sst")),
    }

    command = [sys.executable, "-m", "levier", "build", "--store", str(settings.store), "--aid", str(big)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wait_for(moments[moment], process)
        process.send_signal(signal.SIGKILL)

    assert -signal.SIGKILL == process.returncode
    assert before == state(snapshots)
    make(write("small.xml", 1, 2))
    assert [] == sorted(p.name for p in settings.store.iterdir() if p.name not in {"snapshots", "current", "lock"})
