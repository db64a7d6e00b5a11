"""The ontology under a reasoner: it is consistent, every class can have members, and real contradictions are found.

The reasoner is HermiT, through owlready2; where Java is absent these tests are skipped. HermiT knows no xsd:date and no
xsd:gYear, so the modules give no such range, and data are read with those values ignored.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import owlready2
import pyoxigraph as ox
import pytest

from levier.linking.engine import Firing, Link
from levier.linking.facts import ActivityFacts
from levier.linking.model import Element, Rule
from levier.linking.reading import Evidence, Fact
from levier.linking.write import Run, activity_lines
from levier.resources import folder
from levier.terms import BASE, IATI, LEVIER, PREFIXES

MODULES = sorted(folder("ontology").glob("*.ttl"))
FACTS = sorted(path for path in folder("data").rglob("*.ttl") if path.parent.name != "codelists")
HEAD = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())

pytestmark = pytest.mark.skipif(
    shutil.which("java") is None, reason="HermiT needs Java, and there is no java command on this machine"
)


def triples(*paths: Path) -> Iterator[ox.Triple]:
    for path in paths:
        for quad in ox.parse(path=path, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True):
            yield quad.triple


def statements(text: str) -> list[ox.Triple]:
    """Read Turtle written with our prefixes, relative to our base address."""
    return [quad.triple for quad in ox.parse((HEAD + text).encode(), format=ox.RdfFormat.TURTLE, base_iri=BASE)]


def unsatisfiable(extra: list[ox.Triple], where: Path, *, strict: bool = True) -> list[str]:
    """Run HermiT over all modules and `extra`; give the IRIs of the classes that can have no member."""
    path = where / "modules.nt"
    path.write_bytes(ox.serialize([*triples(*MODULES), *extra], format=ox.RdfFormat.N_TRIPLES) or b"")
    world = owlready2.World()
    try:
        with world.get_ontology(path.as_uri()).load():
            owlready2.sync_reasoner_hermit(world, debug=0, ignore_unsupported_datatypes=not strict)
        return [found.iri for found in world.inconsistent_classes() if found is not owlready2.Nothing]
    finally:
        world.close()


@pytest.fixture(autouse=True)
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the reasoner's own temporary files go too, which it leaves behind when it finds a contradiction."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def _only_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have HermiT classify the classes alone, which tells contradictions too, in a Java that starts fast.

    It would also sort individuals and properties: of 29 s on our data that takes 24, and nothing here asks for it.
    """
    run = subprocess.check_output

    def classes_alone(command: list[str], **how: Any) -> bytes:  # noqa: ANN401  # handed on
        found: bytes = run([part for part in command if part not in {"-O", "-D", "-I"}], **how)
        return found

    monkeypatch.setattr(subprocess, "check_output", classes_alone)
    monkeypatch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


def test_the_modules_are_consistent_and_every_class_can_have_members(where: Path) -> None:
    assert unsatisfiable([], where) == []


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        ("<id/x> a levier:StrategyNote , levier:Actor .", "a document is no organisation"),
        ("<id/x> a levier:StrategicObjective , levier:StrategicAxis .", "an element is of one kind"),
        ("<id/x> a levier:StrategicElement , levier:TargetGroup .", "a target group is no part of a note"),
        ("<id/x> a levier:Alignment , levier:Evidence .", "a link is not its evidence"),
        ("<id/x> levier:alignedActivity <id/note/1> . <id/note/1> a levier:StrategyNote .", "the sides are swapped"),
        ("<id/x> levier:inRound <id/y> . <id/y> a levier:ActionPlan .", "a plan is no round"),
        ("<id/x> levier:transcriptionStatus levier:Transcribed , levier:NotTranscribed .", "one status at a time"),
        ("<id/x> levier:decidedAs levier:Confirmed , levier:Rejected .", "one verdict at a time"),
        ("<id/x> levier:noteStatus levier:OnTrack .", "a progress is no status of a note"),
        ("<id/x> levier:confidence 'high' .", "a confidence is a number"),
    ],
)
def test_a_contradiction_is_found(fact: str, why: str, where: Path) -> None:
    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        unsatisfiable(statements(fact), where)


def test_a_class_that_can_have_no_member_is_named(where: Path) -> None:
    clash = statements("levier:Impossible a owl:Class ; rdfs:subClassOf levier:StrategyNote , levier:Actor .")

    assert unsatisfiable(clash, where) == [LEVIER + "Impossible"]


@pytest.mark.skipif(not FACTS, reason="there are no data files beside this checkout")
def test_what_the_data_say_contradicts_nothing(where: Path) -> None:
    assert unsatisfiable(list(triples(*FACTS)), where, strict=False) == []


def linked_as_the_linker_writes() -> list[ox.Triple]:
    """One activity that serves two objectives of the migration note, on the strength of one and the same code."""
    note = BASE + "id/note/migration"
    elements = [Element(f"{note}/objective/{number}", f"M{number}", note, {}) for number in (1, 4)]
    rule = Rule(
        iri=BASE + "id/rule/x",
        labels={},
        elements=tuple(elements),
        basis="Coded",
        weight=0.9,
        conditions=(),
        exclusions=(),
        requires=(),
        yields_to=(),
        in_donor=False,
    )
    shown = (Evidence(rule.iri, Fact(IATI + "sector", "15190", code=BASE + "id/code/Sector/15190")),)
    links = [
        Link(element, confidence, (Firing(rule, confidence, shown, ()),), share=0.5)
        for element, confidence in zip(elements, (0.9, 0.6), strict=True)
    ]
    run = Run(datetime(2026, 11, 23, tzinfo=UTC), threshold=0.5)
    lines = "".join(activity_lines(ActivityFacts(BASE + "id/activity/x/1"), links, run))
    return [quad.triple for quad in ox.parse(input=lines, format=ox.RdfFormat.N_TRIPLES)]


def test_two_alignments_may_rest_on_the_same_evidence(where: Path) -> None:
    linked = linked_as_the_linker_writes()
    shared = [triple.object for triple in linked if triple.predicate.value == LEVIER + "hasEvidence"]

    assert len(shared) == 2
    assert len(set(shared)) == 1
    assert unsatisfiable(linked, where) == []


def test_evidence_of_a_single_alignment_would_contradict_what_the_linker_writes(where: Path) -> None:
    """Were the evidence to identify its alignment, the two would be one, with two confidences."""
    single = statements("levier:hasEvidence a owl:InverseFunctionalProperty .")

    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        unsatisfiable([*linked_as_the_linker_writes(), *single], where)
