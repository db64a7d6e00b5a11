"""The three tests of the W3C manifest of the SPARQL 1.1 Service Description, by their names there."""

import pyoxigraph as ox
import pytest
from tests.protocol.conftest import Target

_SD = "http://www.w3.org/ns/sparql-service-description#"
_A = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_NODE, _IRI = (ox.NamedNode, ox.BlankNode), (ox.NamedNode,)

_SERVICE, _DATASET, _GRAPH = _SD + "Service", _SD + "Dataset", _SD + "Graph"
_PROPERTIES = {
    # property: the class of its subject, what its object may be, the class of its object ("" where it need not say)
    "endpoint": (_SERVICE, _IRI, ""),
    "feature": (_SERVICE, _IRI, ""),
    "defaultEntailmentRegime": (_SERVICE, _IRI, ""),
    "defaultSupportedEntailmentProfile": (_SERVICE, _IRI, ""),
    "extensionFunction": (_SERVICE, _IRI, ""),
    "extensionAggregate": (_SERVICE, _IRI, ""),
    "languageExtension": (_SERVICE, _IRI, ""),
    "supportedLanguage": (_SERVICE, _IRI, ""),
    "propertyFeature": (_SERVICE, _IRI, ""),
    "resultFormat": (_SERVICE, _IRI, ""),
    "inputFormat": (_SERVICE, _IRI, ""),
    "defaultDataset": (_SERVICE, _NODE, _DATASET),
    "availableGraphs": (_SERVICE, _NODE, _SD + "GraphCollection"),
    "defaultGraph": (_DATASET, _NODE, _GRAPH),
    "namedGraph": ("", _NODE, _SD + "NamedGraph"),
    "name": (_SD + "NamedGraph", _IRI, ""),
    "graph": (_SD + "NamedGraph", _NODE, _GRAPH),
    "entailmentRegime": (_SD + "NamedGraph", _IRI, ""),
    "supportedEntailmentProfile": (_SD + "NamedGraph", _IRI, ""),
}
_FEATURES = {"DereferencesURIs", "UnionDefaultGraph", "RequiresDataset", "EmptyGraphs", "BasicFederatedQuery"}
_LANGUAGES = {"SPARQL10Query", "SPARQL11Query", "SPARQL11Update"}


@pytest.fixture
def description(service: Target) -> ox.Store:
    """What the service says of itself, as RDF."""
    answer = service.server.send("GET", "/sparql", headers={"Accept": "application/n-triples"})
    assert 200 == answer.status
    store = ox.Store()
    store.load(answer.body, ox.RdfFormat.N_TRIPLES)
    return store


def _objects(store: ox.Store, name: str) -> list[object]:
    return [quad.object for quad in store.quads_for_pattern(None, ox.NamedNode(_SD + name), None)]


@pytest.mark.parametrize("accept", ["*/*", "text/turtle", "application/rdf+xml", "application/ld+json"])
def test_returns_rdf(service: Target, accept: str) -> None:
    answer = service.server.send("GET", "/sparql", headers={"Accept": accept})
    form = ox.RdfFormat.from_media_type(answer.media_type)

    assert 200 == answer.status
    assert accept in {"*/*", answer.media_type}
    assert form is not None
    assert list(ox.parse(answer.body, form))


def test_has_endpoint_triple(service: Target, description: ox.Store) -> None:
    assert [ox.NamedNode(f"{service.url}/sparql")] == _objects(description, "endpoint")


def test_conforms_to_schema(description: ox.Store) -> None:
    """The vocabulary has no schema but itself: its terms are used, and used as it says (§3)."""
    types = {(quad.subject, str(quad.object.value)) for quad in description if _A == quad.predicate.value}
    for quad in description:
        name = quad.predicate.value.removeprefix(_SD)
        if name == quad.predicate.value:
            continue
        subject, kinds, value = _PROPERTIES[name]

        assert not subject or (quad.subject, subject) in types, quad
        assert isinstance(quad.object, kinds), quad
        assert not value or (quad.object, value) in types, quad

    assert 1 == sum(kind == _SERVICE for _, kind in types)
    assert {ox.NamedNode(_SD + name) for name in _FEATURES} >= set(_objects(description, "feature"))
    assert {ox.NamedNode(_SD + name) for name in _LANGUAGES} >= set(_objects(description, "supportedLanguage"))
    assert ox.NamedNode(_SD + "SPARQL11Query") in _objects(description, "supportedLanguage")
    assert ox.NamedNode(_SD + "SPARQL11Update") in _objects(description, "supportedLanguage")
    assert _objects(description, "resultFormat")
