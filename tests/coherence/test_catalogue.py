"""The catalogue says what the shapes say, and refuses shapes that do not say what a rule must."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from levier.coherence import Severity, load_catalogue
from levier.coherence.catalogue import BrokenShapes
from levier.errors import BadUsage
from levier.terms import PREFIXES, SH

RULE = """PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX levsh: <https://w3id.org/levier/shapes#>
PREFIX levier: <https://w3id.org/levier/ontology#>
PREFIX sh: <http://www.w3.org/ns/shacl#>
levsh:Plan a sh:NodeShape ; sh:targetClass levier:ActionPlan ; sh:property levsh:Rule .
levsh:Rule a sh:PropertyShape ; dcterms:identifier "PLAN-900" ;
    sh:severity sh:Warning ; dcterms:source levier:ActionPlan ;
    sh:path ( [ sh:zeroOrMorePath [ sh:inversePath levier:a ] ] [ sh:alternativePath ( levier:b levier:c ) ] ) ;
    levsh:fix "F"@fr , "N"@nl , "E"@en ; sh:message "f"@fr , "n"@nl , "e"@en .
"""


def write(folder: Path, text: str, name: str = "rule.ttl") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_rule_is_read_whole(tmp_path: Path) -> None:
    rule = load_catalogue(write(tmp_path, RULE)).rules["PLAN-900"]

    assert Severity.WARNING == rule.severity
    assert {"fr": "f", "nl": "n", "en": "e"} == rule.messages
    assert {"fr": "F", "nl": "N", "en": "E"} == rule.fixes
    assert "((^levier:a)*)/(levier:b|levier:c)" == rule.path
    assert [("targetClass", "https://w3id.org/levier/ontology#ActionPlan")] == [(t.kind, t.term) for t in rule.targets]
    assert ("https://w3id.org/levier/ontology#ActionPlan",) == rule.sources


def test_a_rule_without_a_language_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(
        BrokenShapes, match=r"rule\.ttl: .*shapes#Rule> must have one .*fix> in fr, nl and en"
    ) as caught:
        load_catalogue(write(tmp_path, RULE.replace(' , "N"@nl', "")))

    assert 3 == caught.value.exit_code


def test_shapes_that_are_not_turtle_are_refused_with_their_line(tmp_path: Path) -> None:
    with pytest.raises(BrokenShapes, match=r"rule\.ttl:\d+:\d+: not Turtle"):
        load_catalogue(write(tmp_path, RULE + "levsh:x levsh:y .\n"))


def test_an_identifier_of_two_rules_is_refused(tmp_path: Path) -> None:
    write(tmp_path, RULE)
    write(tmp_path, RULE.replace("levsh:Rule ", "levsh:Other "), "second.ttl")

    with pytest.raises(BrokenShapes, match=r"second\.ttl: PLAN-900 is the identifier of a rule of rule\.ttl"):
        load_catalogue(tmp_path)


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenShapes, match="there is no rule here"):
        load_catalogue(tmp_path)


def test_the_core_shapes_are_the_shapes_without_sparql() -> None:
    catalogue = load_catalogue()

    assert SH + "sparql" in catalogue.text(sparql=True)
    assert SH + "sparql>" not in catalogue.text(sparql=False)


def test_severities_are_ordered_and_named() -> None:
    assert Severity.INFO < Severity.WARNING < Severity.VIOLATION
    assert ["info", "warning", "violation"] == [severity.word for severity in Severity]
    with pytest.raises(BadUsage, match="'grave' is no severity"):
        Severity.of("grave")


def test_the_queries_of_rules_are_sparql_with_the_prefixes_the_shapes_declare() -> None:
    catalogue = load_catalogue()
    declared = {quad.object.value for quad in catalogue.shapes if quad.predicate.value == SH + "prefix"}
    given = {name: PREFIXES[name] for name in declared}
    answers = [ox.Store().query(rule.select, prefixes=given) for rule in catalogue if rule.select]

    assert answers
    assert all(isinstance(answer, ox.QuerySolutions) for answer in answers)
