"""`levier serve`: the HTTP service on gunicorn, whose processes answer many clients and leave the work to engines."""

import logging
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from levier.cli.listening import first
from levier.cli.options import setting_option, settings, store_option
from levier.errors import BadUsage
from levier.graph import Snapshots, ensure
from levier.querying import Federation
from levier.settings import Settings

_SHORTEST_TOKEN = 16

_LIMITS = (
    "query_timeout", "max_query_memory", "max_query_length", "max_query_depth", "max_queries", "queue_timeout",
    "max_rows", "max_bytes", "send_timeout", "cache_bytes", "memory_bytes", "services", "service_timeout",
    "service_max_bytes",
    "max_write_bytes",
)  # fmt: skip


def _limits(command: Any) -> Any:  # noqa: ANN401  # click's own
    for name in reversed(_LIMITS):
        command = setting_option(name)(command)
    return command


@click.command(
    name="serve",
    short_help="Serve SPARQL, pages and data over HTTP.",
    epilog="""\b
Examples:
  levier serve                                  http://127.0.0.1:8000
  levier serve --port 8080 --store FOLDER
  levier serve --default-graph strict           a query sees only the graphs that it names
  levier serve --endpoint http://HOST/sparql    another SPARQL server behind this service
  LEVIER_TOKEN=… levier serve --writable        takes updates from who knows the token

Every flag is a variable too: --query-timeout is LEVIER_QUERY_TIMEOUT.""",
)
@store_option
@setting_option("endpoint")
@setting_option("host")
@setting_option("port")
@setting_option("workers")
@setting_option("default_graph")
@setting_option("writable")
@setting_option("writer")
@_limits
@setting_option("page_rows")
@setting_option("language")
@setting_option("access_log")
def command(store: Path | None, **given: Any) -> None:  # noqa: ANN401  # the settings' own types
    """Serve the snapshot in use: SPARQL, pages and data, reading only unless --writable."""
    chosen = settings(store=store, **given)
    what = _served(chosen)
    listener = _listen(chosen.host, chosen.port)
    ready = f"Levier serves {what} on {_address(listener)} (Ctrl+C ends)."
    logging.basicConfig(format="%(asctime)s [%(process)d] %(levelname)s %(message)s")
    figures = tempfile.mkdtemp(prefix="levier-metrics-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures  # before the library of the metrics is imported
    from levier.cli.fronts import Server  # noqa: PLC0415  # see above

    master = os.getpid()
    try:
        Server(chosen, listener, ready).run()
    finally:
        if os.getpid() == master:
            shutil.rmtree(figures, ignore_errors=True)


def _served(chosen: Settings) -> str:
    """Give what is served, in words; raises SnapshotMissing, and BadUsage where writing is not possible as asked."""
    if chosen.writable and len(chosen.token) < _SHORTEST_TOKEN:
        raise BadUsage(
            f"--writable needs a token of at least {_SHORTEST_TOKEN} characters in LEVIER_TOKEN.",
            hint=f"{Path(sys.executable).name} -c 'import secrets; print(secrets.token_urlsafe())' makes one.",
        )
    Federation(tuple(chosen.services.split()))  # says what is no address
    if chosen.endpoint:
        return f"the endpoint {chosen.endpoint}"
    if chosen.writable:
        ensure(chosen.store)
    return f"snapshot {Snapshots(chosen.store).require().version}"


def _listen(host: str, port: int) -> socket.socket:
    """Give a socket that listens, and whose port can be shared; raises BadUsage where the address cannot be had."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return first(address, family)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0]
        raise BadUsage(
            f"Cannot listen on {host}:{port}: {reason[0].lower()}{reason[1:]}.",
            hint="Give another --host or --port; --port 0 takes a free one.",
        ) from error


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
