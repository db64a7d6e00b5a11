"""Lanes of the real server: they answer plain queries themselves, and nobody has to wait for a long one in them."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.serving import HEAVY, NOTES, PATIENCE, Server, children, start, write

from levier.cli.lane import POSSIBLE

pytestmark = pytest.mark.skipif(not POSSIBLE, reason="this system has no epoll, or passes no connections on")

_SORTED = "SELECT ?a ?x ?y { ?a <http://e/n> ?x . ?b <http://e/n> ?y FILTER(?x < 100) } ORDER BY ?x ?y LIMIT 20000"
"""A query that takes longer than others are to wait, with an answer of more than is sent at once."""
_AGO = 5.0
"""Seconds within which a small query has to be answered whatever else runs; the heavy ones here run for minutes."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    write(tmp_path, "One")
    running = start(tmp_path, "--access-log", "", "--query-timeout", "300")
    yield running
    running.close()


def lanes(server: Server) -> list[int]:
    """Give the processes of the lanes: the workers that have no children of their own."""
    return [worker for worker in children(server.process.pid) if not children(worker)]


def connect(server: Server) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def ask(client: socket.socket, query: str) -> tuple[int, bytes]:
    """Give the status and the body of an answer, over a connection that stays open."""
    begin(client, query)
    with client.makefile("rb") as stream:
        status = int(stream.readline().split()[1])
        length = 0
        while line := stream.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return status, stream.read(length)


def begin(client: socket.socket, query: str) -> None:
    client.sendall(f"GET /sparql?format=csv&query={quote(query)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


def engines(server: Server) -> list[int]:
    return [
        engine for worker in children(server.process.pid) for parent in children(worker) for engine in children(parent)
    ]


def test_a_plain_query_needs_no_engine(server: Server) -> None:
    with connect(server) as client:
        answers = {ask(client, f"ASK {{}} # {number}") for number in range(20)}

    assert {(200, b"true")} == answers
    assert [] == engines(server)
    assert 2 == len(lanes(server))


def kept(lane: int, port: int) -> int:
    """Give how many connections of clients a lane keeps."""
    listed = Path(f"/proc/{lane}/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    ours = {line.split()[9] for line in listed if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "01"}
    links = []
    for link in Path(f"/proc/{lane}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            links.append(str(link.readlink()))
    return sum(1 for link in links if link.removeprefix("socket:[").removesuffix("]") in ours)


def test_connections_are_shared_out(server: Server) -> None:
    clients = [connect(server) for _ in range(12)]
    for client in clients:
        assert (200, b"true") == ask(client, "ASK {}")
    found = [kept(lane, int(server.url.rpartition(":")[2])) for lane in lanes(server)]
    for client in clients:
        client.close()

    assert 12 == sum(found)
    assert min(found) >= 2  # a busy machine may wake the same lane again and again


def test_nobody_waits_for_a_query_that_takes_long(server: Server) -> None:
    """Connections that were open before, and such as are made meanwhile, in as many lanes as there are."""
    heavy = [connect(server) for _ in range(4)]
    for number, client in enumerate(heavy[:3]):
        begin(client, f"{HEAVY} # {number}")
    time.sleep(0.1)
    early = connect(server)
    begin(heavy[3], HEAVY)

    times = []
    for number in range(8):
        with early if number == 0 else connect(server) as client:
            began = time.monotonic()
            assert (200, b"true") == ask(client, f"ASK {{}} # {number}")
            times.append(time.monotonic() - began)
    for client in heavy:
        client.close()

    assert max(times) < _AGO


def test_a_query_that_was_long_is_answered_by_the_lane_that_began_it(server: Server) -> None:
    before = lanes(server)
    with connect(server) as client, connect(server) as other:
        ask(other, "ASK {}")
        status, body = ask(client, _SORTED)

    assert (200, 20_001) == (status, body.count(b"\n"))
    assert before == lanes(server)


def test_a_lane_that_is_killed_is_replaced_and_the_next_query_answered(server: Server) -> None:
    for lane in lanes(server):
        os.kill(lane, signal.SIGKILL)

    assert 200 == server.post(NOTES)[0]
    for _ in range(100):
        if len(lanes(server)) == 2:
            break
        time.sleep(0.1)
    assert 2 == len(lanes(server))


def test_a_connection_comes_back_to_the_lanes(server: Server) -> None:
    """A page is for a front; the query after it, on the same connection, is not."""
    with connect(server) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in client.recv(65536)
        for number in range(5):
            assert (200, b"true") == ask(client, f"ASK {{}} # {number}")

    assert [] == engines(server)


def test_terminating_lets_a_lane_finish(server: Server) -> None:
    found: list[tuple[int, bytes]] = []
    with connect(server) as client:
        asking = threading.Thread(target=lambda: found.append(ask(client, _SORTED)))
        asking.start()
        time.sleep(0.1)
        assert (0, "") == server.end()
        asking.join(PATIENCE)

    assert [(200, 20_001)] == [(status, body.count(b"\n")) for status, body in found]


def test_a_limit_is_told_though_the_fronts_have_ended(server: Server) -> None:
    with connect(server) as client:
        client.sendall(f"GET /sparql?timeout=2&query={quote(HEAVY)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.3)
        ended = server.end()
        said = client.recv(1 << 16)

    assert (0, "") == ended
    assert said.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b'"code": "query-timeout"' in said


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGQUIT])
def test_interrupting_does_not_wait_for_a_query(server: Server, sent: signal.Signals) -> None:
    with connect(server) as client:
        begin(client, HEAVY)
        time.sleep(0.5)
        server.process.send_signal(sent)

        assert 0 == server.process.wait(PATIENCE)


def test_nobody_is_let_in_while_a_lane_finishes(server: Server) -> None:
    found: list[tuple[int, bytes]] = []
    with connect(server) as client:
        asking = threading.Thread(target=lambda: found.append(ask(client, f"{_SORTED.replace('< 100', '< 600')}")))
        asking.start()
        time.sleep(0.3)
        server.process.terminate()
        while not refused(server):
            time.sleep(0.05)
        asking.join(PATIENCE)

    assert [200] == [status for status, _ in found]
    assert 0 == server.process.wait(PATIENCE)


def refused(server: Server) -> bool:
    try:
        connect(server).close()
    except ConnectionRefusedError:
        return True
    return False
