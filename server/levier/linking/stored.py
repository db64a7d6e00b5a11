"""The facts of the activities of a store, one activity at a time: memory is that of one, however many there are."""

from collections.abc import Collection, Iterator

import pyoxigraph as ox

from levier.graph import EmbeddedStore
from levier.linking.facts import ACTIVITY, IDENTIFIER, LOOKED_AT, TYPE, ActivityFacts, Stated, Value, put_together
from levier.terms import GRAPH

_AID_GRAPHS = GRAPH + "aid/"


def aid_graphs(store: EmbeddedStore) -> list[str]:
    """Give the graphs of the store that hold aid activities, sorted."""
    return sorted(graph for graph in store.graphs() if graph.startswith(_AID_GRAPHS))


def read_graph(store: EmbeddedStore, graph: str, looked_at: Collection[str] = LOOKED_AT) -> Iterator[ActivityFacts]:
    """Give the facts of every activity of one aid graph, on the properties looked at, in no order."""
    name = ox.NamedNode(graph)
    for quad in store.raw.quads_for_pattern(None, ox.NamedNode(TYPE), ox.NamedNode(ACTIVITY), name):
        if isinstance(quad.subject, ox.NamedNode):
            facts = _read(store, quad.subject.value, name, looked_at)
            if facts is not None:
                yield facts


def read_activity(store: EmbeddedStore, activity: str) -> ActivityFacts | None:
    """Give the facts of one activity, or None where no aid graph has it."""
    quads = store.raw.quads_for_pattern(ox.NamedNode(activity), ox.NamedNode(TYPE), ox.NamedNode(ACTIVITY))
    graphs = sorted(quad.graph_name.value for quad in quads if isinstance(quad.graph_name, ox.NamedNode))
    return _read(store, activity, ox.NamedNode(graphs[0]), LOOKED_AT) if graphs else None


def _read(store: EmbeddedStore, activity: str, graph: ox.NamedNode, looked_at: Collection[str]) -> ActivityFacts | None:
    own = _stated(store, activity, graph)
    if IDENTIFIER not in own:
        return None
    return put_together(activity, own, lambda iri: _stated(store, iri, graph), looked_at)


def _stated(store: EmbeddedStore, iri: str, graph: ox.NamedNode) -> Stated:
    found: dict[str, list[Value]] = {}
    for quad in store.raw.quads_for_pattern(ox.NamedNode(iri), None, None, graph):
        found.setdefault(quad.predicate.value, []).append(_value(quad.object))
    return found


def _value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Value:
    if isinstance(term, ox.Literal):
        return Value(term.value, term.language)
    return Value(term.value if isinstance(term, ox.NamedNode) else str(term), is_iri=True)
