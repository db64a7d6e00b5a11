"""The style rules of the ontology: each fires on the smallest fault, is silent on sound terms, and on our modules."""

from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest
import shacl
from rdflib import RDF, Graph, URIRef
from rdflib.namespace import DCTERMS, SH

from levier.resources import folder
from levier.terms import SHAPES

HERE = Path(__file__).parent
STYLE = folder("shapes") / "terms.ttl"
FOLDERS = {
    str(shape).removeprefix(SHAPES): str(id_) for shape, id_ in Graph().parse(STYLE).subject_objects(DCTERMS.identifier)
}
RULES = sorted(FOLDERS)
LANGUAGES = {"fr", "nl", "en"}


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return Graph().parse(STYLE)


@pytest.fixture(scope="module")
def fast() -> shacl.Shapes:
    return shacl.Shapes.from_turtle(STYLE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def modules() -> str:
    """Every module of the ontology together, as N-Triples."""
    triples = [
        quad.triple
        for path in sorted(folder("ontology").glob("*.ttl"))
        for quad in ox.parse(path=path, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
    ]
    written = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    assert written is not None
    return written.decode()


def fired(text: str, shapes: Graph) -> set[str]:
    """Give the rules that pySHACL finds broken."""
    _, report, _ = pyshacl.validate(Graph().parse(data=text, format="turtle"), shacl_graph=shapes)
    assert isinstance(report, Graph)
    return {str(shape).removeprefix(SHAPES) for shape in report.objects(None, SH.sourceShape)}


def fired_fast(text: str, fast: shacl.Shapes) -> set[str]:
    """Give the rules that the fast engine finds broken."""
    results = fast.validate_turtle(text).results
    return {(result.source_shape or "").strip("<>").removeprefix(SHAPES) for result in results}


def fixture(rule: str, name: str) -> str:
    return (HERE / FOLDERS[rule] / f"{name}.ttl").read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", RULES)
def test_a_sound_term_passes_every_rule(rule: str, shapes: Graph, fast: shacl.Shapes) -> None:
    text = fixture(rule, "pass")

    assert fired(text, shapes) == set()
    assert fired_fast(text, fast) == set()


@pytest.mark.parametrize("rule", RULES)
def test_the_smallest_fault_breaks_its_rule_and_no_other(rule: str, shapes: Graph, fast: shacl.Shapes) -> None:
    text = fixture(rule, "fail")

    assert fired(text, shapes) == {rule}
    assert fired_fast(text, fast) == {rule}


def test_every_rule_has_a_stable_id_of_its_own(shapes: Graph) -> None:
    ids = [str(value) for value in shapes.objects(None, DCTERMS.identifier)]

    assert len(ids) == len(set(ids))
    assert all(value.startswith("TERM-") and len(value) == 8 for value in ids)


def test_every_rule_has_a_severity_and_speaks_three_languages(shapes: Graph) -> None:
    rules = set(shapes.subjects(DCTERMS.identifier))
    spoken = {
        (rule, prop): sorted(getattr(text, "language", None) or "" for text in shapes.objects(rule, prop))
        for rule in rules
        for prop in (SH.message, SH.name)
    }

    assert {key: value for key, value in spoken.items() if value != sorted(LANGUAGES)} == {}
    assert {rule for rule in rules if not shapes.value(rule, SH.severity)} == set()


def test_every_shape_with_a_target_is_a_rule_with_an_id(shapes: Graph) -> None:
    targets = [SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf]
    targeted = {shape for target in targets for shape in shapes.subjects(target)}

    assert targeted == set(shapes.subjects(DCTERMS.identifier))
    assert all(isinstance(shape, URIRef) for shape in targeted)


def test_our_modules_pass(modules: str, shapes: Graph, fast: shacl.Shapes) -> None:
    results = fast.validate_text(modules, format="ntriples").results
    found = [f"{result.focus_node} {result.source_shape} {result.path} {result.value}" for result in results]

    assert found == []
    assert fired(modules, shapes) == set()


def test_our_modules_are_all_four(modules: str) -> None:
    ontologies = (
        Graph().parse(data=modules, format="nt").subjects(RDF.type, URIRef("http://www.w3.org/2002/07/owl#Ontology"))
    )
    names = ("ontology", "ontology/alignment", "ontology/conversion", "iati")
    expected = {f"https://w3id.org/levier/{name}" for name in names}

    assert expected <= {str(ontology) for ontology in ontologies}
