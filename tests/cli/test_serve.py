"""`levier serve`: the real server, as a process of its own on a free port of this machine."""

import itertools
import json
import os
import re
import signal
import socket
import sys
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from SPARQLWrapper import CSV, JSON, TURTLE, XML
from tests.serving import HEAVY, PATIENCE, THING, Answer, Server, children, start, write

_TEN = " ".join(str(number) for number in range(10))
POUR = f"SELECT ?a ?b ?c ?d {{ {' '.join(f'VALUES {name} {{ {_TEN} }}' for name in ('?a', '?b', '?c'))} ?d ?p ?o }}"
"""A query of some 600,000 rows, which come as fast as they are taken."""


def quiet(store: Path, *flags: str) -> Server:
    """Start a server that does not log requests."""
    return start(store, "--access-log", "", *flags)


def address(query: str, **parameters: str) -> str:
    return "/sparql?" + urllib.parse.urlencode({"query": query, **parameters})


def connect(server: Server) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def begin(client: socket.socket, path: str) -> None:
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())


def until(true: Callable[[], bool]) -> bool:
    """Wait for something that another process does; tell whether it came."""
    waited = threading.Event()
    for _ in range(10 * PATIENCE):
        if true():
            return True
        waited.wait(0.1)
    return False


_QUERIES = itertools.count()


def asked(server: Server) -> int:
    """Give the status of a small query that has not been asked before: an answer from a cache needs no place."""
    return server.post(f"ASK {{}} # {next(_QUERIES)}")[0]


def impatient(store: Path) -> Server:
    """Start a server whose queries may run for a second, two at a time."""
    write(store, "One")
    return quiet(store, "--query-timeout", "1", "--max-queries", "2")


def patient(store: Path) -> Server:
    """Start a server whose queries may run longer than a test waits, one at a time."""
    write(store, "One")
    return quiet(store, "--query-timeout", "300", "--max-queries", "1", "--queue-timeout", "1")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An impatient server, for tests that leave it as it was."""
    running = impatient(tmp_path_factory.mktemp("store"))
    yield running
    running.close()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """An impatient server of the test's own, which may write to its store or end it."""
    running = impatient(tmp_path)
    yield running
    running.close()


@pytest.fixture(scope="module")
def lasting_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = patient(tmp_path_factory.mktemp("store"))
    yield running
    running.close()


@pytest.fixture
def patient_server(lasting_server: Server) -> Server:
    """A patient server whose one place is free, for tests that leave it as it was."""
    assert until(lambda: 200 == asked(lasting_server))
    return lasting_server


@pytest.fixture
def own_patient_server(tmp_path: Path) -> Iterator[Server]:
    """A patient server of the test's own, whose processes may be killed or ended."""
    running = patient(tmp_path)
    assert until(lambda: 200 == asked(running))  # the engines are ready
    yield running
    running.close()


def test_sparqlwrapper_reads_every_form(server: Server) -> None:
    rows = server.ask(JSON)["results"]["bindings"]
    truth = server.ask(XML, "ASK { ?note a levier:StrategyNote }")
    triples = server.ask(TURTLE, "CONSTRUCT WHERE { ?note a levier:StrategyNote }")

    assert ["One"] == [row["label"]["value"] for row in rows]
    assert b"label\r\nOne\r\n" == server.ask(CSV).replace(b"\r", b"").replace(b"\n", b"\r\n")
    assert "<boolean>true</boolean>" in truth.toxml()
    assert b"note/x> a <" in triples


def test_an_escaped_identifier_is_found_through_the_server(server: Server) -> None:
    path = THING.removeprefix("https://w3id.org/levier")
    status, media_type, page = server.get(path, Accept="text/html")

    assert (200, "text/html") == (status, media_type)
    assert "<h1>An activity</h1>" in page


def test_a_new_snapshot_is_served_without_a_restart(own_server: Server) -> None:
    own_server.ask(JSON)
    version = write(own_server.store, "Two")
    rows = [own_server.ask(JSON)["results"]["bindings"] for _ in range(8)]

    assert [["Two"]] * 8 == [[row["label"]["value"] for row in one] for one in rows]
    assert version == json.loads(own_server.get("/health")[2])["snapshot"]


