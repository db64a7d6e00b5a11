"""`/ontology` and `/shapes`."""

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from levier.terms import LEVIER, OWL, RDF, SH
from levier.web import vocabulary

BROWSER = "text/html,*/*;q=0.8"


@pytest.mark.parametrize(("path", "kind"), [("/ontology", OWL + "Class"), ("/shapes", SH + "PropertyShape")])
@pytest.mark.parametrize(
    ("accept", "form"), [("*/*", ox.RdfFormat.TURTLE), ("application/rdf+xml", ox.RdfFormat.RDF_XML)]
)
def test_the_vocabulary_and_the_shapes_come_as_data(
    client: FlaskClient, path: str, kind: str, accept: str, form: ox.RdfFormat
) -> None:
    response = client.get(path, headers={"Accept": accept})
    kinds = {quad.object for quad in ox.parse(response.data, format=form) if quad.predicate.value == RDF + "type"}

    assert ox.NamedNode(kind) in kinds
    assert "ETag" in response.headers


@pytest.mark.parametrize("path", ["/ontology", "/shapes"])
def test_every_front_gives_the_same_bytes(client: FlaskClient, path: str) -> None:
    first = client.get(path, headers={"Accept": "*/*"}).data
    vocabulary._triples.cache_clear()
    other = client.get(path, headers={"Accept": "*/*"}).data

    assert first == other


def test_a_browser_reads_each_term_at_its_own_place(client: FlaskClient) -> None:
    page = client.get("/ontology", headers={"Accept": BROWSER}).text

    assert '<dt id="StrategyNote">strategy note <code>levier:StrategyNote</code></dt>' in page
    assert '<dt id="iati-Activity">' in page


def test_a_link_to_a_term_finds_that_place(client: FlaskClient) -> None:
    page = client.get("/query", query_string={"query": f"SELECT (<{LEVIER}StrategyNote> AS ?term) {{}}"}).text

    assert 'href="/ontology#StrategyNote"' in page


def test_a_browser_reads_what_each_rule_says(client: FlaskClient) -> None:
    page = client.get("/shapes", headers={"Accept": BROWSER}).text

    assert "<code>NOTE-0" in page
    assert "Violation</td>" in page
