"""What holds of the service holds behind the nginx of docs/operations.md too."""

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.proxied import Proxied, address, proxied
from tests.serving import HEAVY, NOTES, send

TOKEN = "a token of the tests"  # noqa: S105  # no secret
QUESTION = f"""
    PREFIX levier: <https://w3id.org/levier/ontology#>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    {NOTES}"""
ENDLESS = "SELECT ?a ?b ?c { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z }"
"""Hundreds of millions of rows, of which the first come at once."""
WRITE = b"INSERT DATA { <http://e/a> <http://e/b> <http://e/c> }"
UPDATE = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/sparql-update"}
MAX_WRITE_BYTES = 100_000_000
STRANGER = "127.0.0.2"
"""Another address of the loopback interface, for a client that is not 127.0.0.1."""


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """A server as it comes, but for writing, behind nginx."""
    with proxied(tmp_path_factory.mktemp("front"), "--writable", token=TOKEN) as running:
        yield running


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Proxied]:
    """A server with one place, and little patience, behind nginx."""
    flags = ("--max-queries", "1", "--queue-timeout", "0.1", "--send-timeout", "1")
    with proxied(tmp_path, *flags) as running:
        yield running


def test_a_query_answers_the_same_through_nginx(front: Proxied) -> None:
    direct = front.server.send("GET", address(QUESTION), headers={"Accept": "text/csv"})
    through = front.ask(QUESTION)

    assert (200, "label\r\none\r\n") == (direct.status, direct.text)
    assert (200, direct.text, direct.headers["ETag"]) == (through.status, through.text, through.headers["ETag"])


def test_an_answer_that_a_client_has_is_not_sent_again_through_nginx(front: Proxied) -> None:
    known = front.ask(QUESTION).headers["ETag"]
    again = front.ask(QUESTION, {"If-None-Match": known})

    assert (304, known, b"") == (again.status, again.headers["ETag"], again.body)


def test_the_service_packs_an_answer_and_nginx_passes_it_on(front: Proxied) -> None:
    numbers = "SELECT * { ?a <http://e/n> ?n }"

    assert "gzip" == front.ask(numbers, {"Accept-Encoding": "gzip"}).headers["Content-Encoding"]
    assert front.ask(numbers).headers["Content-Encoding"] is None


def test_the_service_describes_itself_by_the_address_of_nginx(front: Proxied) -> None:
    description = send(front.url, "GET", "/sparql", headers={"Accept": "text/turtle"})

    assert f"<{front.url}/sparql>" in description.text
    assert front.server.url not in description.text


def test_a_client_that_stops_reading_stops_its_query_through_nginx(narrow: Proxied) -> None:
    """The first rows come while the query runs; nginx does not take the rest of them off its hands."""
    connection = narrow.open(address(ENDLESS), {"Accept": "text/csv"})
    try:
        answer = connection.getresponse()

        assert (200, "chunked") == (answer.status, answer.headers["Transfer-Encoding"])
        assert answer.read1(100).startswith(b"a,b,c\r\n")
        assert 1 == narrow.places_taken()
        assert narrow.logged("/sparql")["broken"]

        narrow.wait_until_taken(0)

        assert [] == [file for file in (narrow.folder / "proxy").rglob("*") if file.is_file()]
    finally:
        connection.close()


def test_an_answer_that_is_broken_off_stays_broken_through_nginx(tmp_path: Path) -> None:
    with proxied(tmp_path, "--max-rows", "100000") as running:
        connection = running.open(address(ENDLESS), {"Accept": "text/csv"})
        try:
            answer = connection.getresponse()
            with pytest.raises(http.client.IncompleteRead):
                answer.read()
        finally:
            connection.close()


def test_a_client_that_leaves_through_nginx_frees_its_place(narrow: Proxied) -> None:
    connection = narrow.open(address(HEAVY))
    narrow.wait_until_taken(1)
    connection.close()

    assert "client-gone" == narrow.logged("/sparql")["code"]

    narrow.wait_until_taken(0)

    assert 200 == narrow.ask(QUESTION).status


def test_a_full_house_says_through_nginx_when_to_ask_again(narrow: Proxied) -> None:
    connection = narrow.open(address(HEAVY))
    try:
        narrow.wait_until_taken(1)
        answer = narrow.ask(QUESTION)

        assert (503, "places-taken") == answer.problem
        assert int(answer.headers["Retry-After"]) > 0
    finally:
        connection.close()


def test_the_longest_write_that_the_service_takes_passes_nginx(front: Proxied) -> None:
    """Nginx passes a little more than the service takes, so that the service says what is wrong."""
    longest = send(front.url, "POST", "/update", WRITE.ljust(MAX_WRITE_BYTES), UPDATE)
    longer = send(front.url, "POST", "/update", WRITE.ljust(MAX_WRITE_BYTES + 1), UPDATE)

    assert 204 == longest.status
    assert (413, "query-too-long") == longer.problem


def test_the_service_says_that_an_address_is_too_long(front: Proxied) -> None:
    assert (414, "address-too-long") == front.ask(QUESTION + " " * 8_190).problem


@pytest.mark.parametrize("path", ["/metrics", "//metrics", "/%6detrics", "/x/../metrics", "/metrics?x"])
def test_nginx_shows_the_metrics_to_its_own_machine_alone(front: Proxied, path: str) -> None:
    stranger = front.open(path, {"X-Forwarded-For": "127.0.0.1"}, source=STRANGER)
    try:
        assert 403 == stranger.getresponse().status
    finally:
        stranger.close()

    assert "levier_places " in send(front.url, "GET", "/metrics").text


def test_the_log_of_the_service_names_nginx_as_the_client(narrow: Proxied) -> None:
    """As the page says, whatever a client claims of itself."""
    connection = narrow.open("/health", {"X-Forwarded-For": "192.0.2.1"}, source=STRANGER)
    try:
        assert 200 == connection.getresponse().status
        assert "127.0.0.1" == narrow.logged("/health")["client"]
    finally:
        connection.close()