def test_a_query_that_runs_too_long_is_told_so_and_the_next_is_answered(own_server: Server) -> None:
    answers = [own_server.post(HEAVY) for _ in range(3)]
    problem = json.loads(answers[0][2])

    assert {(503, "application/problem+json")} == {answer[:2] for answer in answers}
    assert ("query-timeout", "The query ran longer than the 1 s that it may, and was ended.") == (
        problem["code"],
        problem["detail"],
    )
    assert 200 == own_server.get("/health")[0]
    assert (0, "") == own_server.end()


def test_a_client_may_give_its_query_less_time(patient_server: Server) -> None:
    status, _, body = patient_server.get(address(HEAVY, timeout="0.5"))

    assert (503, "query-timeout") == (status, json.loads(body)["code"])
    assert "the 0.5 s" in json.loads(body)["detail"]


def test_a_query_that_takes_too_much_memory_is_told_so(tmp_path: Path) -> None:
    write(tmp_path, "One")
    running = quiet(tmp_path, "--max-query-memory", "60000000")
    try:
        status, _, body = running.post("SELECT * { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z } ORDER BY ?x")
        after = running.post("ASK {}")[0]
    finally:
        running.close()

    assert (503, "query-memory", 200) == (status, json.loads(body)["code"], after)


@pytest.mark.parametrize(("flag", "limit"), [("--max-rows", "1,000 rows"), ("--max-bytes", "1,000 bytes")])
def test_a_result_that_is_too_long_is_told_so(tmp_path: Path, flag: str, limit: str) -> None:
    write(tmp_path, "One")
    running = quiet(tmp_path, flag, "1000")
    try:
        problem = json.loads(running.get(address("SELECT * { ?a ?p ?x . ?b ?q ?y }"))[2])
    finally:
        running.close()

    assert ("result-too-long", f"The result is longer than the {limit} that it may be.") == (
        problem["code"],
        problem["detail"],
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells that a client has gone")
def test_the_query_of_a_client_that_has_gone_frees_its_place(patient_server: Server) -> None:
    with connect(patient_server) as client:
        begin(client, address(HEAVY))
        taken = until(lambda: 503 == asked(patient_server))

    assert taken
    assert until(lambda: 200 == asked(patient_server))


def test_a_query_for_which_there_is_no_place_is_told_when_to_come_back(patient_server: Server) -> None:
    with connect(patient_server) as client:
        begin(client, address(HEAVY))
        assert until(lambda: 503 == asked(patient_server))
        answer = patient_server.send("GET", address("ASK {}"))
        others = [patient_server.get(path)[0] for path in ("/health", "/metrics", "/ontology?format=ttl")]

    assert ((503, "places-taken"), "1") == (answer.problem, answer.headers["Retry-After"])
    assert [200, 200, 200] == others


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_an_answer_that_is_stopped_in_its_middle_does_not_look_whole(server: Server, version: str) -> None:
    long = address(POUR.replace("?d ?p ?o", "?d ?p ?o . ?e ?q ?r"), format="csv")
    with connect(server) as client:
        client.sendall(f"GET {long} HTTP/{version}\r\nHost: x\r\n\r\n".encode())
        received = bytearray()
        with pytest.raises(ConnectionResetError):  # and not the end of the connection, as after a whole answer
            received.extend(b"".join(iter(lambda: client.recv(1 << 20), b"")))

    assert not received.endswith(b"0\r\n\r\n")


def test_a_long_answer_arrives_whole_and_compressed(patient_server: Server) -> None:
    answers = [patient_server.send("GET", address(POUR, format="csv"), headers=accepted)
               for accepted in ({}, {"Accept-Encoding": "gzip"})]  # fmt: skip
    encodings = [answer.headers.get("Content-Encoding") for answer in answers]

    assert [None, "gzip"] == encodings
    assert 603_001 == answers[0].body.count(b"\n")
    assert len(answers[1].body) * 3 < len(answers[0].body)


def test_a_browser_reads_on_a_page_that_time_is_up(server: Server) -> None:
    status, media_type, page = server.get("/query?" + urllib.parse.urlencode({"query": HEAVY}), Accept="text/html")

    assert (503, "text/html") == (status, media_type)
    assert "ran longer than the 1 s" in page


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"GET /sparql?query=" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", (414, "address-too-long")),
        (b"nonsense\r\n\r\n", (400, "bad-request")),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 9000 + b"\r\n\r\n", (400, "bad-request")),
    ],
)
def test_a_request_that_cannot_be_read_is_a_problem_like_others(
    server: Server, request_: bytes, expected: tuple[int, str]
) -> None:
    with connect(server) as client:
        client.sendall(request_)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")

    assert expected == (int(head.split()[1]), json.loads(body)["code"])
    assert b"application/problem+json" in head


