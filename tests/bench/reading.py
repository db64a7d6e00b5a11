"""What reading IATI costs: time against lxml's walk, memory, triples, and how it grows."""

import gzip
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter, process_time
from typing import BinaryIO, Final, TypeVar, cast

from lxml import etree
from tests.bench.figures import Figure

from levier.iati import ConversionReport, Options, Sources, conversion, sources

T = TypeVar("T")

RECORDS: Final = ("iati-activity", "iati-organisation")
_SIZES: Final = (1, 10, 50, 170)
"""Megabytes of the files that are made to see how the cost grows."""


def timed(work: Callable[[], T], clock: Callable[[], float] = perf_counter) -> tuple[T, float]:
    """Give what the work gives, and its seconds by a clock."""
    began = clock()
    result = work()
    return result, clock() - began


def reading(place: Path) -> Iterator[Figure]:
    """Measure the reading of the files of a folder."""
    found = sources([place])
    full = [converted(found, Options()), converted(found, Options())]
    plain = [converted(found, Options(languages=False)), converted(found, Options(languages=False))]
    walks = [timed(lambda: _walk(place), process_time) for _ in range(3)]
    floor, elements = min(seconds for _, seconds in walks), walks[0][0]
    report = full[0][0]
    megabytes = sum(source.bytes for source in report.sources) / 1e6
    yield Figure("XML read", f"{megabytes:.1f} MB, {elements:,} elements, {report.converted:,} activities")
    yield Figure("lxml walks every node", f"{floor:.2f} s")
    best, best_plain = min(s for _, s in full), min(s for _, s in plain)
    yield Figure("conversion, one process, every repair on", f"{best:.2f} s, {megabytes / best:.1f} MB/s")
    yield Figure.ratio("… against the walk", best / floor, at_most=4)
    yield Figure.ratio("… without language detection, against the walk", best_plain / floor, at_most=2.5)
    yield from _processes(found)
    yield from _triples(place, report)
    yield from _memory(place)
    yield from _growth(place)
    yield from _peer(place, best)


def converted(found: Sources, options: Options) -> tuple[ConversionReport, float]:
    """Convert all in one process; give the report and the seconds of processor time."""

    def run() -> ConversionReport:
        with conversion(found, options=options) as work:
            for _ in work.reports():
                pass
            for _ in work.outputs():
                pass
            return work.report

    return timed(run, process_time)


def _walk(place: Path) -> int:
    """Read every file with lxml alone and look at every node; give the number of elements."""
    count = 0
    for source in sources([place]):
        with ExitStack() as stack:
            stream = stack.enter_context(Path(source.name).open("rb"))
            opened = cast("BinaryIO", stack.enter_context(gzip.open(stream)) if source.name.endswith(".gz") else stream)
            for _, record in etree.iterparse(opened, tag=RECORDS, remove_comments=True):
                count += sum(1 for element in record.iter() if (element.tag, dict(element.attrib), element.text))
                _forget(record)
    return count


def _forget(record: etree._Element) -> None:
    record.clear()
    parent = record.getparent()
    while parent is not None and record.getprevious() is not None:
        del parent[0]


def _processes(found: Sources) -> Iterator[Figure]:
    def run(jobs: int) -> None:
        with conversion(found, jobs=jobs) as work:
            for _ in work.reports():
                pass
            for _ in work.outputs():
                pass

    one, two = (timed(lambda jobs=jobs: run(jobs))[1] for jobs in (1, 2))  # type: ignore[misc]
    yield Figure("one process, two processes, wall clock", f"{one:.1f} s, {two:.1f} s")
    yield Figure.ratio("two processes against one", one / two, at_least=1.8)


def _triples(place: Path, report: ConversionReport) -> Iterator[Figure]:
    """Compare with a mapping that makes a node of every element: its type, its link, its attributes and its text."""
    elements = attributes = texts = 0
    for source in sources([place]):
        with (gzip.open if source.name.endswith(".gz") else open)(source.name, "rb") as stream:
            for element in etree.parse(stream, etree.XMLParser(remove_comments=True, remove_pis=True)).iter("*"):
                elements += 1
                attributes += len(element.attrib)
                texts += bool(element.text and not element.text.isspace())
    per_element = 2 * elements + attributes + texts
    ours = sum(source.triples for source in report.sources)
    yield Figure("triples, and those of a node per element", f"{ours:,}, {per_element:,}")
    yield Figure.ratio("our triples against those, in per cent", 100 * ours / per_element, at_most=40)


