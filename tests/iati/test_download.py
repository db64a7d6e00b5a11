"""An http(s) address given as aid data: fetched to a file, within limits, with one sentence where it fails."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.iati.conftest import FIXTURES

from levier.errors import BadInput
from levier.iati import Seen, convert_source, sources
from levier.iati.fetching.download import download
from levier.settings import Settings

BASIC = "Basic dXNlcjpwYXNzIHdvcmQ="  # user:pass word
CLOCK = [0.0]
"""The time as the download sees it in `test_bytes_that_drip…`, set on by the server."""


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/three.xml":
            self.send_response(200)
            self.end_headers()
            self.wfile.write((FIXTURES / "three.xml").read_bytes())
        elif self.path == "/to-a-file":
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
            self.end_headers()
        elif self.path in {"/drip-head", "/drip-body"}:
            self.wfile.write(b"HTTP/1.0 200 OK\r\n")
            if self.path == "/drip-body":
                self.wfile.write(b"\r\n<iati-activities")
            CLOCK[0] += 61.0
            self.wfile.write(b"X: y\r\n\r\n")
        elif self.path == "/protected.xml" and self.headers["Authorization"] == BASIC:
            self.send_response(200)
            self.end_headers()
            self.wfile.write((FIXTURES / "three.xml").read_bytes())
        elif self.path == "/elsewhere" and self.headers["Authorization"] == BASIC:
            self.send_response(302)
            self.send_header("Location", "/protected.xml")
            self.end_headers()
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_address_is_converted_like_a_file(site: str) -> None:
    (source,) = sources([f"{site}/three.xml"])
    report = convert_source(source, lambda _: None, graph=None, seen=Seen())

    assert (report.error, report.converted, report.file) == (None, 3, f"{site}/three.xml")


def test_an_error_of_the_server_is_said(site: str) -> None:
    (source,) = sources([f"{site}/gone.xml"])

    assert convert_source(source, lambda _: None, graph=None, seen=Seen()).error == (
        f"{site}/gone.xml: the server answers 404 Not Found."
    )


def test_a_redirection_to_a_file_of_this_machine_is_not_followed(site: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="/to-a-file: "):
        download(f"{site}/to-a-file", tmp_path / "x")


def test_a_server_that_does_not_answer_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"^http://127\.0\.0\.1:1/x: cannot be fetched \("):
        download("http://127.0.0.1:1/x", tmp_path / "x")


def test_more_than_the_limit_is_refused(site: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="more than 100 bytes"):
        download(f"{site}/three.xml", tmp_path / "x", Settings(fetch_max_bytes=100))


@pytest.mark.parametrize("path", ["/drip-head", "/drip-body"])
def test_bytes_that_drip_for_longer_than_all_may_take_are_given_up(
    site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Each comes within the seconds to wait, and still they would never end."""
    CLOCK[0] = 0.0
    monkeypatch.setattr("levier.iati.fetching.transport.monotonic", lambda: CLOCK[0])

    with pytest.raises(BadInput, match=rf"{path}: cannot be fetched \(it gives its bytes too slowly"):
        download(f"{site}{path}", tmp_path / "x", Settings(fetch_timeout=1))


def test_user_and_password_of_an_address_are_said_to_its_server_and_not_in_messages(site: str, tmp_path: Path) -> None:
    address = site.replace("http://", "http://user:pass%20word@")
    download(f"{address}/protected.xml#top", tmp_path / "x")

    assert (tmp_path / "x").read_bytes() == (FIXTURES / "three.xml").read_bytes()
    with pytest.raises(
        BadInput, match=r"^http://…@127\.0\.0\.1:\d+/gone\.xml\?t=1: the server answers 404 Not Found\.$"
    ):
        download(f"{address}/gone.xml?t=1", tmp_path / "y")


def test_a_password_is_not_said_to_where_the_server_redirects(site: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="404"):
        download(site.replace("http://", "http://user:pass%20word@") + "/elsewhere", tmp_path / "x")
