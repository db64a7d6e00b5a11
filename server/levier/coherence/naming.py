"""Names that nobody knows, answered with those that are nearest."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Final

from levier.coherence.rule import Rule
from levier.errors import BadUsage

_NEAREST: Final = 3


def nearest(name: str, known: Iterable[str]) -> str:
    """Give `Did you mean A or B?`, or the names there are where none is near."""
    by_lower = {one.lower(): one for one in known}
    near = get_close_matches(name.lower(), by_lower, n=_NEAREST, cutoff=0.5)
    if near:
        return f"Did you mean {' or '.join(by_lower[one] for one in near)}?"
    return f"There is {', '.join(sorted(by_lower.values()))}."


def known_rule(name: str, rules: Collection[str], where: str = "") -> str:
    """Give the name of a rule back; raises BadUsage, with the nearest, where there is no such rule."""
    if name in rules:
        return name
    hint = nearest(name, rules) if get_close_matches(name.lower(), [one.lower() for one in rules], cutoff=0.5) else ""
    raise BadUsage(f"{where}there is no rule {name!r}.", hint=hint or "`levier check --list` names them.")


def selected(names: Iterable[str], rules: Iterable[Rule], where: str = "") -> set[str]:
    """Give the rules that names stand for: `AID-010` for itself, `AID` for all of its subject; raises BadUsage."""
    known = [rule.id for rule in rules]
    chosen: set[str] = set()
    for name in names:
        of_subject = {one for one in known if one.rpartition("-")[0] == name}
        chosen |= of_subject or {known_rule(name, known, where)}
    return chosen
