"""Both engines find the same in the aid of real publishers: in records of every file, and in whole files on request."""

import os
import time
from collections.abc import Container
from pathlib import Path

import pyoxigraph as ox
import pytest
from tests.coherence import corpus

from levier.build import Plan, build
from levier.coherence import Catalogue, check_snapshot, engine, load_catalogue
from levier.coherence.finding import Key
from levier.coherence.gather import gather
from levier.coherence.places import located
from levier.graph import EmbeddedStore, Snapshots
from levier.iati import sources
from levier.settings import Settings
from levier.terms import SH, graph_iri

WHOLE = "LEVIER_COMPARE"
"""The variable that names a file: each file of the corpus is compared whole, and a line on it added there."""


DEAR = frozenset({"AID-021", "MONEY-011", "MONEY-012", "MONEY-013", "MONEY-016"})
"""Rules that take pySHACL 140 s of 200 on all the records together: for each node it goes through all of the graph."""


def only(chosen: Container[str]) -> Catalogue:
    """Give the catalogue with some rules; the shapes of the others are deactivated."""
    catalogue = load_catalogue()
    shapes = ox.Dataset(catalogue.shapes)
    for rule in catalogue:
        if rule.id not in chosen:
            shapes.add(ox.Quad(ox.NamedNode(rule.shape), ox.NamedNode(f"{SH}deactivated"), ox.Literal(True)))
    return Catalogue({name: rule for name, rule in catalogue.rules.items() if name in chosen}, shapes)


def found(store: EmbeddedStore, catalogue: Catalogue) -> tuple[list[Key], ...]:
    """Give what pySHACL and the fast engine find."""
    return tuple([one.key for one in engine(name).run(catalogue, store)] for name in ("pyshacl", "fast"))


@pytest.mark.corpus
def test_both_engines_find_the_same_in_records_of_every_file(shared: Path, tmp_path: Path) -> None:
    """Built into a snapshot, so that the notes, the code lists and the links to the notes are there.

    The records are such that every rule that finds something in the corpus finds something in them. The dear rules are
    compared on a few files of them.
    """
    corpus.write_records(shared / "corpus" / "iati", tmp_path / "aid")
    build(Settings(store=tmp_path / "store"), Plan(sources([tmp_path / "aid"])))
    store = Snapshots(tmp_path / "store").open()
    reference, fast = found(store, only(load_catalogue().rules.keys() - DEAR))
    few = {one.rule.id: one for one in check_snapshot(store, engine("fast"), only(DEAR)).findings}
    graphs = {one.source or "" for one in located(few.values(), store, ())}
    files = {tmp_path / "aid" / f"{graph.removeprefix(graph_iri('aid') + '/')}.xml" for graph in graphs}
    of_dear, fast_of_dear = found(gather(sorted(files)).store, only(DEAR))

    assert len(corpus.drawn()) > 150
    assert corpus.rules() <= {rule for rule, *_ in (*reference, *of_dear)}
    assert reference == fast
    assert of_dear == fast_of_dear


@pytest.mark.corpus
@pytest.mark.skipif(WHOLE not in os.environ, reason=f"takes hours: {WHOLE} names the file for its table")
def test_both_engines_find_the_same_in_the_whole_corpus(shared: Path) -> None:
    """File by file, the smallest first, beside notes, actors and code lists; files in the table are not done again."""
    table = Path(os.environ[WHOLE])
    done = {line.partition("\t")[0] for line in table.read_text().splitlines()} if table.exists() else set()
    files = [source.path for source in sources([shared / "corpus" / "iati"]) if source.path]
    different = []
    for path in sorted(files, key=lambda path: path.stat().st_size * (10 if path.suffix == ".gz" else 1)):
        name = path.relative_to(shared).as_posix()
        if name in done:
            continue
        begun, store = time.process_time(), gather([path]).store
        reference, fast = found(store, load_catalogue())
        if reference != fast:
            different.append(name)
        said = (name, store.count(), len(fast), len(reference), len(set(fast) ^ set(reference)))
        with table.open("a", encoding="utf-8") as stream:
            stream.write("\t".join(map(str, (*said, f"{time.process_time() - begun:.1f}"))) + "\n")

    assert [] == different
