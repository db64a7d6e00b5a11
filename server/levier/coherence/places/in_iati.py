"""The places of findings in IATI files: of the element that the node, or its property, was made from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from levier.coherence.finding import Finding, Key
from levier.coherence.place import Place
from levier.coherence.places.trail import is_reckoned, trails_of
from levier.coherence.records import record_of
from levier.errors import BadInput
from levier.iati import Asked, Source, Spot, sources, spots


def places(name: str, findings: Iterable[Finding]) -> dict[Key, Place]:
    """Give the place of each finding in one of the files checked; the file alone where the element is not found."""
    asked = {finding.key: asked_of(finding) for finding in findings}
    source = _source_of(name)
    found = {} if source is None else places_in(source, asked)
    return {key: found.get(key, Place(name)) for key in asked}


def places_in(source: Source, asked: Mapping[Key, Asked]) -> dict[Key, Place]:
    """Give the places in an IATI file of what is asked, by the key of the finding, where there is such an element."""
    by_record: dict[str, dict[Asked, None]] = defaultdict(dict)
    for one in asked.values():
        by_record[record_of(one.within or one.node)][one] = None
    found: dict[Asked, Spot] = {}
    with suppress(BadInput):  # it was told when the file was checked, or built from
        found = spots(source, by_record)
    return {key: _place(source.name, found[one]) for key, one in asked.items() if one in found}


def asked_of(finding: Finding) -> Asked:
    """Give what a finding points to: a node, or a value at the end of a way from it."""
    ways = tuple(
        tuple(step.term for step in way)
        for way in trails_of(finding.rule)
        if way and not any(step.inverse for step in way)
    )
    return Asked(finding.focus, ways, None if is_reckoned(finding.rule) else finding.value, finding.within)


def _source_of(name: str) -> Source | None:
    """Give the source that `levier check` called by this name; None where there is none (any more)."""
    path = name if Path(name).exists() else name.partition("!")[0]
    return next((source for source in sources([path]) if source.name == name), None)


def _place(name: str, spot: Spot) -> Place:
    return Place(name, spot.line, spot.column, spot.snippet, spot.column - 1)
