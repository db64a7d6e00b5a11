"""R, with nothing but itself: a data frame from an address."""

import os
import subprocess

import pytest
from tests.clients.conftest import ROWS, program
from tests.serving import PATIENCE, Server

_ASK = """
ask <- function(query) {
  endpoint <- commandArgs(trailingOnly = TRUE)[1]
  read.csv(paste0(endpoint, "?format=csv&query=", URLencode(query, reserved = TRUE)), encoding = "UTF-8")
}
rows <- ask(commandArgs(trailingOnly = TRUE)[2])
"""


def r(server: Server, query: str, script: str) -> list[str]:
    """Give the lines that a script of R writes, which finds the answer to a query in `rows`."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "no_proxy": "127.0.0.1,localhost"}
    done = subprocess.run(
        [program("Rscript"), "--vanilla", "-e", _ASK + script, f"{server.url}/sparql", query],
        capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_columns_have_the_types_that_a_data_frame_needs(server: Server) -> None:
    lines = r(server, ROWS, "cat(sapply(rows, class), sep = '\\n')")

    assert lines == ["character", "character", "integer", "numeric"]


def test_values_are_those_of_the_graph(server: Server) -> None:
    lines = r(server, ROWS, "cat(rows$label, sum(rows$pages * rows$share), months(as.Date(rows$issued)), sep = '\\n')")

    assert lines == ["Migration", "Santé, COVID-19", "63", "May", "June"]


@pytest.mark.parametrize(
    ("query", "rows"), [(ROWS, "2 4"), ("SELECT ?a ?b { ?a <http://example.org/none> ?b }", "0 2")]
)
def test_a_table_has_its_size_with_rows_and_without(server: Server, query: str, rows: str) -> None:
    assert r(server, query, "cat(dim(rows))") == [rows]
