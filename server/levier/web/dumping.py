"""A graph as a document: what an engine does for `/graphs`."""

from dataclasses import dataclass

import pyoxigraph as ox

from levier.graph import Store
from levier.querying import Form, Outlet, Sink, Size
from levier.terms import PREFIXES


@dataclass(frozen=True, slots=True)
class Dump:
    """A graph that is to be sent."""

    graph: str | None
    """Its IRI; None is the default graph, which has none."""
    media_type: str
    gzip: bool
    max_rows: int
    max_bytes: int


def has_graph(store: Store, graph: str) -> bool:
    """Tell whether there is a named graph, with a statement or without."""
    return store.has_graph(graph)


def dump(store: Store, sink: Sink, wanted: Dump) -> Size:
    """Send a graph, and give its size; raises ResultTooLong."""
    outlet = Outlet(sink, Form(wanted.media_type, wanted.gzip), wanted.max_rows, wanted.max_bytes)
    form = ox.RdfFormat.from_media_type(wanted.media_type)
    ox.serialize(store.triples(wanted.graph), outlet, form, prefixes=PREFIXES)  # type: ignore[arg-type]
    return outlet.finish()
