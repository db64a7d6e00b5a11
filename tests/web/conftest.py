"""A small snapshot, built once, and clients of an application that serves it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask import Flask
from flask.testing import FlaskClient

from levier.graph import Draft, Snapshots
from levier.settings import Settings
from levier.terms import GRAPH, PREFIXES
from levier.web import create_app

_GRAPHS = {
    "ontology": """
        levier:StrategyNote skos:prefLabel "strategy note"@en .
        levier:contributesTo skos:prefLabel "contributes to"@en .
        levier:StrategicObjective rdfs:subClassOf levier:StrategicElement .
        levier:PriorityResultArea rdfs:subClassOf levier:StrategicElement .
    """,
    "note/migration": """
        <https://w3id.org/levier/id/note/migration> a levier:StrategyNote ;
            skos:prefLabel "Migration as a lever"@en , "La migration comme levier"@fr ;
            foaf:page <https://example.org/note> , <javascript:alert(1)> .
        <https://w3id.org/levier/id/note/migration/objective/3> a levier:StrategicObjective ;
            skos:topConceptOf <https://w3id.org/levier/id/note/migration> ; skos:notation "M3" ;
            skos:prefLabel "Protect rights"@en , "Protéger les droits"@fr .
        <https://w3id.org/levier/id/note/migration/objective/3/result-areas> a levier:PriorityResultArea ;
            skos:broader <https://w3id.org/levier/id/note/migration/objective/3> ;
            levier:transcriptionStatus levier:NotTranscribed .
    """,
    "note/other-notes": """
        <https://w3id.org/levier/id/note/sahel> a levier:StrategyNote ; skos:prefLabel "The Sahel"@en .
    """,
    "codelists/GlobalCompact": """
        <https://w3id.org/levier/id/code/GlobalCompact/1> skos:notation "1" ; skos:prefLabel "Data"@en ;
            skos:topConceptOf <https://w3id.org/levier/id/code/GlobalCompact> .
    """,
    "aid/sample": """
        <https://w3id.org/levier/id/activity/BE-1/BE-1-a%2Fb%20%C3%A9> a iati:Activity ;
            iati:title "<script>alert('title')</script>"@en ; iati:iatiIdentifier "BE-1-a/b é" ;
            iati:transaction <https://w3id.org/levier/id/activity/BE-1/BE-1-a%2Fb%20%C3%A9/transaction/1> ,
                             <https://w3id.org/levier/id/activity/BE-1/BE-1-a%2Fb%20%C3%A9/transaction/2> ,
                             <https://w3id.org/levier/id/activity/BE-1/BE-1-a%2Fb%20%C3%A9/transaction/10> ;
            iati:sector <https://w3id.org/levier/id/common/sample/sector/0f> ;
            iati:documentLink <https://w3id.org/levier/id/activity/BE-1/BE-1-a%2Fb%20%C3%A9/document-link/1> .
        <https://w3id.org/levier/id/common/sample/sector/0f> iati:percentage 40.5 ; iati:narrative "Saúde"@pt .
        <https://w3id.org/levier/id/activity/BE-1/BE-1-a%2Fb%20%C3%A9/transaction/1> iati:value 12.5 .
        <https://w3id.org/levier/id/activity/BE-1/BE-1-a%2Fb%20%C3%A9/document-link/1>
            iati:url "javascript:alert(2)"^^xsd:anyURI , "https://example.org/document"^^xsd:anyURI .
    """,
    "alignment": """
        <https://w3id.org/levier/id/activity/BE-1/BE-1-a%2Fb%20%C3%A9>
            levier:contributesTo <https://w3id.org/levier/id/note/migration/objective/3> .
    """,
    "round/2024": """
        <https://w3id.org/levier/graph/round/2024> levier:illustrative true ; dcterms:title "An invented round"@en .
        <https://w3id.org/levier/id/round/2024> levier:year "2024"^^xsd:gYear .
    """,
    "provenance": """
        <https://w3id.org/levier/graph/aid/sample> levier:activityCount 1 ; iati:version "2.03" ;
            levier:fileName "/secret/place/sample.xml" .
    """,
}

ACTIVITY = "/id/activity/BE-1/BE-1-a%2Fb%20%C3%A9"
"""The path of an activity whose identifier has a slash, a space and a letter beyond ASCII."""


def fill(draft: Draft) -> None:
    prefixes = "\n".join(f"PREFIX {name}: <{space}>" for name, space in PREFIXES.items())
    for name, turtle in _GRAPHS.items():
        draft.store.load_bytes(f"{prefixes}\n{turtle}".encode(), GRAPH + name, ox.RdfFormat.TURTLE)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    store = tmp_path_factory.mktemp("store")
    with Snapshots(store).new() as draft:
        fill(draft)
    return Settings(store=store, max_query_length=20_000, page_rows=2)


@contextmanager
def serving(settings: Settings) -> Iterator[Flask]:
    """An application whose engines end with the block."""
    app = create_app(settings)
    yield app
    app.extensions["levier"].close()


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    with serving(settings) as made:
        yield made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def strict_client(settings: Settings) -> Iterator[FlaskClient]:
    with serving(replace(settings, default_graph="strict")) as app:
        yield app.test_client()


@pytest.fixture
def empty_client(tmp_path: Path) -> Iterator[FlaskClient]:
    """A client of a service that has no snapshot."""
    with serving(Settings(store=tmp_path)) as app:
        yield app.test_client()
