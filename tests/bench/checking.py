"""What a check costs: beside pySHACL, beside the conversion of the same files, and from a cold start."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Final

from tests.bench.asking import store_of
from tests.bench.figures import Figure
from tests.bench.reading import converted, timed

from levier import resources
from levier.coherence import check_files, check_snapshot, engine, load_catalogue
from levier.coherence.gather import gather
from levier.graph import Snapshots
from levier.iati import Options, sources

_STARTS: Final = 3
"""Times that the command is started; the best counts."""
_COST: Final = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);\
r = resource.getrusage(resource.RUSAGE_CHILDREN); print(r.ru_utime + r.ru_stime, r.ru_maxrss / 1024)"
"""Runs a command; says the seconds of processor time it took and the megabytes it needed at most."""


def checking(place: Path) -> Iterator[Figure]:
    """Measure the check of a part with both engines, and of all the files of a folder."""
    yield from _engines(place)
    yield from _cold()
    yield from _corpus(place)


def _engines(place: Path) -> Iterator[Figure]:
    """Compare the engines on the graph of one file and the notes; both get the same store and the same rules."""
    part = next(iter(sorted(place.glob("belgian-reporters.xml"))), resources.folder("data") / "aid" / "sample.xml")
    store, catalogue = gather([part, resources.folder("data") / "illustrative"]).store, load_catalogue()
    fast, ours = timed(lambda: engine("fast").run(catalogue, store), process_time)
    reference, theirs = timed(lambda: engine("pyshacl").run(catalogue, store), process_time)
    yield Figure("rules; statements of the graph that both engines check", f"{len(catalogue)}; {store.count():,}")
    yield Figure("our engine, pySHACL", f"{ours:.2f} s, {theirs:.1f} s")
    yield Figure.ratio("pySHACL against ours", theirs / ours, at_least=20)
    same = [one.key for one in fast] == [one.key for one in reference]
    yield Figure("findings of ours, of pySHACL", f"{len(fast):,}, {len(reference):,}", "the same", same)


def _cold() -> Iterator[Figure]:
    """Start the command on the notes and plans, and on a snapshot of the notes alone."""
    data = resources.folder("data")
    yield _command("notes and plans", str(data / "notes"), str(data / "illustrative"))
    with tempfile.TemporaryDirectory(prefix="levier-bench-") as folder:
        _levier("build", "--illustrative", "--store", folder)
        yield _command("a snapshot of the notes, the plans and the sample of aid", "--store", folder)


def _command(what: str, *arguments: str) -> Figure:
    seconds = min(_levier("check", *arguments)[0] for _ in range(_STARTS))
    return Figure.ratio(f"{what}, from a cold start, s of processor time", seconds, at_most=2)


def _levier(*arguments: str) -> tuple[float, float]:
    """Run the command; give the processor time it took, its start included, and the megabytes it needed at most."""
    command = [sys.executable, "-c", _COST, sys.executable, "-m", "levier", *arguments]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, said.stdout.split())
    return seconds, megabytes


def _corpus(place: Path) -> Iterator[Figure]:
    """Compare the check of all files with their conversion in one process, by processor time.

    What a user runs is measured, the command with the places in the files and the report as text; and the check proper.
    """
    _, conversion = converted(sources([place]), Options())
    with store_of(place) as store:
        checked, snapshot = timed(lambda: check_snapshot(Snapshots(store).open(), engine("fast")), process_time)
        whole, megabytes = _levier("check", "--store", str(store))
    yield Figure("the files converted, one process", f"{conversion:.1f} s")
    yield Figure(
        "levier check of their snapshot, with places and report", f"{whole:.1f} s; {len(checked.findings):,} findings"
    )
    yield Figure.ratio("… against the conversion", whole / conversion, at_most=1)
    yield Figure.ratio("… most memory, MB", megabytes, at_most=2000)
    yield Figure("the check proper, without places and report", f"{snapshot:.1f} s")
    yield Figure.ratio("… against the conversion", snapshot / conversion)
    alone, seconds = timed(lambda: check_files([place], engine("fast")), process_time)
    yield Figure(
        "the files checked as they are, conversion included", f"{seconds:.1f} s; {len(alone.findings):,} findings"
    )
    yield Figure.ratio("… against the conversion", seconds / conversion)
