"""Records of the corpus, few enough for pySHACL, such that every rule that finds something in the corpus does in them.

`python -m tests.coherence.corpus STORE CORPUS` draws them anew from a snapshot of the whole corpus and writes which they
are to `corpus.tsv`: names and numbers, nothing of the records themselves.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import pyoxigraph as ox
from lxml import etree

from levier.coherence import check_snapshot, engine
from levier.coherence.places.in_iati import record_of
from levier.graph import EmbeddedStore, Snapshots
from levier.iati import Source, sources
from levier.iati.reader import open_records
from levier.terms import LEVIER, graph_iri

TABLE = Path(__file__).with_suffix(".tsv")
_AID = graph_iri("aid") + "/"
_LINE = ox.NamedNode(LEVIER + "sourceLine")
_EACH = 2
"""Records that are drawn for a rule, where there are as many."""
_LOOKED_AT = 60
"""Records of which the smallest are taken."""


def drawn() -> dict[str, list[int]]:
    """Give the numbers of the records drawn, counted from 1, by the file's path within the corpus."""
    rows = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {name: [int(number) for number in numbers.split()] for name, numbers in rows}


def rules() -> set[str]:
    """Give the rules that find something in the corpus."""
    first = TABLE.read_text(encoding="utf-8").splitlines()[0]
    return set(first.removeprefix("# ").split())


def write_records(corpus: Path, folder: Path) -> None:
    """Write the records drawn to files of their own, below a folder, by the names of their files."""
    wanted = drawn()
    for source in sources([corpus]):
        assert source.path
        numbers = wanted.get(source.path.relative_to(corpus).as_posix())
        if numbers:
            (folder / f"{source.key}.xml").parent.mkdir(parents=True, exist_ok=True)
            (folder / f"{source.key}.xml").write_bytes(_part(source, set(numbers)))


def _part(source: Source, numbers: set[int]) -> bytes:
    with source.opened() as stream:
        records = open_records(stream, source.name, source.limits)
        kept = [etree.tostring(element, with_tail=False) for element in records if records.given in numbers]
        head, plural = records.head, {"activity": "iati-activities", "organisation": "iati-organisations"}
    version = f' version="{head.version}"' if head.version else ""
    return f"<{plural[head.kind]}{version}>\n".encode() + b"\n".join(kept) + f"\n</{plural[head.kind]}>".encode()


def _draw(store: EmbeddedStore) -> tuple[set[str], dict[str, set[str]]]:
    """Give the rules that find something, and the IRIs of records to take, by dataset: the smallest that will do."""
    findings = check_snapshot(store, engine("fast")).findings
    aligned = ox.NamedNode(f"{LEVIER}alignedActivity")
    places: dict[str, set[tuple[str, str]]] = defaultdict(set)
    of_file: dict[str, list[tuple[str, str]]] = defaultdict(list)
    graphs: dict[str, str] = {}
    for quad in store.raw.quads_for_pattern(None, _LINE, None):
        graph, record = quad.graph_name.value, quad.subject.value
        if graph.startswith(_AID) and record_of(record) == record:
            of_file[graph].append((graph, record))
            graphs[record] = graph
    for finding in findings:
        near = [quad.object.value for quad in store.raw.quads_for_pattern(ox.NamedNode(finding.focus), aligned, None)]
        for record in (record_of(finding.focus), *near):
            if record in graphs:
                places[finding.rule.id].add((graphs[record], record))
    size = lru_cache(maxsize=None)(lambda record: sum(1 for _ in store.below(record)))

    def smallest(records: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        return sorted(sorted(records)[:_LOOKED_AT], key=lambda one: (size(one[1]), one))

    taken: set[tuple[str, str]] = set()
    for rule in sorted(places, key=lambda rule: len(places[rule])):
        for record in smallest(places[rule]):
            if len(taken & places[rule]) < _EACH:
                taken.add(record)
    for graph, records in sorted(of_file.items()):
        if graph not in {one for one, _ in taken}:
            taken.add(smallest(records)[0])
    found: dict[str, set[str]] = defaultdict(set)
    for graph, record in taken:
        found[graph].add(record)
    return {finding.rule.id for finding in findings}, found


def _numbered(corpus: Path, found: dict[str, set[str]]) -> Iterator[tuple[str, list[int]]]:
    from levier.iati.convert import identified  # noqa: PLC0415  # for the tool alone

    for source in sources([corpus]):
        wanted = found.get(graph_iri("aid", source.key), set())
        if wanted and source.path:
            with source.opened() as stream:
                records = open_records(stream, source.name, source.limits)
                numbers = [records.given for _, identity in identified(records, source.key) if identity.iri in wanted]
            yield source.path.relative_to(corpus).as_posix(), numbers


def main(store: Path, corpus: Path) -> None:
    """Draw records and write the table."""
    rules_found, found = _draw(Snapshots(store).open())
    lines = [f"# {' '.join(sorted(rules_found))}"]
    lines += [f"{name}\t{' '.join(map(str, numbers))}" for name, numbers in _numbered(corpus, found)]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
