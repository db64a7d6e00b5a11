"""The questions of the library over HTTP, on a snapshot of all the aid: asked for the first time, and again.

LEVIER_BENCH_STORE names a store that has the snapshot already; else it is built first, which takes minutes.
"""

import os
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.bench.figures import Figure
from tests.bench.servers import Server, levier

from levier.build import Plan, build
from levier.graph import Snapshots
from levier.iati import sources
from levier.questions import questions
from levier.settings import Settings

_AGAIN = 5
"""Times that each question is asked again; the median counts."""
_SLOWEST = 5


def asking(place: Path) -> Iterator[Figure]:
    """Measure every question."""
    with store_of(place) as store:
        activities = "SELECT (COUNT(?a) AS ?n) { ?a a iati:Activity }"
        (row,) = Snapshots(store).open().select(activities)
        yield Figure("activities", f"{int(row['n'].value):,}")
        with levier(store) as server:
            first = {one.name: _seconds(server, one.name) for one in questions()}
            again = {one.name: median(_seconds(server, one.name) for _ in range(_AGAIN)) for one in questions()}
    yield from _figures("asked for the first time", first, at_most=2)
    yield from _figures("asked again", again, at_most=0.05)


def _figures(what: str, seconds: dict[str, float], *, at_most: float) -> Iterator[Figure]:
    ordered = sorted(seconds, key=lambda name: -seconds[name])
    named = ", ".join(f"{name} {seconds[name]:.3g} s" for name in ordered[:_SLOWEST])
    within = sum(one <= at_most for one in seconds.values())
    yield Figure(
        f"{what}: questions within {at_most:g} s", f"{within} of {len(seconds)}", "all", within == len(seconds)
    )
    yield Figure(f"{what}: the slowest", named)


def _seconds(server: Server, name: str) -> float:
    address = server.url.removesuffix("/sparql") + f"/questions/{name}?format=csv"
    began = perf_counter()
    try:
        with urllib.request.urlopen(address) as answer:  # noqa: S310  # our own server
            answer.read()
    except urllib.error.HTTPError as error:
        print(f"  {name}: {error.status} {error.read()[:200]!r}", file=sys.stderr)
        return float("inf")
    return perf_counter() - began


@contextmanager
def store_of(place: Path) -> Iterator[Path]:
    given = os.environ.get("LEVIER_BENCH_STORE")
    if given:
        yield Path(given)
        return
    path = Path(tempfile.mkdtemp(prefix="levier-bench-"))
    try:
        build(Settings(store=path), Plan(sources([place]), jobs=os.cpu_count() or 1))
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
