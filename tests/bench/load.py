"""Clients that ask as fast as they are answered: wrk where it is installed, and one of our own."""

import http.client
import multiprocessing
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from urllib.parse import quote, urlsplit

CONNECTIONS = 8
SECONDS = 5
_PROCESSES = 2
_MARK = "N0"
"""What each query has in a comment, to be replaced by a number: no two are the same."""
_SCRIPT = """
local queries = {{ {queries} }}
local n = {first}
request = function()
  n = n + 1
  local query = queries[(n % #queries) + 1]:gsub("{mark}", tostring(n))
  return wrk.format("GET", "{path}?query=" .. query, {{ ["Accept"] = "{accept}", ["Connection"] = "{connection}" }})
end
"""
ACCEPT = "application/sparql-results+json"


@dataclass(frozen=True)
class Load:
    """What is asked of whom: queries in turn; those that have the mark are different each time."""

    url: str
    queries: tuple[str, ...]

    @property
    def host(self) -> tuple[str, int]:
        """The host and the port."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 80

    def path(self, number: int) -> str:
        """Give the address of a request, without the host."""
        query = self.queries[number % len(self.queries)].replace(_MARK, str(number))
        return f"{urlsplit(self.url).path}?query={quote(query, safe='')}"


def kept_alive(load: Load, first: int) -> float | None:
    """Give the answers a second over connections that stay open, by wrk; None where it is not installed.

    `first` is a number that no other run of distinct queries begins with.
    """
    wrk = shutil.which("wrk")
    return _by_wrk(wrk, load, first, "keep-alive") if wrk else None


def each_alone(load: Load, first: int) -> float:
    """Give the answers a second where each request has a connection of its own, as from scripts.

    By wrk where it is installed: a client in Python takes more of the processor than some of the servers do.
    """
    wrk = shutil.which("wrk")
    if wrk:
        return _by_wrk(wrk, load, first, "close")
    with multiprocessing.get_context("fork").Pool(_PROCESSES) as pool:
        counts = pool.starmap(_clients, [(load, first + 10**7 * process) for process in range(_PROCESSES)])
    return sum(counts) / SECONDS


def _by_wrk(wrk: str, load: Load, first: int, connection: str) -> float:
    listed = ", ".join(f'"{quote(query, safe="")}"' for query in load.queries)
    path = urlsplit(load.url).path
    text = _SCRIPT.format(queries=listed, first=first, mark=_MARK, path=path, accept=ACCEPT, connection=connection)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "load.lua"
        script.write_text(text, encoding="utf-8")
        command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}", "--timeout", "20", "-s", str(script), load.url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    other = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    if other:
        raise RuntimeError(f"{load.url}: {other[1]} answers were no 200.")
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found, said
    return float(found[1])


def ask(load: Load, number: int) -> tuple[float, bytes]:
    """Give the seconds until an answer is there, and the answer; raises RuntimeError where it is no 200."""
    began = perf_counter()
    connection = http.client.HTTPConnection(*load.host, timeout=60)
    try:
        connection.request("GET", load.path(number), headers={"Accept": ACCEPT})
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise RuntimeError(f"{load.url}: {response.status} {body[:300]!r}")
    return perf_counter() - began, body


def meanwhile(work: Sequence[Callable[[int], object]]) -> "_Meanwhile":
    """Give a block during which each of these is called over and over, with another number each time."""
    return _Meanwhile(work)


class _Meanwhile:
    def __init__(self, work: Sequence[Callable[[int], object]]) -> None:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._again, args=(one, n)) for n, one in enumerate(work)]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _again(self, work: Callable[[int], object], number: int) -> None:
        for other in _numbers(10**8 * (number + 1)):
            if self._over.is_set():
                return
            work(other)


def _numbers(first: int) -> Iterator[int]:
    while True:
        yield first
        first += 1


def _clients(load: Load, first: int) -> int:
    until = perf_counter() + SECONDS
    counts = [0] * (CONNECTIONS // _PROCESSES)

    def client(place: int) -> None:
        for number in _numbers(first + 10**6 * place):
            if perf_counter() >= until:
                return
            _plain(load, number)
            counts[place] += 1

    threads = [threading.Thread(target=client, args=(place,)) for place in range(len(counts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def _plain(load: Load, number: int) -> None:
    """Ask over a connection of its own, with as little work as a client can have."""
    said = f"GET {load.path(number)} HTTP/1.1\r\nHost: x\r\nAccept: {ACCEPT}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(load.host, timeout=60) as connection:
        connection.sendall(said.encode())
        answer = connection.recv(1 << 16)
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(1 << 16)
        head, _, body = answer.partition(b"\r\n\r\n")
        if b" 200 " not in head[:20]:
            raise RuntimeError(f"{load.url}: {head[:100]!r}")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        size = len(body)
        while (length is None and not body.endswith(b"0\r\n\r\n")) or (length is not None and size < int(length[1])):
            body = connection.recv(1 << 16)
            if not body:
                break
            size += len(body)
