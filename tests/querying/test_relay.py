"""A server is asked at a public address, once, within its limits; and only the engine can have it asked."""

import http.client
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.querying.listener import JSON, LIMIT, ROWS, Listener, listening

from levier.querying.relay import Relay
from levier.querying.relay_upstream import Answer, Request, Unanswered, ask, public

QUESTION = Request(b"SELECT * { ?s ?p ?o }", "application/sparql-query", JSON)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as server:
        yield server


def asked(address: str, timeout: float = 5.0) -> Answer:
    return ask(address, QUESTION, timeout, LIMIT)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[list[str]]]]:
    """What names lead to: each look-up of a name takes the next list of addresses, and the last one stays."""
    known: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def look_up(host: str, port: int | None, *arguments: Any, **options: Any) -> list[Any]:  # noqa: ANN401  # as in socket
        if host not in known:
            return real(host, port, *arguments, **options)
        given = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
        return [entry for number in given for entry in real(number, port, *arguments, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known  # type: ignore[return-value]


# What is asked, and how


def test_rows_come_as_the_server_wrote_them(listener: Listener) -> None:
    answer = asked(listener.at("rows"))

    assert Answer(ROWS.encode(), JSON) == answer


def test_a_server_is_told_the_query_and_nothing_of_who_asks(listener: Listener) -> None:
    asked(listener.at("rows?key=1"))
    [(path, headers, body)] = listener.asked

    assert "/rows?key=1" == path
    assert QUESTION.body == body
    assert {
        "host": f"127.0.0.1:{listener.server_port}",
        "accept": JSON,
        "accept-encoding": "identity",
        "content-type": "application/sparql-query",
        "content-length": str(len(QUESTION.body)),
        "connection": "close",
    } == {name: value for name, value in headers.items() if name != "user-agent"}


def test_compressed_rows_are_read_too(listener: Listener) -> None:
    assert ROWS.encode() == asked(listener.at("compressed")).body


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("redirect", "answers 307, a redirection, and none is followed"),
        ("error", "answers with the HTTP status 500"),
        ("page", "answers something else than rows"),
        ("broken", "gives rows that are broken"),
        ("truth", "answers yes or no"),
        ("much", "gives more than 10,000 bytes"),
        ("bomb", "gives more than 10,000 bytes"),
        ("endless", "gives more than 10,000 bytes"),
        ("short", "breaks its answer off"),
    ],
)
def test_an_answer_that_cannot_be_used_says_why(listener: Listener, path: str, reason: str) -> None:
    with pytest.raises(Unanswered, match=reason):
        asked(listener.at(path))

    assert 1 == len(listener.asked)  # asked once: neither again, nor anywhere else


@pytest.mark.parametrize("path", ["nothing", "drops", "slow_head"])
def test_the_time_is_for_the_whole_answer_however_it_is_spun_out(listener: Listener, path: str) -> None:
    began = monotonic()
    with pytest.raises(Unanswered, match=r"gave no whole answer within 0\.3 seconds"):
        asked(listener.at(path), timeout=0.3)

    assert monotonic() - began < 1.5


def test_the_time_is_not_shared_out_once_one_address_has_taken_the_call(
    listener: Listener, names: dict[str, list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    names["two.example"] = [["203.0.114.9", "203.0.114.10"]]
    real = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda self, _: real(self, listener.server_address))

    assert ROWS.encode() == asked(listener.at("late", "two.example"), timeout=1.1).body


def test_a_server_that_is_not_there_says_so() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(Unanswered, match="cannot be connected to"):
            asked(f"http://127.0.0.1:{unused.getsockname()[1]}/")


# Where a name leads


@pytest.mark.parametrize(
    "number",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),  # noqa: S104
        *("100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::7f00:1", "fe80::1", "fe80::1%lo", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::808:808"),
        *("2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::", "100::1", "not a number", ""),
    ],
)
def test_an_address_that_is_not_public_is_told_apart(number: str) -> None:
    assert not public(number)