def test_connections_on_which_nothing_is_asked_hold_nobody_up(server: Server) -> None:
    """A browser opens some in advance."""
    idle = [connect(server) for _ in range(40)]

    try:
        assert 200 == server.get("/health")[0]
    finally:
        for connection in idle:
            connection.close()


def fronts(server: Server) -> dict[int, list[int]]:
    """Give the fronts of a server, each with the parents of its engines; a lane has no children."""
    return {worker: found for worker in children(server.process.pid) if (found := children(worker))}


def asked_of_a_front(server: Server) -> None:
    """Ask a query that does not end, with a header for which it is no plain one."""
    with suppress(OSError):  # the front is killed
        server.send("GET", address(HEAVY), headers={"X-Odd": "1"})


def test_a_killed_front_takes_its_engines_along_and_is_replaced(own_patient_server: Server) -> None:
    threading.Thread(target=asked_of_a_front, args=(own_patient_server,)).start()
    assert until(lambda: 503 == asked(own_patient_server))
    running = fronts(own_patient_server)
    nurseries = [nursery for found in running.values() for nursery in found]
    assert until(lambda: any(children(nursery) for nursery in nurseries))
    engines = [engine for nursery in nurseries for engine in children(nursery)]
    for front in running:
        os.kill(front, signal.SIGKILL)

    assert engines
    assert 200 == own_patient_server.get("/health")[0]
    assert until(lambda: not any(Path(f"/proc/{process}/stat").exists() for process in [*nurseries, *engines]))
    assert until(lambda: 200 == asked(own_patient_server))


def test_a_killed_engine_is_told_and_replaced(own_patient_server: Server) -> None:
    answers: list[Answer] = []

    def ask() -> None:
        answers.append(own_patient_server.send("GET", address(HEAVY), headers={"X-Odd": "1"}))

    asking = threading.Thread(target=ask)
    asking.start()
    assert until(lambda: 503 == asked(own_patient_server))
    nurseries = [nursery for found in fronts(own_patient_server).values() for nursery in found]
    assert until(lambda: any(children(nursery) for nursery in nurseries))
    for nursery in nurseries:
        for engine in children(nursery):
            os.kill(engine, signal.SIGKILL)
    asking.join(PATIENCE)

    assert [(503, "query-lost")] == [answer.problem for answer in answers]
    assert 200 == asked(own_patient_server)


def test_terminating_lets_what_runs_finish(own_patient_server: Server) -> None:
    with connect(own_patient_server) as client:
        begin(client, address(POUR, format="csv"))
        received = bytearray(client.recv(65536))
        own_patient_server.process.terminate()
        while part := client.recv(1 << 20):
            received += part

    assert received.endswith(b"0\r\n\r\n")
    assert 0 == own_patient_server.process.wait(PATIENCE)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGHUP])
def test_terminating_ends_the_server_quietly(own_server: Server, by: signal.Signals) -> None:
    own_server.get("/health")
    own_server.post("ASK {}")
    own_server.process.send_signal(by)

    assert 0 == own_server.process.wait(PATIENCE)
    assert "" == own_server.said.rest()


def test_the_log_has_a_line_for_each_request(tmp_path: Path) -> None:
    write(tmp_path, "One")
    log = tmp_path / "access.log"
    running = start(tmp_path, "--access-log", str(log))
    running.get(address("ASK {}"))
    running.get(address("ASK {"))
    running.get(address(HEAVY, timeout="0.3"))
    running.end()
    lines = {
        (line["method"], line["path"], line["status"]): line  # those of several processes are in no order
        for line in map(json.loads, log.read_text(encoding="utf-8").splitlines())
    }

    assert {("GET", "/sparql", status) for status in (200, 400, 503)} == lines.keys()
    assert all(re.fullmatch(r"[0-9a-f]{16}", line["query"]) and line["snapshot"] for line in lines.values())
    assert {"query-syntax", "query-timeout"} == {line["code"] for line in lines.values() if "code" in line}
    assert "ASK" not in log.read_text(encoding="utf-8")


def test_a_writable_store_that_does_not_exist_begins_empty(tmp_path: Path) -> None:
    running = start(tmp_path / "new", "--writable", "--access-log", "", token="a token of more than 16 letters")  # noqa: S106  # of this test only
    try:
        answer = running.get(address("ASK { ?s ?p ?o }", format="csv"))
    finally:
        running.close()

    assert (200, "false") == (answer[0], answer[2])
