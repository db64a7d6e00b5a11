"""Names that nobody knows, answered with those that are nearest."""

from collections.abc import Collection, Iterable
from difflib import SequenceMatcher
from typing import Final

from levier.coherence.rule import Rule
from levier.errors import BadUsage

_NEAREST: Final = 3
_ALIKE: Final = 0.5


def nearest(name: str, known: Iterable[str]) -> str:
    """Give `Did you mean A or B?`, or the names there are where none is near."""
    names = sorted(known)
    near = _near(name, names)
    return f"Did you mean {' or '.join(near)}?" if near else f"There is {', '.join(names)}."


def known_rule(name: str, rules: Collection[str], where: str = "", *, besides: Collection[str] = ()) -> str:
    """Give the name of a rule back; raises BadUsage, with the nearest, where there is no such rule.

    `besides` is what could be meant as well.
    """
    if name in rules:
        return name
    near = _near(name, sorted({*rules, *besides}))
    hint = f"Did you mean {' or '.join(near)}?" if near else "`levier check --list` names them."
    raise BadUsage(f"{where}there is no rule {name!r}.", hint=hint)


def _near(name: str, names: Iterable[str]) -> list[str]:
    """Give the names most alike, at most three, of those equally alike the first."""
    likeness = {one: SequenceMatcher(None, name.lower(), one.lower()).ratio() for one in names}
    near = [one for one in likeness if likeness[one] >= _ALIKE]
    return sorted(near, key=lambda one: -likeness[one])[:_NEAREST]


def selected(names: Iterable[str], rules: Iterable[Rule], where: str = "") -> set[str]:
    """Give the rules that names stand for: `AID-010` for itself, `AID` for all of its subject; raises BadUsage."""
    known = [rule.id for rule in rules]
    subjects = {one.rpartition("-")[0] for one in known}
    chosen: set[str] = set()
    for name in names:
        of_subject = {one for one in known if one.rpartition("-")[0] == name}
        chosen |= of_subject or {known_rule(name, known, where, besides=subjects)}
    return chosen
