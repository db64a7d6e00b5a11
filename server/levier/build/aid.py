"""The aid of a snapshot: each IATI file becomes a named graph of its own, described in the provenance graph."""

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from levier.graph import EmbeddedStore
from levier.graph.provenance import Provenance, Value
from levier.iati import ConversionReport, Seen, Source, SourceReport, Sources, convert_source
from levier.terms import DCTERMS, IATI, LEVIER, ORG, RDF, VOID, XSD, graph_iri, organisation_iri

ORGANISATIONS_GRAPH = graph_iri("organisations")

Tell = Callable[[str], None]


def add_aid(
    store: EmbeddedStore, found: Sources, provenance: Provenance, scratch: Path, *, before: Tell, after: Tell
) -> ConversionReport:
    """Convert every file and load it; what cannot be read is in the report and stops nothing.

    An activity that several files have is taken from the first, and is said to be reported by the others as well.
    `scratch` is a folder for temporary files; `before` hears the name of each file, `after` what was read of it.
    """
    report = ConversionReport(passed_over=found.passed_over)
    seen = Seen()
    for source in found:
        before(source.name)
        read = _add_source(store, source, seen, scratch / "aid.nt")
        report.sources.append(read)
        if read.converted or read.duplicates:
            _describe(read, provenance)
        after(read.explained())
    _add_organisations(store, {ref for read in report.sources for ref in read.organisations})
    return report


def _add_source(store: EmbeddedStore, source: Source, seen: Seen, draft: Path) -> SourceReport:
    graph = graph_iri("aid", source.key)
    with draft.open("wb") as stream:
        read = convert_source(source, stream.write, graph=None, seen=seen)
    if read.converted:
        store.load(draft, graph)
    draft.unlink()
    return read


def _describe(read: SourceReport, provenance: Provenance) -> None:
    graph = graph_iri("aid", read.dataset)
    facts: list[tuple[str, Value]] = [
        (LEVIER + "fileName", read.public_name),
        (LEVIER + "sha256", read.sha256),
        (LEVIER + "activityCount", read.converted),
        (LEVIER + "duplicateCount", len(read.duplicates)),
        (VOID + "triples", read.triples),
    ]
    stated = ((IATI + "version", read.version), (IATI + "linkedDataDefault", read.linked_data_default))
    facts += [(predicate, value) for predicate, value in stated if value]
    if read.generated:
        facts.append((IATI + "generatedDatetime", ox.Literal(read.generated, datatype=ox.NamedNode(XSD + "dateTime"))))
    provenance.describe(graph, f"IATI activities of {read.dataset}", facts)
    for duplicate in read.duplicates:
        provenance.say(duplicate.iri, LEVIER + "alsoReportedIn", ox.NamedNode(graph))


def _add_organisations(store: EmbeddedStore, references: set[str]) -> None:
    """Say once of each organisation that the aid refers to what it is; those described already are left alone."""
    kind = ox.NamedNode(ORG + "Organization")
    identifier = ox.NamedNode(DCTERMS + "identifier")
    triples: list[ox.Triple] = []
    for reference in sorted(references):
        node = ox.NamedNode(organisation_iri(reference))
        if next(iter(store.raw.quads_for_pattern(node, None, None, None)), None) is None:
            triples.append(ox.Triple(node, ox.NamedNode(RDF + "type"), kind))
            triples.append(ox.Triple(node, identifier, ox.Literal(reference)))
    store.load_bytes(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"", ORGANISATIONS_GRAPH)
