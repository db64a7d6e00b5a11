"""A query that is answered in one go is answered, kept and told of as the layers do it one after the other."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from tests.web.test_quick import _ADDRESSES, _NOTES
from werkzeug.test import EnvironBuilder, run_wsgi_app

from levier.graph import Snapshots
from levier.querying import Here, NotHere, Places, Stores, Watch
from levier.settings import Settings
from levier.web import Cached, Express, Observed, Quick, Service, elsewhere
from levier.web.express import STATUS, listen
from levier.web.headers import read_lines

_ACCEPTED = ["", "*/*", "text/csv", "application/sparql-results+json", "text/turtle", "image/png", "text/html"]
_MANY = "query=SELECT+?a+?b+?c+?d+%7B+?a+?p+?b+.+?c+?q+?d+%7D"
_SORTED = _MANY + "+ORDER+BY+?a+?b+?c+?d"

Told = tuple[object, ...]


class Lane:
    """What a lane answers with, in one go or by its layers alone, and what is told of it."""

    def __init__(self, settings: Settings, client: socket.socket) -> None:
        self.log = StringIO()
        self.client = client
        service = Service(settings, Places(2), Here(Places(2), Watch(), Stores(0)))
        self.cached = Cached(Quick(service, elsewhere), Snapshots(settings.store), settings.cache_bytes)
        self.layers = Observed(self.cached, log=self.log, metrics=None)
        self.express = Express(service, self.cached, self.layers)

    def ask(self, address: str, accept: str = "", encoding: str = "", *, in_one_go: bool = True) -> Told:
        """Give the answer to a query, or the errors that another process has to tell."""
        headers = [(name, value) for name, value in (("Accept", accept), ("Accept-Encoding", encoding)) if value]
        environ = EnvironBuilder("/sparql", query_string=address, headers=headers).get_environ()
        environ["RAW_URI"], environ["QUERY_STRING"] = f"/sparql?{address}", address
        try:
            return (in_one_go and self._in_one_go(environ)) or self._by_layers(environ)
        except NotHere as error:
            return tuple(map(repr, error.args))

    def _in_one_go(self, environ: dict[str, Any]) -> Told:
        heard = listen(environ)
        given = self.express.answer(heard, environ["RAW_URI"], self.client) if heard else None
        if given is None:
            return ()
        body = b"".join(given.body.pieces())
        self.express.finish(given, len(body), whole=True)
        return STATUS, set(read_lines(given.lines)), body

    def _by_layers(self, environ: dict[str, Any]) -> Told:
        body, status, headers = run_wsgi_app(self.layers, environ, buffered=True)
        return status, set(headers), b"".join(body)

    def told(self) -> list[dict[str, Any]]:
        """The lines of the log, without those fields that are never the same."""
        lines = map(json.loads, self.log.getvalue().splitlines())
        return [{name: value for name, value in line.items() if name not in {"time", "seconds"}} for line in lines]


@pytest.fixture
def client() -> Iterator[socket.socket]:
    one, other = socket.socketpair()
    with one, other:
        yield one


@pytest.fixture
def lanes(settings: Settings, client: socket.socket) -> tuple[Lane, Lane]:
    return Lane(settings, client), Lane(settings, client)


@pytest.mark.parametrize("accept", _ACCEPTED)
@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_the_answer_is_that_of_the_layers(
    lanes: tuple[Lane, Lane], monkeypatch: pytest.MonkeyPatch, accept: str, encoding: str
) -> None:
    monkeypatch.setattr("levier.web.cached._LONG", 60.0)  # so that none is kept by chance
    one, other = lanes
    for address in _ADDRESSES:
        for time in ("first", "second", "third"):
            layers = other.ask(address, accept, encoding, in_one_go=False)

            assert layers == one.ask(address, accept, encoding), (time, address)
    assert other.told() == one.told()
    assert other.cached.size == one.cached.size


@pytest.mark.parametrize("address", [_SORTED, _MANY])
def test_a_long_answer_is_streamed_or_left_to_another_process(
    lanes: tuple[Lane, Lane], monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("levier.web.answering.WHOLE", 1_000)
    monkeypatch.setattr("levier.querying.here._HELD", 100_000)
    one, other = lanes

    assert other.ask(address, in_one_go=False) == one.ask(address)
    assert other.told() == one.told()


def test_what_took_long_is_kept_at_once(lanes: tuple[Lane, Lane], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("levier.web.cached._LONG", 0.0)
    one, _ = lanes
    answers = [one.ask(_NOTES), one.ask(_NOTES), one.ask(_NOTES, in_one_go=False)]

    assert answers[0] == answers[1] == answers[2]
    assert ["miss", "hit", "hit"] == [line["cache"] for line in one.told()]


def test_nothing_is_kept_where_nothing_may_be(settings: Settings, client: socket.socket) -> None:
    one, other = (Lane(replace(settings, cache_bytes=0), client) for _ in range(2))
    answers = [one.ask(_NOTES) for _ in range(3)]

    assert answers == [other.ask(_NOTES, in_one_go=False) for _ in range(3)]
    assert other.told() == one.told()
    assert 0 == one.cached.size


def test_simple_queries_do_go_in_one_go(lanes: tuple[Lane, Lane], monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> list[bytes]:
        raise AssertionError

    monkeypatch.setattr(lanes[0].layers, "_app", never)
    for number, accept in enumerate(("", "text/csv", "application/sparql-results+json")):
        assert STATUS == lanes[0].ask(f"{_NOTES}%23{number}", accept)[0]
