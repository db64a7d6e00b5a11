"""The committed code lists: what the importer gives, and sound as SKOS."""

from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from levier import terms
from levier.graph.turtle import canonical
from levier.iati.codelists import import_lists, turtle

LIMIT = 4_000_000
"""Bytes that all lists together may take in the repository."""


@pytest.fixture(scope="module")
def folder(root: Path) -> Path:
    return root / "data/codelists"


@pytest.fixture(scope="module")
def store(folder: Path) -> ox.Store:
    """Every list in one graph."""
    loaded = ox.Store()
    for path in sorted(folder.glob("*.ttl")):
        loaded.load(path=path, format=ox.RdfFormat.TURTLE)
    return loaded


def _rows(store: ox.Store, columns: str, pattern: str) -> list[tuple[str, ...]]:
    prefixes = "".join(f"PREFIX {prefix}: <{space}>\n" for prefix, space in terms.PREFIXES.items())
    answer = store.query(f"{prefixes} SELECT DISTINCT {columns} WHERE {{ {pattern} }}")
    assert isinstance(answer, ox.QuerySolutions)
    return [tuple(str(value) for value in row) for row in answer]


def test_are_what_the_importer_gives_for_the_standard(folder: Path, shared: Path) -> None:
    lists = import_lists(shared / "standard")
    known = {listed.name: listed.known for listed in lists}
    expected = {f"{listed.name}.ttl": turtle(listed, known) for listed in lists}

    assert expected == {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_stay_small(folder: Path) -> None:
    assert sum(path.stat().st_size for path in folder.iterdir()) < LIMIT


def test_each_file_is_canonical_and_one_dataset_of_its_own_name(folder: Path) -> None:
    dataset = ox.NamedNode(terms.LEVIER + "Dataset")
    for path in sorted(folder.glob("*.ttl")):
        text = path.read_text(encoding="utf-8")
        headers = [
            quad.subject
            for quad in ox.parse(text.encode(), format=ox.RdfFormat.TURTLE)
            if quad.predicate.value == terms.RDF + "type" and quad.object == dataset
        ]

        assert [ox.NamedNode(terms.graph_iri("codelists", path.stem))] == headers
        assert canonical(text) == text


def test_no_statement_stands_in_two_lists(folder: Path) -> None:
    """The union of graphs doesn't deduplicate, so a statement said twice would count twice."""
    said = Counter(quad for path in folder.glob("*.ttl") for quad in ox.parse(path=path, format=ox.RdfFormat.TURTLE))

    assert [quad for quad, times in said.items() if times > 1] == []


def test_every_concept_is_whole(store: ox.Store) -> None:
    whole = "?concept skos:inScheme/a skos:ConceptScheme ; skos:notation ?code ; levier:codeStatus ?status"
    incomplete = _rows(store, "?concept", f"?concept a skos:Concept FILTER NOT EXISTS {{ {whole} }}")

    assert incomplete == []


def test_an_iri_is_made_of_list_and_code(store: ox.Store) -> None:
    rows = _rows(store, "?concept ?scheme ?code", "?concept skos:inScheme ?scheme ; skos:notation ?code")
    wrong = [
        concept
        for concept, scheme, code in rows
        if concept.strip("<>") != terms.code_iri(scheme.strip("<>").rpartition("/")[2], code.strip('"'))
    ]

    assert len(rows) > 5000
    assert wrong == []


def test_no_concept_has_two_names_in_a_language(store: ox.Store) -> None:
    twice = _rows(store, "?c", "?c skos:prefLabel ?a, ?b FILTER(LANG(?a) = LANG(?b) && STR(?a) < STR(?b))")

    assert twice == []


def test_every_broader_concept_is_there(store: ox.Store) -> None:
    assert _rows(store, "?c", "?c skos:broader ?b FILTER NOT EXISTS { ?b a skos:Concept }") == []


def test_says_nothing_but_names_codes_statuses_and_dates(store: ox.Store) -> None:
    """The lists' own descriptions are not ours to carry."""
    properties = {name.strip("<>") for (name,) in _rows(store, "?property", "?c skos:notation ?n ; ?property ?o")}
    allowed = {
        "rdf:type",
        "skos:broader",
        "skos:inScheme",
        "skos:notation",
        "skos:prefLabel",
        "levier:codeStatus",
        "levier:activeFrom",
        "levier:withdrawnOn",
        "schema:startDate",
        "schema:endDate",
    }

    assert {terms.shorten(name) for name in properties} == allowed


@pytest.mark.parametrize(
    ("iri", "name", "value"),
    [
        (terms.code_iri("Sector", "12264"), "skos:prefLabel", '"COVID-19 control"@en'),
        (terms.code_iri("Sector", "15190"), "levier:codeStatus", '"active"'),
        (terms.code_iri("Sector", "74010"), "levier:withdrawnOn", f'"2017-12-31"^^<{terms.XSD}date>'),
        (terms.code_iri("Sector", "12264"), "skos:broader", f"<{terms.code_iri('SectorCategory', '122')}>"),
        (terms.code_iri("AidType", "H02"), "skos:broader", f"<{terms.code_iri('AidType-category', 'H')}>"),
        (terms.code_iri("AidType", "B031"), "skos:broader", f"<{terms.code_iri('AidType', 'B03')}>"),
        (terms.code_iri("UNSDG-Targets", "10.7"), "skos:broader", f"<{terms.code_iri('UNSDG-Goals', '10')}>"),
        (terms.code_iri("HumanitarianPlan", "HCOVD20"), "levier:codeStatus", '"withdrawn"'),
        (terms.code_iri("HumanitarianPlan", "HCOVD20"), "schema:endDate", f'"2020-12-31"^^<{terms.XSD}date>'),
        (terms.code_iri("GLIDENumber", "EP-2020-000012-001"), "skos:notation", '"EP-2020-000012-001"'),
        (terms.code_iri("OrganisationRole", "4"), "skos:prefLabel", '"Implementing"@en'),
    ],
)
def test_holds_the_codes_the_notes_are_read_with(store: ox.Store, iri: str, name: str, value: str) -> None:
    assert (value,) in _rows(store, "?value", f"<{iri}> {name} ?value")
