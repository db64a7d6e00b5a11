"""What the blueprints share: the settings, what is served, which may change between two requests, and the engines."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Concatenate, Final, NamedTuple, ParamSpec, TypeVar, cast

from flask import Response, current_app, g, request

from levier import __version__
from levier.errors import SnapshotMissing
from levier.graph import Dataset, Snapshot, Snapshots, Stamp, Store
from levier.querying import (
    Done,
    EndpointSource,
    Federation,
    Here,
    Job,
    Limits,
    Places,
    Pool,
    Run,
    SnapshotSource,
    Source,
)
from levier.settings import Settings
from levier.web.client import Client

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

T = TypeVar("T")
P = ParamSpec("P")

OBSERVED: Final = "levier.observed"
"""Where a request keeps what the log is to say of it."""
STAMP: Final = "levier.stamp"
"""Where a request keeps the stamp of the snapshot in use, if that was looked up; None where there is none."""
BEGAN: Final = "levier.began"
"""Where a request keeps when it began, by `perf_counter`, should that have been in another process."""
FAILED: Final = "levier.failed"
"""Where a request keeps why it has no answer, should that be known before it comes to the application."""
_MODULES: Final = ("levier.web", "levier.graph.writing")
"""What the engines need for the pages."""


@dataclass(slots=True, eq=False)
class InUse:
    """What is served, and what was worked out of it: none of it changes while the snapshot lives."""

    source: Source
    snapshot: Snapshot | None
    """None where an endpoint elsewhere is asked: nobody knows when its data change."""
    kept: dict[tuple[Callable[..., Any], tuple[Any, ...]], Any] = field(default_factory=dict)


class Task(NamedTuple):
    """A request whose answer an engine streams."""

    environ: "WSGIEnvironment"
    in_use: InUse
    seconds: float | None = None
    """What its client gives the query, where that is less than the service does."""


class Service:
    """What is behind the pages: it follows the pointer to the snapshot in use, and has engines do the work."""

    def __init__(self, settings: Settings, places: Places, here: Here | None = None) -> None:
        """Make it; what streams is done `here` where that is given, and everything else in engines."""
        self.settings = settings
        self.places = places
        self._here = here
        self._pool: Pool | None = None
        self._now: InUse | None = None
        self._stamp: Stamp | None = None
        self._snapshots = Snapshots(settings.store)
        # An endpoint elsewhere is never told to ask others: its requests are beyond the limits of ours.
        allowed = () if settings.endpoint else tuple(settings.services.split())
        self.federation = Federation(allowed, settings.service_timeout, settings.service_max_bytes) if allowed else None
        self._most = Limits(float(settings.query_timeout), settings.max_query_memory, settings.queue_timeout)
        self._edition = fingerprint(__version__, settings.language)

    @property
    def strict(self) -> bool:
        """Whether a query without GRAPH sees the default graph alone instead of the union of all graphs."""
        return self.settings.default_graph == "strict"

    @property
    def pool(self) -> Pool:
        """The engines; made when they are first needed, so that each front has its own."""
        if self._pool is None:
            self._pool = Pool(self.places, _MODULES)
        return self._pool

    def in_use(self) -> InUse:
        """Give what is served, the same throughout a request; raises SnapshotMissing where there is nothing."""
        if "levier_in_use" not in g:
            self.renew()
        return cast("InUse", g.levier_in_use)

    def age(self) -> tuple[str, datetime] | None:
        """Give the version of the snapshot in use and when its build began; None where there is none."""
        snapshot = None if self.settings.endpoint else self._snapshots.current()
        return (snapshot.version, snapshot.built) if snapshot else None

    def dataset(self, default_graphs: tuple[str, ...] = (), named_graphs: tuple[str, ...] = ()) -> Dataset:
        """Give the dataset that a query is asked over: the graphs that the client names, or what this service shows."""
        return Dataset("strict" if self.strict else "union", default_graphs, named_graphs)

    def tag(self, *parts: str) -> str:
        """Give the ETag of what is made of these parts and the snapshot in use, as `tag_of` does."""
        return self.tag_of(self.in_use(), *parts)

    def tag_of(self, in_use: InUse, *parts: str) -> str:
        """Give the ETag of what is made of these parts and a snapshot; empty where nobody knows when it changes.

        The form is to be among the parts: a cache that keeps several forms of one address tells them apart by it
        (RFC 9110 §8.8.3.3).
        """
        if in_use.snapshot is None:
            return ""
        return ".".join((in_use.snapshot.version, self._edition, *parts))

    def run(self, function: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Give what a function of a module makes of the store, worked out in an engine within the limits."""
        assert not kwargs, "arguments go to an engine by place"  # noqa: S101  # for whoever writes such a call
        try:
            return cast("T", self._call(function, args, self.in_use().source))
        except SnapshotMissing:
            self.renew()
            return cast("T", self._call(function, args, self.in_use().source))

    def renew(self) -> None:
        """Look again at what is served: it was tidied away between the look at the pointer and the opening."""
        g.levier_in_use = self.follow(facts_of(request.environ))

    def once(self, function: Callable[Concatenate[Store, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Give what `run` gives, worked out the first time that this snapshot is asked for it."""
        key = (function, args)
        kept = self.in_use().kept
        if key not in kept:
            found = self.run(function, *args, **kwargs)
            if self.in_use().snapshot is None:
                return found
            kept[key] = found
        return cast("T", kept[key])

    def write(self, function: Callable[..., T], *args: Any) -> T:  # noqa: ANN401  # the function's own
        """Give what a function that opens the store itself gives; for whoever changes it."""
        return cast("T", self._call(function, args, None))

    def stream(self, function: Callable[..., Any], args: tuple[Any, ...], task: Task) -> Run | Done:
        """Give a job under way whose function streams its answer."""
        limits = self._limits(task.seconds)
        job = Job(function, args, task.in_use.source, limits.seconds, streams=True)
        return (self._here or self.pool).stream(job, limits, Client(task.environ).gone)

    def start(self) -> None:
        """Make ready what is needed for the first query; it does not wait for engines."""
        if self._here is None:
            self.pool.start()
            return
        with suppress(SnapshotMissing):  # it is told to whoever asks
            self._here.open(self.follow({}).source)

    def close(self) -> None:
        """End the engines."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _call(self, function: Callable[..., Any], args: tuple[Any, ...], source: Source | None) -> object:
        limits = self._limits()
        return self.pool.call(Job(function, args, source, limits.seconds), limits, Client(request.environ).gone)

    def _limits(self, seconds: float | None = None) -> Limits:
        return self._most._replace(seconds=min(seconds, self._most.seconds)) if seconds else self._most

    def follow(self, facts: dict[str, object], stamp: Stamp | None = None) -> InUse:
        """Give what is served now, and tell the log; raises SnapshotMissing where there is nothing.

        The `stamp` of the snapshot in use is looked up where it is not given.
        """
        if self.settings.endpoint:
            source = EndpointSource(self.settings.endpoint, self.settings.query_timeout)
            self._now = self._now or InUse(source, None)
            return self._now
        stamp = stamp or self._snapshots.stamp()
        if self._now is None or stamp is None or stamp != self._stamp:
            found = self._snapshots.require()
            self._now, self._stamp = InUse(SnapshotSource(str(found.path)), found), stamp
        if self._now.snapshot:
            facts["snapshot"] = self._now.snapshot.version
        return self._now


def service() -> Service:
    """Give the service of the running application."""
    return cast("Service", current_app.extensions["levier"])


def tagged(response: Response, *parts: str) -> Response:
    """Give the response with the ETag of what is made of these parts and the snapshot; its address is its own."""
    tag = service().tag(*parts)
    if tag:
        response.set_etag(tag)
    return response


def observe(**facts: str | int) -> None:
    """Have the log say something of the request under way."""
    facts_of(request.environ).update(facts)


def facts_of(environ: "WSGIEnvironment") -> dict[str, object]:
    """Give what the log is to say of a request, to be added to."""
    return cast("dict[str, object]", environ.setdefault(OBSERVED, {}))


def fingerprint(*parts: str) -> str:
    """Give 16 hexadecimal digits that tell texts apart."""
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()
