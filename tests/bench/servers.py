"""The servers that are measured side by side.

The peers are optional: executables on PATH, or in the folder that LEVIER_BENCH_PEERS names (the `bin` of an environment
with the packages oxigraph and rdflib-endpoint).
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import sleep

_START = 60
"""Seconds that a server may take to start."""
_RDFLIB = """
import sys, uvicorn
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint
data = Dataset(default_union=True)
data.parse(sys.argv[1], format="nquads")
uvicorn.run(SparqlEndpoint(graph=data), host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
"""


@dataclass(frozen=True)
class Server:
    """A running server."""

    name: str
    url: str
    process: int

    def processor(self) -> float:
        """Give the seconds of processor time that it has taken, with all processes below it."""
        waiting, ticks = [self.process], 0
        while waiting:
            process = Path(f"/proc/{waiting.pop()}")
            try:
                # Of its own, in the program and in the system, and of its children that have ended.
                ticks += sum(map(int, (process / "stat").read_text().rpartition(")")[2].split()[11:15]))
                waiting += map(int, (process / "task" / process.name / "children").read_text().split())
            except OSError:
                continue  # it has ended
        return ticks / os.sysconf("SC_CLK_TCK")


Start = Callable[[], AbstractContextManager[Server]]


def servers(place: Path) -> dict[str, Start | str]:
    """Give how each server is started, or why it cannot be."""
    peers = os.environ.get("LEVIER_BENCH_PEERS", "")
    path = os.pathsep.join(filter(None, (peers, os.environ.get("PATH", ""))))
    oxigraph = shutil.which("oxigraph", path=path)
    rdflib = shutil.which("rdflib-endpoint", path=path)
    how = "install the package {}, and name the folder of its executable in LEVIER_BENCH_PEERS"
    return {
        "levier serve": partial(levier, place / "store"),
        "oxigraph serve": partial(_oxigraph, place, oxigraph) if oxigraph else how.format("oxigraph"),
        "rdflib-endpoint": partial(_rdflib, place, rdflib) if rdflib else how.format("rdflib-endpoint"),
    }


@contextmanager
def levier(store: Path) -> Iterator[Server]:
    """Run our own on a store, as it comes."""
    port = _port()
    command = [sys.executable, "-m", "levier", "serve", "--store", str(store), "--port", str(port)]
    with _process([*command, "--access-log", os.devnull], port) as process:
        yield Server("levier serve", f"http://127.0.0.1:{port}/sparql", process)


@contextmanager
def _oxigraph(place: Path, program: str) -> Iterator[Server]:
    port, store = _port(), place / "oxigraph"
    subprocess.run(
        [program, "load", "--location", str(store), "--file", str(place / "data.nq")], check=True, capture_output=True
    )
    command = [program, "serve-read-only", "--location", str(store), "--bind", f"127.0.0.1:{port}"]
    with _process([*command, "--union-default-graph"], port) as process:
        yield Server("oxigraph serve", f"http://127.0.0.1:{port}/query", process)


@contextmanager
def _rdflib(place: Path, program: str) -> Iterator[Server]:
    port = _port()
    python = Path(program).with_name("python")
    with _process([str(python), "-c", _RDFLIB, str(place / "data.nq"), str(port)], port) as process:
        yield Server("rdflib-endpoint", f"http://127.0.0.1:{port}/", process)


@contextmanager
def _process(command: list[str], port: int) -> Iterator[int]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(10 * _START):
                if process.poll() is not None:
                    raise RuntimeError(f"{command[0]} ended with {process.returncode}.")
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                sleep(0.1)
            sleep(1)
            yield process.pid
        finally:
            process.terminate()


def _port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
