"""The real server as the tests run it: `levier serve` in a process of its own, on a free port of this machine."""

import http.client
import json
import os
import queue
import re
import socket
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import IO, Any

import pyoxigraph as ox
import pytest
from SPARQLWrapper import POST, SPARQLWrapper

from levier.graph import Snapshots
from levier.terms import GRAPH

PATIENCE = 30
"""Seconds to wait for the server to start, to answer or to end."""
THING = "https://w3id.org/levier/id/activity/BE-1/BE-1-a%2Fb%20%C3%A9"
NOTES = "SELECT ?label { ?note a levier:StrategyNote ; skos:prefLabel ?label } ORDER BY ?label"
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z FILTER(?x + ?y + ?z = -1) }"
"""A query that does not end while a test waits."""


def write(store: Path, label: str) -> str:
    """Build a snapshot with one note and a few hundred numbers; gives its version."""
    numbers = "".join(f"<http://e/{n}> <http://e/n> {n} .\n" for n in range(600))
    turtle = f"""
        PREFIX levier: <https://w3id.org/levier/ontology#>
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        <https://w3id.org/levier/id/note/x> a levier:StrategyNote ; skos:prefLabel "{label}"@en .
        <{THING}> skos:prefLabel "An activity"@en .
        {numbers}"""
    with Snapshots(store).new() as draft:
        draft.store.load_bytes(turtle.encode(), GRAPH + "note/x", ox.RdfFormat.TURTLE)
    return Snapshots(store).require().version


@dataclass(frozen=True)
class Answer:
    """What came back for one request."""

    status: int
    headers: Message
    body: bytes

    @property
    def media_type(self) -> str:
        """The media type without its parameters; empty where there is none."""
        return self.headers.get_content_type() if "Content-Type" in self.headers else ""

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:  # noqa: ANN401  # JSON is anything
        return json.loads(self.body)

    @property
    def problem(self) -> tuple[int, str]:
        """The status and the code of a problem; the code says what came instead where it is none."""
        if self.media_type != "application/problem+json":
            return self.status, f"no problem but {self.media_type or 'no media type'}: {self.body[:300]!r}"
        return self.status, str(self.json["code"])


def send(
    url: str,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Give the answer to a request that has the headers given and no others but Host and Content-Length.

    Nothing is added, followed or unpacked, so that a test sees what the server really says.
    """
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


class Said:
    """What a process says on a pipe, read as it comes: a pipe that nobody empties would stop the process."""

    def __init__(self, stream: IO[str]) -> None:
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._reader.start()

    def line(self) -> str:
        """Give the next line; empty where none comes in time, or the process has ended."""
        try:
            return self._lines.get(timeout=PATIENCE)
        except queue.Empty:
            return ""

    def rest(self) -> str:
        """Give the lines that are left, up to the end of the process."""
        self._reader.join(PATIENCE)
        lines = []
        while not self._lines.empty():
            lines.append(self._lines.get())
        return "".join(lines)

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self._lines.put(line)
        self._lines.put("")


@dataclass
class Server:
    """A running server."""

    process: "subprocess.Popen[str]"
    url: str
    store: Path
    said: Said = field(repr=False)
    token: str = field(default="", repr=False)

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Give the answer to a request, as `send` does."""
        return send(self.url, method, path, body, headers)

    def get(self, path: str, **headers: str) -> tuple[int, str, str]:
        """Give status, media type and body; where the answer redirects, those of the page that it leads to."""
        answer = self.send("GET", path, headers=headers)
        if answer.status in {301, 302, 303, 307, 308}:
            return self.get(answer.headers["Location"].removeprefix(self.url), **headers)
        return answer.status, answer.media_type, answer.text

    def post(self, query: str) -> tuple[int, str, str]:
        """Give status, media type and body of a posted query."""
        form = urllib.parse.urlencode({"query": query}).encode()
        answer = self.send("POST", "/sparql", form, {"Content-Type": "application/x-www-form-urlencoded"})
        return answer.status, answer.media_type, answer.text

    def ask(self, form: str, query: str = NOTES) -> Any:  # noqa: ANN401  # what SPARQLWrapper gives
        """Give what SPARQLWrapper makes of the answer to a query."""
        wrapper = SPARQLWrapper(self.url + "/sparql", returnFormat=form)
        wrapper.setMethod(POST)
        wrapper.setQuery(f"PREFIX levier: <https://w3id.org/levier/ontology#>\n{query}")
        return wrapper.query().convert()

    def end(self) -> tuple[int, str]:
        """Terminate it; give its exit code and what it still had to say."""
        self.process.terminate()
        return self.process.wait(PATIENCE), self.said.rest()

    def close(self) -> None:
        """Terminate it where it still runs; kill it where it does not end."""
        if self.process.poll() is not None:
            return
        try:
            self.end()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(PATIENCE)


def start(store: Path, *flags: str, token: str = "") -> Server:
    """Start a server of a store, with more flags; `token` is its LEVIER_TOKEN.

    The test fails where it does not start.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEVIER_")}
    if token:
        environment["LEVIER_TOKEN"] = token
    process = subprocess.Popen(
        [sys.executable, "-m", "levier", "serve", "--store", str(store), "--port", "0", *flags],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stderr is not None
    said = Said(process.stderr)
    line = said.line()
    found = re.search(r"on (http://\S+)", line)
    if found is None:
        process.kill()
        process.wait(PATIENCE)
        pytest.fail(f"the server did not start: {line}{said.rest()}")
    return Server(process, found[1], store, said, token)


def children(process: int) -> list[int]:
    """Give the processes that a process started and that live; skips the test where the system does not list them."""
    listed = Path(f"/proc/{process}/task/{process}/children")
    if not listed.exists():
        pytest.skip("this system does not list the children of a process")
    return [int(child) for child in listed.read_text(encoding="ascii").split()]


def free_port() -> int:
    """Give a port of the loopback interface on which nothing listens now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
