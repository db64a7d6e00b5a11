"""IATI XML 2.03 from a store: the activities, or the organisation records, that are asked for, one at a time.

Which records: every activity once, as its canonical report has it; of named graphs all that they hold, the copies
(`levier:ActivityCopy`) included, so that the file of a dataset comes back whole and in its own order.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Final, Literal

import pyoxigraph as ox
from lxml import etree

from levier.errors import BadUsage, NothingToDo, UnknownThing
from levier.graph import EmbeddedStore
from levier.iati.mapping import ACTIVITY_CLASS, FILE_CLASS, ORGANISATION_CLASS, RECORDS
from levier.iati.writing.xml_writer import Facts, element_of
from levier.terms import IATI, ID, LEVIER, RDF

VERSION: Final = "2.03"

_TAGS: Final = {cls: tag for tag, cls in RECORDS.items()}
_ROOTS: Final = {ACTIVITY_CLASS: "iati-activities", ORGANISATION_CLASS: "iati-organisations"}
_TYPE: Final = ox.NamedNode(RDF + "type")
_COPY: Final = ox.NamedNode(LEVIER + "ActivityCopy")
_COPY_OF: Final = ox.NamedNode(LEVIER + "copyOf")
_LINE: Final = ox.NamedNode(LEVIER + "sourceLine")
_IDENTIFIER: Final = ox.NamedNode(IATI + "iatiIdentifier")

RecordClass = Literal["Activity", "Organisation"]


@dataclass(frozen=True, slots=True, order=True)
class Record:
    """An activity or an organisation record in the order of its file."""

    graph: str
    line: int
    iri: str
    cls: RecordClass = field(compare=False)


@dataclass(frozen=True, slots=True)
class Selection:
    """What goes into one file: activities or organisation records, never both."""

    records: list[Record]
    cls: RecordClass
    head: etree._Element
    """The root element: its attributes, and what stands beside the records."""
    organisations_left_out: int = 0
    """Organisation records that could not go into the same file."""


def select(store: EmbeddedStore, graphs: Sequence[str] = (), identifiers: Sequence[str] = ()) -> Selection:
    """Give what is to be written: every activity, or all that `graphs` hold, or the activities of `identifiers`.

    Raises UnknownThing for an identifier that is not there, NothingToDo where there is neither an activity nor an
    organisation record, and BadUsage where `graphs` have both.
    """
    found = sorted(_by_identifier(store, graphs, identifiers) if identifiers else _all(store, graphs))
    activities: list[Record] = [record for record in found if record.cls == ACTIVITY_CLASS]
    others = len(found) - len(activities)
    if not found:
        where = "The graphs asked for have" if graphs else "The snapshot has"
        raise NothingToDo(
            f"{where} no IATI activity and no organisation record.", hint="`levier build --aid` adds some."
        )
    if graphs and activities and others:
        raise BadUsage(
            f"The graphs asked for hold activities ({len(activities):,}) and organisation records ({others:,}), "
            "which IATI keeps in files of different kinds.",
            hint="Export them one after the other, each with its own --graph.",
        )
    cls: RecordClass = "Activity" if activities else "Organisation"
    head = _head(store, _ROOTS[cls], graphs[0] if len(graphs) == 1 and not identifiers else None)
    return Selection(activities or found, cls, head, others if activities else 0)


def write_xml(store: EmbeddedStore, selection: Selection, stream: IO[bytes]) -> None:
    """Write the selection as one IATI XML 2.03 file, UTF-8, holding one record in memory at a time.

    Raises BrokenData, which names the node, where the graph says of a record what cannot stand in XML.
    """
    tag, head = _TAGS[selection.cls], selection.head
    with etree.xmlfile(stream, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element(str(head.tag), dict(head.attrib), nsmap=head.nsmap):
            xml.write(head.text or "\n")
            for record in selection.records:
                element = element_of(record.iri, selection.cls, tag, _Describe(store, record.graph))
                xml.write(element, pretty_print=True)
            for beside in head:
                xml.write(beside, pretty_print=True)


@dataclass(frozen=True, slots=True)
class _Describe:
    """Gives what one graph says of a node."""

    store: EmbeddedStore
    graph: str

    def __call__(self, iri: str) -> Facts:
        return _facts(self.store.raw.quads_for_pattern(ox.NamedNode(iri), None, None, ox.NamedNode(self.graph)))


def _facts(quads: Iterable[ox.Quad]) -> Facts:
    facts: dict[str, list[object]] = {}
    for quad in quads:
        facts.setdefault(quad.predicate.value, []).append(quad.object)
    return facts


def _all(store: EmbeddedStore, graphs: Sequence[str]) -> Iterator[Record]:
    if not graphs:
        yield from _canonical(store, None)
    for graph in dict.fromkeys(graphs):
        yield from _canonical(store, graph)
        for quad in store.raw.quads_for_pattern(None, _TYPE, _COPY, ox.NamedNode(graph)):
            yield _record(store, quad, _class_of_copy(store, quad))


def _canonical(store: EmbeddedStore, graph: str | None) -> Iterator[Record]:
    name = None if graph is None else ox.NamedNode(graph)
    classes: tuple[RecordClass, ...] = ("Activity", "Organisation")
    for cls in classes:
        for quad in store.raw.quads_for_pattern(None, _TYPE, ox.NamedNode(IATI + cls), name):
            yield _record(store, quad, cls)


def _class_of_copy(store: EmbeddedStore, copy: ox.Quad) -> RecordClass:
    """Tell what a copy is one of, by the IRI of what it copies."""
    canonical = [quad.object for quad in store.raw.quads_for_pattern(copy.subject, _COPY_OF, None, copy.graph_name)]
    of = next((term.value for term in canonical if isinstance(term, ox.NamedNode)), "")
    return "Organisation" if of.startswith(f"{ID}organisation/") else "Activity"


def _record(store: EmbeddedStore, quad: ox.Quad, cls: RecordClass) -> Record:
    lines = [line.object for line in store.raw.quads_for_pattern(quad.subject, _LINE, None, quad.graph_name)]
    line = next((int(term.value) for term in lines if isinstance(term, ox.Literal)), 0)
    return Record(_iri(quad.graph_name), line, _iri(quad.subject), cls)


def _by_identifier(store: EmbeddedStore, graphs: Sequence[str], identifiers: Sequence[str]) -> Iterator[Record]:
    """Give the activities of the identifiers; copies only where their graph is asked for."""
    for identifier in dict.fromkeys(identifiers):
        quads = list(store.raw.quads_for_pattern(None, _IDENTIFIER, ox.Literal(identifier), None))
        of_these = [quad for quad in quads if not graphs or _iri(quad.graph_name) in graphs]
        found = [quad for quad in of_these if graphs or not _is_copy(store, quad)]
        if not found:
            where = "The graphs asked for have" if graphs else "The snapshot has"
            raise UnknownThing(f"{where} no activity of the IATI identifier {identifier!r}.")
        yield from (_record(store, quad, "Activity") for quad in found)


def _is_copy(store: EmbeddedStore, quad: ox.Quad) -> bool:
    return next(iter(store.raw.quads_for_pattern(quad.subject, _TYPE, _COPY, quad.graph_name)), None) is not None


def _head(store: EmbeddedStore, root: str, graph: str | None) -> etree._Element:
    """Give the root element: as the file of a dataset stated it, if it is of one, but for the version."""

    def describe(iri: str) -> Facts:
        return _facts(store.raw.quads_for_pattern(ox.NamedNode(iri), None, None, None)) if iri else {}

    head = element_of(graph or "", FILE_CLASS, root, describe)
    head.set("version", VERSION)
    return head


def _iri(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else ""
