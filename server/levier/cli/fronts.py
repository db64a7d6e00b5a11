"""The processes of `levier serve` that speak HTTP: gunicorn with its gevent worker, many clients in each."""

import errno
import os
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click
from gevent import monkey
from gevent import socket as cooperative
from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import LimitRequestLine, ParseException
from gunicorn.workers.ggevent import GeventWorker

from levier.cli.plain import Patience, Plain
from levier.graph import Snapshots
from levier.querying import Places
from levier.settings import Settings
from levier.web import Cached, Observed, Problem, Quick, create_app, on_the_wire
from levier.web.client import SOCKET, Client
from levier.web.metrics import EXTENSION, Metrics, mark_process_dead

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_LONGEST_ADDRESS = 8190
"""Bytes of a request line; gunicorn takes no more."""
_CONNECTIONS = 1000
"""Clients that one process speaks with at a time."""
_KEPT_OPEN = 2
"""Seconds that a connection is kept for another request, and that the head of a request may take to arrive."""
_SILENT = 30
"""Seconds after which a process that does nothing at all is replaced."""
_GONE = {errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN}
_LAST = b"!"
_TO_FINISH = 10
"""Seconds, besides those of a query, that requests get to finish when the service ends."""


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn ships no types
    """A process that answers many clients, and tells a request that cannot be read like any other problem."""

    def patch(self) -> None:
        """Make waiting cooperative; a front uses no TLS itself, and what does has imported it already."""
        monkey.patch_all(ssl=False)
        self._plains: dict[Any, Plain] = {}
        self.sockets: list[Any] = [
            cooperative.socket(listener.FAMILY, socket.SOCK_STREAM, fileno=listener.sock.detach())
            for listener in self.sockets
        ]

    def handle(self, listener: Any, client: Any, addr: Any) -> None:  # noqa: ANN401  # gunicorn's own
        """Answer the requests of a connection: as long as they are plain ones, without gunicorn's help."""
        try:
            client.setblocking(True)
            more: bool | None = True
            while more:
                more = self._plain(listener).answer(client, addr, last=not self.alive)
            if more is None:
                super().handle(listener, client, addr)
        except OSError as error:
            if error.errno not in _GONE:
                self.log.exception("Socket error processing request.")
        except Exception:
            self.log.exception("Error handling request")
            Client({SOCKET: client}).broken("a fault of ours")
        finally:
            util.close(client)

    def _plain(self, listener: Any) -> Plain:  # noqa: ANN401  # gunicorn's own
        found = self._plains.get(listener)
        if found is None:
            patience = Patience(self.cfg.keepalive, self.app.settings.send_timeout)
            found = self._plains[listener] = Plain(self.cfg, self.wsgi, listener.getsockname(), patience)
        return found

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:  # noqa: ANN401  # gunicorn's own
        """Answer a request; a client that neither sends nor takes anything for long is left."""
        sock.settimeout(self.app.settings.send_timeout)
        try:
            return super().handle_request(listener_name, req, sock, addr)
        except TimeoutError as error:
            raise Client({SOCKET: sock}).broken("the client took too long") from error

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:  # noqa: ANN401  # gunicorn's own
        """Answer a request that could not be read."""
        if isinstance(exc, LimitRequestLine):
            detail = f"The address is longer than the {_LONGEST_ADDRESS:,} bytes that this service takes."
            client.sendall(on_the_wire(Problem("address-too-long", detail, "Send the query by POST.")))
        elif isinstance(exc, ParseException):
            client.sendall(on_the_wire(Problem("bad-request", "The request is not HTTP as this service reads it.")))
        else:
            super().handle_error(req, client, addr, exc)


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn with the settings of Levier, and none of its own configuration files or variables."""

    def __init__(self, chosen: Settings, listener: socket.socket, ready: str) -> None:
        """Make it; `ready` is what is said when all the fronts are there."""
        self.settings = chosen
        self._listener = listener
        self._ready = ready
        self._roll, waiting = os.pipe()
        os.set_blocking(self._roll, False)
        os.write(waiting, b"." * (chosen.workers - 1) + _LAST)
        self._places = Places(chosen.max_queries)  # before the fronts are forked: they share it
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn its settings."""
        chosen = self.settings
        options = {
            "bind": f"fd://{self._listener.detach()}",
            "worker_class": f"{__name__}.{Worker.__name__}",
            "worker_connections": _CONNECTIONS,
            "workers": chosen.workers,
            "keepalive": _KEPT_OPEN,
            "timeout": _SILENT,
            "graceful_timeout": chosen.query_timeout + _TO_FINISH,
            "limit_request_line": _LONGEST_ADDRESS,
            "loglevel": "warning",
            "proc_name": "levier",
            "control_socket_disable": True,
            "post_worker_init": self._call,
            "child_exit": lambda _server, worker: mark_process_dead(worker.pid),
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
        return layered(self.settings, self._places)


def layered(chosen: Settings, places: Places) -> "WSGIApplication":
    """Give the application with its layers: it is observed, and what it answered is given again."""
    app = create_app(chosen, places)
    cached = Cached(Quick(app), Snapshots(chosen.store), 0 if chosen.endpoint else chosen.cache_bytes)
    metrics: Metrics = app.extensions[EXTENSION]
    metrics.watch_cache(lambda: cached.size)
    app.extensions["levier"].start()
    return Observed(cached, log=_log(chosen.access_log), metrics=metrics)


def _log(name: str) -> Any:  # noqa: ANN401  # a text stream
    if not name:
        return None
    return sys.stderr if name == "-" else open(name, "a", encoding="utf-8", buffering=1)  # noqa: PTH123  # as long as the process
