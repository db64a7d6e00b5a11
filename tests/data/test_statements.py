"""What holds for every data file: one dataset each, nothing twice, nothing undefined, nothing without source."""

from collections import Counter
from pathlib import Path
from typing import Protocol

import pyoxigraph as ox

from levier.graph import turtle
from levier.terms import IATI, LEVIER

OWN = ("notes", "proposals", "actors.ttl", "partner-countries.ttl", "sources.ttl", "vocabularies.ttl")


class Statements(Protocol):
    folder: Path
    store: ox.Store

    def rows(self, where: str) -> list[tuple[str, ...]]: ...


def own_files(folder: Path) -> list[Path]:
    files = [folder / name for name in OWN if "." in name]
    return sorted([*files, *(folder / "notes").rglob("*.ttl"), *(folder / "proposals").rglob("*.ttl")])


def test_no_statement_stands_in_two_files(statements: Statements) -> None:
    """The union of named graphs keeps duplicates, so a statement in two graphs would be counted twice."""
    times = Counter((q.subject, q.predicate, q.object) for q in statements.store)
    twice = [str(triple) for triple, n in times.items() if n > 1]

    assert twice == []


def test_every_file_is_exactly_one_dataset_with_title_and_licence(statements: Statements) -> None:
    complete = statements.rows("""
        SELECT ?file (COUNT(?d) AS ?n) WHERE { GRAPH ?file {
          ?d a levier:Dataset ; dcterms:title ?t ; dcterms:license ?l .
          FILTER(LANG(?t) = "en") } } GROUP BY ?file""")
    files = sorted("file:" + p.relative_to(statements.folder).as_posix() for p in statements.folder.rglob("*.ttl"))

    assert complete == [(file, "1") for file in files]


def test_datasets_of_different_files_have_different_graphs(statements: Statements) -> None:
    shared = statements.rows("""
        SELECT ?d WHERE { GRAPH ?file { ?d a levier:Dataset } } GROUP BY ?d HAVING(COUNT(?file) > 1)""")

    assert shared == []


def test_every_thing_referred_to_is_described(statements: Statements) -> None:
    """An address of ours that is used as a value is the subject of a statement in some file.

    Activities are not: they come with the aid data; nor what rules match: publishers use codes that no list has.
    """
    undefined = statements.rows("""
        SELECT DISTINCT ?file ?thing WHERE { GRAPH ?file { ?s ?p ?thing } FILTER(ISIRI(?thing))
          FILTER(STRSTARTS(STR(?thing), "https://w3id.org/levier/id/"))
          FILTER(?p NOT IN (levier:carriedOutAs, levier:anyCode, levier:anyOrganisation))
          FILTER NOT EXISTS { ?thing ?q ?o } }""")

    assert undefined == []


def test_countries_and_codes_referred_to_are_in_their_lists(statements: Statements) -> None:
    """Statements of ours about a country do not make it a country: the code list does."""
    strangers = statements.rows("""
        SELECT DISTINCT ?code WHERE { ?s levier:partnerCountry|dcterms:spatial|levier:proposedTarget|iati:type ?code .
          FILTER NOT EXISTS { ?code a skos:Concept ; skos:inScheme ?list } }""")

    assert strangers == []


def test_every_fact_has_a_status_and_a_source(statements: Statements) -> None:
    bare = statements.rows("""
        SELECT ?thing WHERE {
          VALUES ?class { levier:StrategyNote levier:StrategicObjective levier:StrategicAxis levier:PriorityResultArea
            levier:PointOfAttention levier:ImplementationLead levier:Passage levier:MonitoringPlatform
            levier:Consultation levier:Actor levier:Partnership org:Membership prov:Revision
            levier:GovernanceLevel levier:TimeHorizon
            levier:TargetGroup levier:ResponseDomain levier:FundingInstrument levier:FinancingChannel levier:ActorRole
            levier:SubjectKind }
          GRAPH ?file { ?thing a ?class } FILTER(!STRSTARTS(STR(?file), "file:illustrative/"))
          FILTER NOT EXISTS { ?thing levier:factStatus ?status ; dcterms:source ?source } }""")

    assert bare == []


def test_every_source_is_a_document_with_an_address_or_a_reason_for_none(statements: Statements) -> None:
    bare = statements.rows("""
        SELECT ?source WHERE { ?x dcterms:source ?source . FILTER(CONTAINS(STR(?source), "/id/source/"))
          FILTER NOT EXISTS { ?source a foaf:Document ; dcterms:identifier ?tag .
            { ?source foaf:page ?page } UNION { ?source skos:editorialNote|dcterms:description ?why } } }""")

    assert bare == []


def test_vocabularies_speak_three_languages(statements: Statements) -> None:
    incomplete = statements.rows("""
        SELECT ?concept ?language WHERE { GRAPH <file:vocabularies.ttl> { ?concept skos:inScheme ?scheme }
          VALUES ?language { "fr" "nl" "en" }
          FILTER NOT EXISTS { ?concept skos:prefLabel ?label ; skos:definition ?definition .
            FILTER(LANG(?label) = ?language && LANG(?definition) = ?language) } }""")

    assert incomplete == []


def test_proposed_links_stand_only_in_graphs_marked_as_proposals(statements: Statements) -> None:
    misplaced = statements.rows("""
        SELECT ?file WHERE { GRAPH ?file { ?e levier:proposedTarget|levier:proposedCompactObjective ?x
          FILTER NOT EXISTS { ?d levier:proposal true ; levier:factStatus levier:ProposedFact } } }""")

    assert misplaced == []


def test_every_axis_and_objective_has_proposed_targets(statements: Statements) -> None:
    without = statements.rows("""
        SELECT ?e WHERE { ?e levier:number ?n ; skos:inScheme/a levier:StrategyNote
          FILTER NOT EXISTS { ?e levier:proposedTarget ?t ; levier:proposedCompactObjective ?c } }""")

    assert without == []


def test_the_files_are_in_canonical_form(statements: Statements) -> None:
    uneven = [
        path.name
        for path in own_files(statements.folder)
        if turtle.canonical(path.read_text(encoding="utf-8")) != path.read_text(encoding="utf-8")
    ]

    assert uneven == []


def test_every_term_of_ours_is_defined_in_the_ontology(statements: Statements, root: Path) -> None:
    ontology = ox.Store()
    for path in sorted((root / "ontology").glob("*.ttl")):
        ontology.load(path.read_bytes(), format=ox.RdfFormat.TURTLE)
    defined = {quad.subject for quad in ontology}
    used = {
        node for quad in statements.store for node in (quad.predicate, quad.object) if isinstance(node, ox.NamedNode)
    }
    ours = {node for node in used if node.value.startswith((LEVIER, IATI))}

    assert sorted(node.value for node in ours - defined) == []
