"""What a snapshot costs: built from files, and linked."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Final

from tests.bench.figures import Figure
from tests.bench.reading import activities, make, own_peak, timed

from levier.build import Plan, aid, build
from levier.build.links import Part, link_part, parts
from levier.build.statements import read_all
from levier.graph import Snapshots
from levier.iati import Sources, conversion, sources
from levier.linking import link
from levier.resources import folder
from levier.settings import Settings

_SIZES: Final = (10, 50, 173)
"""Megabytes of the files that are made to see what the linking holds in memory."""


def snapshot(place: Path) -> Iterator[Figure]:
    """Measure the way from files to links."""
    found = sources([place])
    with _folder() as store:
        report, seconds = timed(lambda: build(Settings(store=store), Plan(found, illustrative=True, jobs=2)))
        megabytes = sum(source.bytes for source in report.aid.sources) / 1e6
        yield Figure("build, two processes", f"{seconds:.1f} s; {report.triples:,} statements")
        yield Figure.ratio("files to queryable, linked snapshot, MB/s", megabytes / seconds, at_least=5)
        opened = Snapshots(store).open()
        _, seconds = timed(lambda: link(opened, Settings(), lambda _: None))
        yield Figure("linking, in it", f"{seconds:.1f} s")
        yield from _linking(found)
    yield from memory_of_linking(place)
    yield Figure("most memory of this process, MB", f"{own_peak():.0f}")


def _linking(found: Sources) -> Iterator[Figure]:
    """Measure the linking of a build against the converting before it, both in one process, in processor time."""
    ours = tuple(one for one in read_all([folder("data")], illustrative=False))
    with _folder() as place, conversion(found, jobs=1, spool_in=place) as run:
        files, converting = timed(lambda: list(aid.convert(run, lambda _: None)), process_time)

        def linked() -> int:
            each, started = (Part(slices, place / "links") for slices in parts(files)), datetime.now(UTC)
            return sum(link_part(part, ours, Settings(), started).activities for part in each)

        activities, linking = timed(linked, process_time)
    yield Figure("linking, as a build does, one process", f"{linking:.1f} s; {activities:,} activities")
    yield Figure.ratio("… against converting", linking / converting, at_most=0.5)


def memory_of_linking(place: Path) -> Iterator[Figure]:
    """Link files of more and more activities, none of which has a text of another, each in a process of its own."""
    pattern, peaks = activities(place), []
    for size in _SIZES:
        with _folder() as work:
            make(work / "made.xml", pattern, size, distinct=True)
            with conversion(sources([work / "made.xml"]), jobs=1, spool_in=work) as run:
                peaks.append(_peak_of_linking(list(aid.convert(run, lambda _: None)), work / "links"))
    said = ", ".join(f"{size} MB: {peak:.0f} MB" for size, peak in zip(_SIZES, peaks, strict=True))
    yield Figure("most memory while linking, by size of the XML", said, "constant", max(peaks) < 1.2 * min(peaks))


def _peak_of_linking(files: list[tuple[Path, ...]], output: Path) -> float:
    """Give the megabytes that a process needs at most to link converted files part by part."""
    code = (
        "import resource, sys; from datetime import UTC, datetime; from pathlib import Path;"
        "from levier.build.links import Part, link_part, parts; from levier.build.statements import read_all;"
        "from levier.resources import folder; from levier.settings import Settings;"
        "ours = tuple(read_all([folder('data')], illustrative=False)); started = datetime.now(UTC);"
        "files = list(map(Path, sys.argv[2:]));"
        "each = (Part(one, Path(sys.argv[1])) for one in parts(zip(files[::2], files[1::2])));"
        "[link_part(part, ours, Settings(), started) for part in each];"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    # A process begins with the peak of the one that started it: between them stands one that is small.
    between = "import subprocess, sys; subprocess.run(sys.argv[1:], check=True)"
    linking = [sys.executable, "-c", code, str(output), *(str(path) for paths in files for path in paths)]
    command = [sys.executable, "-c", between, *linking]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1024


@contextmanager
def _folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="levier-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
