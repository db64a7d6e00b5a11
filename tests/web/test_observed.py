import io
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from levier.web.metrics import Metrics
from levier.web.observed import Observed

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Lines(io.StringIO):
    """A log that remembers each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []

    def write(self, text: str) -> int:
        self.writes.append(text)
        return super().write(text)

    @property
    def entry(self) -> dict[str, Any]:
        """The one line that there is."""
        (line,) = self.writes
        return dict(json.loads(line))


class Full(io.StringIO):
    """A log on a full disk."""

    def write(self, text: str) -> int:  # noqa: ARG002  # of the interface
        raise OSError(28, "No space left on device")


class Counting(Metrics):
    """Metrics that remember what they were told."""

    def __init__(self) -> None:
        super().__init__(places=lambda: (0, 1), snapshot=lambda: None)
        self.seen: list[tuple[str, str, int, dict[str, object]]] = []

    def observe(self, path: str, method: str, status: int, seconds: float, facts: Mapping[str, object]) -> None:
        assert seconds >= 0
        self.seen.append((path, method, status, dict(facts)))


def says(*chunks: bytes, status: str = "200 OK", **facts: object) -> "WSGIApplication":
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        environ["levier.observed"].update(facts)
        start_response(status, [("Content-Type", "text/plain")])
        return list(chunks)

    return app


def ask(app: "WSGIApplication", log: io.StringIO | None, metrics: Metrics | None = None, **request: Any) -> bytes:  # noqa: ANN401  # of werkzeug
    environ = EnvironBuilder(environ_base={"REMOTE_ADDR": "192.0.2.7"}, **request).get_environ()
    body, *_ = run_wsgi_app(Observed(app, log=log, metrics=metrics), environ, buffered=True)
    return b"".join(body)


def test_a_request_is_one_line_written_at_once() -> None:
    log = Lines()

    answer = ask(says(b"ab", b"cde"), log, path="/sparql", headers={"User-Agent": "curl/8"})

    assert b"abcde" == answer
    (line,) = log.writes
    assert line.endswith("\n")
    assert 1 == line.count("\n")


def test_a_line_says_what_came_and_what_became_of_it() -> None:
    log = Lines()

    ask(says(b"ab", b"cde", status="404 NOT FOUND"), log, path="/id/x", headers={"User-Agent": "curl/8"})

    entry = log.entry
    assert entry.pop("time").endswith("Z")
    assert 0 <= entry.pop("seconds") < 10
    expected = {"method": "GET", "path": "/id/x", "status": 404, "bytes": 5, "client": "192.0.2.7", "agent": "curl/8"}

    assert expected == entry


def test_the_time_is_that_of_the_beginning_to_the_millisecond() -> None:
    log = Lines()
    ask(says(), log)

    assert 24 == len(log.entry["time"])


def test_what_the_application_says_of_a_request_is_in_its_line() -> None:
    log = Lines()
    said: dict[str, Any] = {"query": "00112233445566aa", "snapshot": "v1", "rows": 3, "cache": "miss", "code": "fault"}
    said |= {"writer": "token", "stopped": "query-timeout"}
    ask(says(**said), log)
    entry = log.entry

    assert said == {name: entry[name] for name in said}


def test_nothing_else_that_the_application_says_is_in_the_line() -> None:
    log = Lines()
    ask(says(other="private"), log)

    assert "private" not in log.getvalue()


def test_neither_the_query_nor_the_token_is_in_the_line() -> None:
    log = Lines()
    ask(says(), log, path="/sparql", query_string={"query": "ASK {}"}, headers={"Authorization": "Bearer abc"})

    assert "/sparql" == log.entry["path"]
    assert "ASK" not in log.getvalue()
    assert "abc" not in log.getvalue()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("/a\r\nb\x1b[2J", "/a\r\nb\x1b[2J"),
        ("/\x7f\x00", "/\x7f\x00"),
        ("/é".encode().decode("latin-1"), "/é"),
        ("/\x9b2J", "/\\x9b2J"),
        ("/" + "\u2028".encode().decode("latin-1"), "/\u2028"),
    ],
)
def test_a_path_breaks_no_line_and_moves_no_cursor(given: str, expected: str) -> None:
    log = Lines()
    environ = EnvironBuilder(path="/").get_environ() | {"PATH_INFO": given}
    run_wsgi_app(Observed(says(), log=log, metrics=None), environ, buffered=True)

    assert expected == log.entry["path"]
    assert all(" " <= character <= "~" for character in log.writes[0][:-1])


def test_a_long_name_of_a_client_is_cut() -> None:
    log = Lines()
    ask(says(), log, headers={"User-Agent": "x" * 5000})

    assert "x" * 200 == log.entry["agent"]


def test_a_line_is_never_longer_than_what_is_written_at_once() -> None:
    log = Lines()
    environ = EnvironBuilder(path="/").get_environ()
    environ |= {"PATH_INFO": "/" + "\xf0\x9f\x98\x80" * 2000, "HTTP_USER_AGENT": "\x80" * 200}
    run_wsgi_app(Observed(says(query="0" * 16), log=log, metrics=None), environ, buffered=True)

    assert "0" * 16 == log.entry["query"]
    assert len(log.writes[0]) <= 4096


def test_a_whole_answer_is_not_broken() -> None:
    log = Lines()
    ask(says(b"a"), log)

    assert "broken" not in log.entry


def test_a_client_that_leaves_breaks_its_answer() -> None:
    log = Lines()
    environ = EnvironBuilder(path="/").get_environ()
    answer = Observed(says(b"ab", b"c"), log=log, metrics=None)(environ, lambda *_: lambda _: None)
    assert b"ab" == next(iter(answer))
    assert [] == log.writes
    answer.close()  # type: ignore[attr-defined]  # what servers call (PEP 3333)

    assert log.entry["broken"] is True
    assert 2 == log.entry["bytes"]


def test_an_answer_that_fails_on_the_way_is_broken_and_fails_for_the_server_too() -> None:
    log = Lines()

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"a"
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        ask(app, log)

    entry = log.entry
    assert (True, 200, 1) == (entry["broken"], entry["status"], entry["bytes"])


def test_an_application_that_fails_before_it_answers_is_logged() -> None:
    log = Lines()

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        raise RuntimeError("a fault")

    with pytest.raises(RuntimeError, match="a fault"):
        ask(app, log)

    assert (True, 500) == (log.entry["broken"], log.entry["status"])


def test_the_answer_of_the_application_is_closed_before_the_line_is_written() -> None:
    log = Lines()

    class Body:
        def __init__(self, facts: dict[str, object]) -> None:
            self.facts = facts

        def __iter__(self) -> Iterator[bytes]:
            yield b"a"

        def close(self) -> None:
            self.facts["rows"] = 7

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Body:
        start_response("200 OK", [])
        return Body(environ["levier.observed"])

    ask(app, log)

    assert 7 == log.entry["rows"]


def test_closing_an_answer_twice_writes_one_line() -> None:
    log = Lines()
    environ = EnvironBuilder(path="/").get_environ()
    answer = Observed(says(), log=log, metrics=None)(environ, lambda *_: lambda _: None)
    for _ in range(2):
        answer.close()  # type: ignore[attr-defined]  # what servers call (PEP 3333)

    assert 1 == len(log.writes)


def test_what_is_sent_the_old_way_is_counted() -> None:
    log = Lines()

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        start_response("200 OK", [])(b"abc")
        return [b"d"]

    ask(app, log)

    assert 4 == log.entry["bytes"]


def test_a_log_that_cannot_be_written_keeps_nobody_from_an_answer() -> None:
    answer = ask(says(b"ab"), Full())

    assert b"ab" == answer


def test_the_metrics_hear_of_each_request() -> None:
    metrics = Counting()
    ask(says(b"ab", cache="hit"), None, metrics, path="/sparql", method="POST")

    assert [("/sparql", "POST", 200, {"cache": "hit"})] == metrics.seen