def _memory(place: Path) -> Iterator[Figure]:
    yield Figure.ratio("most memory, the whole folder, one process, MB", peak_of(place), at_most=300)


def peak_of(*files: Path) -> float:
    """Give the megabytes that a process of its own needs at most to convert files."""
    with tempfile.TemporaryDirectory(prefix="levier-bench-") as folder:
        command = [sys.executable, "-m", "levier", "convert", *map(str, files), "-o", f"{folder}/out.nq"]
        code = (
            "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        )
        said = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=True)
    return int(said.stdout) / 1024


def _growth(place: Path) -> Iterator[Figure]:
    """Convert files made of the same activities, more and more of them, each with an identifier and texts of its own.

    What repeats would make the larger files cheaper, and what a process loads once the first one dearer.
    """
    pattern = activities(place)
    speeds, peak = [], 0.0
    converted(sources([place / "belgian-reporters.xml"]), Options())
    for size in _SIZES:
        with tempfile.TemporaryDirectory(prefix="levier-bench-") as folder:
            path = Path(folder) / "made.xml"
            megabytes = make(path, pattern, size, distinct=True)
            _, seconds = converted(sources([path]), Options())
            speeds.append(megabytes / seconds)
            peak = max(peak, peak_of(path))
    said = ", ".join(f"{size} MB: {speed:.1f} MB/s" for size, speed in zip(_SIZES, speeds, strict=True))
    yield Figure("how the cost grows", said, "linear", min(speeds) > 0.8 * max(speeds))
    yield Figure.ratio(f"most memory, one file of {_SIZES[-1]} MB, MB", peak, at_most=300)


def activities(place: Path) -> list[bytes]:
    """Give the activities of one file of the folder, as XML."""
    path = next(iter(sorted(place.rglob("UNHCR*.xml.gz"))), None) or next(iter(sorted(place.rglob("*.xml"))))
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as stream:
        return [etree.tostring(activity) for activity in etree.parse(stream).getroot().iter("iati-activity")]


def make(path: Path, pattern: list[bytes], size: int, *, distinct: bool = False) -> float:
    """Write a file of about that many megabytes, at will with no text twice; give how many it has."""
    written = number = 0
    with path.open("wb") as out:
        out.write(b'<iati-activities version="2.03">\n')
        while written < size * 1e6:
            xml = pattern[number % len(pattern)]
            xml = xml.replace(b"</narrative>", b" %d</narrative>" % number) if distinct else xml
            written += out.write(xml.replace(b"</iati-identifier>", b"-%d</iati-identifier>" % number, 1) + b"\n")
            number += 1
        out.write(b"</iati-activities>\n")
    return written / 1e6


def _peer(place: Path, ours: float) -> Iterator[Figure]:
    """Time okfn-iati's flattening to CSV of the same files."""
    if find_spec("okfn_iati") is None:
        yield Figure("okfn-iati, flattening to CSV", "is not installed")
        return
    began = process_time()
    left_out = sum(not _flattened(Path(source.name)) for source in sources([place]))
    seconds = process_time() - began
    yield Figure("okfn-iati, flattening to CSV", f"{seconds:.1f} s; {left_out} files not taken")
    yield Figure.ratio("our conversion against that", ours / seconds)


def _flattened(path: Path) -> bool:
    from okfn_iati import IatiMultiCsvConverter  # noqa: PLC0415  # optional

    with tempfile.TemporaryDirectory(prefix="levier-bench-") as folder:
        plain = Path(folder) / "file.xml"
        plain.write_bytes(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
        return bool(IatiMultiCsvConverter().xml_to_csv_folder(plain, Path(folder) / "csv"))


def own_peak() -> float:
    """Give the megabytes that this process needed at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
