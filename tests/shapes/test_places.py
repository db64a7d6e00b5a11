"""Each failing dataset tells on which lines its findings stand: those that end in the comment `# finding`.

A dataset without that comment must have its findings within the statements of the node expected.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from levier.coherence import Finding, Rule, engine, load_catalogue
from levier.coherence.places import located
from levier.graph import EmbeddedStore

HERE = Path(__file__).parent
MARK = "# finding"
CATALOGUE = load_catalogue()


def findings(rule: Rule, file: Path) -> list[Finding]:
    store = EmbeddedStore.in_memory()
    store.load(file, "https://w3id.org/levier/graph/fixture")
    found = [f for f in engine("fast").run(CATALOGUE, store) if f.rule.id == rule.id]
    return located([replace(finding, source=str(file)) for finding in found], store, [str(file)])


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
def test_every_finding_of_a_failing_dataset_is_right_to_the_line(rule: Rule) -> None:
    file = HERE / rule.id / "fail.ttl"
    lines = file.read_text(encoding="utf-8").splitlines()
    found = findings(rule, file)
    places = [finding.place for finding in found if finding.place and finding.place.line]
    numbers = [place.line for place in places]

    assert found
    assert len(found) == len(places)
    assert all(lines[place.line - 1].strip() == place.snippet for place in places if place.line)
    if marked(lines):
        assert marked(lines) == sorted(set(filter(None, numbers)))
    else:
        assert all(number in block(lines, finding.focus) for number, finding in zip(numbers, found, strict=True))
