"""Convert many IATI files, in one process or several, to one stream of N-Quads: the same bytes whatever the number.

With several processes each converts whole files to a spool: the lines, and beside them an index with one JSON line
per activity. The merger takes the spools in the order of the sources and copies an activity only where it is the
first of its kind, so that what counts as a duplicate does not depend on who was quicker.
"""

import json
import multiprocessing
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO, Final

from levier.iati.activity import Converted, Identity
from levier.iati.convert import convert_source, read
from levier.iati.report import Seen, SourceReport
from levier.iati.sink import Problem
from levier.iati.sources import Source
from levier.terms import graph_iri

_AHEAD: Final = 2
"""Spools per process that may wait for the merger: a bound on the room they take."""


def convert_sources(
    found: Iterable[Source], write: Callable[[bytes], object], *, jobs: int = 1, spool_in: Path | None = None
) -> Iterator[SourceReport]:
    """Convert the sources, each to N-Quads in its own graph `graph/aid/{key}`, and give the report of each in turn.

    `jobs` is the number of processes; `spool_in` the folder for what they write meanwhile (as large as the result).
    """
    seen = Seen()
    if jobs == 1:
        for source in found:
            yield convert_source(source, write, graph=graph_iri("aid", source.key), seen=seen)
        return
    with tempfile.TemporaryDirectory(prefix=".levier-convert-", dir=spool_in) as folder:
        for source, number, report in _spooled(list(found), Path(folder), jobs):
            _merge(source, Path(folder) / str(number), report, write, seen)
            yield report


def _spooled(found: list[Source], folder: Path, jobs: int) -> Iterator[tuple[Source, int, SourceReport]]:
    """Give each source with its number and its report so far, in order, keeping the processes busy."""
    # Spawned, not forked: a fork of a process with threads (the progress display) may never end.
    context = multiprocessing.get_context("spawn")
    waiting: deque[tuple[Source, int, Future[SourceReport]]] = deque()
    todo = iter(enumerate(found))
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        try:
            while True:
                while len(waiting) < jobs * _AHEAD and (following := next(todo, None)) is not None:
                    number, source = following
                    waiting.append((source, number, pool.submit(spool, source, folder / str(number))))
                if not waiting:
                    return
                source, number, future = waiting.popleft()
                yield source, number, future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def spool(source: Source, path: Path) -> SourceReport:
    """Convert a file to `{path}.nq` and `{path}.index`; give its report without what the activities add to it."""
    report = SourceReport(source.name, source.key, source.public_name)
    graph = graph_iri("aid", source.key)
    with path.with_suffix(".nq").open("wb") as lines, path.with_suffix(".index").open("w", encoding="utf-8") as index:
        for converted in read(source, report, graph, lambda _identity: None):
            lines.write(converted.lines)
            index.write(_entry(converted) + "\n")
    return report


def _entry(converted: Converted) -> str:
    """Give the line of the index for an activity: all but its lines, and how many bytes those are."""
    return json.dumps(
        {
            "identity": asdict(converted.identity),
            "size": len(converted.lines),
            "triples": converted.triples,
            "organisations": sorted(converted.organisations),
            "unmapped": converted.unmapped,
            "problems": [asdict(problem) for problem in converted.problems],
        }
    )


def _merge(source: Source, path: Path, report: SourceReport, write: Callable[[bytes], object], seen: Seen) -> None:
    """Copy the activities of a spool that are the first of their kind, complete the report, and remove the spool."""
    lines_path, index_path = path.with_suffix(".nq"), path.with_suffix(".index")
    with lines_path.open("rb") as lines, index_path.open(encoding="utf-8") as index:
        for entry in index:
            converted = _read_entry(entry, lines)
            identity = converted.identity
            known = seen.first(identity.iri, source.key) if identity.iri else None
            if known is not None:
                report.add_duplicate(identity, known)
            else:
                report.add(converted)
                write(converted.lines)
    lines_path.unlink()
    index_path.unlink()


def _read_entry(entry: str, lines: BinaryIO) -> Converted:
    values = json.loads(entry)
    return Converted(
        Identity(**values["identity"]),
        lines.read(values["size"]),
        values["triples"],
        set(values["organisations"]),
        Counter(values["unmapped"]),
        [Problem(**problem) for problem in values["problems"]],
    )
