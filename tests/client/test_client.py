"""`levier.client`: questions and free SPARQL as tables, of a local store and of a server."""

import datetime as dt
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from tests.serving import free_port, start

from levier.build import Plan, build, sample
from levier.client import Client
from levier.errors import BadParameter, BadUsage, EndpointFailed, QuerySyntaxError, SnapshotMissing, UnknownQuestion
from levier.iati import sources
from levier.questions import questions
from levier.settings import Settings

MONEY = "money-per-objective"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chosen = Settings(store=tmp_path_factory.mktemp("client") / "store")
    build(chosen, Plan(sources([sample()]), illustrative=True))
    return chosen.store


@pytest.fixture(scope="module")
def local(store: Path) -> Client:
    return Client(store=store)


@pytest.fixture(scope="module")
def remote(store: Path) -> Iterator[Client]:
    server = start(store)
    yield Client(f"{server.url}/sparql")
    server.close()


@pytest.fixture(params=["local", "remote"])
def client(request: pytest.FixtureRequest) -> Client:
    found: Client = request.getfixturevalue(request.param)
    return found


def test_a_question_is_a_table_with_the_types_of_its_columns(client: Client) -> None:
    frame = client.ask(MONEY)

    assert ("Int64", "Float64", "Int64") == tuple(
        str(frame[name].dtype) for name in ("year", "disbursed", "activities")
    )
    assert isinstance(frame["channel"].dtype, pd.CategoricalDtype)
    assert {"H1", "H2", "H3", "M3"} <= set(frame["notation"])


def test_a_question_takes_its_parameters(client: Client) -> None:
    frame = client.ask(MONEY, objective="M3", year=2020)

    assert {("M3", 2020)} == set(zip(frame["notation"], frame["year"], strict=True))
    assert 5_000_000.0 == frame["committed"].sum()


def test_iris_stand_beside_their_labels(client: Client) -> None:
    frame = client.ask(MONEY, objective="M3", year=2020, language="fr")

    assert ["https://w3id.org/levier/id/organisation/XM-DAC-2-10"] == list(frame["reporter"])
    assert "DGD" in frame["reporterLabel"].iloc[0]


def test_what_a_reader_must_know_comes_with_the_table(client: Client) -> None:
    attrs = client.ask(MONEY, year=2020).attrs

    assert "2020" == attrs["parameters"]["year"]
    assert any("must not be added" in caveat for caveat in attrs["caveats"])
    assert attrs["missing"] is None


def test_a_question_without_an_answer_says_what_is_missing(client: Client) -> None:
    frame = client.ask("evaluation-recommendations")

    assert frame.empty
    assert "Special Evaluation Office" in frame.attrs["missing"]


def test_polars_has_exact_amounts(client: Client) -> None:
    frame = client.ask_polars(MONEY, objective="M3", year=2020)

    assert isinstance(frame.schema["committed"], pl.Decimal)
    assert Decimal("5000000.00") == frame["committed"][0]


@pytest.mark.parametrize("name", [question.name for question in questions()])
def test_every_question_is_a_table(local: Client, name: str) -> None:
    question = next(one for one in questions() if one.name == name)
    frame, other = local.ask(name), local.ask_polars(name)

    assert {column.name for column in question.columns} <= set(frame.columns)
    assert list(frame.columns) == other.columns
    assert len(frame) == other.height


def test_free_sparql_is_typed_by_its_literals(client: Client) -> None:
    frame = client.query(
        "SELECT ?a ?day ?title { ?a iati:actualStart ?day OPTIONAL { ?a iati:nothing ?title } } LIMIT 3"
    )

    assert str(frame["day"].dtype).startswith("datetime64")
    assert frame["title"].isna().all()
    assert isinstance(frame["day"].iloc[0].date(), dt.date)


def test_the_questions_are_listed_and_searched(local: Client) -> None:
    assert len(questions()) == len(local.questions())
    assert "in-donor-share" in set(local.questions("donor country")["name"])


@pytest.mark.parametrize(
    ("error", "name", "parameters", "told"),
    [
        (UnknownQuestion, "money-per-objectiv", {}, MONEY),
        (BadParameter, MONEY, {"objective": "M9"}, "Allowed"),
        (BadParameter, MONEY, {"year": "20"}, "a year such as"),
        (BadParameter, MONEY, {"colour": "red"}, "It has objective"),
    ],
)
def test_what_cannot_be_meant_is_told(
    client: Client, error: type[UnknownQuestion], name: str, parameters: dict[str, str], told: str
) -> None:
    with pytest.raises(error) as caught:
        client.ask(name, **parameters)

    assert told in caught.value.message + caught.value.hint


