"""Convert IATI files, one after the other, to lines of N-Triples or N-Quads."""

from collections.abc import Callable, Iterator

from levier.errors import BadInput
from levier.iati import literals
from levier.iati.activity import Converted, Identity, converter, identify
from levier.iati.reader import Activities, Head, open_activities
from levier.iati.report import Seen, SourceReport
from levier.iati.sink import Problem
from levier.iati.sources import Source, digest

KNOWN_VERSIONS = ("2.01", "2.02", "2.03")


def convert_source(
    source: Source,
    write: Callable[[bytes], object],
    *,
    graph: str | None,
    seen: Seen,
    progress: Callable[[int], None] | None = None,
) -> SourceReport:
    """Convert one file and give the report of it. Never raises for what is wrong with the file: the report says it.

    `write` takes the lines, UTF-8, a whole activity at a time: N-Quads in the graph of that IRI, N-Triples where
    `graph` is None. An activity that `seen` has already is set aside as a duplicate. `progress` is called with the
    bytes of XML of each read.
    """
    report = SourceReport(source.name, source.key, source.public_name)

    def first_in(identity: Identity) -> str | None:
        known = seen.first(identity.iri, source.key)
        if known is not None:
            report.add_duplicate(identity, known)
        return known

    for converted in read(source, report, graph, first_in, progress):
        report.add(converted)
        write(converted.lines)
    return report


def read(
    source: Source,
    report: SourceReport,
    graph: str | None,
    first_in: Callable[[Identity], str | None],
    progress: Callable[[int], None] | None = None,
) -> Iterator[Converted]:
    """Give the activities of a file, converted or set aside, and fill its report but for what they add to it.

    `first_in` tells which dataset has an activity already: it is passed over; None: it is to be converted.
    """
    try:
        with source.opened() as stream:
            report.sha256 = digest(stream, source)
            activities = open_activities(stream, source.name, source.max_bytes, progress)
            _take_head(report, activities.head)
            try:
                yield from _convert_all(activities, graph, first_in)
            finally:
                report.bytes = activities.bytes_read
                report.unmapped.update(activities.head.unmapped)
        if not activities.given:
            report.error = f"{source.name}: an IATI activity file with no activity in it."
    except BadInput as error:
        report.error = error.message
    except OSError as error:
        report.error = f"{source.name}: cannot be read ({error.strerror or error})."


def _convert_all(
    activities: Activities, graph: str | None, first_in: Callable[[Identity], str | None]
) -> Iterator[Converted]:
    convert = converter(graph)
    for element in activities:
        identity = identify(element)
        if not identity.iri or first_in(identity) is None:
            yield convert(element, identity)


def _take_head(report: SourceReport, head: Head) -> None:
    report.version = head.version
    report.generated = head.generated
    report.linked_data_default = head.linked_data_default
    if head.version not in KNOWN_VERSIONS:
        stated = f"states version {head.version!r}" if head.version else "states no version"
        report.add_problems([Problem("version", "warning", 1, "", f"the file {stated}; read as 2.03.")])
    if head.generated and literals.moment(head.generated) is None:
        message = f"generated-datetime {head.generated!r} is not {literals.WORDS['dateTime']}."
        report.add_problems([Problem("not-a-datetime", "warning", 1, "", message)])
