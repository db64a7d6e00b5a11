"""Records of the corpus, few enough for pySHACL, such that every rule that finds something in it does in them.

`python -m tests.coherence.corpus STORE CORPUS` draws them anew from a snapshot of the whole corpus and writes which
they are to `corpus.tsv`: names and numbers, nothing of the records themselves.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
from lxml import etree

from levier.coherence import check_snapshot, engine
from levier.coherence.records import record_of
from levier.graph import EmbeddedStore, Snapshots
from levier.iati import Source, sources
from levier.iati.reader import open_records
from levier.terms import LEVIER, graph_iri

TABLE = Path(__file__).with_suffix(".tsv")
_AID = graph_iri("aid") + "/"
_LINE = ox.NamedNode(LEVIER + "sourceLine")
_EACH = 1
"""Records that are drawn for a rule, beside those it has already."""
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


class _Drawing:
    """Draws from a snapshot of the whole corpus: for each rule a small record, and one of each file."""

    def __init__(self, store: EmbeddedStore) -> None:
        self._store = store
        self._findings = check_snapshot(store, engine("fast")).findings
        self._graphs: dict[str, str] = {}
        for quad in store.raw.quads_for_pattern(None, _LINE, None):
            graph, record = _iri(quad.graph_name), _iri(quad.subject)
            if graph.startswith(_AID) and record_of(record) == record:
                self._graphs[record] = graph
        self._sizes: dict[str, int] = {}

    def rules(self) -> set[str]:
        return {finding.rule.id for finding in self._findings}

    def records(self) -> dict[str, set[str]]:
        """Give the IRIs of the records drawn, by the graph of their file."""
        taken: set[str] = set()
        places = self._places()
        for rule in sorted(places, key=lambda rule: len(places[rule])):
            if len(taken & places[rule]) < _EACH:
                taken.update(self._smallest(places[rule] - taken)[: _EACH - len(taken & places[rule])])
        taken |= self._pairs()
        files: dict[str, set[str]] = defaultdict(set)
        for record, graph in self._graphs.items():
            files[graph].add(record)
        for records in files.values():
            if not records & taken:
                taken.add(self._smallest(records)[0])
        return {graph: records & taken for graph, records in files.items()}

    def _places(self) -> dict[str, set[str]]:
        """Give the records in which a rule finds something, or which an alignment that it finds is of."""
        aligned = ox.NamedNode(f"{LEVIER}alignedActivity")
        places: dict[str, set[str]] = defaultdict(set)
        for finding in self._findings:
            quads = self._store.raw.quads_for_pattern(ox.NamedNode(finding.focus), aligned, None)
            for record in (record_of(finding.focus), *(_iri(quad.object) for quad in quads)):
                if record in self._graphs:
                    places[finding.rule.id].add(record)
        return places

    def _pairs(self) -> set[str]:
        """Give what COHERE-015 needs: an activity of each kind that serve one element in one country."""
        taken: set[str] = set()
        for finding in self._findings:
            if finding.rule.id == "COHERE-015":
                served = (
                    f"?a levier:contributesTo <{finding.focus}> ; iati:recipientCountry/iati:code <{finding.value}>"
                )
                for kind in ("EXISTS", "NOT EXISTS"):
                    humanitarian = f"FILTER {kind} {{ ?a iati:humanitarian true }}"
                    rows = self._store.select(f"SELECT DISTINCT ?a {{ {served} {humanitarian} }}")
                    taken.update(self._smallest({row["a"].value for row in rows} & self._graphs.keys())[:1])
        return taken

    def _smallest(self, records: set[str]) -> list[str]:
        some = sorted(records)[:_LOOKED_AT]
        for record in some:
            if record not in self._sizes:
                self._sizes[record] = sum(1 for _ in self._store.below(record))
        return sorted(some, key=lambda record: (self._sizes[record], record))


def _iri(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else ""


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
    drawing = _Drawing(Snapshots(store).open())
    found = drawing.records()
    lines = [f"# {' '.join(sorted(drawing.rules()))}"]
    lines += [f"{name}\t{' '.join(map(str, numbers))}" for name, numbers in _numbered(corpus, found)]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
