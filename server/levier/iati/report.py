"""What a conversion did: per file and in all, for people and as JSON.

The figures balance: activities read = converted + duplicates + set aside.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from levier.iati.activity import Converted, Identity
from levier.iati.sink import Problem

TOLD_PER_FILE: Final = 10
"""Problems of a file that are told line by line while it is read; the report has the others."""
SHOWN_PER_KIND: Final = 100
"""Warnings of one kind that a file's report lists; the rest are only counted."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An activity that was met before, in this file or an earlier one, and was not converted again."""

    iri: str
    identifier: str
    line: int
    first_in: str
    """The dataset key of the file whose copy was kept."""

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON values."""
        return {"iri": self.iri, "identifier": self.identifier, "line": self.line, "firstIn": self.first_in}


class Seen:
    """The activities converted so far over all the files of a run, and the dataset each was first met in."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def first(self, iri: str, dataset: str) -> str | None:
        """Give the dataset that has the activity already, or remember that `dataset` has it and give None."""
        known = self._first.get(iri)
        if known is None:
            self._first[iri] = dataset
        return known

    def __contains__(self, iri: str) -> bool:
        return iri in self._first

    def __len__(self) -> int:
        return len(self._first)


@dataclass(slots=True)
class SourceReport:
    """What became of one file."""

    file: str
    """The file as given: a path, an address (without user and password), `archive.zip!member.xml`."""
    dataset: str
    """Its key, unique in a run: its graph is `graph/aid/{dataset}`."""
    public_name: str = ""
    """What it may be called in a graph: no folders, and of an address no user, password, query or fragment."""
    sha256: str = ""
    """Of the file as it is stored (compressed, if it is); of the member, for one of a .zip."""
    version: str = ""
    generated: str = ""
    """`generated-datetime` as the file states it."""
    linked_data_default: str = ""
    bytes: int = 0
    """Bytes of XML read, unpacked."""
    read: int = 0
    converted: int = 0
    duplicates: list[Duplicate] = field(default_factory=list)
    set_aside: int = 0
    triples: int = 0
    organisations: set[str] = field(default_factory=set)
    """References of the organisations that the converted activities name."""
    unmapped: Counter[str] = field(default_factory=Counter)
    """Places of the XML that the table does not map, and how often they occur in the converted activities."""
    problems: list[Problem] = field(default_factory=list)
    problem_counts: Counter[str] = field(default_factory=Counter)
    """How often each kind of problem occurred; `problems` lists the first 100 warnings of a kind, and every error."""
    error: str | None = None
    """One sentence on why the file, or the rest of it, could not be read."""

    @property
    def clean(self) -> bool:
        """Whether all of the file was taken: it could be read, and no activity was set aside."""
        return self.error is None and not self.set_aside

    def add(self, converted: Converted) -> None:
        """Count an activity that was converted or set aside."""
        self.read += 1
        if converted.identity.iri:
            self.converted += 1
        else:
            self.set_aside += 1
        self.triples += converted.triples
        self.organisations |= converted.organisations
        self.unmapped.update(converted.unmapped)
        self.add_problems(converted.problems)

    def add_duplicate(self, identity: Identity, first_in: str) -> None:
        """Count an activity that was met before."""
        self.read += 1
        self.duplicates.append(Duplicate(identity.iri, identity.identifier, identity.line, first_in))

    def add_problems(self, problems: Iterable[Problem]) -> None:
        """Count problems, and list them as far as they are listed."""
        for problem in problems:
            self.problem_counts[problem.kind] += 1
            if problem.severity == "error" or self.problem_counts[problem.kind] <= SHOWN_PER_KIND:
                self.problems.append(problem)

    def summary(self) -> str:
        """Say in one line what was read."""
        if self.error and not self.read:
            return self.error
        version = f"{self.file}: version {self.version or 'not stated'}"
        said = [version, _counted(self.converted, "activity", "activities")]
        if self.duplicates:
            said.append(_counted(len(self.duplicates), "duplicate", "duplicates"))
        if self.set_aside:
            said.append(f"{self.set_aside:,} set aside")
        said.append(_counted(self.triples, "triple", "triples"))
        warnings = sum(self.problem_counts.values()) - self.set_aside
        if warnings:
            said.append(_counted(warnings, "warning", "warnings"))
        if self.unmapped:
            said.append(f"{_counted(len(self.unmapped), 'place', 'places')} not mapped")
        rest = f" But {self.error.removeprefix(f'{self.file}: ')}" if self.error else ""
        return ", ".join(said) + "." + rest

    def explained(self) -> str:
        """Say what was read, and below it why an activity was set aside or the version doubted, with the line."""
        told = [p for p in self.problems if p.severity == "error" or p.kind == "version"][:TOLD_PER_FILE]
        return "\n".join([self.summary(), *(f"  line {problem.line}: {problem.message}" for problem in told)])

    def as_json(self) -> dict[str, Any]:
        """Give the report as JSON values; keys as in `ConversionReport.as_json`."""
        return {
            "file": self.file,
            "dataset": self.dataset,
            "sha256": self.sha256,
            "version": self.version,
            "generated": self.generated,
            "linkedDataDefault": self.linked_data_default,
            "bytes": self.bytes,
            "activities": self.activities(),
            "triples": self.triples,
            "organisations": sorted(self.organisations),
            "notMapped": dict(sorted(self.unmapped.items())),
            "duplicates": [duplicate.as_json() for duplicate in self.duplicates],
            "problemCounts": dict(sorted(self.problem_counts.items())),
            "problems": [asdict(problem) for problem in self.problems],
            "error": self.error,
        }

    def activities(self) -> dict[str, int]:
        """Give the four figures that balance."""
        return {
            "read": self.read,
            "converted": self.converted,
            "duplicates": len(self.duplicates),
            "setAside": self.set_aside,
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

    def as_json(self) -> dict[str, Any]:
        """Give the report as JSON values.

        `totals`: files, filesWithError, bytes (of XML), activities {read, converted, duplicates, setAside}, triples,
        notMapped {place: count}, problemCounts {kind: count}. `passedOver`: names of files. `files`: one object per
        file with file, dataset, sha256, version, generated, linkedDataDefault, bytes, activities, triples,
        organisations [ref], notMapped, duplicates [{iri, identifier, line, firstIn}], problemCounts, problems
        [{kind, severity, line, activity, message}] (the first 100 warnings of a kind, and every error) and error.
        """
        return {
            "totals": {
                "files": len(self.sources),
                "filesWithError": sum(source.error is not None for source in self.sources),
                "bytes": sum(source.bytes for source in self.sources),
                "activities": _sum(source.activities() for source in self.sources),
                "triples": sum(source.triples for source in self.sources),
                "notMapped": _sum(source.unmapped for source in self.sources),
                "problemCounts": _sum(source.problem_counts for source in self.sources),
            },
            "passedOver": self.passed_over,
            "files": [source.as_json() for source in self.sources],
        }

    def summary(self) -> str:
        """Say in a few lines what was read and what was not."""
        totals = self.as_json()["totals"]
        activities = totals["activities"]
        first = (
            f"{_counted(totals['files'], 'file', 'files')}, {totals['bytes'] / 1e6:,.1f} MB of XML: "
            f"{_counted(activities['read'], 'activity', 'activities')} read = {activities['converted']:,} converted"
            f" + {activities['duplicates']:,} duplicates + {activities['setAside']:,} set aside;"
            f" {_counted(totals['triples'], 'triple', 'triples')}."
        )
        lines = [first]
        if totals["filesWithError"]:
            lines.append(f"{_counted(totals['filesWithError'], 'file', 'files')} could not be read whole.")
        if totals["problemCounts"]:
            kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(totals["problemCounts"].items()))
            lines.append(f"Problems by kind: {kinds}.")
        if totals["notMapped"]:
            count = sum(totals["notMapped"].values())
            lines.append(f"Not mapped: {count:,} values in {_counted(len(totals['notMapped']), 'place', 'places')}.")
        if self.passed_over:
            lines.append(f"Passed over: {_counted(len(self.passed_over), 'file', 'files')} not named as IATI XML.")
        return "\n".join(lines)


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(sorted(total.items()))


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
