"""Answers that are given again: those that took long at once, the others when they are asked for again."""

from collections.abc import Iterable
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from tests.serving import write
from werkzeug.test import Client

from levier.graph import Snapshots
from levier.web import Cached


class _App:
    """Counts how often it is asked; takes so many seconds for an answer."""

    def __init__(self, seconds: float = 0.0, tag: str = 'W/"v"') -> None:
        self.asked = 0
        self.seconds = seconds
        self.tag = tag

    def __call__(self, _: object, start_response: Any) -> Iterable[bytes]:  # noqa: ANN401  # as WSGI has it
        self.asked += 1
        sleep(self.seconds)
        tag = [("ETag", self.tag)] if self.tag else []
        start_response("200 OK", [("Content-Length", "2"), ("Content-Type", "text/plain"), *tag])
        return [b"ok"]


@pytest.fixture
def snapshots(tmp_path: Path) -> Snapshots:
    write(tmp_path, "One")
    return Snapshots(tmp_path)


@pytest.mark.parametrize(("long", "times"), [(60.0, 2), (0.0, 1)])
def test_an_answer_is_kept_when_it_is_worth_it(
    snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch, long: float, times: int
) -> None:
    monkeypatch.setattr("levier.web.cached._LONG", long)
    app = _App()
    cached = Cached(app, snapshots, 1 << 20)
    bodies = [Client(cached).get("/sparql?query=x").data for _ in range(5)]

    assert ([b"ok"] * 5, times) == (bodies, app.asked)
    assert cached.size > 0


def test_requests_that_nobody_repeats_take_no_room(snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("levier.web.cached._LONG", 60.0)
    cached = Cached(_App(), snapshots, 1 << 20)
    for number in range(20_000):
        Client(cached).get(f"/sparql?query={number}") if number < 50 else cached._again(number)

    assert 0 == cached.size
    assert len(cached._asked_once) <= 10_000


@pytest.mark.parametrize("said", ['W/"v"', '"v"', '"other", W/"v"'])
def test_what_the_client_has_is_not_sent_again(snapshots: Snapshots, said: str) -> None:
    cached = Cached(_App(0.01), snapshots, 1 << 20)
    answers = [Client(cached).get("/x", headers={"If-None-Match": said}) for _ in range(3)]

    assert [(200, b"ok"), (304, b""), (304, b"")] == [(answer.status_code, answer.data) for answer in answers]


def test_what_has_no_tag_is_not_kept(snapshots: Snapshots) -> None:
    app = _App(0.01, tag="")
    cached = Cached(app, snapshots, 1 << 20)
    for _ in range(3):
        Client(cached).get("/x")

    assert (3, 0) == (app.asked, cached.size)


def test_a_new_snapshot_empties_it(snapshots: Snapshots, tmp_path: Path) -> None:
    app = _App(0.01)
    cached = Cached(app, snapshots, 1 << 20)
    Client(cached).get("/x")
    write(tmp_path, "Two")
    Client(cached).get("/x")

    assert 2 == app.asked


@pytest.mark.parametrize(("has", "status"), [('W/"v"', 304), ('"u", "v"', 304), ("*", 304), ('"u"', 200)])
def test_a_client_that_has_what_is_kept_is_told_so(
    snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch, has: str, status: int
) -> None:
    monkeypatch.setattr("levier.web.cached._LONG", 0.0)
    client = Client(Cached(_App(0.001), snapshots, 1 << 20))
    client.get("/sparql?query=x")
    answer = client.get("/sparql?query=x", headers={"If-None-Match": has})

    assert (status, b"" if status == 304 else b"ok") == (answer.status_code, answer.data)
