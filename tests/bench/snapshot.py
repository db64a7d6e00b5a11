"""What a snapshot costs: built from files, and linked."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.reading import own_peak, timed

from levier.build import Plan, build
from levier.graph import Snapshots
from levier.iati import sources
from levier.linking import link
from levier.settings import Settings


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
    yield Figure("most memory of this process, MB", f"{own_peak():.0f}")


@contextmanager
def _folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="levier-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
