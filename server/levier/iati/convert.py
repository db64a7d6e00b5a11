"""Read one IATI file and convert its activities or organisations to lines of N-Triples or N-Quads."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from lxml import etree

from levier.errors import BadInput
from levier.iati import literals
from levier.iati.activity import Converted, Identity, Options, converter, identify
from levier.iati.reader import Records, open_records
from levier.iati.report import SourceReport
from levier.iati.root import Head
from levier.iati.sink import Problem, Tally
from levier.iati.sources import Source, digest
from levier.terms import RDF, extension_iri, graph_iri

_XML: Final = f"^^<{RDF}XMLLiteral>"

KNOWN_VERSIONS: Final = ("1.01", "1.02", "1.03", "1.04", "1.05", "2.01", "2.02", "2.03")


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An activity that was met before, in this file or an earlier one, and was not converted again."""

    iri: str
    identifier: str
    line: int
    first_in: str
    """The dataset key of the file whose report was kept."""


class Seen:
    """The activities converted so far over several files, and the dataset each was first met in."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def first(self, iri: str, dataset: str) -> str | None:
        """Give the dataset that has the activity already, or remember that `dataset` has it and give None."""
        known = self._first.get(iri)
        if known is None:
            self._first[iri] = dataset
        return known


@dataclass(slots=True)
class FileReport(SourceReport):
    """What became of one file that was converted by itself, with all that was found in it."""

    problems: list[Problem] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    organisations: set[str] = field(default_factory=set)
    """Identifiers of the organisations that the converted activities name."""
    extension_names: set[str] = field(default_factory=set)
    """Names outside the standard that the converted activities use."""
    rates: set[tuple[str, str]] = field(default_factory=set)
    """Currency and value date of the exchange rates used."""

    def add(self, converted: Converted) -> None:
        """Count an activity, and remember what was found in it."""
        SourceReport.add(self, converted)
        self.problems += converted.problems
        self.organisations |= converted.organisations
        self.extension_names |= converted.extensions
        self.rates |= converted.rates

    def add_duplicate(self, identity: Identity, first_in: str) -> None:
        """Count an activity that was met before."""
        self.read += 1
        self.copies += 1
        self.duplicates.append(Duplicate(identity.iri, identity.identifier, identity.line, first_in))


def convert_source(
    source: Source,
    write: Callable[[bytes], object],
    *,
    graph: str | None,
    seen: Seen | None = None,
    options: Options | None = None,
) -> FileReport:
    """Convert one file by itself. Never raises for what is wrong with the file: the report says it.

    `write` takes the lines, UTF-8, a whole activity at a time: N-Quads in the graph of that IRI, N-Triples where
    `graph` is None. An activity that `seen` has already is passed over. What several files report, with the choice of
    the report that counts, is the work of `levier.iati.jobs`.
    """
    report = FileReport(source.name, source.key, source.public_name)
    met = seen or Seen()

    def is_new(identity: Identity) -> bool:
        known = met.first(identity.iri, source.key)
        if known is not None:
            report.add_duplicate(identity, known)
        return known is None

    for converted in read(source, report, graph, options, is_new):
        report.add(converted)
        write(converted.common)
        write(converted.lines)
    report.problems[:0] = report.head_problems
    write(head_lines(report, graph))
    return report


def read(
    source: Source,
    report: SourceReport,
    graph: str | None,
    options: Options | None = None,
    wanted: Callable[[Identity], bool] = lambda _: True,
) -> Iterator[Converted]:
    """Give the activities of a file, converted, and fill its report but for what they add to it.

    Those that are not `wanted` are passed over. The last lines are those of the file itself (`head_lines`).
    """
    try:
        with source.opened() as stream:
            report.sha256 = digest(stream, source)
            records = open_records(stream, source.name, source.limits)
            _take_head(report, records.head)
            try:
                yield from _converted(records, source.key, graph, options, wanted)
            finally:
                _take_end(report, records)
        if not records.given:
            report.error = f"{source.name}: an IATI {report.kind} file with no {report.kind} in it."
    except BadInput as error:
        report.error = error.message
    except OSError as error:
        report.error = f"{source.name}: cannot be read ({error.strerror or error})."


def head_lines(report: SourceReport, graph: str | None) -> bytes:
    """Give the lines that say of the file's dataset what its root level has outside the standard.

    N-Quads in the graph of that IRI, or N-Triples where it is None.
    """
    dataset, end = graph_iri("aid", report.dataset), f"<{graph}> .\n" if graph else ".\n"
    said = {
        f"<{dataset}> <{extension_iri(one.name)}> {literals.string(one.value)}{_XML if one.is_xml else ''} {end}": None
        for one in report.extensions
    }
    return "".join(said).encode()


def _converted(
    records: Records,
    dataset: str,
    graph: str | None,
    options: Options | None,
    wanted: Callable[[Identity], bool],
) -> Iterator[Converted]:
    convert = converter(dataset, graph, records.head.version, options)
    for element, identity in identified(records, dataset):
        if wanted(identity):
            yield convert(element, identity)


def identified(records: Records, dataset: str) -> Iterator[tuple[etree._Element, Identity]]:
    """Give each record of a file with its identity; one without an identifier is known by its place."""
    for element in records:
        identity = identify(element)
        if not identity.identifier:
            # Only its place stands for it: several may share a line, and another file has that line, too.
            identity.iri += f"-{records.given}-of-{quote(dataset, safe='')}"
        yield element, identity


def _take_head(report: SourceReport, head: Head) -> None:
    report.kind = head.kind
    report.version = head.version
    report.generated = head.generated
    report.linked_data_default = head.linked_data_default


def _take_end(report: SourceReport, records: Records) -> None:
    """Take what is known of a file when it is read as far as it can be."""
    head = records.head
    report.bytes = records.bytes_read
    report.extensions = head.extensions
    tally = Tally(read=head.items, converted=head.converted, kept=head.kept, dropped=head.dropped)
    report.add_head(tally, [*_doubts(head), *_outside(head), *records.problems])


def _doubts(head: Head) -> Iterator[Problem]:
    if head.version not in KNOWN_VERSIONS:
        stated = f"states version {head.version!r}" if head.version else "states no version"
        read_as = "2.03" if head.version else "its texts tell: with narratives as 2.03, else as 1.05"
        yield Problem("version", "warning", head.line, "", f"the file {stated}; read as {read_as}.")
    if head.generated and literals.moment(head.generated) is None:
        message = f"generated-datetime {head.generated!r} is not {literals.WORDS['dateTime']}."
        yield Problem("not-a-datetime", "warning", head.line, "", message)


def _outside(head: Head) -> Iterator[Problem]:
    """Tell of what the root level has outside the standard, each name once."""
    lines: dict[str, int] = {}
    counts: Counter[str] = Counter()
    for one in head.extensions:
        lines.setdefault(one.name, one.line)
        counts[one.name] += one.items
    for name, count in counts.items():
        message = f"{name} is not of the standard; kept as name and value."
        yield Problem("extension", "note", lines[name], "", message, "kept", count)
    if head.dropped:
        message = "there is more beside the activities than is kept; the rest is only counted."
        yield Problem("too-much-beside", "error", head.line, "", message, "dropped", head.dropped)
