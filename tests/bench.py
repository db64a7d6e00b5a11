"""`make bench`: time the main job, step by step, on ../shared/corpus or on the bundled sample where it is absent.

Figures of one run compare with each other; absolute ones depend on the machine. The floor of reading is lxml alone.
"""

import gzip
import resource
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from lxml import etree

from levier.build import Plan, build, sample
from levier.coherence import check_snapshot, engine
from levier.graph import EmbeddedStore, Snapshots
from levier.iati import Seen, SourceReport, Sources, convert_source, sources
from levier.linking import link
from levier.questions import answer, questions
from levier.settings import Settings

T = TypeVar("T")

CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "iati"


def main() -> None:
    """Run every step once and print its figures."""
    place = CORPUS if CORPUS.is_dir() else sample()
    print(f"Aid: {'../shared/corpus/iati' if place == CORPUS else 'the bundled sample (../shared is absent)'}")
    found = sources([place])
    reports, seconds = timed(lambda: convert(found))
    megabytes = sum(report.bytes for report in reports) / 1e6
    activities = sum(report.converted for report in reports)
    _, floor = timed(lambda: sum(parse(report.file) for report in reports if report.converted))
    print(f"convert  {seconds:8.1f} s  {megabytes / seconds:6.1f} MB/s, {seconds / floor:.1f} times lxml alone "
          f"({floor:.1f} s); {megabytes:.0f} MB, {activities:,} activities")  # fmt: skip
    with folder() as store:
        report, seconds = timed(lambda: build(Settings(store=store), Plan(found, illustrative=True)))
        print(f"build    {seconds:8.1f} s  {report.triples:,} statements in {report.graphs} graphs")
        snapshot = Snapshots(store).open()
        _, linking = timed(lambda: link(snapshot, Settings(), lambda _: None))
        print(f"link     {linking:8.1f} s  {activities / linking:,.0f} activities/s")
        ask_all(snapshot)
        findings, seconds = timed(lambda: check_snapshot(snapshot, engine("fast")))
        print(f"check    {seconds:8.1f} s  {len(findings.findings):,} findings")
    print(f"memory   {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB at most")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Give what the work gives, and its seconds."""
    began = perf_counter()
    result = work()
    return result, perf_counter() - began


def convert(found: Sources) -> list[SourceReport]:
    """Convert every file to nowhere."""
    seen = Seen()
    return [convert_source(source, lambda _: None, graph=None, seen=seen) for source in found]


def parse(name: str) -> int:
    """Read a file with lxml and do nothing with it; give the number of activities."""
    with ExitStack() as stack:
        stream = stack.enter_context(Path(name).open("rb"))
        source = stack.enter_context(gzip.open(stream)) if name.endswith(".gz") else stream
        count = 0
        for _, element in etree.iterparse(source, tag="iati-activity"):
            element.clear()
            count += 1
    return count


def ask_all(store: EmbeddedStore) -> None:
    """Answer every question, and print the total and the slowest."""
    times = sorted(((timed(partial(answer, store, one, {}))[1], one.name) for one in questions()), reverse=True)
    slowest = ", ".join(f"{name} {seconds:.2f} s" for seconds, name in times[:5])
    print(f"ask      {sum(seconds for seconds, _ in times):8.1f} s  {len(times)} questions; slowest: {slowest}")


@contextmanager
def folder() -> Iterator[Path]:
    """Give a folder for a store, and remove it afterwards."""
    path = Path(tempfile.mkdtemp(prefix="levier-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    main()
