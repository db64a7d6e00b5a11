"""What a conversion did: per file and in all. `levier.iati.account` writes it out as JSON, activity by activity.

The figures balance, for every activity, every file and in all:
items read + made = converted + repaired + kept + dropped, and activities read = converted + copies + set aside.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from levier.iati.activity import Converted
from levier.iati.root import Extension
from levier.iati.sink import Problem, Tally

TOLD_PER_FILE: Final = 10
"""Losses of a file that are told line by line while it is read; the report as JSON has all of them."""

_WORDS: Final = {"activity": ("activity", "activities"), "organisation": ("organisation", "organisations")}


@dataclass(slots=True)
class SourceReport:
    """What became of one file. It is as large for a file of a million activities as for one."""

    file: str
    """The file as given: a path, an address (without user and password), `archive.zip!member.xml`."""
    dataset: str
    """Its key, unique in a run: its graph is `graph/aid/{dataset}`."""
    public_name: str = ""
    """What it may be called in a graph: no folders, and of an address no user, password, query or fragment."""
    sha256: str = ""
    """Of the file as it is stored (compressed, if it is); of the member, for one of a .zip."""
    kind: str = ""
    """What it is a file of: `activity` or `organisation`; empty where it could not be read."""
    version: str = ""
    """As the file states it: it is read into the terms of 2.03."""
    generated: str = ""
    """`generated-datetime` as the file states it."""
    linked_data_default: str = ""
    bytes: int = 0
    """Bytes of XML read, unpacked."""
    read: int = 0
    """Activities and organisations read; so too below."""
    copies: int = 0
    """Those of which another report counts; known when all files of the run are read."""
    set_aside: int = 0
    triples: int = 0
    common: int = 0
    """Those of the triples that are of nodes which its activities have in common."""
    head: Tally = field(default_factory=Tally)
    """The items that stand in no activity: the root element, its attributes, what stands beside the activities."""
    items: Tally = field(default_factory=Tally)
    """All items of the file, those of the head included."""
    extensions: list[Extension] = field(default_factory=list)
    """What the root level has that the standard does not; empty again when it is written out."""
    head_problems: list[Problem] = field(default_factory=list)
    """What was wrong with the file itself; repairs of its bytes are there, too."""
    problem_counts: Counter[str] = field(default_factory=Counter)
    """How often each kind of problem occurred."""
    warnings: int = 0
    """How many of them were worse than a note."""
    told: list[Problem] = field(default_factory=list)
    """The first losses."""
    error: str | None = None
    """One sentence on why the file, or the rest of it, could not be read."""

    @property
    def converted(self) -> int:
        """Activities of this file whose report here is the one that counts."""
        return self.read - self.copies - self.set_aside

    @property
    def clean(self) -> bool:
        """Whether all of the file was taken: it could be read, and no activity was set aside."""
        return self.error is None and not self.set_aside

    @property
    def balanced(self) -> bool:
        """Whether every item read is accounted for."""
        return self.items.balanced and self.head.balanced

    def add(self, converted: Converted) -> None:
        """Count an activity."""
        self.read += 1
        self.set_aside += not converted.triples
        common = converted.common.count(b"\n")
        self.common += common
        self.triples += converted.triples + common
        self.items.add(converted.tally)
        self._count(converted.problems)

    def add_head(self, tally: Tally, problems: Iterable[Problem]) -> None:
        """Count what stands in no activity."""
        found = list(problems)
        self.head.add(tally)
        self.items.add(tally)
        self.head_problems += found
        self._count(found)

    def _count(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.problem_counts[problem.kind] += problem.count
            self.warnings += problem.count if problem.severity != "note" else 0
            if (problem.severity == "error" or problem.kind == "version") and len(self.told) < TOLD_PER_FILE:
                self.told.append(problem)

    def summary(self) -> str:
        """Say in one line what was read; which reports are copies is not known before the last file is."""
        if self.error and not self.read:
            return self.error
        said = [
            f"{self.file}: version {self.version or 'not stated'}",
            counted(self.read - self.set_aside, *_WORDS[self.kind or "activity"]),
        ]
        if self.set_aside:
            said.append(f"{self.set_aside:,} set aside")
        said.append(counted(self.triples, "triple", "triples"))
        if self.warnings:
            said.append(counted(self.warnings, "warning", "warnings"))
        if self.items.kept:
            said.append(f"{counted(self.items.kept, 'item', 'items')} kept aside")
        if self.items.dropped:
            said.append(f"{counted(self.items.dropped, 'item', 'items')} dropped")
        rest = f" But {self.error.removeprefix(f'{self.file}: ')}" if self.error else ""
        return ", ".join(said) + "." + rest

    def explained(self) -> str:
        """Say what was read, and below it what was lost first or why the version is doubted, with the line."""
        return "\n".join([self.summary(), *(f"  line {problem.line}: {problem.message}" for problem in self.told)])

    def activities(self) -> dict[str, int]:
        """Give the four figures that balance."""
        return {"read": self.read, "converted": self.converted, "copies": self.copies, "setAside": self.set_aside}

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON values, but for what is told of each activity."""
        return {
            "file": self.file,
            "dataset": self.dataset,
            "sha256": self.sha256,
            "kind": self.kind,
            "version": self.version,
            "generated": self.generated,
            "linkedDataDefault": self.linked_data_default,
            "bytes": self.bytes,
            "activities": self.activities(),
            "items": asdict(self.items),
            "triples": self.triples,
            "commonTriples": self.common,
            "problemCounts": dict(sorted(self.problem_counts.items())),
            "head": {"items": asdict(self.head), "problems": [problem_json(one) for one in self.head_problems]},
            "error": self.error,
        }


