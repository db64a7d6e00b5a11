"""The fast engine on the W3C's own tests of SHACL: what is asked as SPARQL, and what is left to the library."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest
import shacl

from levier.coherence.constraints import NotPreBindable, selects
from levier.coherence.core import Untranslatable, questions
from levier.coherence.focus import NO_NODES, focus_pattern
from levier.coherence.setwise import with_targets
from levier.graph import EmbeddedStore
from levier.terms import RDF, SH

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"
FOLDERS = ("complex", "misc", "node", "path", "property", "targets", "validation-reports")
LEFT_TO_THE_LIBRARY = {
    "datatype-ill-formed",  # xsd:byte: Oxigraph does not know what is well-formed
    "qualified-001",  # sh:qualifiedValueShapesDisjoint
    "qualifiedMinCountDisjoint-001",
    "qualifiedValueShapesDisjoint-001",
    "shacl-shacl",  # sh:closed, sh:uniqueLang and others inside another shape
}
SPARQL_LEFT_TO_THE_LIBRARY = {
    *("nodeValidator-001", "optional-001", "propertyValidator-select-001", "validator-001"),  # components of its own
    *("pre-binding-002", "pre-binding-003"),  # `$this` in a group of filters alone
    *("pre-binding-005", "pre-binding-007"),
    "shapesGraph-001",  # $shapesGraph and $currentShape
    "unsupported-sparql-006",  # a component of its own, which gives something to ?value anew
}

Results = set[tuple[str, str, str]]
"""Focus node, value and constraint component: what findings are made of. Labels of blank nodes are no part of it."""


@dataclass(frozen=True)
class Case:
    name: str
    data: Path
    shapes: Path
    expected: Results | None
    """None where the shapes are to be refused."""


def store_of(path: Path) -> EmbeddedStore:
    store = EmbeddedStore.in_memory()
    quads = ox.parse(path=str(path), format=ox.RdfFormat.TURTLE, base_iri=path.as_uri())
    store.raw.bulk_extend(ox.Quad(q.subject, q.predicate, q.object, ox.NamedNode("https://e/g")) for q in quads)
    return store


def results(store: EmbeddedStore, where: str) -> Results:
    """Give the results that stand in a report; terms are compared as Oxigraph writes them."""
    query = (
        f"SELECT ?focus ?value ?component {{ {where} ?result sh:focusNode ?focus ; "
        "sh:sourceConstraintComponent ?component OPTIONAL { ?result sh:value ?value } }"
    )
    rows = list(store.select(query))
    return {(said(row["focus"]), said(row["value"]), component(row["component"].value)) for row in rows}


def said(term: object) -> str:
    return "" if term is None else "_:" if isinstance(term, ox.BlankNode) else str(term)


def component(iri: str) -> str:
    return iri.removeprefix(SH).removesuffix("ConstraintComponent")


def cases(folder: Path) -> Iterator[Case]:
    return (case for case in all_cases(folder) if case.expected is not None)


def all_cases(folder: Path) -> Iterator[Case]:
    """Give the cases of a folder; where a failure is expected and no report, nothing is."""
    for file in sorted(folder.rglob("*.ttl")):
        store = store_of(file)
        found = store.select(
            f"SELECT ?data ?shapes ?report {{ ?case a <{SHT}Validate> ; <{MF}action> ?action ; <{MF}result> ?report . "
            f"?action <{SHT}dataGraph> ?data ; <{SHT}shapesGraph> ?shapes }}"
        )
        for row in found:
            data, shapes = (Path(row[name].value.removeprefix("file://")) for name in ("data", "shapes"))
            failure = row["report"].value == f"{SHT}Failure"
            yield Case(file.stem, data, shapes, None if failure else results(store, "?report sh:result ?result ."))


def asked(case: Case, *, few: bool = False) -> Results:
    """Give the results by our queries, for few focus nodes or for any number of them; raises Untranslatable."""
    store = store_of(case.data)
    shapes = ox.Dataset(
        ox.parse(path=str(case.shapes), format=ox.RdfFormat.TURTLE, base_iri=case.shapes.as_uri(), lenient=True)
    )
    found: Results = set()
    for shape in {quad.subject for quad in shapes if isinstance(quad.subject, ox.NamedNode | ox.BlankNode)}:
        focus = focus_pattern(shapes, shape, store)
        if focus == NO_NODES:
            continue
        for question in questions(shapes, shape, focus, few=few):
            found |= {row_of(row, question.component) for row in store.select(question.text)}
        for select in selects(shapes, shape):
            rows = [row_of(row, "SPARQL") for row in store.select(with_targets(select, focus))]
            found |= {(this, value or this, name) for this, value, name in rows}  # as SHACL has it for a node shape
    return found


def row_of(row: ox.QuerySolution, name: str) -> tuple[str, str, str]:
    try:
        value = said(row["value"])
    except KeyError:
        value = ""
    return said(row["this"]), value, name


def by_the_library(case: Case) -> Results:
    store = EmbeddedStore.in_memory()
    report = shacl.validate(str(case.data), str(case.shapes)).serialize("ntriples")
    store.load_bytes(report.encode(), "https://e/g")
    return results(store, f"?result <{RDF}type> sh:ValidationResult .")


@pytest.mark.parametrize("folder", FOLDERS)
def test_our_queries_find_what_the_w3c_expects(folder: str, shared: Path) -> None:
    found = list(cases(shared / "standard" / "shacl-tests" / "core" / folder))
    ours = [case for case in found if case.name not in LEFT_TO_THE_LIBRARY]
    wrong = [case.name for case in ours for few in (False, True) if case.expected != asked(case, few=few)]

    assert found
    assert [] == wrong


def test_what_has_no_query_is_known_and_the_library_finds_it(shared: Path) -> None:
    left = [case for case in cases(shared / "standard" / "shacl-tests" / "core") if case.name in LEFT_TO_THE_LIBRARY]

    for case in left:
        with pytest.raises(Untranslatable):
            asked(case)
    assert len(LEFT_TO_THE_LIBRARY) == len(left)
    assert [] == [case.name for case in left if case.expected != by_the_library(case)]


def test_our_queries_find_what_the_w3c_expects_of_sparql_or_refuse_it(shared: Path) -> None:
    """A query that is to be refused is refused when the shapes are read, before anything is asked."""
    found = [
        case
        for case in all_cases(shared / "standard" / "shacl-tests" / "sparql")
        if case.name not in SPARQL_LEFT_TO_THE_LIBRARY
    ]
    refused = [case for case in found if case.expected is None]

    assert [] == [case.name for case in found if case.expected is not None and case.expected != asked(case)]
    for case in refused:
        with pytest.raises(NotPreBindable):
            asked(case)
    assert (7, 6) == (len(found) - len(refused), len(refused))


def test_what_of_sparql_is_left_to_the_library_it_finds_or_refuses(shared: Path) -> None:
    found = list(all_cases(shared / "standard" / "shacl-tests" / "sparql"))
    left = [case for case in found if case.name in SPARQL_LEFT_TO_THE_LIBRARY]

    for case in left:
        with pytest.raises(Untranslatable):
            asked(case)
    assert len(SPARQL_LEFT_TO_THE_LIBRARY) == len(left)
    assert [] == [case.name for case in left if case.expected is not None and case.expected != by_the_library(case)]
    for case in (case for case in left if case.expected is None):
        with pytest.raises(ValueError, match="re-binding a pre-bound variable"):
            by_the_library(case)
