"""Writing alignments, their evidence and the run that made them as N-Triples of the graph of alignments.

Every alignment is kept, however weak; `levier:contributesTo`, the plain shortcut, stands only from the threshold up.
No triple is written twice: an alignment's IRI is made of its activity and its element, which come once each.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from hashlib import sha256
from typing import Final

import pyoxigraph as ox

from levier import __version__
from levier.linking.decisions import person_iri
from levier.linking.engine import Link
from levier.linking.facts import ActivityFacts
from levier.linking.horizon import Bounds
from levier.linking.model import Decision, Inherited
from levier.linking.reading import Fact
from levier.settings import Settings
from levier.terms import ID, LEVIER, PROV, RDF, SCHEMA, SKOS, XSD, graph_iri

ALIGNMENT_GRAPH = graph_iri("alignment")
AGENT = ID + "software/levier-linking"
PERSON_RULE = ID + "rule/decided-by-a-person"
"""The rule of the book that stands for what people decide."""

_TYPE = ox.NamedNode(RDF + "type")
_WAS_GENERATED_BY = ox.NamedNode(PROV + "wasGeneratedBy")


@cache
def _levier(name: str) -> ox.NamedNode:
    return ox.NamedNode(LEVIER + name)


@cache
def _term(name: str) -> str:
    """Give a term of Levier as N-Triples."""
    return str(_levier(name))


_LITERALS_REMEMBERED: Final = 1000
"""How many literals are remembered: the words found in a text repeat it, one piece of evidence each."""
_A: Final = str(_TYPE)
_GENERATED: Final = str(_WAS_GENERATED_BY)
_ALIGNMENT, _EVIDENCE = _term("Alignment"), _term("Evidence")
_ALIGNED_ACTIVITY, _ALIGNED_ELEMENT = _term("alignedActivity"), _term("alignedElement")
_BASIS, _CONFIDENCE, _SHARE = _term("basis"), _term("confidence"), _term("share")
_BY_RULE, _WEAKENED_BY_RULE, _HAS_EVIDENCE = _term("byRule"), _term("weakenedByRule"), _term("hasEvidence")
_IN_DONOR_COST, _KIND_OF_AID, _HAS_HORIZON = _term("inDonorCost"), _term("kindOfAid"), _term("hasHorizon")
_CONTRIBUTES_TO = _term("contributesTo")
_EVIDENCE_PROPERTY, _EVIDENCE_VALUE = _term("evidenceProperty"), _term("evidenceValue")
_EVIDENCE_CODE, _EVIDENCE_ORGANISATION = _term("evidenceCode"), _term("evidenceOrganisation")
_MATCHED_TEXT, _MATCH_START, _MATCH_END = _term("matchedText"), _term("matchStart"), _term("matchEnd")


@lru_cache(_LITERALS_REMEMBERED)
def _decimal(number: float) -> ox.Literal:
    return ox.Literal(f"{number:.4f}".rstrip("0").rstrip(".") or "0", datatype=ox.NamedNode(XSD + "decimal"))


@lru_cache(_LITERALS_REMEMBERED)
def _integer(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=ox.NamedNode(XSD + "integer"))


@lru_cache(_LITERALS_REMEMBERED)
def _decimal_written(number: float) -> str:
    return str(_decimal(number))


@lru_cache(_LITERALS_REMEMBERED)
def _integer_written(number: int) -> str:
    return str(_integer(number))


def _moment(when: datetime) -> ox.Literal:
    text = when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return ox.Literal(text, datatype=ox.NamedNode(XSD + "dateTime"))


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the linking."""

    started: datetime
    threshold: float
    bounds: Bounds = field(default_factory=lambda: Bounds.of(Settings()))

    @property
    def iri(self) -> str:
        """Its IRI, from the time it started (UTC)."""
        return f"{ID}run/link-{self.started.astimezone(UTC):%Y%m%dT%H%M%S%fZ}"

    def triples(self, ended: datetime) -> Iterator[ox.Triple]:
        """Give what is to be known of the run, of the software that made it, and that the graph comes from it."""
        run, agent = ox.NamedNode(self.iri), ox.NamedNode(AGENT)
        yield ox.Triple(run, _TYPE, ox.NamedNode(PROV + "Activity"))
        yield ox.Triple(run, ox.NamedNode(PROV + "startedAtTime"), _moment(self.started))
        yield ox.Triple(run, ox.NamedNode(PROV + "endedAtTime"), _moment(ended))
        yield ox.Triple(run, ox.NamedNode(PROV + "wasAssociatedWith"), agent)
        yield ox.Triple(run, _levier("alignmentThreshold"), _decimal(self.threshold))
        yield ox.Triple(run, _levier("shortTermMonths"), _integer(self.bounds.short))
        yield ox.Triple(run, _levier("mediumTermMonths"), _integer(self.bounds.medium))
        yield ox.Triple(agent, _TYPE, ox.NamedNode(PROV + "SoftwareAgent"))
        yield ox.Triple(agent, ox.NamedNode(SKOS + "prefLabel"), ox.Literal("Levier, linking", language="en"))
        yield ox.Triple(agent, ox.NamedNode(SCHEMA + "softwareVersion"), ox.Literal(__version__))
        yield ox.Triple(ox.NamedNode(ALIGNMENT_GRAPH), _WAS_GENERATED_BY, run)


