"""A SPARQL server on loopback whose paths each misbehave in a way of their own."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROWS = json.dumps({"head": {"vars": ["o"]}, "results": {"bindings": [{"o": {"type": "literal", "value": "a"}}]}})
JSON = "application/sparql-results+json"
LIMIT = 10_000
"""Bytes; the paths that give too much give more than these."""


class Listener(ThreadingHTTPServer):
    """The server; what it is asked is kept."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.ended = threading.Event()
        """Set at the end of a test, so that whoever waits for nothing goes on."""

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        """Give the address of a path."""
        return f"http://{host}:{self.server_port}/{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up."""


class Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        behaviour: Callable[[], None] = getattr(self, "give_" + self.path.strip("/").partition("?")[0])
        behaviour()

    def _give(self, body: bytes, kind: str = JSON, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def give_rows(self) -> None:
        self._give(ROWS.encode())

    def give_large(self) -> None:
        """Give more than the buffers of a connection hold."""
        self._give(ROWS.encode() + b" " * 20_000_000)

    def give_late(self) -> None:
        self.server.ended.wait(0.6)
        self._give(ROWS.encode())

    def give_redirect(self) -> None:
        self._give(b"", status=307, Location="/rows")

    def give_error(self) -> None:
        self._give(b"secret traceback", status=500)

    def give_page(self) -> None:
        self._give(b"<html>", "text/html")

    def give_broken(self) -> None:
        self._give(ROWS.encode()[:-9])

    def give_truth(self) -> None:
        self._give(b'{"head":{},"boolean":true}')

    def give_much(self) -> None:
        self._give(ROWS.encode() + b" " * LIMIT)

    def give_compressed(self) -> None:
        self._give(gzip.compress(ROWS.encode()), Content_Encoding="gzip")

    def give_bomb(self) -> None:
        self._give(gzip.compress(ROWS.encode() + b" " * 50_000_000), Content_Encoding="gzip")

    def give_short(self) -> None:
        self._give(ROWS.encode(), Content_Length="9999")

    def give_nothing(self) -> None:
        self.server.ended.wait(20)

    def give_drops(self) -> None:
        """Give a body without a length, so slowly that no single wait is long."""
        self.send_response(200)
        self.send_header("Content-Type", JSON)
        self.end_headers()
        self._drip(ROWS.encode() + b" " * 1000)

    def give_slow_head(self) -> None:
        self._drip(b"HTTP/1.0 200 OK\r\nX-Slow: " + b"x" * 1000)

    def give_endless(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", JSON)
        self.end_headers()
        while not self.server.ended.is_set():
            self.wfile.write(b" " * 1000)

    def _drip(self, data: bytes) -> None:
        for byte in data:
            if self.server.ended.wait(0.02):
                return
            self.wfile.write(bytes([byte]))

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def listening() -> Iterator[Listener]:
    """Give a listener that ends with the block."""
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()
