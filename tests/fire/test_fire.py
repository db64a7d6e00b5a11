"""The service under fire: 64 clients at once, with fast, slow, broken and abandoned queries.

`LEVIER_FIRE_SECONDS` is how long it lasts; `make fire` gives it a minute.
"""

import json
import os
import random
import re
import socket
import threading
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import pytest
from tests.serving import HEAVY, Answer, Server, children, start, write

CLIENTS = 64
SECONDS = float(os.environ.get("LEVIER_FIRE_SECONDS", "10"))
_GROWTH = 1.5
"""By how much the memory of the fronts may grow between the first and the last third."""

SLOW = HEAVY
BROKEN = [
    "SELECT * { ?s",
    "SELECT * {} LIMIT x",
    "\x00",
    "ASK { SERVICE <http://127.0.0.1:9/> {} }",
    "LOAD <file:///etc/passwd>",
]
LONG = "SELECT ?s ?t { ?s <http://e/n> ?x . ?t <http://e/n> ?y }"
"""360,000 rows."""


@dataclass
class Battle:
    """What is counted while it lasts."""

    server: Server
    until: float
    answered: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, answer: Answer, *, right: bool) -> None:
        """Count an answer; a 503 that says so is no wrong one."""
        busy = answer.status == 503 and answer.problem[1] in {"places-taken", "query-timeout", "query-memory"}
        with self.lock:
            self.answered[f"{what} {answer.status}"] += 1
            if not right and not busy:
                self.wrong.append(f"{what}: {answer.status} {answer.body[:200]!r}")

    def fight(self, seed: int) -> None:
        """Be one client."""
        chance = random.Random(seed)  # noqa: S311  # no secret
        deeds = {self.fast: 8, self.repeated: 4, self.slow: 1, self.broken: 3, self.abandoned: 2, self.long: 1}
        while monotonic() < self.until:
            try:
                chance.choices(list(deeds), list(deeds.values()))[0](chance)
            except OSError as error:
                with self.lock:
                    self.wrong.append(f"a connection failed: {error!r}")

    def fast(self, chance: random.Random) -> None:
        """A query that nobody asked before."""
        number, other = chance.randrange(600), chance.randrange(10**9)
        query = f"SELECT ?n ({other} AS ?o) {{ <http://e/{number}> <http://e/n> ?n }}"
        answer = self.server.send("GET", _address(query, format="csv"))
        self.note("fast", answer, right=f"n,o\r\n{number},{other}\r\n".encode() == answer.body)

    def repeated(self, _: random.Random) -> None:
        """A query that all ask."""
        answer = self.server.send("GET", _address("SELECT (COUNT(?n) AS ?c) { ?s <http://e/n> ?n }", format="csv"))
        self.note("repeated", answer, right=answer.body == b"c\r\n600\r\n")

    def slow(self, _: random.Random) -> None:
        """A query that has to be stopped."""
        answer = self.server.send("GET", _address(SLOW, timeout="1"))
        self.note("slow", answer, right=False)

    def broken(self, chance: random.Random) -> None:
        """A query that is none."""
        answer = self.server.send("GET", _address(chance.choice(BROKEN)))
        self.note("broken", answer, right=answer.status in {400, 403})

    def abandoned(self, chance: random.Random) -> None:
        """A query whose client leaves."""
        host, port = self.server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as client:
            path = _address(chance.choice([SLOW, LONG]))
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            if chance.random() < 0.5:
                client.settimeout(0.2)
                with suppress(TimeoutError):
                    client.recv(1000)
        with self.lock:
            self.answered["abandoned"] += 1

    def long(self, _: random.Random) -> None:
        """A result that is streamed."""
        answer = self.server.send("GET", _address(LONG, format="csv"))
        self.note("long", answer, right=answer.status == 200 and answer.body.count(b"\n") == 360_001)


def _address(query: str, **parameters: str) -> str:
    return "/sparql?" + urllib.parse.urlencode({"query": query, **parameters})


def _fronts(server: Server) -> list[int]:
    """Give the processes that are not to end; a lane, which has no children, ends with a query that is stopped."""
    return [process for process in children(server.process.pid) if children(process)]


def _memory(process: int) -> int:
    """Give the bytes that a process holds of its own."""
    resident, shared = Path(f"/proc/{process}/statm").read_bytes().split()[1:3]
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if not Path("/proc/self/statm").exists():
        pytest.skip("this system does not tell the memory of a process")
    write(tmp_path, "One")
    running = start(tmp_path, "--access-log", "", "--queue-timeout", "5")
    yield running
    running.close()


def test_64_clients_get_no_wrong_answer_lose_no_worker_and_leave_no_trace(server: Server) -> None:
    fronts = _fronts(server)
    battle = Battle(server, monotonic() + SECONDS)
    clients = [threading.Thread(target=battle.fight, args=(seed,)) for seed in range(CLIENTS)]
    for client in clients:
        client.start()
    waiting = threading.Event()
    waiting.wait(SECONDS / 3)
    before = sum(map(_memory, fronts))
    waiting.wait(SECONDS * 2 / 3)
    after = sum(map(_memory, fronts))
    for client in clients:
        client.join()
    left = [_places(server) for _ in range(20) if not waiting.wait(0.1)]
    said = json.dumps({"answers": dict(sorted(battle.answered.items())), "memory": [before, after], "left": left[-1]})
    print(said)

    assert [] == battle.wrong[:5], said
    assert len(fronts) == 2, said
    assert fronts == _fronts(server), said
    assert len(children(server.process.pid)) == 4, said
    assert after < before * _GROWTH, said
    assert left[-1] == 0, said
    assert battle.answered["fast 200"] > 2 * SECONDS, said
    assert 200 == server.post("ASK {}")[0]
    assert (0, "") == server.end()


def _places(server: Server) -> int:
    """Give the places that are taken, as the service counts them."""
    found = re.search(r"^levier_places_taken (\S+)$", server.get("/metrics")[2], re.MULTILINE)
    assert found
    return int(float(found[1]))
