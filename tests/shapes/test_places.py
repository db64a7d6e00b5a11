"""Each failing dataset tells on which lines its findings stand: those that end in the comment `# finding`.

A dataset without that comment must have its findings within the statements of the node expected.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from levier.coherence import Catalogue, Finding, Rule, engine, load_catalogue
from levier.coherence.place import Place
from levier.coherence.places import located
from levier.graph import EmbeddedStore, origins
from levier.graph.provenance import PROVENANCE_GRAPH, Provenance, file_facts

HERE = Path(__file__).parent
GRAPH = "https://w3id.org/levier/graph/fixture"
MARK = "# finding"
CATALOGUE = load_catalogue()


def findings(rule: Rule, file: Path, folder: Path) -> tuple[list[Finding], list[Finding]]:
    """Give the findings of a rule with their places in the file, and with those found through a snapshot of it."""
    store = EmbeddedStore.in_memory()
    store.load(file, GRAPH)
    found = engine("fast").run(Catalogue({rule.id: rule}, CATALOGUE.shapes), store)
    in_file = located([replace(finding, source=str(file)) for finding in found], store, [str(file)])
    provenance = Provenance("v", datetime.now(UTC), "test")
    provenance.describe(GRAPH, "", file_facts(file))
    store.load_bytes(provenance.finish(datetime.now(UTC)), PROVENANCE_GRAPH)
    store.folder = folder
    origins.keep(folder, {GRAPH: [origins.Origin(file)]})
    return in_file, located([replace(finding, source=GRAPH) for finding in found], store, ())


def without_file(findings: list[Finding]) -> list[Place | None]:
    return [finding.place and replace(finding.place, file="") for finding in findings]


def marked(lines: list[str]) -> list[int]:
    return [number for number, line in enumerate(lines, 1) if line.endswith(MARK)]


def block(lines: list[str], focus: str) -> set[int]:
    """Give the lines of the statements about the node, and about those whose IRI continues that of the node."""
    prefixes = dict(re.findall(r"^PREFIX (\S*:) <(.*)>", "\n".join(lines), re.MULTILINE))
    found: set[int] = set()
    for start, line in enumerate(lines):
        prefix, _, local = line.partition(" ")[0].partition(":")
        subject = line[1:].partition(">")[0] if line.startswith("<") else prefixes.get(f"{prefix}:", " ") + local
        if line[:1].strip() and subject.startswith(focus):
            found |= set(range(start + 1, lines.index(".", start) + 2))
    return found


@pytest.mark.parametrize("rule", list(CATALOGUE), ids=lambda rule: rule.id)
def test_every_finding_of_a_failing_dataset_is_right_to_the_line(rule: Rule, tmp_path: Path) -> None:
    file = HERE / rule.id / "fail.ttl"
    lines = file.read_text(encoding="utf-8").splitlines()
    found, of_snapshot = findings(rule, file, tmp_path)
    places = [finding.place for finding in found if finding.place and finding.place.line]
    numbers = [place.line for place in places]

    assert found
    assert without_file(found) == without_file(of_snapshot)
    assert len(found) == len(places)
    assert all(lines[place.line - 1].strip() == place.snippet for place in places if place.line)
    if marked(lines):
        assert marked(lines) == sorted(set(filter(None, numbers)))
    else:
        assert all(number in block(lines, finding.focus) for number, finding in zip(numbers, found, strict=True))
