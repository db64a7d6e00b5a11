"""A server on this machine that behaves like the registry and like publishers, and remembers what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

XML = b"<?xml version='1.0'?>\n<iati-activities version='2.03'></iati-activities>\n"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Reply:
    """One answer."""

    body: bytes = XML
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = ""
    modified: str = ""
    ranges: bool = False
    cut: int | None = None
    """Bytes after which the connection breaks, though more were announced."""
    hangs: bool = False
    """Nothing comes, until the test is over."""
    meets: threading.Barrier | None = None
    """The answer waits for as many requests as would be too many, until the barrier gives up waiting for them."""


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    path: str
    headers: dict[str, str]


class Site:
    """The answers of the server by path, in turn; the last one stays."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.over = threading.Event()
        self.hanging = threading.Event()
        """Set once a request is left without an answer."""
        self._replies: dict[str, list[Reply]] = {}
        self._at_once = 0
        self._lock = threading.Lock()

    def put(self, path: str, *replies: Reply) -> str:
        """Answer a path so from now on, and give its address."""
        self._replies[path] = list(replies)
        return self.address + path

    def registers(self, publisher: str, datasets: dict[str, str]) -> None:
        """Be a registry that has these datasets of a publisher."""
        self.put(f"/api/reporting-orgs/{publisher}/", Reply(_json({"short_name": publisher})))
        for name, address in datasets.items():
            row = {"short_name": name, "source_url": address, "reporting_org_short_name": publisher}
            self.put(f"/api/datasets/{name}/", Reply(_json(row)))

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [one.path for one in self.asked]

    @property
    def registry(self) -> str:
        """The address of the registry that this server is."""
        return f"{self.address}/api"

    @contextmanager
    def taking(self, asked: Asked) -> Iterator[Reply]:
        with self._lock:
            self.asked.append(asked)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            replies = self._replies.get(asked.path, [Reply(b"", 404)])
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
        try:
            yield reply
        finally:
            with self._lock:
                self._at_once -= 1

    def listed(self, path: str, query: dict[str, str]) -> dict[str, Any] | None:
        """Give a page of the list of datasets or publishers, as the IATI Dashboard does."""
        prefix = f"/api/{path}/"
        rows = [json.loads(self._replies[at][0].body) for at in sorted(self._replies) if at.startswith(prefix)]
        wanted = query.get("reporting_org__short_name")
        rows = [row for row in rows if wanted in (None, row.get("reporting_org_short_name"))]
        size, page = int(query.get("page_size", 50)), int(query.get("page", 1))
        results = rows[(page - 1) * size : page * size]
        return {"count": len(rows), "next": None, "results": results} if results or page == 1 else None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        listed = {"/api/datasets/": "datasets", "/api/reporting-orgs/": "reporting-orgs"}.get(path)
        with self.site.taking(Asked(path if listed is None else self.path, dict(self.headers))) as said:
            reply = said
            if listed is not None:
                page = self.site.listed(listed, {key: values[0] for key, values in parse_qs(query).items()})
                reply = Reply(b"", 404) if page is None else Reply(_json(page), headers=JSON)
            if reply.meets:
                with suppress(threading.BrokenBarrierError):
                    reply.meets.wait()
            if reply.hangs:
                self.site.hanging.set()
                self.site.over.wait()
                self.close_connection = True
            else:
                self._answer(self._conditional(reply))

    def _conditional(self, reply: Reply) -> Reply:
        """Give the reply, or the one that the headers of the request make of it (RFC 9110, 13.2.2)."""
        asked, named = self.headers, {name for name in (reply.etag, reply.modified) if name}
        if asked.get("If-None-Match", asked.get("If-Modified-Since")) in named:
            return Reply(b"", 304, etag=reply.etag)
        start, total = asked.get("Range", ""), len(reply.body)
        if not reply.ranges or not start or asked.get("If-Range") not in named:
            return reply
        place = int(start.removeprefix("bytes=").rstrip("-"))
        if place >= total:
            return Reply(b"", 416, {"Content-Range": f"bytes */{total}"})
        headers = {"Content-Range": f"bytes {place}-{total - 1}/{total}"}
        return Reply(reply.body[place:], 206, headers, reply.etag, reply.modified, cut=reply.cut)

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {"ETag": reply.etag, "Last-Modified": reply.modified, **reply.headers}.items():
            if value:
                self.send_header(name, value)
        if reply.status != 304:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: reply.cut])
        if reply.cut is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Site]:
    """Run the server while the block runs."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        site = Site(server.server_port)
        server.RequestHandlerClass = type("Handler", (_Handler,), {"site": site})
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield site
        finally:
            site.over.set()
            server.shutdown()
            thread.join()


def redirect(to: str, status: int = 302) -> Reply:
    """Give an answer that sends elsewhere."""
    return Reply(b"", status, {"Location": to})


def _json(what: object) -> bytes:
    return json.dumps(what).encode()
