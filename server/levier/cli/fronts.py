"""`levier serve` under gunicorn, which looks after its processes and replaces those that end."""

import os
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from levier.cli.lane import POSSIBLE
from levier.cli.listening import another
from levier.cli.passing import Passing
from levier.cli.plain import Patience
from levier.cli.workers import LONGEST_ADDRESS, FrontWorker, LaneWorker, make
from levier.graph import Snapshots
from levier.querying import Here, Places
from levier.settings import Settings
from levier.web import Cached, Express, Observed, Quick, Service, create_app, elsewhere
from levier.web.metrics import EXTENSION, Metrics, mark_process_dead

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_CONNECTIONS = 1000
"""Clients that one process speaks with at a time."""
_KEPT_OPEN = 2
"""Seconds that a connection is kept for another request, and that the head of a request may take to arrive."""
_SILENT = 30
"""Seconds after which a process that does nothing at all is replaced."""
_LAST = b"!"
_TO_FINISH = 10
"""Seconds, besides those of a query, that requests get to finish when the service ends."""


class _Parent(Arbiter):  # type: ignore[misc]  # gunicorn ships no types
    """Looks after the processes of a service."""

    def handle_hup(self) -> None:
        """End as by SIGTERM, where the terminal is gone: there are no settings to be read again."""
        self.handle_term()


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn with the settings of Levier, and none of its own configuration files or variables."""

    def __init__(self, chosen: Settings, listener: socket.socket, ready: str) -> None:
        """Make it; `ready` is what is said when all the fronts are there."""
        self.settings = chosen
        self._ready = ready
        self.patience = Patience(_KEPT_OPEN, chosen.send_timeout)
        lanes = chosen.workers if POSSIBLE and not chosen.endpoint else 0
        self.free_lanes = set(range(lanes))
        """The numbers of those that there are fewer than there should be."""
        self._listeners = [listener, *(another(listener) for _ in range(lanes - 1))]  # one a lane
        self._workers = lanes + chosen.workers
        self._roll, waiting = os.pipe()
        os.set_blocking(self._roll, False)
        os.write(waiting, b"." * (self._workers - 1) + _LAST)
        # Before the processes are forked: they share them.
        self.places = Places(chosen.max_queries)
        self.passing = Passing(lanes) if lanes else None
        super().__init__()

    def run(self) -> None:
        """Serve until it is ended."""
        _Parent(self).run()

    def load_config(self) -> None:
        """Tell gunicorn its settings."""
        chosen = self.settings
        options = {
            "bind": [f"fd://{listener.detach()}" for listener in self._listeners],
            "worker_class": f"{make.__module__}.{make.__name__}",
            "worker_connections": _CONNECTIONS,
            "workers": self._workers,
            "keepalive": _KEPT_OPEN,
            "timeout": _SILENT,
            "graceful_timeout": chosen.query_timeout + _TO_FINISH,
            "limit_request_line": LONGEST_ADDRESS,
            "loglevel": "warning",
            "proc_name": "levier",
            "control_socket_disable": True,
            "post_worker_init": self._call,
            "child_exit": self._forget,
        }
        for name, value in options.items():
            if name in self.cfg.settings:  # older releases have no control socket
                self.cfg.set(name, value)

    def _call(self, _worker: object) -> None:
        """Say that the service is ready, in the last of its first fronts."""
        with suppress(BlockingIOError):  # a front that takes the place of another
            if os.read(self._roll, 1) == _LAST:
                click.echo(self._ready, err=True)

    def load(self) -> "WSGIApplication":
        """Make the application of one front, in it: what it holds is made for a process of many clients."""
        app = create_app(self.settings, self.places)
        service: Service = app.extensions["levier"]
        service.start()
        cached = self._cached(Quick(service, app))
        return self._observed(cached, app.extensions[EXTENSION], at_once=True)

    def alone(self, here: Here) -> tuple[Observed, Express]:
        """Make the application of one lane, in it, and what is asked before: a front has more behind its quick way."""
        service = Service(self.settings, self.places, here)
        service.start()
        cached = self._cached(Quick(service, elsewhere))
        observed = self._observed(cached, Metrics.of(service), at_once=False)
        return observed, Express(service, cached, observed)

    def _cached(self, app: "WSGIApplication") -> Cached:
        chosen = self.settings
        return Cached(app, Snapshots(chosen.store), 0 if chosen.endpoint else chosen.cache_bytes)

    def _observed(self, cached: Cached, metrics: Metrics, *, at_once: bool) -> Observed:
        metrics.watch_cache(lambda: cached.size)
        return Observed(cached, log=_log(self.settings.access_log), metrics=metrics, at_once=at_once)

    def _forget(self, _arbiter: object, worker: LaneWorker | FrontWorker) -> None:
        """Forget a process that has ended: another will take its place."""
        if isinstance(worker, LaneWorker):
            self.free_lanes.add(worker.number)
            mark_process_dead(worker.name)
        else:
            mark_process_dead(worker.pid)


def _log(name: str) -> Any:  # noqa: ANN401  # a text stream
    if not name:
        return None
    return sys.stderr if name == "-" else open(name, "a", encoding="utf-8", buffering=1)  # noqa: PTH123  # as long as the process
