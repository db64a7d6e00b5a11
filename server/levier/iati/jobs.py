"""Convert many IATI files, in one process or several: the same bytes and the same report whatever the number.

Every file is converted to a spool and an index, and only when all are read is it known which report of an activity
counts; then the spools are put out in the order of the files. One process does the same as several.
"""

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Final, TypeVar

from levier.iati.activity import Options
from levier.iati.index import NAME, Index
from levier.iati.report import ConversionReport, SourceReport
from levier.iati.sources import Source, Sources
from levier.iati.spool import Finished, Job, finish, spool

_BLOCK: Final = 1 << 20

J = TypeVar("J")
T = TypeVar("T")


@contextmanager
def conversion(
    found: Sources, *, jobs: int = 1, spool_in: Path | None = None, options: Options | None = None
) -> Iterator["Conversion"]:
    """Give a conversion of the sources, each to N-Quads in its own graph `graph/aid/{key}`.

    `jobs` is the number of processes; `spool_in` the folder for what they write meanwhile, which is as large as the
    result, and is removed when the block ends.
    """
    with tempfile.TemporaryDirectory(prefix=".levier-convert-", dir=spool_in) as folder, _processes(jobs) as pool:
        path = Path(folder)
        with Index.create(path / NAME) as index:
            yield Conversion(found, path, index, pool, options or Options())


class Conversion:
    """The conversion of many sources: iterate `reports` to its end, then `outputs`; then all is known.

    Several processes begin when it is made, and go on while this one does something else.
    """

    def __init__(
        self, found: Sources, folder: Path, index: Index, pool: ProcessPoolExecutor | None, options: Options
    ) -> None:
        self.report = ConversionReport(passed_over=found.passed_over)
        self.index = index
        self._jobs = [Job(source, number, folder) for number, source in enumerate(found)]
        self._pool = pool
        self._spooled = self.each(partial(spool, options=options), self._jobs, _size)

    def reports(self) -> Iterator[SourceReport]:
        """Give the report of each file, in their order, as it is converted. When all are, copies are known as such."""
        for report in self._spooled:
            self.report.sources.append(report)
            yield report
        self.index.choose()
        for number, count in self.index.copies().items():
            self.report.sources[number].copies = count

    def outputs(self, *, packed: bool = False, keep: bool = False) -> Iterator[tuple[SourceReport, tuple[Path, ...]]]:
        """Give the report of each file and the files of its N-Quads, in their order.

        They are two, of its activities and of the nodes that these have in common; or one, where `packed`, a member of
        a .gz. They are gone when the next are asked for, but for those to `keep` until the conversion ends. The
        triples of a report are those put out.
        """
        touched = range(len(self._jobs)) if packed else self.index.touched_files()
        made = self.each(partial(finish, packed=packed), [job for job in self._jobs if job.number in touched], _size)
        for job, report in zip(self._jobs, self.report.sources, strict=True):
            finished = next(made) if job.number in touched else Finished((job.spool, job.common), 0)
            report.triples += finished.more
            yield report, finished.paths
            for path in finished.paths if not keep else ():
                path.unlink()

    def each(self, work: Callable[[J], T], jobs: Sequence[J], size: Callable[[J], float]) -> Iterator[T]:
        """Give what some work makes of each job, in their order.

        Several processes begin at once, with the largest; one does each when it is asked for.
        """
        if self._pool is None:
            return map(work, jobs)
        order = sorted(range(len(jobs)), key=lambda number: size(jobs[number]), reverse=True)
        waiting = {number: self._pool.submit(work, jobs[number]) for number in order}
        return (waiting.pop(number).result() for number in range(len(jobs)))


def convert_sources(
    found: Iterable[Source], write: Callable[[bytes], object], *, jobs: int = 1, spool_in: Path | None = None
) -> ConversionReport:
    """Convert the sources to N-Quads, and give the report. `jobs` and `spool_in` are those of `conversion`."""
    with conversion(Sources(list(found)), jobs=jobs, spool_in=spool_in) as run:
        for _ in run.reports():
            pass
        for path in (path for _, paths in run.outputs() for path in paths):
            with path.open("rb") as lines:
                while block := lines.read(_BLOCK):
                    write(block)
        return run.report


def _size(job: Job) -> float:
    """Give a measure of the work that a source is; what is fetched first waits for the network, and so goes first."""
    source = job.source
    if source.path is None:
        return float("inf") if source.address else 0
    try:
        return source.path.stat().st_size * (10 if source.path.suffix.lower() in {".gz", ".zip"} else 1)
    except OSError:
        return 0


@contextmanager
def _processes(number: int) -> Iterator[ProcessPoolExecutor | None]:
    """Give that many processes, or None where one is enough; they end with the block, and with this process."""
    if number == 1:
        yield None
        return
    # Spawned, not forked: a fork of a process with threads (the progress display) may never end.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(number, mp_context=context, initializer=_follow, initargs=(ours,))
    try:
        yield pool
        pool.shutdown()
    finally:
        theirs.close()
        pool.shutdown(cancel_futures=True)
        ours.close()


def _follow(line: Connection) -> None:
    """End this process as soon as the other end of the line is closed, by will or because its process was killed.

    An interrupt from the keyboard reaches all processes: the first of them decides what comes of it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(line,), daemon=True).start()


def _end_with(line: Connection) -> None:
    try:
        line.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)
