"""Where findings stand: file, line and column, found afterwards, and only in the files that have findings."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from levier.coherence.finding import Finding, Key
from levier.coherence.outcome import Outcome
from levier.coherence.place import Place
from levier.coherence.places.in_iati import places
from levier.coherence.places.in_turtle import NOWHERE, VALUE, Hit, TurtleFile
from levier.coherence.places.snapshot import InSnapshot
from levier.coherence.records import record_of
from levier.graph import EmbeddedStore

__all__ = ["located", "placed"]

_TURTLE: Final = (".ttl", ".nt")


def located(findings: Iterable[Finding], store: EmbeddedStore, files: Sequence[str]) -> list[Finding]:
    """Give the findings with their places, in the same order.

    `store` is what was checked, `files` the names of the files it was read from: none for a snapshot, of which each
    finding names a graph. A file is read again once for all its findings; one without findings is not.
    """
    return _InFiles(store, files).run(list(findings)) if files else InSnapshot(store).run(list(findings))


def placed(
    outcome: Outcome, store: EmbeddedStore, *, shown: int | None = None, folders: Sequence[Path] = ()
) -> Outcome:
    """Give an outcome with the places of its findings, or only of the first `shown` of each rule.

    In `folders` the files of a snapshot are looked for that are not where they were read.
    """
    numbers: Counter[str] = Counter()
    wanted: list[Finding] = []
    for finding in (*outcome.findings, *(one.finding for one in outcome.settled)):
        numbers[finding.rule.id] += 1
        if shown is None or numbers[finding.rule.id] <= shown:
            wanted.append(finding)
    places = _InFiles(store, outcome.files) if outcome.files else InSnapshot(store, folders)
    found = {finding.key: finding for finding in places.run(wanted)}
    return replace(
        outcome,
        findings=tuple(found.get(finding.key, finding) for finding in outcome.findings),
        settled=tuple(replace(one, finding=found.get(one.finding.key, one.finding)) for one in outcome.settled),
        lost=places.lost,
    )


class _InFiles:
    """Places findings in the files that were checked."""

    lost: tuple[str, ...] = ()

    def __init__(self, store: EmbeddedStore, files: Sequence[str]) -> None:
        self._store = store
        self._files = files
        self._turtle: dict[str, TurtleFile | None] = {}

    def run(self, findings: list[Finding]) -> list[Finding]:
        """Give the findings with their places, in the same order."""
        iati: dict[str, list[Finding]] = defaultdict(list)
        mentioned: list[Finding] = []
        found: dict[Key, Place] = {}
        for finding in findings:
            name = finding.source
            if not name:
                continue
            if not _is_turtle(name):
                iati[name].append(finding)
                continue
            hit = self._best(finding, name)
            found[finding.key] = hit.place
            if hit.nearness < VALUE and record_of(finding.about):
                mentioned.append(finding)
        for name, some in iati.items():
            found.update(places(name, some))
        if mentioned:
            found.update(self._in_iati(mentioned))
        return [replace(finding, place=found.get(finding.key)) for finding in findings]

    def _in_iati(self, findings: list[Finding]) -> dict[Key, Place]:
        """Place findings about activities that Turtle only mentions, a waiver say, in the files that have them."""
        found: dict[Key, Place] = {}
        for name in (file for file in self._files if not _is_turtle(file)):
            left = [finding for finding in findings if finding.key not in found]
            found |= {key: place for key, place in places(name, left).items() if place.line is not None}
        return found

    def _best(self, finding: Finding, name: str) -> Hit:
        """Look in the file that the finding names, then in the others that name the node."""
        best = self._hit(finding, name)
        end = finding.focus.rstrip("/").rpartition("/")[2].rpartition("#")[2]
        for other in self._files:
            if best.nearness >= VALUE:
                break
            if other == name or not _is_turtle(other) or finding.focus.startswith("_:"):
                continue
            file = self._open(other)
            if file is not None and end in file.text:
                hit = file.find(finding)
                best = hit if hit.nearness > best.nearness else best
        return best

    def _hit(self, finding: Finding, name: str) -> Hit:
        file = self._open(name)
        return Hit(NOWHERE, Place(name)) if file is None else file.find(finding)

    def _open(self, name: str) -> TurtleFile | None:
        if name not in self._turtle:
            try:
                self._turtle[name] = TurtleFile(Path(name), name, self._store)
            except OSError:  # it is gone since it was checked
                self._turtle[name] = None
        return self._turtle[name]


def _is_turtle(name: str) -> bool:
    return name.lower().endswith(_TURTLE)
