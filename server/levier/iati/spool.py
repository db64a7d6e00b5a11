"""The conversion of one file in two steps, each by any process: to a spool, and from the spool to what is put out.

The spool is `{number}.nq`, the lines of all activities of the file as they come (N-Quads), `{number}.common.nq`, those
of the nodes that they have in common, and their entries in the index of the run. When all files are spooled and the
index knows which reports are copies, a spool that has none is put out as it is; of any other the activities concerned
are rewritten, and what stands between them is copied.
"""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Final, cast

from levier.iati import copies
from levier.iati.activity import Options
from levier.iati.convert import head_lines, read
from levier.iati.index import NAME, Index, Touched
from levier.iati.report import SourceReport
from levier.iati.sources import Source
from levier.terms import copy_iri, graph_iri

_BLOCK: Final = 1 << 20
_LEVEL: Final = 6
"""Of compression: 9 takes three times as long for 3 % less."""


@dataclass(frozen=True, slots=True)
class Job:
    """A source of a run and its place in it."""

    source: Source
    number: int
    folder: Path
    """Of the run: its spools and its index."""

    @property
    def spool(self) -> Path:
        """The lines as they were converted."""
        return self.folder / f"{self.number}.nq"

    @property
    def common(self) -> Path:
        """The lines of the nodes that its activities have in common."""
        return self.folder / f"{self.number}.common.nq"

    @property
    def output(self) -> Path:
        """The lines as they are put out, where they are others or packed."""
        return self.folder / f"{self.number}.out"

    @property
    def graph(self) -> str:
        """The IRI of its graph."""
        return graph_iri("aid", self.source.key)


@dataclass(frozen=True, slots=True)
class Finished:
    """What is put out of a file."""

    paths: tuple[Path, ...]
    """The lines of its activities, then those of the nodes that they have in common; or one packed file of all."""
    more: int
    """How many triples more it has than the spool; fewer, where negative."""


def spool(job: Job, options: Options) -> SourceReport:
    """Convert a file to its spool, and give the report of it. Never raises for what is wrong with the file."""
    source = job.source
    report = SourceReport(source.name, source.key, source.public_name)
    with (
        Index(job.folder / NAME) as index,
        job.spool.open("wb", buffering=_BLOCK) as lines,
        job.common.open("wb", buffering=_BLOCK) as common,
    ):
        with index.rows(job.number) as rows:
            for converted in read(source, report, job.graph, options):
                report.add(converted)
                lines.write(converted.lines)
                common.write(converted.common)
                rows.add(converted)
            last = head_lines(report, job.graph)
            report.triples += last.count(b"\n")
            lines.write(last)
            rows.name_extensions({one.name for one in report.extensions})
            report.extensions = []
        index.add_file(job.number, source.key, report.generated)
    return report


def finish(job: Job, *, packed: bool) -> Finished:
    """Make what is put out of a spooled file, `packed` as one member of a .gz, and remove what it is made from."""
    with Index(job.folder / NAME) as index:
        with job.spool.open("rb") as lines, _opened(job.output, packed=packed) as out:
            counts = list(_rewrite(job, index, lines, out))
            _copy(lines, out)
            if packed:
                with job.common.open("rb") as common:
                    _copy(common, out)
        index.recount(job.number, [(number, after) for number, _, after in counts])
    job.spool.unlink()
    if packed:
        job.common.unlink()
    more = sum(after - before for _, before, after in counts)
    return Finished((job.output,) if packed else (job.output, job.common), more)


@contextmanager
def _opened(path: Path, *, packed: bool) -> Iterator[BinaryIO]:
    with path.open("wb") as raw:
        if not packed:
            yield raw
            return
        # No name and no time inside, so that the same input gives the same bytes.
        with gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=raw, mtime=0) as out:
            yield cast("BinaryIO", out)


def _rewrite(job: Job, index: Index, lines: BinaryIO, out: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Put out all up to the last activity concerned; give of each its number, and its triples before and after."""
    for touched in index.touched(job.number):
        _copy(lines, out, touched.start - lines.tell())
        before = lines.read(touched.length)
        count = 0
        for piece in _pieces(touched, before, job.source.key):
            out.write(piece)
            count += piece.count(b"\n")
        yield touched.number, before.count(b"\n"), count


def _pieces(touched: Touched, lines: bytes, dataset: str) -> Iterator[bytes]:
    if touched.copy:
        yield from copies.as_copy(lines, touched.written, copy_iri(dataset, touched.copy))
    else:
        yield lines
    yield copies.statements(touched, dataset)


def _copy(lines: IO[bytes], out: BinaryIO, length: int | None = None) -> None:
    """Copy so many bytes, or all that is left."""
    while length is None or length > 0:
        block = lines.read(_BLOCK if length is None else min(_BLOCK, length))
        if not block:
            return
        out.write(block)
        length = None if length is None else length - len(block)
