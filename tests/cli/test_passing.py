"""Connections that are passed from one process to another."""

import socket
from collections.abc import Iterator

import pytest

from levier.cli.lane import POSSIBLE
from levier.cli.passing import Passed, Passing, receive
from levier.errors import QueryTimeout

pytestmark = pytest.mark.skipif(not POSSIBLE, reason="this system passes no connections on")


@pytest.fixture
def passing() -> Iterator[Passing]:
    made = Passing(2)
    yield made
    made.lanes.close()
    made.fronts.close()


def test_a_connection_arrives_with_what_is_known_of_it(passing: Passing) -> None:
    ours, client = socket.socketpair()
    error = QueryTimeout("too long", hint="ask for less")
    passing.to_a_front(ours, Passed(("::1", 5, 0, 0), 1.5, error))
    number, passed = receive(passing.fronts)
    with socket.socket(fileno=number) as arrived, client:
        client.sendall(b"x")
        assert b"x" == arrived.recv(9)

    assert -1 == ours.fileno()
    assert (("::1", 5, 0, 0), 1.5) == passed[:2]
    assert {"levier.began", "levier.failed"} == set(passed.known())
    assert (error.code, error.message) == (passed.failed.code, passed.failed.message)  # type: ignore[union-attr]


def test_an_error_that_is_too_long_stays_behind(passing: Passing) -> None:
    ours, client = socket.socketpair()
    passing.to_a_front(ours, Passed(("127.0.0.1", 5), 1.5, QueryTimeout("x" * 100_000, hint="")))
    number, passed = receive(passing.fronts)
    socket.socket(fileno=number).close()
    client.close()

    assert passed.failed is None
    assert {} == passed.known()


def test_nobody_waits_for_what_another_process_took(passing: Passing) -> None:
    for end in (passing.fronts, passing.lanes):
        with pytest.raises(BlockingIOError):
            receive(end)


def test_a_connection_stays_where_it_cannot_be_given_back(passing: Passing) -> None:
    ours, client = socket.socketpair()
    given = 0
    while passing.to_a_lane(ours, Passed(("127.0.0.1", 5))):
        given += 1
        assert given < 100_000
    client.sendall(b"x")

    assert given > 10
    assert b"x" == ours.recv(9)
    for _ in range(given):
        socket.socket(fileno=receive(passing.lanes)[0]).close()
    ours.close()
    client.close()