def test_a_mistake_in_sparql_is_told(client: Client) -> None:
    with pytest.raises(QuerySyntaxError):
        client.query("SELECT ?a WHERE {")


def test_a_graph_is_no_table(local: Client) -> None:
    with pytest.raises(BadUsage, match="SELECT"):
        local.query("CONSTRUCT WHERE { ?s ?p ?o }")


def test_a_store_without_a_snapshot_is_told(tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissing):
        Client(store=tmp_path)


def test_one_or_the_other() -> None:
    with pytest.raises(BadUsage):
        Client("http://127.0.0.1:1/sparql", store=".levier")


@pytest.mark.parametrize(
    ("given", "told"), [({"language": "de"}, "fr, nl, en"), ({"timeout": 0}, "more than 0 seconds")]
)
def test_a_language_or_a_time_that_cannot_be_meant_is_told(given: dict[str, Any], told: str) -> None:
    with pytest.raises(BadUsage, match=told):
        Client("http://127.0.0.1:1/sparql", **given)


def test_an_endpoint_that_is_down_is_asked_again_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("levier.client.connection.time.sleep", pauses.append)
    with pytest.raises(EndpointFailed, match="does not answer"):
        Client(f"http://127.0.0.1:{free_port()}/sparql", retries=2).ask(MONEY)

    assert [0.5, 1.0] == pauses


@contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on the loopback, and give the address of its SPARQL."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sparql"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def answering(status: list[int], kind: str, body: bytes) -> Iterator[str]:
    """A server that answers with each status in turn, the last one for good; gives its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status.pop(0) if len(status) > 1 else status[0])
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Handler) as address:
        yield address


EMPTY = b'{"head": {"vars": ["a"]}, "results": {"bindings": []}}'


def test_an_endpoint_that_is_busy_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("levier.client.connection.time.sleep", lambda _: None)
    with answering([503, 200], "application/sparql-results+json", EMPTY) as address:
        assert Client(address).query("SELECT ?a { ?a a iati:Activity }").empty


def test_a_web_page_is_no_answer_and_is_asked_once() -> None:
    with answering([200], "text/html", b"<p>Welcome") as address, pytest.raises(EndpointFailed, match="a web page"):
        Client(address).query("SELECT ?a { ?a a iati:Activity }")


@pytest.mark.parametrize(
    ("status", "said", "asked"),
    [(500, "500 (Internal Server Error)", 3), (404, "404 (Not Found)", 1), (401, "401 (Unauthorized)", 1)],
)
def test_a_status_of_http_is_named_and_only_what_may_pass_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, status: int, said: str, asked: int
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("levier.client.connection.time.sleep", pauses.append)
    with answering([status], "text/plain", b"no") as address, pytest.raises(EndpointFailed) as caught:
        Client(address, retries=2).ask(MONEY)

    assert f"answers with HTTP status {said}" in caught.value.message
    assert asked - 1 == len(pauses)


@contextmanager
def breaking_off(parts: Iterator[bytes], length: int) -> Iterator[str]:
    """A server that promises so many bytes, sends some parts and hangs up; gives its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/sparql-results+json")
            self.send_header("Content-Length", str(length))
            self.end_headers()
            with suppress(OSError):  # the client has gone
                for part in parts:
                    self.wfile.write(part)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving(Handler) as address:
        yield address


def test_an_answer_that_breaks_off_is_told() -> None:
    with (
        breaking_off(iter([EMPTY]), len(EMPTY) + 9) as address,
        pytest.raises(EndpointFailed, match="breaks off after"),
    ):
        Client(address, retries=0).query("SELECT ?a { ?a a iati:Activity }")


def test_an_answer_that_trickles_in_is_given_up_when_the_time_is_over() -> None:
    gone = threading.Event()

    def trickle() -> Iterator[bytes]:
        while not gone.wait(0.05):
            yield b" "

    with breaking_off(trickle(), 1 << 30) as address, pytest.raises(EndpointFailed, match="not whole after 1 s"):
        Client(address, timeout=1, retries=0).query("SELECT ?a { ?a a iati:Activity }")
    gone.set()
