"""Comunica, the engine behind SPARQL in browsers: told that it is an endpoint, and finding that out by itself."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.clients.conftest import NOTES, ROWS, program
from tests.serving import Server

HERE = Path(__file__).parent / "comunica"
INSTALL = 180
"""Seconds for its 540 packages; less than a minute where they come fast."""
ANSWER = 60
"""Seconds for an answer: most of them are those in which Node reads the packages."""
RESULTS = "application/sparql-results+json"

Ask = Callable[..., str]


@pytest.fixture(scope="session")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """A function that asks Comunica: the media type of the answer, the query, the sources."""
    node, npm = program("node"), program("npm")
    folder = tmp_path_factory.mktemp("comunica")
    for file in HERE.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    try:
        subprocess.run(
            [npm, "ci", "--ignore-scripts", "--no-bin-links", "--no-audit", "--no-fund", "--prefer-offline"],
            cwd=folder, capture_output=True, timeout=INSTALL, check=True,
        )  # fmt: skip
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"Comunica could not be installed by npm: {error}")

    def run(media_type: str, query: str, *sources: str) -> str:
        done = subprocess.run(
            [node, "ask.mjs", media_type, query, *sources],
            cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=ANSWER, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.mark.parametrize("how", ["sparql@", ""], ids=["told", "by the service description"])
def test_a_table_is_answered(server: Server, ask: Ask, how: str) -> None:
    found = json.loads(ask(RESULTS, ROWS, f"{how}{server.url}/sparql"))
    labels = [row["label"]["value"] for row in found["results"]["bindings"]]

    assert labels == ["Migration", "Santé, COVID-19"]


def test_a_yes_and_a_no_are_answered(server: Server, ask: Ask) -> None:
    source = f"sparql@{server.url}/sparql"

    assert json.loads(ask(RESULTS, "ASK { <http://example.org/health> ?p ?o }", source))["boolean"] is True
    assert json.loads(ask(RESULTS, "ASK { <http://example.org/nobody> ?p ?o }", source))["boolean"] is False


def test_a_graph_is_answered(server: Server, ask: Ask) -> None:
    query = "CONSTRUCT { ?n <http://example.org/long> ?p } WHERE { ?n <http://example.org/pages> ?p FILTER(?p > 20) }"
    found = ask("application/n-quads", query, f"sparql@{server.url}/sparql")

    assert found.split()[:3] == [
        "<http://example.org/migration>",
        "<http://example.org/long>",
        '"40"^^<http://www.w3.org/2001/XMLSchema#integer>',
    ]


def test_a_graph_by_its_address_is_a_source_of_its_own(server: Server, ask: Ask) -> None:
    found = json.loads(ask(RESULTS, ROWS, f"{server.url}/graphs?graph={NOTES}"))
    pages = [row["pages"]["value"] for row in found["results"]["bindings"]]

    assert pages == ["40", "12"]
