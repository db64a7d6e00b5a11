"""The real server, with a graph that every client is asked the same of."""

import shutil
from collections.abc import Iterator

import pytest
from tests import serving
from tests.serving import Server

TOKEN = "known-to-these-tests-only"  # noqa: S105
NOTES = "http://example.org/notes"
TURTLE = """
    PREFIX dcterms: <http://purl.org/dc/terms/>
    PREFIX e: <http://example.org/>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

    e:migration skos:prefLabel "Migration"@fr ; dcterms:issued "2018-05-09"^^xsd:date ; e:pages 40 ; e:share 1.5 .
    e:health skos:prefLabel "Santé, COVID-19"@fr ; dcterms:issued "2020-06-01"^^xsd:date ; e:pages 12 ; e:share 0.25 ;
        e:axis [ skos:notation "H1" ] .
"""
ROWS = """
    PREFIX dcterms: <http://purl.org/dc/terms/>
    PREFIX e: <http://example.org/>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    SELECT ?label ?issued ?pages ?share
    WHERE { ?note skos:prefLabel ?label ; dcterms:issued ?issued ; e:pages ?pages ; e:share ?share }
    ORDER BY ?issued
"""
CSV = 'label,issued,pages,share\r\nMigration,2018-05-09,40,1.5\r\n"Santé, COVID-19",2020-06-01,12,0.25\r\n'
"""The answer to ROWS."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A writable service whose graph NOTES holds TURTLE; who writes, writes to another graph."""
    running = serving.start(tmp_path_factory.mktemp("store"), "--writable", token=TOKEN)
    try:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/turtle"}
        answer = running.send("PUT", f"/graphs?graph={NOTES}", TURTLE.encode(), headers)
        assert answer.status == 201, answer.body
        yield running
    finally:
        running.close()


def program(name: str) -> str:
    """Give the path of a program; the test is skipped where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed on this machine")
    return found
