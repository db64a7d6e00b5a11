"""The lines of an activity as those of a copy of it: a report beside the one that counts, in its own dataset's graph.

A copy says what the activity would, of a node of its own (`levier:ActivityCopy`), and no node below it has a class, so
that nothing is counted twice. It points to the same nodes as others where its dataset has them in common.
"""

from collections.abc import Iterator
from typing import Final

from levier.iati.index import Touched
from levier.terms import IATI, LEVIER, RDF, copy_iri, graph_iri

_TYPE: Final = f"<{RDF}type>".encode()
_ORGANISATION: Final = f"<{IATI}organisation>".encode()


def statements(touched: Touched, dataset: str) -> bytes:
    """Give the lines that a dataset has besides of an activity that is reported several times.

    Of the report that counts: why. Of a copy: what it is a copy of, and why that counts rather than it.
    """
    graph = graph_iri("aid", dataset)
    if not touched.copy:
        said = [(touched.iri, "chosenBecause", LEVIER + reason) for reason in touched.reasons]
    else:
        copy = copy_iri(dataset, touched.copy)
        said = [
            (copy, "copyOf", touched.iri),
            (copy, "copyIn", graph),
            *((copy, "setAsideBecause", LEVIER + reason) for reason in touched.reasons),
            *([(touched.iri, "alsoReportedIn", graph)] if touched.first else []),
        ]
    lines = [f"<{subject}> <{LEVIER}{name}> <{value}> <{graph}> .\n" for subject, name, value in said]
    if touched.copy:
        lines.insert(0, f"<{copy}> <{RDF}type> <{LEVIER}ActivityCopy> <{graph}> .\n")
    return "".join(lines).encode()


def as_copy(lines: bytes, activity: str, copy: str) -> Iterator[bytes]:
    """Give the lines of an activity (N-Quads, one statement each) as those of a copy of that IRI."""
    whole, below = f"<{activity}>".encode(), f"<{activity}/".encode()
    new_whole, new_below = f"<{copy}>".encode(), f"<{copy}/".encode()

    def moved(text: bytes) -> bytes:
        if text.startswith(below):
            return new_below + text[len(below) :]
        if text.startswith(whole):
            return new_whole + text[len(whole) :]
        return text

    for line in lines.split(b"\n")[:-1]:
        subject, predicate, rest = line.split(b" ", 2)
        if predicate != _TYPE:
            # An organisation that reports about itself still means itself, and not this report.
            value = rest if predicate == _ORGANISATION else moved(rest)
            yield b"%b %b %b\n" % (moved(subject), predicate, value)
