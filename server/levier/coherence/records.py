"""The records that findings speak of: the activities and organisations of IATI files, and copies of activities.

A node of a record lies below the IRI of that record. What many records of a dataset say alike is one node
(`levier.terms.COMMON`): what is wrong with it is wrong wherever a record leads to it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

import pyoxigraph as ox

from levier.coherence.finding import Finding, distinct
from levier.coherence.rule import Rule
from levier.graph import EmbeddedStore
from levier.terms import COMMON, ID, LEVIER

COPY: Final = f"{ID}copy/"
"""Begins the IRIs of copies of activities, and of what is inside of them."""

_COPY_OF: Final = ox.NamedNode(LEVIER + "copyOf")
_RECORD_PARTS: Final = {"activity": 2, "organisation": 1}
"""Parts of the IRI of an activity and of an organisation after the kind; nodes inside have more."""
_PAYMENT: Final = re.compile(r"/(?:transaction|planned-disbursement)/\d+")


def record_of(node: str) -> str:
    """Give the IRI of the activity or organisation that a node is, or is inside of; empty for another node."""
    kind, *parts = node.removeprefix(ID).split("/") if node.startswith(ID) else [""]
    wanted = _RECORD_PARTS.get(kind, 0)
    return f"{ID}{'/'.join([kind, *parts[:wanted]])}" if wanted and len(parts) >= wanted else ""


def copy_around(node: str, store: EmbeddedStore) -> str:
    """Give the IRI of the copy of an activity that a node is, or is inside of; empty for another node."""
    while node.startswith(COPY):
        if next(store.raw.quads_for_pattern(ox.NamedNode(node), _COPY_OF, None), None) is not None:
            return node
        node = node.rpartition("/")[0]
    return ""


def around(node: str, store: EmbeddedStore) -> str:
    """Give the IRI of the record, or of the copy of one, that a node is, or is inside of; empty for another node."""
    return record_of(node) or copy_around(node, store)


def leader(node: str, record: str) -> str:
    """Give what is meant where a node of a record leads to one that records have in common: the node itself.

    The payments of a record say the same again and again: for all of them it is the record, once.
    """
    return record if _PAYMENT.fullmatch(node.removeprefix(record)) else node


def leading(node: str, store: EmbeddedStore) -> Iterator[str]:
    """Give what leads to a node: a record, a copy, or a node of one (see `leader`); empty for anything else."""
    for quad in store.raw.quads_for_pattern(None, None, ox.NamedNode(node)):
        subject = quad.subject.value if isinstance(quad.subject, ox.NamedNode) else ""
        record = around(subject, store)
        yield leader(subject, record) if record else ""


def in_each(findings: Iterable[Finding], store: EmbeddedStore) -> list[Finding]:
    """Give the findings, sorted, those on a node that records have in common once for each that leads to it.

    Nothing inside a copy has a class, so a rule for the nodes of a class finds nothing there. What nothing leads to is
    found as it is.
    """
    known: dict[str, list[str]] = {}
    return distinct(each for finding in findings for each in _each(finding, store, known))


def _each(finding: Finding, store: EmbeddedStore, known: dict[str, list[str]]) -> Iterator[Finding]:
    node = finding.focus
    if not node.startswith(COMMON):
        yield finding
        return
    if node not in known:
        known[node] = list(dict.fromkeys(leading(node, store)))
    if not known[node]:
        yield finding
    for one in known[node]:
        if one and not (one.startswith(COPY) and _is_of_classes(finding.rule)):
            yield replace(finding, within=one)


def _is_of_classes(rule: Rule) -> bool:
    return all(target.kind == "targetClass" for target in rule.targets)
