"""The notes say what the official page says, in its words and its order."""

import re
from pathlib import Path
from typing import Protocol

NOTE = "https://w3id.org/levier/id/note/"


class Statements(Protocol):
    def rows(self, where: str) -> list[tuple[str, ...]]: ...


def source_lines(shared: Path) -> list[str]:
    text = (shared / "source" / "strategic-notes.fr.txt").read_text(encoding="utf-8")
    return [line.removeprefix("- ") for line in text.split("\n")]


def test_every_quotation_stands_word_for_word_on_its_line(statements: Statements, shared: Path) -> None:
    lines = source_lines(shared)
    quotations = statements.rows("""
        SELECT ?thing ?text ?line WHERE { ?thing levier:sourceText ?text ; levier:sourceLine ?line ;
          prov:wasQuotedFrom <https://w3id.org/levier/id/source/strategic-notes-fr> }""")
    strangers = [thing for thing, text, line in quotations if text not in lines[int(line) - 1]]

    assert len(quotations) == 17
    assert strangers == []


def test_elements_passages_and_notes_quote_whole_lines(statements: Statements, shared: Path) -> None:
    """Only the platform quotes one sentence out of a line; a cut quotation elsewhere would be a mistake."""
    lines = source_lines(shared)
    partial = [
        thing
        for thing, text, line in statements.rows(
            "SELECT ?thing ?text ?line WHERE { ?thing levier:sourceText ?text ; levier:sourceLine ?line }"
        )
        if text != lines[int(line) - 1]
    ]

    assert partial == ["https://w3id.org/levier/id/platform/common"]


def test_every_line_of_text_on_the_page_is_kept(statements: Statements, shared: Path) -> None:
    """Left aside: line 1 (empty), line 2 (a field without its value) and line 11 (the words “Note stratégique”)."""
    kept = {int(line) for (line,) in statements.rows("SELECT DISTINCT ?line WHERE { ?x levier:sourceLine ?line }")}
    lines = set(range(1, len(source_lines(shared)) + 1))

    assert lines - kept == {1, 2, 11}


def test_official_french_labels_of_elements_are_the_quoted_text(statements: Statements) -> None:
    differing = statements.rows("""
        SELECT ?element WHERE { ?element levier:number ?n ; levier:sourceText ?text ; skosxl:prefLabel ?label .
          ?label levier:labelStatus levier:Official ; skosxl:literalForm ?form .
          FILTER(LANG(?form) = "fr" && ?form != ?text) }""")

    assert differing == []


def test_aims_are_quoted_from_the_sentence_of_their_note(statements: Statements) -> None:
    aims = statements.rows("""
        SELECT ?note (CONTAINS(STR(?text), STR(?aim)) AS ?quoted) WHERE {
          ?note levier:aim ?aim ; levier:sourceText ?text }""")

    assert aims == [(NOTE + name, "true") for name in ("covid-health", "covid-socioeconomic", "migration")]


def test_french_and_dutch_objectives_stand_in_the_same_order(statements: Statements, shared: Path) -> None:
    """The Dutch list is numbered; the table of facts gives its wording by number."""
    facts = (shared / "FACTS.md").read_text(encoding="utf-8")
    expected = [
        (number, french.strip(), dutch.strip())
        for number, french, dutch in re.findall(r"^\| SO(\d) \|([^|]*)\|([^|]*)\|", facts, flags=re.MULTILINE)
    ]
    actual = statements.rows("""
        SELECT ?n ?fr ?nl WHERE { ?o a levier:StrategicObjective ; levier:number ?n ; skos:prefLabel ?fr, ?nl .
          ?o skosxl:prefLabel/skosxl:literalForm ?nl .
          FILTER(LANG(?fr) = "fr" && LANG(?nl) = "nl") }""")

    assert len(expected) == 4
    assert expected == [tuple(row) for row in actual]


def test_the_misprint_is_kept_in_the_official_label_and_corrected_only_editorially(statements: Statements) -> None:
    labels = statements.rows(f"""
        SELECT ?status ?misprint WHERE {{
          <{NOTE}migration/objective/3> skosxl:prefLabel|skosxl:altLabel ?label .
          ?label skosxl:literalForm ?form ; levier:labelStatus ?s .
          FILTER(LANG(?form) = "fr")
          BIND(STRAFTER(STR(?s), "#") AS ?status) BIND(CONTAINS(?form, "le respects") AS ?misprint) }}""")

    assert labels == [("Editorial", "false"), ("Official", "true")]


def test_english_is_never_called_official_for_the_three_notes(statements: Statements) -> None:
    official = statements.rows("""
        SELECT ?thing WHERE { ?thing skosxl:prefLabel ?label . ?label levier:labelStatus levier:Official ;
          skosxl:literalForm ?form . FILTER(LANG(?form) = "en")
          FILTER(REGEX(STR(?thing), "/note/(migration|covid-)")) }""")

    assert official == []


def test_every_label_of_a_note_or_element_says_its_status(statements: Statements) -> None:
    """Each skos label has its SKOS-XL twin with a status, and the other way round."""
    unsaid = statements.rows("""
        SELECT ?thing ?form WHERE {
          { ?thing a levier:StrategyNote } UNION { ?thing skos:inScheme/a levier:StrategyNote }
          { ?thing skos:prefLabel|skos:altLabel ?form
            FILTER NOT EXISTS { ?thing (skosxl:prefLabel|skosxl:altLabel) ?l .
              ?l skosxl:literalForm ?form ; levier:labelStatus ?status } }
          UNION
          { ?thing (skosxl:prefLabel|skosxl:altLabel)/skosxl:literalForm ?form
            FILTER NOT EXISTS { ?thing skos:prefLabel|skos:altLabel ?form } } }""")

    assert unsaid == []