def alignment_iri(activity: str, notation: str) -> str:
    """Give the IRI of the alignment of an activity with the element of that notation."""
    return f"{_root(activity)}/{notation}"


def _root(activity: str) -> str:
    return f"{ID}alignment/{sha256(activity.encode()).hexdigest()[:20]}"


def activity_lines(facts: ActivityFacts, links: Sequence[Link], run: Run, end: str = ".\n") -> Iterator[str]:
    """Give an activity's alignments as lines of N-Triples: no terms are built, for there are a million of them.

    A fact that speaks for several elements, or by several rules, stands once. With `end` they are those of a graph.
    """
    root = _root(facts.iri)
    speaking = [(link, link.evidence) for link in links]
    rules: dict[Fact, set[str]] = {}
    for _, evidence in speaking:
        for one in evidence:
            rules.setdefault(one.fact, set()).add(one.rule)
    nodes = {fact: f"<{root}/evidence/{n}>" for n, fact in enumerate(rules, start=1)}
    for fact, node in nodes.items():
        yield from _lines(node, _of_evidence(fact, rules[fact]), end)
    horizon = run.bounds.horizon(facts.start, facts.end)
    aid = f"{ID}instrument/{'humanitarian-aid' if facts.humanitarian else 'development-cooperation'}"
    for link, evidence in speaking:
        alignment = f"<{root}/{link.element.notation}>"
        said = dict.fromkeys(nodes[one.fact] for one in evidence)
        yield from _lines(alignment, _of_alignment(facts.iri, link, said, run), end)
        yield f"{alignment} {_KIND_OF_AID} <{aid}> {end}"
        if horizon is not None:
            yield f"{alignment} {_HAS_HORIZON} <{horizon}> {end}"
        if link.confidence >= run.threshold:
            yield f"<{facts.iri}> {_CONTRIBUTES_TO} <{link.element.iri}> {end}"
        if link.decision is not None:
            lines = as_ntriples(_decision_triples(ox.NamedNode(alignment[1:-1]), link.decision)).decode()
            yield lines.replace(" .\n", f" {end}")


def _lines(subject: str, said: Iterable[tuple[str, str]], end: str) -> list[str]:
    return [f"{subject} {predicate} {value} {end}" for predicate, value in said]


def _of_alignment(activity: str, link: Link, evidence: Iterable[str], run: Run) -> Iterator[tuple[str, str]]:
    yield _A, _ALIGNMENT
    yield _ALIGNED_ACTIVITY, f"<{activity}>"
    yield _ALIGNED_ELEMENT, f"<{link.element.iri}>"
    yield _BASIS, _term(link.basis)
    yield _CONFIDENCE, _decimal_written(link.confidence)
    yield _SHARE, _decimal_written(link.share)
    yield _GENERATED, f"<{run.iri}>"
    if link.in_donor:
        yield _IN_DONOR_COST, str(ox.Literal(value=True))
    for rule in link.rules:
        yield _BY_RULE, f"<{rule.iri}>"
    for firing in link.against:
        yield _WEAKENED_BY_RULE, f"<{firing.rule.iri}>"
    for node in evidence:
        yield _HAS_EVIDENCE, node


