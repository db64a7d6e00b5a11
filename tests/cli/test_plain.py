"""Plain requests are answered as gunicorn answers those that are not: nobody can tell which way one went."""

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from gunicorn.config import Config
from tests.serving import NOTES, PATIENCE, Server, send, start, write

from levier.cli.plain import Patience, Plain

_ODD = "X-Odd: 1\r\n"
"""A header that makes a request no plain one, and that nobody looks at."""
_QUERY = "/sparql?query=ASK%20%7B%7D"
_LONG = quote("SELECT ?n { ?s <http://e/n> ?n } ORDER BY ?n")
_FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
_HEADS = {
    "a query": f"GET {_QUERY} HTTP/1.1\r\nHost: x\r\n",
    "a form of an answer": f"GET {_QUERY} HTTP/1.1\r\nHost: x\r\nAccept: text/csv;q=0.5, application/xml\r\n",
    "compressed": f"GET /sparql?query={_LONG} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n",
    "a page": "GET /query HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nUser-Agent: caf\xe9\r\n",
    "a file": "GET /static/style.css HTTP/1.1\r\nHost: x\r\n",
    "nothing there": "GET /none HTTP/1.1\r\nHost: x\r\n",
    "a mistake": "GET /sparql?query=ASK%20%7B HTTP/1.1\r\nHost: x\r\n",
    "a redirection": f"GET {_QUERY} HTTP/1.1\r\nHost: example.org:81\r\nAccept: text/html\r\n",
    "behind a proxy": "GET /.well-known/void HTTP/1.1\r\nHost: example.org\r\nX-Forwarded-Proto: https\r\n",
    "a posted form": f"POST /sparql HTTP/1.1\r\nHost: x\r\n{_FORM}Content-Length: 18\r\n\r\nquery=ASK%20%7B%7D",
    "a form without end": f"POST /sparql HTTP/1.1\r\nHost: x\r\n{_FORM}Content-Length: 0\r\n",
    "to be closed": f"GET {_QUERY} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    store: Path = tmp_path_factory.mktemp("store")
    write(store, "One")
    running = start(store, "--access-log", "")
    yield running
    running.close()


def say(server: Server, *said: bytes, answers: int = 1) -> list[tuple[str, dict[str, str], bytes]]:
    """Give the first answers to what is said on one connection: their status lines, their headers and their bodies."""
    host, port = server.url.removeprefix("http://").split(":")
    found = []
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as client, client.makefile("rb") as stream:
        for one in said:
            client.sendall(one)
        for _ in range(answers):
            status = stream.readline().decode().rstrip("\r\n")
            headers: dict[str, str] = {}
            while line := stream.readline().decode("latin-1").rstrip("\r\n"):
                name, _, value = line.partition(": ")
                assert name not in headers
                headers[name] = value
            headers.pop("Date", "")
            found.append((status, headers, stream.read(int(headers.get("Content-Length", 0)))))
    return found


def whole(request: str, odd: str = "") -> bytes:
    head, end, body = request.partition("\r\n\r\n")
    return (head.rstrip("\r\n") + "\r\n" + odd + "\r\n" + (body if end else "")).encode("latin-1")


@pytest.mark.parametrize("what", _HEADS)
def test_the_answer_is_the_same_as_by_gunicorn(server: Server, what: str) -> None:
    plain, odd = say(server, whole(_HEADS[what])), say(server, whole(_HEADS[what], _ODD))

    assert plain
    assert odd == plain


def test_plain_requests_and_others_share_a_connection(server: Server) -> None:
    plain, odd = whole(_HEADS["a query"]), whole(_HEADS["a query"], _ODD)

    answers = say(server, plain + plain, odd + plain, answers=4)

    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (f"GET {_QUERY} HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK"),
        (f"GET {_QUERY} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        (f"GET {_QUERY} HTTP/1.1\r\nHost : a\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "HTTP/1.1 400 Bad Request"),
        (f"GET /{'x' * 9000} HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 414 Request-URI Too Long"),
        ("nonsense\r\n\r\n", "HTTP/1.1 400 Bad Request"),
    ],
)  # fmt: skip
def test_what_is_not_plain_is_read_by_gunicorn(server: Server, said: str, status: str) -> None:
    [(line, _, _)] = say(server, said.encode())

    assert status == line


def test_a_request_may_come_in_pieces(server: Server) -> None:
    request = whole(_HEADS["a posted form"])

    [(line, _, _)] = say(server, request[:30], request[30:-4], request[-4:])

    assert "HTTP/1.1 200 OK" == line


