"""The graph room: the store behind one small interface, snapshots, named graphs and their provenance."""

from levier.graph.elsewhere import open_endpoint, write_elsewhere
from levier.graph.guard import refuse_federation
from levier.graph.remote import RemoteStore
from levier.graph.snapshots import Draft, Snapshot, Snapshots, Stamp
from levier.graph.store import UNION, Dataset, DefaultGraph, EmbeddedStore, QueryResults, Store
from levier.graph.updates import check_update, with_using
from levier.graph.writing import (
    Change,
    DeleteGraph,
    PostGraph,
    PutGraph,
    RunUpdate,
    Written,
    ensure,
    write,
    written_over,
)

__all__ = [
    "UNION",
    "Change",
    "Dataset",
    "DefaultGraph",
    "DeleteGraph",
    "Draft",
    "EmbeddedStore",
    "PostGraph",
    "PutGraph",
    "QueryResults",
    "RemoteStore",
    "RunUpdate",
    "Snapshot",
    "Snapshots",
    "Stamp",
    "Store",
    "Written",
    "check_update",
    "ensure",
    "open_endpoint",
    "refuse_federation",
    "with_using",
    "write",
    "write_elsewhere",
    "written_over",
]
