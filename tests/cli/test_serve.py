"""`levier serve`: the real server, as a process of its own on a free port of this machine."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from SPARQLWrapper import CSV, JSON, POST, TURTLE, XML, SPARQLWrapper

from levier.cli import run
from levier.graph import Snapshots
from levier.terms import GRAPH

_PATIENCE = 30
"""Seconds to wait for the server to start or end."""
_THING = "https://w3id.org/levier/id/activity/BE-1/BE-1-a%2Fb%20%C3%A9"
_HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z FILTER(?x + ?y + ?z = -1) }"
NOTES = "SELECT ?label { ?note a levier:StrategyNote ; skos:prefLabel ?label } ORDER BY ?label"


def write(store: Path, label: str) -> str:
    """Build a snapshot with one note and a few hundred numbers; gives its version."""
    numbers = "".join(f"<http://e/{n}> <http://e/n> {n} .\n" for n in range(600))
    turtle = f"""
        PREFIX levier: <https://w3id.org/levier/ontology#>
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        <https://w3id.org/levier/id/note/x> a levier:StrategyNote ; skos:prefLabel "{label}"@en .
        <{_THING}> skos:prefLabel "An activity"@en .
        {numbers}"""
    with Snapshots(store).new() as draft:
        draft.store.load_bytes(turtle.encode(), GRAPH + "note/x", ox.RdfFormat.TURTLE)
    return Snapshots(store).require().version


@dataclass
class Server:
    """A running server."""

    process: "subprocess.Popen[str]"
    url: str
    store: Path

    def get(self, path: str, **headers: str) -> tuple[int, str, str]:
        """Give status, media type and body."""
        return self._send(urllib.request.Request(self.url + path, headers=headers))  # noqa: S310  # our own http://

    def post(self, query: str) -> tuple[int, str, str]:
        """Give status, media type and body of a posted query."""
        data = urllib.parse.urlencode({"query": query}).encode()
        return self._send(urllib.request.Request(self.url + "/sparql", data))  # noqa: S310  # our own http://

    def ask(self, form: str, query: str = NOTES) -> Any:  # noqa: ANN401  # what SPARQLWrapper gives
        """Give what SPARQLWrapper makes of the answer to a query."""
        wrapper = SPARQLWrapper(self.url + "/sparql", returnFormat=form)
        wrapper.setMethod(POST)
        wrapper.setQuery(f"PREFIX levier: <https://w3id.org/levier/ontology#>\n{query}")
        return wrapper.query().convert()

    def end(self) -> tuple[int, str]:
        """Terminate it; give its exit code and what it still had to say."""
        self.process.terminate()
        _, said = self.process.communicate(timeout=_PATIENCE)
        return self.process.returncode, said

    def _send(self, request: urllib.request.Request) -> tuple[int, str, str]:
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE) as response:  # noqa: S310  # our own http://
                return response.status, response.headers.get_content_type(), response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get_content_type(), error.read().decode()


def start(store: Path, *flags: str) -> Server:
    process = subprocess.Popen(
        [sys.executable, "-m", "levier", "serve", "--store", str(store), "--port", "0", *flags],
        stderr=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("LEVIER_")},
    )
    assert process.stderr is not None
    ready, _, _ = select.select([process.stderr], [], [], _PATIENCE)
    line = process.stderr.readline() if ready else ""
    found = re.search(r"on (http://\S+)", line)
    if found is None:
        process.kill()
        pytest.fail(f"the server did not start: {line}{process.communicate()[1]}")
    return Server(process, found[1], store)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    write(tmp_path, "One")
    running = start(tmp_path, "--query-timeout", "1")
    yield running
    if running.process.poll() is None:
        running.end()


def test_sparqlwrapper_reads_every_form(server: Server) -> None:
    rows = server.ask(JSON)["results"]["bindings"]
    truth = server.ask(XML, "ASK { ?note a levier:StrategyNote }")
    triples = server.ask(TURTLE, "CONSTRUCT WHERE { ?note a levier:StrategyNote }")

    assert ["One"] == [row["label"]["value"] for row in rows]
    assert b"label\r\nOne\r\n" == server.ask(CSV).replace(b"\r", b"").replace(b"\n", b"\r\n")
    assert "<boolean>true</boolean>" in truth.toxml()
    assert b"note/x> a <" in triples


def test_an_escaped_identifier_is_found_through_the_server(server: Server) -> None:
    path = _THING.removeprefix("https://w3id.org/levier")
    status, media_type, page = server.get(path, Accept="text/html")

    assert (200, "text/html") == (status, media_type)
    assert "<h1>An activity</h1>" in page


def test_a_new_snapshot_is_served_without_a_restart(server: Server) -> None:
    server.ask(JSON)
    version = write(server.store, "Two")
    rows = server.ask(JSON)["results"]["bindings"]

    assert ["Two"] == [row["label"]["value"] for row in rows]
    assert version == json.loads(server.get("/health")[2])["snapshot"]


def test_a_query_that_runs_too_long_is_told_so_and_the_next_is_answered(server: Server) -> None:
    answers = [server.post(_HEAVY) for _ in range(3)]
    problem = json.loads(answers[0][2])

    assert {(503, "application/problem+json")} == {answer[:2] for answer in answers}
    assert ("query-timeout", "The query ran longer than the 1 s that it may, and was ended.") == (
        problem["code"],
        problem["detail"],
    )
    assert 200 == server.get("/health")[0]
    code, said = server.end()
    assert 0 == code
    assert 3 == len(re.findall(r"POST /sparql was ended: The query ran longer than the 1 s", said))
    assert 3 == len(said.splitlines())


@pytest.fixture
def patient_server(tmp_path: Path) -> Iterator[Server]:
    """A server with one worker, whose queries may run longer than a test waits."""
    write(tmp_path, "One")
    running = start(tmp_path, "--workers", "1", "--query-timeout", "300", "--max-query-memory", "60000000")
    yield running
    if running.process.poll() is None:
        running.end()


def test_a_client_may_give_its_query_less_time(patient_server: Server) -> None:
    status, _, body = patient_server.get("/sparql?" + urllib.parse.urlencode({"query": _HEAVY, "timeout": "0.5"}))

    assert (503, "query-timeout") == (status, json.loads(body)["code"])
    assert "the 0.5 s" in json.loads(body)["detail"]


def test_a_query_that_takes_too_much_memory_is_told_so(patient_server: Server) -> None:
    status, _, body = patient_server.post("SELECT DISTINCT ?x ?y ?z { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z }")

    assert (503, "query-memory") == (status, json.loads(body)["code"])
    assert 200 == patient_server.get("/health")[0]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells that a client has gone")
def test_the_query_of_a_client_that_has_gone_frees_its_place(patient_server: Server) -> None:
    host, port = patient_server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        asked = urllib.parse.urlencode({"query": _HEAVY})
        client.sendall(f"GET /sparql?{asked} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())

    assert 200 == patient_server.get("/health")[0]
    assert "GET /sparql was ended: The client went away." in patient_server.end()[1]


def test_a_browser_reads_on_a_page_that_time_is_up(server: Server) -> None:
    status, media_type, page = server.get("/query?" + urllib.parse.urlencode({"query": _HEAVY}), Accept="text/html")

    assert (503, "text/html") == (status, media_type)
    assert "ran longer than the 1 s" in page


def test_an_address_that_is_too_long_is_a_problem_like_others(server: Server) -> None:
    status, media_type, body = server.get("/sparql?query=" + "a" * 9000)

    assert (414, "application/problem+json", "address-too-long") == (status, media_type, json.loads(body)["code"])


def test_connections_on_which_nothing_is_asked_hold_nobody_up(server: Server) -> None:
    """A browser opens some in advance; there are two workers, and each answers one request at a time."""
    host, port = server.url.removeprefix("http://").split(":")
    idle = [socket.create_connection((host, int(port))) for _ in range(4)]

    try:
        assert 200 == server.get("/health")[0]
    finally:
        for connection in idle:
            connection.close()


def test_a_killed_worker_is_replaced(server: Server) -> None:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    if not children.exists():
        pytest.skip("this system does not list the children of a process")
    for worker in children.read_text(encoding="ascii").split():
        os.kill(int(worker), signal.SIGKILL)

    assert 200 == server.get("/health")[0]


def test_terminating_ends_the_server_quietly(server: Server) -> None:
    server.get("/health")

    assert (0, "") == server.end()


def test_a_store_without_a_snapshot_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["serve", "--store", str(tmp_path / "none"), "--port", "0"])

    assert 2 == code
    assert "no snapshot is built here yet" in capsys.readouterr().err


def test_a_port_in_use_is_bad_usage_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "One")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code = run(["serve", "--store", str(tmp_path), "--port", str(port)])
    lines = capsys.readouterr().err.splitlines()

    assert 2 == code
    assert f"levier: Cannot listen on 127.0.0.1:{port}: address already in use." == lines[0]
    assert 2 == len(lines)


def test_a_host_that_does_not_exist_is_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "One")
    code = run(["serve", "--store", str(tmp_path), "--host", "host.invalid", "--port", "0"])

    assert 2 == code
    assert "Cannot listen on host.invalid:0: " in capsys.readouterr().err


def test_writing_is_not_offered(tmp_path: Path) -> None:
    write(tmp_path, "One")

    assert 2 == run(["serve", "--store", str(tmp_path), "--writable"])
