"""The places of findings in IATI files: of the element that the node, or its property, was made from."""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from levier.coherence.finding import Finding, Key
from levier.coherence.place import Place
from levier.coherence.places.trail import is_reckoned, trails_of
from levier.errors import BadInput
from levier.iati import Asked, Source, Spot, sources, spots
from levier.terms import ID

_RECORD_PARTS: Final = {"activity": 2, "organisation": 1}
"""Parts of the IRI of an activity and of an organisation after the kind; nodes inside have more."""


def record_of(node: str) -> str:
    """Give the IRI of the activity or organisation that a node is, or is inside of; empty for another node."""
    kind, *parts = node.removeprefix(ID).split("/") if node.startswith(ID) else [""]
    wanted = _RECORD_PARTS.get(kind, 0)
    return f"{ID}{'/'.join([kind, *parts[:wanted]])}" if wanted and len(parts) >= wanted else ""


def source_of(name: str) -> Source | None:
    """Give the source that `levier check` called by this name; None where there is none (any more)."""
    path = name if Path(name).exists() else name.partition("!")[0]
    return next((source for source in sources([path]) if source.name == name), None)


def places(name: str, findings: Iterable[Finding]) -> dict[Key, Place]:
    """Give the place of each finding in one file, by its key; the file alone where the element is not found."""
    asked: dict[str, dict[Asked, None]] = defaultdict(dict)
    asking = {finding.key: _asked(finding) for finding in findings}
    for one in asking.values():
        asked[record_of(one.node)][one] = None
    source = source_of(name)
    found: dict[Asked, Spot] = {}
    if source is not None:
        with suppress(BadInput):  # it was told when the file was checked
            found = spots(source, asked)
    return {key: _place(name, found.get(one)) for key, one in asking.items()}


def _asked(finding: Finding) -> Asked:
    ways = tuple(
        tuple(step.term for step in way)
        for way in trails_of(finding.rule)
        if way and not any(step.inverse for step in way)
    )
    return Asked(finding.focus, ways, None if is_reckoned(finding.rule) else finding.value)


def _place(name: str, spot: Spot | None) -> Place:
    return Place(name) if spot is None else Place(name, spot.line, spot.column, spot.snippet, spot.column - 1)