@dataclass(slots=True)
class ConversionReport:
    """What became of all the files of a run."""

    sources: list[SourceReport] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    """Files below a given folder that are not IATI XML by their names."""

    @property
    def clean(self) -> bool:
        """Whether every file was taken whole."""
        return all(source.clean for source in self.sources)

    @property
    def converted(self) -> int:
        """Activities converted, over all files."""
        return sum(source.converted for source in self.sources)

    @property
    def items(self) -> Tally:
        """All items of all files."""
        total = Tally()
        for source in self.sources:
            total.add(source.items)
        return total

    def totals(self) -> dict[str, Any]:
        """Give the figures over all files as JSON values."""
        return {
            "files": len(self.sources),
            "filesWithError": sum(source.error is not None for source in self.sources),
            "bytes": sum(source.bytes for source in self.sources),
            "activities": _sum(source.activities() for source in self.sources),
            "items": asdict(self.items),
            "triples": sum(source.triples for source in self.sources),
            "problemCounts": dict(sorted(_sum(source.problem_counts for source in self.sources).items())),
        }

    def as_json(self) -> dict[str, Any]:
        """Give the report as JSON values, but for what is told of each activity; `account` describes the keys."""
        files = [source.as_json() for source in self.sources]
        return {"totals": self.totals(), "passedOver": self.passed_over, "files": files}

    def summary(self) -> str:
        """Say in a few lines what was read and what was not."""
        totals, items = self.totals(), self.items
        lines = [_activities_line(totals), _items_line(items)]
        if not items.balanced:
            lines.append("These figures do not balance: something is not accounted for. That is a fault of ours.")
        if totals["filesWithError"]:
            lines.append(f"{counted(totals['filesWithError'], 'file', 'files')} could not be read whole.")
        if totals["problemCounts"]:
            kinds = ", ".join(f"{kind} {count:,}" for kind, count in totals["problemCounts"].items())
            lines.append(f"Problems by kind: {kinds}.")
        if self.passed_over:
            lines.append(f"Passed over: {counted(len(self.passed_over), 'file', 'files')} not named as IATI XML.")
        return "\n".join(lines)


def problem_json(problem: Problem) -> dict[str, Any]:
    """Give a problem as JSON values; whose it is stands around it."""
    return {
        "kind": problem.kind,
        "severity": problem.severity,
        "outcome": problem.outcome,
        "line": problem.line,
        "message": problem.message,
        "count": problem.count,
    }


def counted(number: int, one: str, many: str) -> str:
    """Give a number with its noun."""
    return f"{number:,} {one if number == 1 else many}"


def _activities_line(totals: dict[str, Any]) -> str:
    activities = totals["activities"]
    return (
        f"{counted(totals['files'], 'file', 'files')}, {totals['bytes'] / 1e6:,.1f} MB of XML: "
        f"{counted(activities['read'], 'activity', 'activities')} read = {activities['converted']:,} converted"
        f" + {activities['copies']:,} copies + {activities['setAside']:,} set aside;"
        f" {counted(totals['triples'], 'triple', 'triples')}."
    )


def _items_line(items: Tally) -> str:
    return (
        f"{items.read:,} items read{_made(items.made)} = {items.converted:,} converted + {items.repaired:,} repaired"
        f" + {items.kept:,} kept aside + {items.dropped:,} dropped."
    )


def _made(number: int) -> str:
    """Say how many items the upgrade of older versions added or, where negative, took away."""
    if not number:
        return ""
    return f" {'+' if number > 0 else '-'} {abs(number):,} by the upgrade of older versions"


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(total)
