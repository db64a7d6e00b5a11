"""The service behind the nginx of docs/operations.md.

Nothing in its block is replaced but what belongs to a machine: addresses to listen on and to pass to, and paths.
"""

import http.client
import json
import re
import shutil
import subprocess
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.docs.page import block, replaced
from tests.serving import PATIENCE, Answer, Said, Server, free_port, send, start, write


@dataclass(frozen=True)
class Proxied:
    """A server and the nginx of the page before it."""

    url: str
    """Where nginx listens."""
    server: Server
    folder: Path
    """Where nginx keeps its files."""

    def ask(self, query: str, headers: Mapping[str, str] | None = None) -> Answer:
        return send(self.url, "GET", address(query), headers={"Accept": "text/csv"} | dict(headers or {}))

    def open(self, path: str, headers: Mapping[str, str] | None = None, source: str = "") -> http.client.HTTPConnection:
        """Send a GET through nginx and leave its answer to be read."""
        where = urllib.parse.urlsplit(self.url)
        source_address = (source, 0) if source else None
        connection = http.client.HTTPConnection(
            where.hostname or "", where.port, timeout=PATIENCE, source_address=source_address
        )
        connection.request("GET", path, headers=dict(headers or {}))
        return connection

    def places_taken(self) -> int:
        return int(self.metric("levier_places_taken"))

    def metric(self, name: str) -> float:
        """Give a number of /metrics, asked of the server itself."""
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.server.send("GET", "/metrics").text, re.MULTILINE)
        assert found is not None, f"/metrics has no {name}"
        return float(found[1])

    def wait_until_taken(self, places: int) -> None:
        """Ask how many places are taken until it is that many; each question is a wait in itself."""
        end = time.monotonic() + PATIENCE
        while (taken := self.places_taken()) != places:
            assert time.monotonic() < end, f"{taken} places are taken, not {places}"

    def logged(self, path: str) -> Any:  # noqa: ANN401  # JSON is anything
        """Give the next line of the access log about a path; it is written when the request is over."""
        while line := self.server.said.line():
            if line.startswith("{") and (entry := json.loads(line))["path"] == path:
                return entry
        pytest.fail(f"the access log has no line about {path}")


def address(query: str) -> str:
    """Give the address of a query, without the host."""
    return "/sparql?" + urllib.parse.urlencode({"query": query})


@contextmanager
def nginx(server: Server, folder: Path) -> Iterator[Proxied]:
    """Run the nginx of the page before a server, as whoever runs the tests, with all of its files in a folder."""
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("nginx is not installed, so the block of the page for it cannot be run")
    port = free_port()
    page = replaced(
        block("nginx", "nginx"),
        {"server 127.0.0.1:8000;": f"server {urllib.parse.urlsplit(server.url).netloc};"}
        | {"listen 8080;": f"listen 127.0.0.1:{port};"},
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    settings = folder / "nginx.conf"
    settings.write_text(
        f"daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr notice; events {{}}\n"
        f"http {{\naccess_log off;\n{temporary}\n{page}}}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [program, "-p", str(folder), "-c", str(settings), "-e", "stderr"], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said = Said(process.stderr)
    try:
        line = said.line()
        assert "event method" in line, f"nginx does not take the block of the page: {line}"
        yield Proxied(f"http://127.0.0.1:{port}", server, folder)
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def proxied(folder: Path, *flags: str, token: str = "") -> Iterator[Proxied]:
    """Run a server of a small store, with more flags, behind the nginx of the page."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed, so the block of the page for it cannot be run")
    store = folder / "store"
    write(store, "one")
    with ExitStack() as ends:
        server = start(store, *flags, token=token)
        ends.callback(server.close)
        yield ends.enter_context(nginx(server, folder))
