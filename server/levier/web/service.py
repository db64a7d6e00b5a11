"""What the blueprints share: the settings, and the snapshot in use, which may change between two requests."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from flask import current_app, g

from levier.errors import SnapshotMissing
from levier.graph import Dataset, EmbeddedStore, Snapshot, Snapshots
from levier.settings import Settings

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class InUse:
    """A snapshot, its opened store, and what was worked out of it: none of it changes while the snapshot lives."""

    snapshot: Snapshot
    store: EmbeddedStore
    _kept: dict[Callable[..., Any], Any] = field(default_factory=dict)

    def once(self, work: Callable[[EmbeddedStore], T]) -> T:
        """Give what `work` makes of the store, worked out the first time that this snapshot is asked for it."""
        if work not in self._kept:
            self._kept[work] = work(self.store)
        return cast("T", self._kept[work])

    def count(self) -> int:
        """Give the number of statements; the first time, the engine counts them one by one (1 s for 5 million)."""
        return self.once(EmbeddedStore.count)


@dataclass(slots=True, eq=False)
class Service:
    """The store behind the pages: it follows the pointer to the snapshot in use."""

    settings: Settings
    _open: InUse | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def strict(self) -> bool:
        """Whether a query without GRAPH sees the default graph alone instead of the union of all graphs."""
        return self.settings.default_graph == "strict"

    def in_use(self) -> InUse:
        """Give the snapshot in use, the same one throughout a request; raises SnapshotMissing where there is none."""
        if "levier_in_use" not in g:
            g.levier_in_use = self._follow()
        return cast("InUse", g.levier_in_use)

    def store(self) -> EmbeddedStore:
        """Give the store of the snapshot in use."""
        return self.in_use().store

    def dataset(self, default_graphs: tuple[str, ...] = (), named_graphs: tuple[str, ...] = ()) -> Dataset:
        """Give the dataset that a query is asked over: the graphs that the client names, or what this service shows."""
        return Dataset("strict" if self.strict else "union", default_graphs, named_graphs)

    def _follow(self) -> InUse:
        try:
            return self._opened()
        except SnapshotMissing:  # tidied away between the look at the pointer and the opening: look again
            return self._opened()

    def _opened(self) -> InUse:
        found = Snapshots(self.settings.store).require()
        with self._lock:
            if self._open is None or self._open.snapshot.version != found.version:
                self._open = InUse(found, EmbeddedStore.open(found.path))
            return self._open


def service() -> Service:
    """Give the service of the running application."""
    return cast("Service", current_app.extensions["levier"])
