"""The aid of a snapshot: each IATI file becomes a named graph of its own, described in the provenance graph.

All files are converted first, since only then it is known which of several reports of an activity counts; then they
are loaded, and what the whole of them uses is said once: organisations, extensions of the standard, exchange rates.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pyoxigraph as ox

from levier.graph import EmbeddedStore
from levier.graph.loading import load_apart
from levier.graph.provenance import Provenance, Value
from levier.iati import Conversion, SourceReport, exchange_rates
from levier.iati.literals import moment
from levier.terms import (
    DCTERMS,
    IATI,
    LEVIER,
    ORG,
    RDF,
    RDFS,
    VOID,
    XSD,
    extension_iri,
    graph_iri,
    organisation_iri,
)

ORGANISATIONS_GRAPH = graph_iri("organisations")
EXTENSIONS_GRAPH = graph_iri("extensions")
EXCHANGE_RATES_GRAPH = graph_iri("exchange-rates")

Tell = Callable[[str], None]

_TALLY = {
    "itemsRead": "read",
    "itemsMade": "made",
    "itemsConverted": "converted",
    "itemsRepaired": "repaired",
    "itemsKept": "kept",
    "itemsDropped": "dropped",
}
"""Terms of the account of a dataset's items, and the figures of its tally."""


def convert(run: Conversion, after: Tell) -> list[tuple[Path, ...]]:
    """Convert every file, and give the files of what each became; what cannot be read is in the report.

    They are two: of its activities, and of the nodes that these have in common. `after` hears what was read of each.
    """
    for report in run.reports():
        after(report.explained())
    return [paths for _, paths in run.outputs(keep=True)]


def load(run: Conversion, files: Sequence[Path], folder: Path) -> Iterator[None]:
    """Load N-Quads into the store of a folder, by a process of the run; they are loaded when this is iterated over."""
    return run.each(partial(load_apart, folder=folder), [tuple(files)], len)


def describe(run: Conversion, provenance: Provenance) -> None:
    """Say where each file is from, and what was read of it."""
    for report in run.report.sources:
        if report.read:
            provenance.describe(graph_iri("aid", report.dataset), *_description(report))


def _description(read: SourceReport) -> tuple[str, list[tuple[str, Value]]]:
    facts: list[tuple[str, Value]] = [
        (LEVIER + "recordClass", ox.NamedNode(IATI + read.kind.capitalize())),
        (LEVIER + "fileName", read.public_name),
        (LEVIER + "sha256", read.sha256),
        (LEVIER + "activityCount", read.converted),
        (LEVIER + "duplicateCount", read.copies),
        (VOID + "triples", read.triples),
        *((LEVIER + term, getattr(read.items, figure)) for term, figure in _TALLY.items()),
    ]
    stated = ((IATI + "version", read.version), (IATI + "linkedDataDefault", read.linked_data_default))
    facts += [(predicate, value) for predicate, value in stated if value]
    if read.generated:
        datatype = XSD + ("dateTime" if moment(read.generated) else "string")
        facts.append((IATI + "generatedDatetime", ox.Literal(read.generated, datatype=ox.NamedNode(datatype))))
    what = "activities" if read.kind == "activity" else "organisations"
    return f"IATI {what} of {read.dataset}", facts


def add_shared(store: EmbeddedStore, run: Conversion) -> None:
    """Say once what the files of the run use together."""
    for graph, triples in (
        (ORGANISATIONS_GRAPH, _organisations(store, run.index.organisations())),
        (EXTENSIONS_GRAPH, _extensions(run.index.extensions())),
        (EXCHANGE_RATES_GRAPH, exchange_rates(run.index.rates())),
    ):
        store.load_bytes(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"", graph)


def _organisations(store: EmbeddedStore, identifiers: Iterable[str]) -> Iterator[ox.Triple]:
    """Say of each organisation that the aid refers to what it is, where no other graph does."""
    kind = ox.NamedNode(ORG + "Organization")
    identified = ox.NamedNode(DCTERMS + "identifier")
    for identifier in identifiers:
        node = ox.NamedNode(organisation_iri(identifier))
        for predicate, value in ((ox.NamedNode(RDF + "type"), kind), (identified, ox.Literal(identifier))):
            if next(store.raw.quads_for_pattern(node, predicate, value, None), None) is None:
                yield ox.Triple(node, predicate, value)


def _extensions(names: Iterable[str]) -> Iterator[ox.Triple]:
    """Say of each name outside the standard which XML name it is."""
    for name in names:
        node = ox.NamedNode(extension_iri(name))
        space, _, local = name.removeprefix("{").rpartition("}") if name.startswith("{") else ("", "", name)
        yield ox.Triple(node, ox.NamedNode(RDF + "type"), ox.NamedNode(RDF + "Property"))
        yield ox.Triple(node, ox.NamedNode(RDFS + "label"), ox.Literal(local.removeprefix("@")))
        yield ox.Triple(node, ox.NamedNode(LEVIER + "xmlNamespace"), ox.Literal(space))
