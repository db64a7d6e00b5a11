"""The graph room: the store behind one small interface, snapshots, named graphs and their provenance."""

from levier.graph.guard import refuse_federation
from levier.graph.remote import RemoteStore
from levier.graph.snapshots import Draft, Snapshot, Snapshots, Stamp
from levier.graph.store import UNION, Dataset, DefaultGraph, EmbeddedStore, QueryResults, Store

__all__ = [
    "UNION",
    "Dataset",
    "DefaultGraph",
    "Draft",
    "EmbeddedStore",
    "QueryResults",
    "RemoteStore",
    "Snapshot",
    "Snapshots",
    "Stamp",
    "Store",
    "refuse_federation",
]
