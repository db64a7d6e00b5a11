"""What is wrong with a rule of linking is named with its file and line, whoever wrote the rule."""

from pathlib import Path

import pytest

from levier.coherence import Finding, check_files, engine
from levier.coherence.places import located

BEGINNING = """PREFIX iati: <https://w3id.org/levier/iati#>
PREFIX levier: <https://w3id.org/levier/ontology#>
BASE <https://example.org/>

"""

FAULTS = {
    "LINK-020": """
<words> a levier:WordList .  # HERE
""",
    "LINK-021": """
<words> a levier:WordList ;
    levier:word "sea"@en ,
        "mare"@it .  # HERE
""",
    "LINK-022": """
<condition> a levier:RuleCondition ; levier:onProperty iati:title ;
    levier:anyWord "fish"@en ,
        "pesce"@it .  # HERE
""",
    "LINK-022 of a word that is excepted": """
<condition> a levier:RuleCondition ; levier:onProperty iati:title ;
    levier:anyWord "fish"@en ;
    levier:exceptWord
        "fish oil" .  # HERE
""",
    "LINK-023": """
<rule> a levier:AlignmentRule ; levier:basis levier:Coded ;
    levier:weight 60.0 .  # HERE
""",
    "LINK-024": """
<rule> a levier:AlignmentRule ; levier:weight 0.6 ;
    levier:alignsWith
        <https://w3id.org/levier/id/note/migration/objective/1> ,
        <nowhere> .  # HERE
""",
    "LINK-025": """
<condition> a levier:RuleCondition ; levier:onProperty iati:sector ;
    levier:anyCode
        <https://w3id.org/levier/id/code/Sector/12220> ,
        <https://w3id.org/levier/id/code/Sector/99999> .  # HERE
""",
    "LINK-026": """
<rule> a levier:AlignmentRule ; levier:weight 0.6 ;
    levier:weakens <other> .
<other> a levier:AlignmentRule ; levier:weight 0.6 ;
    levier:weakens <rule> .
<third> a levier:AlignmentRule ; levier:weight 0.6 ;
    levier:requiresRule <third> .  # HERE
""",
    "LINK-027": """
<rule> a levier:AlignmentRule ; levier:weight 0.6 ;
    levier:hasCondition
        <missing> .  # HERE
""",
}


def found(text: str, path: Path) -> list[Finding]:
    path.write_text(text, encoding="utf-8")
    checked = check_files([path], engine("fast"))
    assert checked.store is not None
    return located(checked.findings, checked.store, checked.files)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_file_and_line(fault: str, tmp_path: Path) -> None:
    text = BEGINNING + FAULTS[fault]
    line = next(number for number, one in enumerate(text.splitlines(), 1) if one.endswith("# HERE"))
    path = tmp_path / "rules.ttl"

    places = {
        (finding.source, finding.place and finding.place.line)
        for finding in found(text, path)
        if finding.rule.id == fault.partition(" ")[0]
    }

    assert (str(path), line) in places


def test_a_circle_of_several_rules_is_named_at_each_of_them(tmp_path: Path) -> None:
    text = """PREFIX levier: <https://w3id.org/levier/ontology#>
BASE <https://example.org/>
<a> a levier:AlignmentRule ; levier:weight 0.6 ; levier:requiresRule <b> .
<b> a levier:AlignmentRule ; levier:weight 0.6 ; levier:yieldsTo <c> .
<a> levier:weakens <c> .
<c> a levier:AlignmentRule ; levier:weight 0.6 ; levier:requiresRule <a> .
"""

    lines = {one.place and one.place.line for one in found(text, tmp_path / "rules.ttl") if one.rule.id == "LINK-026"}

    assert lines >= {3, 4, 6}


def test_a_good_file_of_rules_has_none_of_these_faults() -> None:
    path = Path(__file__).parent / "fixtures" / "second-note.ttl"

    assert [] == [one for one in check_files([path], engine("fast")).findings if one.rule.id.startswith("LINK-02")]