def test_what_was_not_read_is_one_marked_node_per_parent(statements: Statements) -> None:
    counts = statements.rows("""
        SELECT ?kind (COUNT(?e) AS ?n) WHERE {
          VALUES ?class { levier:PriorityResultArea levier:PointOfAttention levier:ImplementationLead }
          ?e a ?class ; levier:transcriptionStatus levier:NotTranscribed ; skos:broader ?parent .
          BIND(STRAFTER(STR(?class), "#") AS ?kind) } GROUP BY ?kind""")

    assert counts == [("ImplementationLead", "4"), ("PointOfAttention", "4"), ("PriorityResultArea", "4")]


def test_notations_are_unique_and_as_scripted_against(statements: Statements) -> None:
    notations = [
        notation
        for (notation,) in statements.rows("""
          SELECT ?notation WHERE { { ?x skos:inScheme/a levier:StrategyNote } UNION { ?x a levier:StrategyNote }
            ?x skos:notation ?notation }""")
        if "-" not in notation
    ]

    assert notations == ["H1", "H2", "H3", "H4", "M1", "M2", "M3", "M4", "S"]


def test_dates_are_only_those_known(statements: Statements) -> None:
    dates = statements.rows(f"""
        SELECT ?note ?date WHERE {{
          VALUES ?note {{ <{NOTE}migration> <{NOTE}covid-health> <{NOTE}covid-socioeconomic> }}
          ?note dcterms:issued|dcterms:valid|dcterms:modified|dcterms:dateAccepted|levier:inForceFrom ?date }}""")

    assert dates == [(NOTE + "migration", "2022")]


def test_levels_horizons_and_target_groups_of_the_notes(statements: Statements) -> None:
    named = statements.rows("""
        SELECT ?notation (GROUP_CONCAT(?key; separator=" ") AS ?keys) WHERE {
          { SELECT DISTINCT ?notation ?key WHERE {
              ?e skos:notation ?notation ; levier:atLevel|levier:forTargetGroup ?c .
              FILTER(REGEX(?notation, "^[MHS][0-9]?$"))
              BIND(REPLACE(STR(?c), "^.*/", "") AS ?key) } ORDER BY ?key } } GROUP BY ?notation""")
    expected = {
        "H4": {"international", "local"},
        "M1": {"international", "national", "regional", "local"},
        "M3": {"migrants", "refugees", "host-communities"},
        "S": {"women", "children", "migrants", "rural-families", "informal-workers"},
    }

    assert expected == {notation: set(keys.split()) for notation, keys in named}


def test_an_inferred_replacement_is_marked_unverified(statements: Statements) -> None:
    replacements = statements.rows("""
        SELECT ?old ?status WHERE {
          ?new dcterms:replaces ?old ; prov:qualifiedRevision ?r . ?old dcterms:isReplacedBy ?new .
          ?r prov:entity ?old ; levier:factStatus ?s . BIND(STRAFTER(STR(?s), "#") AS ?status) }""")

    assert replacements == [(NOTE + "humanitarian-aid-2014", "Unverified")]


def test_a_note_is_superseded_only_where_that_was_read(statements: Statements) -> None:
    inferred = statements.rows("""
        SELECT ?note WHERE { ?note levier:noteStatus levier:Superseded .
          FILTER NOT EXISTS { ?new dcterms:replaces ?note FILTER NOT EXISTS {
            ?new prov:qualifiedRevision [ prov:entity ?note ; levier:factStatus levier:Unverified ] } } }""")

    assert inferred == []


def test_a_migration_objective_says_nothing_of_its_funding_which_the_page_does_not_say(statements: Statements) -> None:
    said = statements.rows("""
        SELECT ?objective ?value WHERE { ?objective skos:topConceptOf <https://w3id.org/levier/id/note/migration> ;
          levier:fundedThrough|levier:inDomain ?value }""")

    assert said == []


def test_every_source_that_a_text_of_ours_cites_is_among_the_sources_of_the_thing(statements: Statements) -> None:
    cited = statements.rows("""
        SELECT ?thing ?text WHERE { ?thing skos:editorialNote|skos:historyNote|skos:scopeNote ?text
          FILTER(REGEX(?text, "[(,] ?S[0-9]+[a-z]?[,)]")) }""")
    missing = [
        (thing, tag)
        for thing, text in cited
        for tag in re.findall(r"\bS\d+[a-z]?\b", text)
        if not statements.rows(
            f"SELECT ?s WHERE {{ <{thing}> dcterms:source ?s FILTER(?s = <https://w3id.org/levier/id/source/{tag}>) }}"
        )
    ]

    assert cited
    assert missing == []


def test_no_participant_of_the_platform_is_stated_as_a_fact(statements: Statements) -> None:
    """The note says “toutes les parties prenantes” and names none."""
    named = statements.rows("""
        SELECT ?who ?g WHERE { GRAPH ?g { <https://w3id.org/levier/id/platform/common> levier:hasParticipant ?who }
          FILTER(!STRSTARTS(STR(?g), "file:illustrative/")) }""")

    assert named == []
