"""Rewrite an activity or organisation of IATI 1.01 to 1.05 in its 2.03 form, so that all that follows knows only 2.03.

What is different is in the table `upgrade.tsv`. It is compiled into a tree of steps, and the element is walked once.
Nothing is taken away but an element that was repeated for another language only. What 2.03 has no place for, and a code
it has no code for, stays where it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from lxml import etree

from levier.iati.sink import Outcome, Problem, Severity
from levier.iati.upgrading.steps import Join, Log, Step, step_of
from levier.iati.upgrading.table import upgrade_table

_UNSTATED: Final = "1.01"
"""The version that is meant where none is stated, by the standard of 1.0x."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What the rewriting of one element did.

    Items are elements, attributes and texts that are not blank: those before + made - removed = those after. A value
    that stands elsewhere afterwards is the same item.
    """

    made: int = 0
    removed: int = 0
    problems: list[Problem] = field(default_factory=list)


def is_old(version: str) -> bool:
    """Whether a file of this version is of 1.0x, or states none."""
    return not version.strip().lower().removeprefix("v").startswith("2")


def upgrade(element: etree._Element, version: str) -> Upgrade:
    """Rewrite an `iati-activity` or `iati-organisation` of a file of this version in place into its 2.03 form.

    What is in the form of 2.0x already stays as it is, so an element of a file that states no version can be given too.
    """
    place = _plan().get(element.tag) if is_old(version) else None
    if place is None:
        return Upgrade()
    log = Log()
    _visit(place, element, log)
    return Upgrade(log.made, log.removed, list(_problems(log, element, version.strip() or _UNSTATED)))


def _problems(log: Log, element: etree._Element, version: str) -> Iterator[Problem]:
    found = element.findtext("iati-identifier") or element.findtext("organisation-identifier") or ""
    identifier = found.strip()
    if log.moved:
        message = f"IATI {version}: what stands elsewhere in 2.03 was put there, {log.moved:,} times."
        yield _problem("upgraded", element.sourceline or 0, identifier, message, "noted", log.moved)
    for (place, known), codes in _by_place(log).items():
        line = min(first for _, _, (first, _) in codes)
        count = sum(times for _, _, (_, times) in codes)
        if known:
            told = ", ".join(f"{old!r} is {new!r}" for old, new, _ in codes)
            yield _problem("upgraded-code", line, identifier, f"{place}: in IATI 2.03 {told}.", "repaired", count)
        else:
            told = ", ".join(repr(old) for old, _, _ in codes)
            message = f"{place}: IATI 2.03 has no code for {told}; kept as it is."
            yield _problem("no-code-in-2.03", line, identifier, message, "kept", count)


def _by_place(log: Log) -> dict[tuple[str, bool], list[tuple[str, str, list[int]]]]:
    """Give per place, apart for known codes and others: old code, new code, line and number."""
    places: dict[tuple[str, bool], list[tuple[str, str, list[int]]]] = {}
    for (place, old, new), met in log.codes.items():
        places.setdefault((place, bool(new)), []).append((old, new, met))
    return places


def _problem(kind: str, line: int, identifier: str, message: str, outcome: Outcome, count: int) -> Problem:
    severity: Severity = "warning" if outcome == "kept" else "note"
    return Problem(kind, severity, line, identifier, message, outcome, count)


@dataclass(slots=True)
class _Place:
    """An element of 1.0x of which something changes, or below which something does."""

    children: dict[object, "_Place"] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    join: Join | None = None


def _visit(place: _Place, element: etree._Element, log: Log) -> None:
    several: dict[object, list[etree._Element]] = {}
    for child in list(element):
        tag = child.tag
        known = place.children.get(tag)
        if known is None:
            continue
        for step in known.steps:
            if not step.apply(child, log):
                break
        if known.children:
            _visit(known, child, log)
        if known.join is not None:
            several.setdefault(tag, []).append(child)
    for name, elements in several.items():
        join = place.children[name].join
        if join is not None and len(elements) > 1:
            join.apply(elements, log)


@cache
def _plan() -> dict[object, _Place]:
    """Give the compiled table: per root element the places below it."""
    top = _Place()
    for row in upgrade_table().rows:
        if row.kind in {"coded", "keep"}:
            continue
        place = top
        for name in row.element:
            place = place.children.setdefault(name, _Place())
        if row.kind in {"one", "same"}:
            place.join = Join(row)
        else:
            place.steps.append(step_of(row))
    return top.children