def test_only_a_proxy_that_is_trusted_says_how_it_was_asked(server: Server) -> None:
    [(_, headers, body)] = say(server, whole(_HEADS["behind a proxy"]))

    assert "Content-Length" in headers
    assert b"https://example.org/" in body


def test_a_long_answer_comes_in_chunks(server: Server) -> None:
    query = "SELECT * { ?a ?p ?x . ?b ?q ?y }"
    found = send(server.url, "GET", "/sparql?format=csv&query=" + quote(query))

    assert (200, "chunked") == (found.status, found.headers["Transfer-Encoding"])
    assert 603**2 + 1 == found.body.count(b"\r\n")


def test_a_kept_answer_is_the_same_again(server: Server) -> None:
    first, second = server.post(NOTES), server.post(NOTES)

    assert first == second


def answered(app: Any) -> tuple[bool | None, bytes]:  # noqa: ANN401  # a WSGI application
    """Give what becomes of a plain request to an application, and what its client gets."""
    front, client = socket.socketpair()
    with front, client:
        client.sendall(whole(_HEADS["a query"]))
        plain = Plain(Config(), app, ("127.0.0.1", 80), Patience(PATIENCE, PATIENCE))
        more = plain.answer(front, ("127.0.0.1", 1), last=False)
        front.shutdown(socket.SHUT_WR)
        with client.makefile("rb") as stream:
            return more, stream.read()


def test_an_application_that_fails_is_a_fault_of_ours() -> None:
    def fail(_: object, __: object) -> list[bytes]:
        raise ZeroDivisionError

    more, said = answered(fail)

    assert not more
    assert said.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b'"code": "fault"' in said


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb", "a\rb"])
def test_a_header_never_becomes_two(value: str) -> None:
    def split(_: object, start: Callable[..., object]) -> list[bytes]:
        start("200 OK", [("Content-Length", "1"), ("X-Said", value)])
        return [b"x"]

    assert answered(split)[1].startswith(b"HTTP/1.1 500 Internal Server Error\r\n")


def test_an_answer_that_breaks_off_is_no_whole_one() -> None:
    def pour() -> Iterator[bytes]:
        yield b"x"
        raise ZeroDivisionError

    def begin(_: object, start: Callable[..., object]) -> Iterator[bytes]:
        start("200 OK", [])
        return pour()

    with pytest.raises(ZeroDivisionError):  # the front breaks the connection
        answered(begin)


def test_a_client_that_says_nothing_is_left() -> None:
    front, client = socket.socketpair()
    with front, client:
        plain = Plain(Config(), lambda *_: [], ("127.0.0.1", 80), Patience(0.01, PATIENCE))

        assert plain.answer(front, ("127.0.0.1", 1), last=False) is False


def test_a_head_that_was_seen_before_is_read_as_the_first_time() -> None:
    seen: list[tuple[str, str, bytes, str]] = []

    def note(environ: Any, start: Any) -> list[bytes]:  # noqa: ANN401  # as WSGI has them
        seen.append(
            (environ["PATH_INFO"], environ["QUERY_STRING"], environ["wsgi.input"].read(), environ["REMOTE_PORT"])
        )
        start("200 OK", [("Content-Length", "0")])
        return []

    plain = Plain(Config(), note, ("127.0.0.1", 80), Patience(PATIENCE, PATIENCE))
    head = b" HTTP/1.1\r\nHost: x\r\n"
    targets = [b"/a?b=1", b"/a?b=2", b"/c", b"/c%20", b"//c", b"/" + b"x" * 9000, b"/d#e"]
    front, client = socket.socketpair()
    with front, client:
        first = []
        for port, target in enumerate(targets):
            request = b"GET " + target + head + b"\r\n"
            client.sendall(request)
            first.append(plain.give(request, front, ("1.2.3.4", port), last=False))
            front.setblocking(False)
            with suppress(BlockingIOError):
                front.recv(1 << 16)
            front.setblocking(True)
        for body in (b"ab", b"ab"):
            request = b"GET /e" + head + b"Content-Length: 2\r\n\r\n" + body
            client.sendall(request)
            plain.give(request, front, ("1.2.3.4", 9), last=False)

    assert [True, True, True, None, None, None, None] == first
    assert [("/a", "b=1", b"", "0"), ("/a", "b=2", b"", "1"), ("/c", "", b"", "2")] == seen[:3]
    assert [("/e", "", b"ab", "9"), ("/e", "", b"ab", "9")] == seen[3:]
