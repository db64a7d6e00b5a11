"""The engine of the SHACL core rules, on the W3C's own tests."""

from pathlib import Path

import pytest
import rdflib
import shacl

MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = rdflib.Namespace("http://www.w3.org/ns/shacl-test#")
SH = rdflib.SH

Case = tuple[str, Path, Path, rdflib.Graph, rdflib.term.Node]


def cases(folder: Path) -> list[Case]:
    """Give the test cases of the suite: name, data file, shapes file, and where the expected report stands."""
    found = []
    for file in sorted(folder.rglob("*.ttl")):
        graph = rdflib.Graph().parse(file, publicID=file.as_uri())
        for case in graph.subjects(rdflib.RDF.type, SHT.Validate):
            action = graph.value(case, MF.action)
            data, shapes = (graph.value(action, name) for name in (SHT.dataGraph, SHT.shapesGraph))
            result = graph.value(case, MF.result)
            if result is not None and result != SHT.Failure:
                found.append((file.stem, _path(data), _path(shapes), graph, result))
    return found


def _path(iri: object) -> Path:
    return Path(str(iri).removeprefix("file://"))


def expected_results(case: Case) -> list[tuple[str, ...]]:
    _, _, _, graph, report = case
    return sorted(_signature(graph, result) for result in graph.objects(report, SH.result))


def _signature(graph: rdflib.Graph, result: rdflib.term.Node) -> tuple[str, ...]:
    """Give what identifies a result; labels of blank nodes are no part of it."""
    terms = [graph.value(result, name) for name in (SH.focusNode, SH.value, SH.sourceConstraintComponent)]
    return tuple("" if term is None else "_:" if isinstance(term, rdflib.BNode) else term.n3() for term in terms)


def given_results(case: Case) -> list[tuple[str, ...]]:
    _, data, shapes, _, _ = case
    report = shacl.validate(str(data), str(shapes))
    graph = rdflib.Graph().parse(data=report.serialize("ntriples"), format="nt")
    return sorted(_signature(graph, result) for result in graph.subjects(rdflib.RDF.type, SH.ValidationResult))


@pytest.mark.parametrize("folder", ["complex", "misc", "node", "path", "property", "targets", "validation-reports"])
def test_the_core_engine_reports_what_the_w3c_expects(folder: str, shared: Path) -> None:
    """Compared by focus node, value and constraint component, which is what findings are made of."""
    found = cases(shared / "standard" / "shacl-tests" / "core" / folder)
    wrong = [case[0] for case in found if expected_results(case) != given_results(case)]

    assert found
    assert [] == wrong
