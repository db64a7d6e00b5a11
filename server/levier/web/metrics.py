"""`/metrics`: what Prometheus asks for: requests, durations, places, the cache, and the age of the snapshot.

A service has several fronts, and any of them may be asked. So each keeps its figures in files of one folder, the
variable PROMETHEUS_MULTIPROC_DIR, and whoever is asked adds up those of all. The variable must be set before this
module is imported for the first time; without it there is one process, which keeps its figures to itself.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, Self, cast

from flask import Blueprint, Response, current_app
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess, values
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from levier.errors import ClientGone, EngineLost, QueryMemory, QueryTimeout, ResultTooLong
from levier.web.service import Service

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
"""The media type of what `Metrics.render` gives."""
EXTENSION: Final = "levier_metrics"
"""Where the application keeps its Metrics, among its extensions."""

_FOLDER: Final = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
"""Looked up where the library does it too, when it is imported: both must know of the same folder."""

_OTHER: Final = "other"
_AREAS: Final = {
    "": "home", "sparql": "sparql", "update": "update", "graphs": "graphs", "id": "id", "query": "query",
    "questions": "questions", "openapi.json": "openapi", "ontology": "ontology", "shapes": "shapes",
    "health": "health", "metrics": "metrics",
    ".well-known": "well-known", "static": "static",
}  # fmt: skip
"""The first part of a path, and the area that it is counted in; a stranger must not make new ones."""
_METHODS: Final = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY"}
_REASONS: Final = {cause.code for cause in (QueryTimeout, QueryMemory, ResultTooLong, ClientGone, EngineLost)}
_CACHE: Final = ("hit", "miss")
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

blueprint = Blueprint("metrics", __name__)


@blueprint.route("/metrics")
def metrics() -> Response:
    """Give the figures of all the fronts together."""
    kept = cast("Metrics", current_app.extensions[EXTENSION])
    return Response(kept.render(), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def name_figures(name: str) -> None:
    """Have this process count where one of the same name, which has ended, left off; for those that end often."""
    if _FOLDER:
        values.ValueClass = values.MultiProcessValue(lambda: name)  # type: ignore[no-untyped-call]


def mark_process_dead(process: int | str) -> None:
    """Forget what a process that has ended held, such as its cache; what it counted stays. By number, or by name."""
    if _FOLDER:
        multiprocess.mark_process_dead(process)  # type: ignore[no-untyped-call]


class Metrics:
    """The figures of a front, and where it is asked, of all of them."""

    def __init__(
        self,
        *,
        places: Callable[[], tuple[int, int]],
        snapshot: Callable[[], tuple[str, datetime] | None],
    ) -> None:
        """Make them, in the process that counts.

        Both are called when the figures are asked for: `places` gives how many places of queries are taken, and how
        many there are; `snapshot` the version of the snapshot in use and when its build began, None for none.
        """
        self._registry = CollectorRegistry()
        self._moment = _Moment(places, snapshot)
        self._requests = Counter(
            "levier_requests_total", "Requests answered.", ("area", "method", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "levier_request_seconds",
            "Seconds from a request to the end of its answer.",
            ("area",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        stopped = Counter(
            "levier_queries_stopped_total", "Queries ended before they were done.", ("reason",), registry=self._registry
        )
        cached = Counter(
            "levier_answers_cached_total",
            "Answers that are kept to give again.",
            ("result",),
            registry=self._registry,
        )
        self._cache_bytes = Gauge(
            "levier_cache_bytes",
            "Bytes of the answers that are kept.",
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        self._stopped = {reason: stopped.labels(reason) for reason in (*_REASONS, _OTHER)}
        self._cached = {result: cached.labels(result) for result in _CACHE}
        self._counted: dict[tuple[str, str, int], Counter] = {}
        self._due: dict[Counter, int] = {}
        self._timed = {area: self._seconds.labels(area) for area in (*_AREAS.values(), _OTHER)}
        self._cache_size: Callable[[], int] = int
        if not _FOLDER:
            self._registry.register(self._moment)

    @classmethod
    def of(cls, service: Service) -> Self:
        """Make those of a service."""
        places = service.places
        return cls(places=lambda: (places.taken(), places.total), snapshot=service.age)

    def watch_cache(self, size: Callable[[], int]) -> None:
        """Have the bytes of this front's cache told, as `size` gives them."""
        self._cache_size = size

    def observe(self, path: str, method: str, status: int, seconds: float, facts: Mapping[str, object]) -> None:
        """Count a request that is answered, with what the application said of it; told with the next `settle`."""
        area = _AREAS.get(path.split("/", 2)[1] if path.startswith("/") else path, _OTHER)
        key = (area, method if method in _METHODS else _OTHER, status)
        counted = self._counted.get(key)
        if counted is None:
            counted = self._counted[key] = self._requests.labels(area, key[1], str(status))
        self._count(counted)
        self._timed[area].observe(seconds)
        if facts:
            self._observe_facts(facts)

    def settle(self) -> None:
        """Have all processes see what was counted: once for many requests, since it takes longer than counting."""
        due, self._due = self._due, {}
        for counter, times in due.items():
            counter.inc(times)
        self._cache_bytes.set(self._cache_size())

    def render(self) -> bytes:
        """Give the figures in the text format of Prometheus."""
        self.settle()
        if not _FOLDER:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry, _FOLDER)  # type: ignore[no-untyped-call]
        registry.register(self._moment)
        return generate_latest(registry)

    def _count(self, counter: Counter) -> None:
        self._due[counter] = self._due.get(counter, 0) + 1

    def _observe_facts(self, facts: Mapping[str, object]) -> None:
        cache = facts.get("cache")
        if cache in self._cached:
            self._count(self._cached[cache])
        if "stopped" in facts:
            reason = str(facts["stopped"])
            self._count(self._stopped[reason if reason in _REASONS else _OTHER])
        elif facts.get("code") in _REASONS:
            self._count(self._stopped[str(facts["code"])])


class _Moment(Collector):
    """What is the same for all the fronts, and is only known at the moment when it is asked for."""

    def __init__(
        self, places: Callable[[], tuple[int, int]], snapshot: Callable[[], tuple[str, datetime] | None]
    ) -> None:
        self._places = places
        self._snapshot = snapshot

    def collect(self) -> Iterable[Metric]:
        """Give the places, and where there is one, the snapshot."""
        taken, total = self._places()
        yield GaugeMetricFamily("levier_places", "Queries that may run at a time.", total)
        yield GaugeMetricFamily("levier_places_taken", "Queries that run now.", taken)
        found = self._snapshot()
        if found is None:
            return
        version, built = found
        age = (datetime.now(UTC) - built).total_seconds()
        yield GaugeMetricFamily("levier_snapshot_age_seconds", "Seconds since the build of the snapshot began.", age)
        info = GaugeMetricFamily("levier_snapshot_info", "The snapshot that is served.", labels=("version",))
        info.add_metric((version,), 1)
        yield info
