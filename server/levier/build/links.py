"""The links of the aid that a build has just converted, found while it is being loaded, by several processes.

Each process reads the facts of a part of the aid from the lines of its N-Quads and links them as `levier link` does,
without a store in between. An activity's links depend on nothing but the activity and
the rules, so that the parts together are the whole.
"""

import gc
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import BinaryIO, Final

from levier.build import aid
from levier.build.statements import Statements
from levier.graph import EmbeddedStore
from levier.iati import Conversion
from levier.linking import LinkReport
from levier.linking.common import Common
from levier.linking.horizon import Bounds
from levier.linking.lines import LineReader
from levier.linking.run import Basis, Linker, add_inferred
from levier.linking.write import ALIGNMENT_GRAPH, Run, as_ntriples
from levier.settings import Settings
from levier.terms import graph_iri

PART: Final = 48_000_000
"""Bytes of N-Quads that are linked at once: some 200 MB in memory."""

_BLOCK: Final = 1_000_000
_CODE_LISTS: Final = graph_iri("codelists") + "/"


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of a file, of whole activities."""

    path: Path
    common: Path
    """The file of the nodes that these activities have in common."""
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Part:
    """What one process links at once."""

    slices: tuple[Slice, ...]
    output: Path
    """Where the alignments go, as N-Quads."""

    @property
    def size(self) -> int:
        """Bytes of N-Quads."""
        return sum(one.length for one in self.slices)


class Links:
    """The linking of converted aid: started when made, it goes on while the files are loaded."""

    def __init__(
        self,
        run: Conversion,
        files: Iterable[tuple[Path, ...]],
        ours: Sequence[Statements],
        settings: Settings,
        folder: Path,
    ) -> None:
        self._conversion = run
        self._run = Run(datetime.now(UTC), settings.alignment_threshold, Bounds.of(settings))
        self._parts = [Part(slices, folder / f"{number}.links") for number, slices in enumerate(parts(files))]
        work = partial(link_part, ours=tuple(ours), settings=settings, started=self._run.started)
        self._reports = run.each(work, self._parts, lambda part: part.size)

    def load(self, folder: Path) -> LinkReport:
        """Load the alignments into the store of a folder when all are found, and give the report of them together."""
        report = _together(self._reports)
        deque(aid.load(self._conversion, [part.output for part in self._parts], folder), maxlen=0)
        return report

    def add_inferred(self, store: EmbeddedStore, report: LinkReport) -> None:
        """Add the run, and the links that activities take over from those they refer to: these must be known."""
        store.load_bytes(as_ntriples(self._run.triples(datetime.now(UTC))), ALIGNMENT_GRAPH)
        add_inferred(store, report, self._run)


def link_part(part: Part, ours: Sequence[Statements], settings: Settings, started: datetime) -> LinkReport:
    """Link a part of the aid, write its alignments and give the report of them."""
    basis = _basis(tuple(ours), settings, started)
    linker = Linker(basis, settings, started, graph=ALIGNMENT_GRAPH)
    reader = LineReader(basis.looked_at)
    with part.output.open("wb") as out, _without_collector():
        for one in part.slices:
            with one.common.open("rb") as lines:
                for activity in reader.read(_blocks(one), Common(lines, reader.of_node)):
                    out.write("".join(linker.link(activity)).encode())
    return linker.report


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep Python from looking for cycles, of which the linking makes none: that takes an eighth of its time.

    What it leaves in its caches is not looked through afterwards either.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was:
            gc.enable()


@lru_cache(maxsize=1)
def _basis(ours: Sequence[Statements], settings: Settings, _started: datetime) -> Basis:
    """Read the rules and decisions, once in each process for all the parts of one run, which its start tells apart."""
    store = EmbeddedStore.in_memory()
    for statements in ours:
        if not statements.graph.startswith(_CODE_LISTS):  # the largest by far, and no rule is among them
            store.load(statements.path, statements.graph)
    return Basis.of(store, settings)


def _blocks(one: Slice) -> Iterator[bytes]:
    """Give a slice in blocks of whole lines."""
    with one.path.open("rb") as stream:
        stream.seek(one.start)
        left, begun = one.length, b""
        while left > 0 and (block := stream.read(min(left, _BLOCK))):
            left -= len(block)
            whole = block.rfind(b"\n") + 1
            if whole:
                yield begun + block[:whole]
                begun = b""
            begun += block[whole:]


def parts(files: Iterable[tuple[Path, ...]], size: int = PART) -> Iterator[tuple[Slice, ...]]:
    """Give the files in parts of about so many bytes, of whole activities; one empty part where there is nothing.

    Of each file of activities comes the file of the nodes that they have in common.
    """
    gathered: list[Slice] = []
    length, given = 0, False
    for one in (one for path, common in files for one in _slices(path, common, size)):
        gathered.append(one)
        length += one.length
        if length >= size:
            yield tuple(gathered)
            gathered, length, given = [], 0, True
    if gathered or not given:
        yield tuple(gathered)


def _slices(path: Path, common: Path, size: int) -> Iterator[Slice]:
    with path.open("rb") as stream:
        start, end = 0, path.stat().st_size
        while start < end:
            cut = _end_of_activity(stream, start + size) if end - start > size else end
            yield Slice(path, common, start, cut - start)
            start = cut


def _end_of_activity(stream: BinaryIO, place: int) -> int:
    """Give the first place from there on where the lines of another activity begin, or the end."""
    stream.seek(place)
    stream.readline()  # the rest of a line
    place, line = stream.tell(), stream.readline()
    root = _root(line)
    while line and _root(line) == root:
        place, line = stream.tell(), stream.readline()
    return place


def _root(line: bytes) -> list[bytes]:
    """Give what stands for the activity that a line speaks of: `id/activity/{reporter}/{identifier}`."""
    return line.partition(b" ")[0].strip(b"<>").split(b"/")[4:8]


def _together(reports: Iterator[LinkReport]) -> LinkReport:
    """Give one report of several; there is at least one."""
    whole = replace(next(reports))
    for report in reports:
        whole.activities += report.activities
        whole.linked += report.linked
        whole.weak += report.weak
        whole.alignments += report.alignments
        whole.per_element.update(report.per_element)
    return whole
