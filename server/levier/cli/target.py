"""Where a question or a query is asked: the current snapshot of a store, or a SPARQL endpoint."""

from levier.graph import RemoteStore, Snapshots, Store
from levier.settings import Settings


def target(endpoint: str | None, chosen: Settings) -> Store:
    """Give the endpoint of that address, or else the current snapshot; SnapshotMissing where there is none."""
    if endpoint is not None:
        return RemoteStore(endpoint, timeout=chosen.query_timeout)
    return Snapshots(chosen.store).open()
