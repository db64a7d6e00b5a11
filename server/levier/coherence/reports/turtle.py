"""Findings as a SHACL validation report (https://www.w3.org/TR/shacl/#validation-report) in Turtle."""

import re
from collections.abc import Iterator
from typing import Final

import pyoxigraph as ox

from levier.coherence.catalogue import Catalogue, load_catalogue
from levier.coherence.finding import Finding
from levier.coherence.outcome import Outcome
from levier.coherence.reports.saying import Saying
from levier.coherence.rule import Rule, Severity
from levier.terms import PREFIXES, RDF, SCHEMA, SH

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_SEVERITIES: Final = {Severity.VIOLATION: "Violation", Severity.WARNING: "Warning", Severity.INFO: "Info"}
_COMPONENTS: Final = {
    name: f"{SH}{name[0].upper()}{name[1:]}ConstraintComponent"
    for name in (
        "minCount", "maxCount", "datatype", "nodeKind", "class", "pattern", "in", "hasValue", "minInclusive",
        "maxInclusive", "minExclusive", "maxExclusive", "minLength", "maxLength", "languageIn", "uniqueLang", "equals",
        "disjoint", "lessThan", "lessThanOrEquals", "not", "and", "or", "xone", "node", "closed",
    )
}  # fmt: skip
"""Parameters of SHACL core and their components; the others are told by `_QUALIFIED`."""
_QUALIFIED: Final = {"qualifiedMinCount": "QualifiedMinCount", "qualifiedMaxCount": "QualifiedMaxCount"}
_IRI: Final = re.compile(r"(?:https?|urn|mailto|ftp|file):[^\s<>\"{}|^`\\]+")


def turtle(outcome: Outcome, saying: Saying) -> str:  # noqa: ARG001  # a SHACL report has the messages in all languages
    """Give one sh:ValidationReport, which conforms where there is no finding.

    Messages are there in fr, nl and en. Where a shape has several constraints, the first names the component.
    """
    report = ox.BlankNode("report")
    quads = [
        ox.Triple(report, _node(RDF + "type"), _node(SH + "ValidationReport")),
        ox.Triple(report, _node(SH + "conforms"), ox.Literal(not outcome.findings)),
    ]
    catalogue = load_catalogue()
    results = [(ox.BlankNode(f"r{number}"), finding) for number, finding in enumerate(outcome.findings)]
    quads += [ox.Triple(report, _node(SH + "result"), result) for result, _ in results]
    for number, (result, finding) in enumerate(results):
        quads += _result(result, finding, catalogue, number)
    return (ox.serialize(quads, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES) or b"").decode()


def _result(result: ox.BlankNode, finding: Finding, catalogue: Catalogue, number: int) -> Iterator[ox.Triple]:
    rule = finding.rule
    yield ox.Triple(result, _node(RDF + "type"), _node(SH + "ValidationResult"))
    yield ox.Triple(result, _node(SH + "focusNode"), _term(finding.focus))
    if finding.within:
        yield ox.Triple(result, _node(SCHEMA + "about"), _node(finding.within))
    yield ox.Triple(result, _node(SH + "resultSeverity"), _node(SH + _SEVERITIES[finding.severity]))
    yield ox.Triple(result, _node(SH + "sourceShape"), _node(rule.shape))
    yield ox.Triple(result, _node(SH + "sourceConstraintComponent"), _node(_component(rule, catalogue)))
    if finding.value is not None:
        yield ox.Triple(result, _node(SH + "value"), _term(finding.value))
    for language, message in finding.message.items():
        yield ox.Triple(result, _node(SH + "resultMessage"), ox.Literal(message, language=language))
    if finding.place is not None:
        yield ox.Triple(result, _node(SCHEMA + "location"), ox.Literal(str(finding.place)))
    yield from _path(result, rule, catalogue, number)


def _path(result: ox.BlankNode, rule: Rule, catalogue: Catalogue, number: int) -> Iterator[ox.Triple]:
    """Give the path of the shape, its blank nodes copied under names of this result."""
    path = _said(catalogue, _node(rule.shape), SH + "path")
    if path is None:
        return
    yield ox.Triple(result, _node(SH + "resultPath"), _renamed(path, number))
    todo = [path]
    while todo:
        term = todo.pop()
        if isinstance(term, ox.BlankNode):
            for quad in catalogue.shapes.quads_for_subject(term):
                yield ox.Triple(_blank(term, number), quad.predicate, _renamed(quad.object, number))
                todo.append(quad.object)


def _blank(term: ox.BlankNode, number: int) -> ox.BlankNode:
    return ox.BlankNode(f"p{number}x{term.value}")


def _renamed(term: Term, number: int) -> Term:
    return _blank(term, number) if isinstance(term, ox.BlankNode) else term


def _component(rule: Rule, catalogue: Catalogue) -> str:
    if rule.select is not None:
        return SH + "SPARQLConstraintComponent"
    names = {quad.predicate.value.removeprefix(SH) for quad in catalogue.shapes.quads_for_subject(_node(rule.shape))}
    for name, short in _QUALIFIED.items():
        if name in names:
            return f"{SH}{short}ConstraintComponent"
    return next((component for name, component in _COMPONENTS.items() if name in names), SH + "NodeConstraintComponent")


def _said(catalogue: Catalogue, subject: ox.NamedNode, predicate: str) -> Term | None:
    quads = catalogue.shapes.quads_for_subject(subject)
    return next((quad.object for quad in quads if quad.predicate.value == predicate), None)


def _node(iri: str) -> ox.NamedNode:
    return ox.NamedNode(iri)


def _term(text: str) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Give a term from how a finding names it: an IRI, `_:label`, or the text of a literal."""
    if text.startswith("_:"):
        return ox.BlankNode("f" + re.sub(r"\W", "", text[2:]))
    return ox.NamedNode(text) if _IRI.fullmatch(text) else ox.Literal(text)