def _of_evidence(fact: Fact, rules: Iterable[str]) -> Iterator[tuple[str, str]]:
    yield from _by_rules(fact.on_property, tuple(sorted(rules)), fact.code, fact.organisation)
    if fact.code is None and fact.organisation is None:
        yield _EVIDENCE_VALUE, _literal(fact.value, fact.language)
    if fact.start is not None and fact.end is not None:
        yield _MATCHED_TEXT, _literal(fact.matched or "", fact.language)
        yield _MATCH_START, _integer_written(fact.start)
        yield _MATCH_END, _integer_written(fact.end)


@lru_cache(_LITERALS_REMEMBERED)
def _by_rules(
    on_property: str, rules: tuple[str, ...], code: str | None, organisation: str | None
) -> tuple[tuple[str, str], ...]:
    """Give what many facts say alike: thousands of activities have one sector, and it speaks by the same rules."""
    said = [(_A, _EVIDENCE), (_EVIDENCE_PROPERTY, f"<{on_property}>"), *((_BY_RULE, f"<{rule}>") for rule in rules)]
    if code is not None:
        said.append((_EVIDENCE_CODE, f"<{code}>"))
    elif organisation is not None:
        said.append((_EVIDENCE_ORGANISATION, f"<{organisation}>"))
    return tuple(said)


@lru_cache(_LITERALS_REMEMBERED)
def _literal(text: str, language: str | None) -> str:
    return str(ox.Literal(text, language=language))


def inferred_triples(link: Inherited, run: Run) -> Iterator[ox.Triple]:
    """Give the triples of a link taken over from another activity, whose identifier is the evidence."""
    activity, element, rule = ox.NamedNode(link.activity), ox.NamedNode(link.element), ox.NamedNode(link.rule.iri)
    alignment = ox.NamedNode(alignment_iri(link.activity, link.notation))
    evidence = ox.NamedNode(f"{alignment.value}/inferred")
    yield ox.Triple(alignment, _TYPE, _levier("Alignment"))
    yield ox.Triple(alignment, _levier("alignedActivity"), activity)
    yield ox.Triple(alignment, _levier("alignedElement"), element)
    yield ox.Triple(alignment, _levier("basis"), _levier("Inferred"))
    yield ox.Triple(alignment, _levier("confidence"), _decimal(link.confidence))
    yield ox.Triple(alignment, _levier("share"), _decimal(0))
    yield ox.Triple(alignment, _WAS_GENERATED_BY, ox.NamedNode(run.iri))
    yield ox.Triple(alignment, _levier("byRule"), rule)
    yield ox.Triple(alignment, _levier("inferredFrom"), ox.NamedNode(link.source))
    yield ox.Triple(alignment, _levier("hasEvidence"), evidence)
    yield ox.Triple(evidence, _TYPE, _levier("Evidence"))
    yield ox.Triple(evidence, _levier("evidenceProperty"), ox.NamedNode(link.rule.along))
    yield ox.Triple(evidence, _levier("evidenceValue"), ox.Literal(link.identifier))
    yield ox.Triple(evidence, _levier("byRule"), rule)
    if link.confidence >= run.threshold:
        yield ox.Triple(activity, _levier("contributesTo"), element)


def _decision_triples(alignment: ox.NamedNode, decision: Decision) -> Iterator[ox.Triple]:
    """Give what a person decided of a link; the decision itself stands in the graph of decisions."""
    reason = ox.NamedNode(f"{alignment.value}/decision")
    yield ox.Triple(alignment, _levier("decidedAs"), _levier(decision.verdict))
    yield ox.Triple(alignment, _levier("decidedBy"), ox.NamedNode(person_iri(decision.by)))
    yield ox.Triple(alignment, _levier("decidedOn"), _moment(decision.on))
    yield ox.Triple(alignment, _levier("byDecision"), ox.NamedNode(decision.iri))
    yield ox.Triple(alignment, _levier("byRule"), ox.NamedNode(PERSON_RULE))
    yield ox.Triple(alignment, _levier("hasEvidence"), reason)
    yield ox.Triple(reason, _TYPE, _levier("Evidence"))
    yield ox.Triple(reason, _levier("evidenceProperty"), _levier("decisionReason"))
    yield ox.Triple(reason, _levier("evidenceValue"), ox.Literal(decision.why))
    yield ox.Triple(reason, _levier("byRule"), ox.NamedNode(PERSON_RULE))


def as_ntriples(triples: Iterator[ox.Triple]) -> bytes:
    """Give triples as N-Triples."""
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
