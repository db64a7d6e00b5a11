"""`levier serve`: the HTTP service on gunicorn, which replaces a worker whose query had to be stopped."""

import logging
import socket
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import LimitRequestLine
from gunicorn.workers.sync import SyncWorker

from levier.cli.options import setting_option, settings, store_option
from levier.errors import BadUsage
from levier.graph import Snapshots
from levier.settings import Settings
from levier.web import Problem, Watch, create_app, on_the_wire

_TRANSFER = 30
"""Seconds, besides those of a query, for a request to arrive and its answer to leave."""
_BACKLOG = 256
"""Connections that may wait for a worker."""
_FIRST_BYTE = 10
"""Seconds that the kernel keeps a connection on which nothing was asked yet: browsers open some in advance."""
_LONGEST_ADDRESS = 8190
"""Bytes of a request line; gunicorn takes no more, and answers 414."""


@click.command(
    name="serve",
    short_help="Serve SPARQL, pages and data over HTTP.",
    epilog="""\b
Examples:
  levier serve                                  http://127.0.0.1:8000
  levier serve --port 8080 --store FOLDER
  levier serve --default-graph strict           a query sees only the graphs that it names

Every flag is a variable too: --query-timeout is LEVIER_QUERY_TIMEOUT.""",
)
@store_option
@setting_option("host")
@setting_option("port")
@setting_option("workers")
@setting_option("query_timeout")
@setting_option("max_query_memory")
@setting_option("max_query_length")
@setting_option("page_rows")
@setting_option("language")
@setting_option("default_graph")
def command(store: Path | None, **given: Any) -> None:  # noqa: ANN401  # the settings' own types
    """Serve the snapshot in use: SPARQL, pages and data, reading only."""
    chosen = settings(store=store, **given)
    snapshot = Snapshots(chosen.store).require()
    app = create_app(chosen)
    listener = _listen(chosen.host, chosen.port)
    click.echo(f"Levier serves snapshot {snapshot.version} on {_address(listener)} (Ctrl+C ends).", err=True)
    logging.basicConfig(format="%(asctime)s [%(process)d] %(levelname)s %(message)s")
    _Server(Watch(app, chosen), chosen, listener).run()


def _listen(host: str, port: int) -> socket.socket:
    """Give a socket that listens; raises BadUsage where the address cannot be had."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0]
        raise BadUsage(
            f"Cannot listen on {host}:{port}: {reason[0].lower()}{reason[1:]}.",
            hint="Give another --host or --port; --port 0 takes a free one.",
        ) from error
    if hasattr(socket, "TCP_DEFER_ACCEPT"):  # Linux: a worker is not kept by a connection on which nothing is asked
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, _FIRST_BYTE)
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Worker(SyncWorker):  # type: ignore[misc]  # gunicorn ships no types
    """A process that answers one request at a time, and tells an address that is too long like any other problem."""

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:  # noqa: ANN401  # gunicorn's own
        """Answer a request that could not be read."""
        if not isinstance(exc, LimitRequestLine):
            super().handle_error(req, client, addr, exc)
            return
        detail = f"The address is longer than the {_LONGEST_ADDRESS:,} bytes that this service takes."
        client.sendall(on_the_wire(Problem("address-too-long", detail, "Send the query by POST.")))


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn with the settings of Levier, and none of its own configuration files or variables.

    That its workers answer one request at a time is what `Watch` counts on.
    """

    def __init__(self, app: Watch, chosen: Settings, listener: socket.socket) -> None:
        self._app = app
        self._settings = chosen
        self._listener = listener
        super().__init__()

    def load_config(self) -> None:
        chosen = self._settings
        options = {
            "bind": f"fd://{self._listener.detach()}",
            "worker_class": f"{__name__}.{Worker.__name__}",
            "workers": chosen.workers,
            "timeout": chosen.query_timeout + _TRANSFER,
            "graceful_timeout": chosen.query_timeout,
            "limit_request_line": _LONGEST_ADDRESS,
            "loglevel": "warning",
            "proc_name": "levier",
            "control_socket_disable": True,
        }
        for name, value in options.items():
            if name in self.cfg.settings:  # older releases have no control socket
                self.cfg.set(name, value)

    def load(self) -> Watch:
        return self._app