@pytest.mark.parametrize(
    "number", ["8.8.8.8", "193.0.6.139", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_a_public_address_is_told_apart(number: str) -> None:
    assert public(number)


@pytest.mark.parametrize(
    ("host", "given"),
    [
        ("inside.example", ["127.0.0.1"]),
        ("inside.example", ["::1"]),
        ("inside.example", ["10.0.0.1"]),
        ("half.example", ["8.8.8.8", "127.0.0.1"]),  # one that is not public is enough
        ("localhost", ["127.0.0.1"]),
        ("127.1", ["127.0.0.1"]),  # a number only to a resolver
    ],
)
def test_a_name_that_leads_inside_is_refused(
    listener: Listener, names: dict[str, list[list[str]]], host: str, given: list[str]
) -> None:
    names[host] = [given]
    with pytest.raises(Unanswered, match="a name that leads to an address which is not public"):
        asked(listener.at("rows", host))

    assert [] == listener.asked


def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_asked(
    listener: Listener, names: dict[str, list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: whoever looks the name up a second time is led inside."""
    names["turns.example"] = [["203.0.114.9", "203.0.114.10"], ["127.0.0.1"]]
    reached: list[str] = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: tuple[str, int]) -> None:
        reached.append(address[0])
        if address[0] == "203.0.114.9":
            raise OSError("no route")
        real(self, listener.server_address)  # stands in for the Internet

    monkeypatch.setattr(socket.socket, "connect", connect)
    answer = asked(listener.at("rows", "turns.example"))

    assert ROWS.encode() == answer.body
    assert ["203.0.114.9", "203.0.114.10"] == reached
    assert [["127.0.0.1"]] == names["turns.example"]  # the second look-up never came
    assert f"turns.example:{listener.server_port}" == listener.asked[0][1]["host"]


def test_a_name_that_nobody_knows_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(Unanswered, match="has a name that is not found"):
        asked("http://nowhere.example/")


def test_a_look_up_that_hangs_ends_with_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def look_up(*_: object, **__: object) -> list[Any]:
        ended.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(Unanswered, match=r"gave no whole answer within 0\.2 seconds"):
        asked("http://hangs.example/", timeout=0.2)
    ended.set()


# https


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for `named.example`, with its key in the same file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the command openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    made, key = folder / "made.pem", folder / "key.pem"
    what = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=named.example", "-addext", "subjectAltName=DNS:named.example"]
    subprocess.run(
        [openssl, "req", *what, *names, "-out", str(made), "-keyout", str(key)], check=True, capture_output=True
    )
    both = folder / "both.pem"
    both.write_bytes(made.read_bytes() + key.read_bytes())
    return both


@pytest.fixture
def secure(listener: Listener, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Listener:
    """The listener behind TLS, at a public address; the names it is asked for are kept as a host `…`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    real = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda self, _: real(self, listener.server_address))
    return listener


def _looked_up(names: dict[str, list[list[str]]]) -> None:
    names["named.example"] = names["other.example"] = [["203.0.114.9"]]


def test_a_certificate_is_checked_against_the_name_not_the_address(
    secure: Listener, names: dict[str, list[list[str]]], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _looked_up(names)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    assert ROWS.encode() == asked(f"https://named.example:{secure.server_port}/rows").body


@pytest.mark.parametrize("host", ["other.example", "203.0.114.9"])
def test_a_certificate_of_another_name_is_refused(
    secure: Listener, names: dict[str, list[list[str]]], certificate: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    _looked_up(names)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(Unanswered, match="has no certificate that can be trusted"):
        asked(f"https://{host}:{secure.server_port}/rows")


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: Listener, names: dict[str, list[list[str]]]) -> None:
    _looked_up(names)
    with pytest.raises(Unanswered, match="has no certificate that can be trusted"):
        asked(f"https://named.example:{secure.server_port}/rows")


# The relay


def through(address: str, body: bytes = QUESTION.body, method: str = "POST") -> tuple[int, bytes]:
    """Ask a relay as the engine does; gives the status and the body."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request(method, parts.path, body, {"Content-Type": "application/sparql-query", "Accept": JSON})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_the_relay_gives_what_the_server_says(listener: Listener) -> None:
    with Relay([listener.at("rows")], 5, LIMIT) as relay:
        assert (200, ROWS.encode()) == through(relay.address(0))
        assert {} == relay.failures


def test_the_relay_says_why_there_is_no_answer_and_keeps_it(listener: Listener) -> None:
    with Relay([listener.at("rows"), listener.at("redirect")], 5, LIMIT) as relay:
        status, body = through(relay.address(1))

        assert (502, b"The server answers 307, a redirection, and none is followed.\n") == (status, body)
        assert {1: "answers 307, a redirection, and none is followed"} == relay.failures


def test_nobody_without_the_secret_has_anything_asked(listener: Listener) -> None:
    with Relay([listener.at("rows")], 5, LIMIT) as relay, Relay([listener.at("rows")], 5, LIMIT) as other:
        address = relay.address(0)
        foreign = other.address(0).split("/")[3]
        own = address.split("/")[3]
        base = address[: address.index(own)]
        tried = ["", "0", "/0", f"{foreign}/0", f"{own[:-1]}/0", f"{own}x/0", f"{own}/1", f"{own}/-1", f"{own}/", own]

        assert [(404, b"")] * len(tried) == [through(base + path) for path in tried]
        assert 501 == through(address, method="GET")[0]
        assert [] == listener.asked


def test_the_same_thing_is_asked_once(listener: Listener) -> None:
    with Relay([listener.at("rows"), listener.at("redirect")], 5, LIMIT) as relay:
        for _ in range(3):
            through(relay.address(0))
            through(relay.address(1))
        through(relay.address(0), b"SELECT ?o { ?s ?p ?o }")

    assert ["/rows", "/redirect", "/rows"] == [path for path, *_ in listener.asked]


def test_what_is_kept_has_a_limit(listener: Listener) -> None:
    with Relay([listener.at("rows")], 5, len(ROWS) + 9) as relay:
        for variable in "abab":
            through(relay.address(0), b"SELECT * { ?s ?p ?%s }" % variable.encode())

    assert 3 == len(listener.asked)  # the first answer is kept, the second would be too much


def test_the_engine_may_take_its_time_over_an_answer(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads the rows as its own client takes them."""
    monkeypatch.setattr("levier.querying.relay._Handler.timeout", 0.05)
    with Relay([listener.at("large")], 5, 30_000_000) as relay:
        parts = urlsplit(relay.address(0))
        connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=5)
        connection.request("POST", parts.path, b"")
        response = connection.getresponse()
        listener.ended.wait(0.2)

        assert len(ROWS) + 20_000_000 == len(response.read())
        connection.close()


def test_a_service_within_a_service_is_named_by_its_real_address(listener: Listener) -> None:
    with Relay([listener.at("rows"), "http://inner.example/sparql"], 5, LIMIT) as relay:
        through(relay.address(0), f"SELECT * {{ SERVICE <{relay.address(1)}> {{ ?s ?p ?o }} }}".encode())

    assert b"SELECT * { SERVICE <http://inner.example/sparql> { ?s ?p ?o } }" == listener.asked[0][2]


def test_the_relay_ends_with_its_block_whoever_holds_it_open(listener: Listener) -> None:
    before = set(threading.enumerate())
    began = monotonic()
    with ExitStack() as held, ExitStack() as life:
        relay = life.enter_context(Relay([listener.at("rows")], 5, LIMIT))
        port = urlsplit(relay.address(0)).port
        idle, half = (held.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(2))
        half.sendall(b"POST /half")
        through(relay.address(0))
        life.close()

        assert [] == [thread for thread in set(threading.enumerate()) - before if not thread.daemon]
        assert b"" == idle.recv(1)
    assert monotonic() - began < 2
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
