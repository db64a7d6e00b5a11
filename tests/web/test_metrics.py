import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from levier.web import metrics as web_metrics
from levier.web.metrics import Metrics

BUILT = datetime.now(UTC) - timedelta(hours=1)

Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: bytes) -> Figures:
    """Give the value of each series by its name and its labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def areas(figures: Figures) -> set[str]:
    return {dict(labels)["area"] for (name, labels) in figures if name == "levier_requests_total"}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(places=lambda: (3, 8), snapshot=lambda: ("v1", BUILT))


def test_requests_are_counted_by_area_method_and_status(metrics: Metrics) -> None:
    for _ in range(2):
        metrics.observe("/sparql", "GET", 200, 0.01, {})
    metrics.observe("/graphs/person/1", "PUT", 201, 0.01, {})
    found = read(metrics.render())

    assert 2 == found["levier_requests_total", (("area", "sparql"), ("method", "GET"), ("status", "200"))]
    assert 1 == found["levier_requests_total", (("area", "graphs"), ("method", "PUT"), ("status", "201"))]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "home"),
        ("", "home"),
        ("/sparql/", "sparql"),
        ("/id/note/migration", "id"),
        ("/.well-known/void", "well-known"),
        ("/wp-login.php", "other"),
        ("//sparql", "home"),
        ("*", "other"),
    ],
)
def test_the_area_is_the_first_part_of_the_path(metrics: Metrics, path: str, expected: str) -> None:
    metrics.observe(path, "GET", 200, 0.01, {})

    assert {expected} == areas(read(metrics.render()))


def test_strangers_make_no_new_series(metrics: Metrics) -> None:
    for number in range(20):
        metrics.observe(f"/{number}", f"M{number}", 404, 0.01, {"stopped": f"s{number}", "cache": f"c{number}"})
    found = read(metrics.render())
    counted = [labels for name, labels in found if name == "levier_requests_total"]

    assert [(("area", "other"), ("method", "other"), ("status", "404"))] == counted
    assert 20 == found["levier_queries_stopped_total", (("reason", "other"),)]


def test_durations_are_seconds_in_buckets(metrics: Metrics) -> None:
    metrics.observe("/sparql", "GET", 200, 0.03, {})
    metrics.observe("/sparql", "GET", 200, 400, {})
    found = read(metrics.render())
    bucket = "levier_request_seconds_bucket"

    assert 0 == found[bucket, (("area", "sparql"), ("le", "0.025"))]
    assert 1 == found[bucket, (("area", "sparql"), ("le", "0.05"))]
    assert 2 == found[bucket, (("area", "sparql"), ("le", "+Inf"))]
    assert 400.03 == found["levier_request_seconds_sum", (("area", "sparql"),)]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"stopped": "client-gone"}, "client-gone"),
        ({"code": "query-timeout"}, "query-timeout"),
        ({"stopped": "query-memory", "code": "query-memory"}, "query-memory"),
    ],
)
def test_a_stopped_query_is_counted_once_by_its_reason(metrics: Metrics, facts: dict[str, object], reason: str) -> None:
    metrics.observe("/sparql", "GET", 503, 1, facts)
    found = read(metrics.render())
    stopped = {dict(labels)["reason"]: n for (name, labels), n in found.items() if name.endswith("stopped_total") and n}

    assert {reason: 1} == stopped


def test_other_problems_are_no_stopped_queries(metrics: Metrics) -> None:
    metrics.observe("/sparql", "GET", 400, 1, {"code": "query-syntax"})
    found = read(metrics.render())

    assert 0 == sum(n for (name, _), n in found.items() if name == "levier_queries_stopped_total")


def test_the_cache_is_counted_and_measured(metrics: Metrics) -> None:
    metrics.watch_cache(lambda: 1234)
    for result in ("miss", "hit", "hit"):
        metrics.observe("/sparql", "GET", 200, 0.01, {"cache": result})
    found = read(metrics.render())

    assert 2 == found["levier_answers_cached_total", (("result", "hit"),)]
    assert 1 == found["levier_answers_cached_total", (("result", "miss"),)]
    assert 1234 == found["levier_cache_bytes", ()]


def test_places_and_snapshot_are_those_of_the_moment(metrics: Metrics) -> None:
    found = read(metrics.render())

    assert 8 == found["levier_places", ()]
    assert 3 == found["levier_places_taken", ()]
    assert 1 == found["levier_snapshot_info", (("version", "v1"),)]
    assert 3600 <= found["levier_snapshot_age_seconds", ()] <= (datetime.now(UTC) - BUILT).total_seconds()


def test_without_a_snapshot_nothing_is_said_of_it() -> None:
    found = read(Metrics(places=lambda: (0, 8), snapshot=lambda: None).render())

    assert not [name for name, _ in found if name.startswith("levier_snapshot")]


def test_several_metrics_in_one_process_do_not_get_in_each_others_way(metrics: Metrics) -> None:
    other = Metrics(places=lambda: (0, 1), snapshot=lambda: None)
    other.observe("/sparql", "GET", 200, 0.01, {})

    assert set() == areas(read(metrics.render()))


def test_the_page_is_never_kept(metrics: Metrics) -> None:
    app = Flask(__name__)
    app.extensions["levier_metrics"] = metrics
    app.register_blueprint(web_metrics.blueprint)
    answer = app.test_client().get("/metrics")

    assert 200 == answer.status_code
    assert "no-store" == answer.headers["Cache-Control"]
    assert re.match(r"text/plain; version=\d", answer.headers["Content-Type"])
    assert 8 == read(answer.data)["levier_places", ()]


def test_without_a_folder_no_dead_process_is_looked_for() -> None:
    web_metrics.mark_process_dead(os.getpid())


_FRONT = """
import os, sys
from datetime import UTC, datetime
from levier.web.metrics import Metrics, mark_process_dead

def front(requests, cached):
    metrics = Metrics(places=lambda: (1, 8), snapshot=lambda: ("v1", datetime.now(UTC)))
    metrics.watch_cache(lambda: cached)
    for _ in range(requests):
        metrics.observe("/sparql", "GET", 200, 0.01, {"cache": "miss"})
    metrics.settle()
    return metrics

child = os.fork()
if child == 0:
    front(2, 100)
    os._exit(0)
os.waitpid(child, 0)
metrics = front(3, 20)
if "dead" in sys.argv:
    mark_process_dead(child)
sys.stdout.buffer.write(metrics.render())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "metrics"
    place.mkdir()
    return place


def fronts(folder: Path, *words: str) -> Figures:
    """Give what the second of two fronts tells; the library must see the variable when it is first imported."""
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    done = subprocess.run([sys.executable, "-c", _FRONT, *words], env=environment, capture_output=True, check=True)
    return read(done.stdout)


def test_any_front_tells_the_figures_of_all(folder: Path) -> None:
    found = fronts(folder)

    assert 5 == found["levier_requests_total", (("area", "sparql"), ("method", "GET"), ("status", "200"))]
    assert 5 == found["levier_request_seconds_count", (("area", "sparql"),)]
    assert 120 == found["levier_cache_bytes", ()]
    assert 8 == found["levier_places", ()]
    assert 1 == found["levier_snapshot_info", (("version", "v1"),)]


def test_a_front_that_ended_keeps_nothing_but_what_it_counted_counts_on(folder: Path) -> None:
    found = fronts(folder, "dead")

    assert 20 == found["levier_cache_bytes", ()]
    assert 5 == found["levier_answers_cached_total", (("result", "miss"),)]
