"""A record of IATI XML to RDF and back, and what of it does not come back."""

import gzip
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox
from lxml import etree
from tests.iati.compare import Difference, differences

from levier.iati.activity import Options, converter, identify
from levier.iati.mapping import RECORDS
from levier.iati.writing.xml_writer import Facts, element_of


@dataclass
class RoundTrip:
    """What became of one file: how many records it has, and what of which is not given back."""

    path: Path
    records: int = 0
    unlike: list[tuple[int, Difference]] = field(default_factory=list)
    """The line of the record, and a difference."""
    unbalanced: list[int] = field(default_factory=list)
    """The lines of the records whose account does not balance."""


def describe(lines: bytes) -> Callable[[str], Facts]:
    """Give what N-Triples say of each node."""
    facts: dict[str, dict[str, list[object]]] = defaultdict(lambda: defaultdict(list))
    for triple in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES):
        if isinstance(triple.subject, ox.NamedNode):
            facts[triple.subject.value][triple.predicate.value].append(triple.object)
    return lambda iri: facts.get(iri, {})


def compared(element: etree._Element, version: str = "2.03") -> tuple[list[Difference], bool]:
    """Convert a record, write it back and give what differs; and whether the account of the conversion balances.

    A record of version 1.0x is compared with what the upgrade made of it.
    """
    identity = identify(element)
    converted = converter("test", None, version, Options(languages=False))(element, identity)
    tag = str(element.tag)
    written = element_of(identity.iri, RECORDS[tag], tag, describe(converted.common + converted.lines))
    read_again = etree.fromstring(etree.tostring(written))
    element.tail = None
    return differences(element, read_again), converted.tally.balanced


def round_trip(path: Path) -> RoundTrip:
    """Convert and write back every record of a file of version 2.0x; of any other file none."""
    found = RoundTrip(path)
    for element in _records(path):
        unlike, balanced = compared(element)
        line = element.sourceline or 0
        found.records += 1
        found.unlike += [(line, difference) for difference in unlike]
        found.unbalanced += [] if balanced else [line]
    return found


def _records(path: Path) -> Iterator[etree._Element]:
    """Give the records of a file without the reader under test, each emptied afterwards."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as stream:
        parser = etree.iterparse(stream, events=("start", "end"), remove_comments=True, remove_pis=True)
        _, root = next(parser)
        if not (root.get("version") or "").startswith("2"):
            return
        for event, element in parser:
            if event == "end" and element.getparent() is root and element.tag in RECORDS:
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del root[0]
