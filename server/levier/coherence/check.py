"""Check a snapshot, or files on their own."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pyoxigraph as ox

from levier.coherence.catalogue import Catalogue, load_catalogue
from levier.coherence.engines import Engine
from levier.coherence.finding import Finding
from levier.coherence.gather import Gathered, gather
from levier.coherence.records import in_each
from levier.coherence.rule import Rule, Severity
from levier.errors import NothingToDo
from levier.graph import EmbeddedStore
from levier.terms import RDF


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found, and over what."""

    findings: tuple[Finding, ...]
    rules: int
    """How many rules were applied."""
    triples: int
    """How many triples were looked at; of files, those of the files given."""
    engine: str
    files: tuple[str, ...] = ()
    """The files checked; none for a snapshot."""
    store: EmbeddedStore | None = None
    """What was checked, to find places and labels in; of files, with their context."""
    applied: tuple[Rule, ...] = ()
    """The rules that were applied."""
    problems: tuple[str, ...] = ()
    """One sentence per file, or rest of one, that could not be read while others could."""

    def counts(self) -> dict[str, int]:
        """Give the number of findings by severity, gravest first."""
        found = Counter(finding.severity for finding in self.findings)
        return {severity.word: found[severity] for severity in sorted(Severity, reverse=True)}

    def at_least(self, severity: Severity) -> bool:
        """Tell whether a finding is as grave as `severity`, or graver."""
        return any(finding.severity >= severity for finding in self.findings)


def check_snapshot(store: EmbeddedStore, engine: Engine, catalogue: Catalogue | None = None) -> Checked:
    """Check the union of a store's graphs; in which of them a node is a subject is found with its place (`placed`).

    Raises NothingToDo where the store is empty, and EngineFailed.
    """
    catalogue = load_catalogue() if catalogue is None else catalogue
    triples = store.count()
    if not triples:
        raise NothingToDo("The snapshot is empty, so nothing was checked.", hint="Run `levier build`.")
    findings = tuple(in_each(engine.run(catalogue, store), store))
    return Checked(findings, len(catalogue), triples, engine.name, store=store, applied=tuple(catalogue))


def check_files(paths: Iterable[Path], engine: Engine, catalogue: Catalogue | None = None) -> Checked:
    """Check files against one another and against the bundled notes, actors and codes.

    Only what the files say something about is reported, and no absence of what they have nothing of (`levsh:needs`).
    Raises BadInput, BrokenData, NothingToDo, and EngineFailed.
    """
    catalogue = load_catalogue() if catalogue is None else catalogue
    gathered = gather(paths)
    meaningful = {rule.id for rule in catalogue if _applies(rule, gathered)}
    findings = tuple(
        replace(finding, source=gathered.subjects.get(finding.about))
        for finding in in_each(engine.run(catalogue, gathered.store), gathered.store)
        if finding.rule.id in meaningful and (finding.about in gathered.subjects or finding.focus.startswith("_:"))
    )
    files, problems = tuple(gathered.files), tuple(gathered.problems)
    applied = tuple(rule for rule in catalogue if rule.id in meaningful)
    return Checked(findings, len(applied), gathered.triples, engine.name, files, gathered.store, applied, problems)


def _applies(rule: Rule, gathered: Gathered) -> bool:
    return all(_has_instance(gathered.store, name) for name in rule.needs)


def _has_instance(store: EmbeddedStore, name: str) -> bool:
    quads = store.raw.quads_for_pattern(None, ox.NamedNode(RDF + "type"), ox.NamedNode(name), None)
    return next(iter(quads), None) is not None
