"""Both engines find the same in the aid of real publishers: in records of every file, and in whole files on request."""

import os
import time
from pathlib import Path

import pytest
from tests.coherence import corpus

from levier.build import Plan, build
from levier.coherence import engine, load_catalogue
from levier.coherence.gather import gather
from levier.graph import EmbeddedStore, Snapshots
from levier.iati import sources
from levier.settings import Settings

WHOLE = "LEVIER_COMPARE"
"""The variable that names a file: each file of the corpus is compared whole, and a line on it added there."""


def found(store: EmbeddedStore) -> tuple[list[tuple[str, str, str]], ...]:
    """Give what pySHACL and the fast engine find."""
    return tuple([one.key for one in engine(name).run(load_catalogue(), store)] for name in ("pyshacl", "fast"))


@pytest.mark.corpus
def test_both_engines_find_the_same_in_records_of_every_file(shared: Path, tmp_path: Path) -> None:
    """Built into a snapshot, so that the notes, the code lists and the links to the notes are there.

    The records are such that every rule that finds something in the corpus finds something in them.
    """
    corpus.write_records(shared / "corpus" / "iati", tmp_path / "aid")
    build(Settings(store=tmp_path / "store"), Plan(sources([tmp_path / "aid"])))
    reference, fast = found(Snapshots(tmp_path / "store").open())

    assert len(corpus.drawn()) > 150
    assert corpus.rules() <= {rule for rule, _, _ in reference}
    assert reference == fast


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
        reference, fast = found(store)
        if reference != fast:
            different.append(name)
        said = (name, store.count(), len(fast), len(reference), len(set(fast) ^ set(reference)))
        with table.open("a", encoding="utf-8") as stream:
            stream.write("\t".join(map(str, (*said, f"{time.process_time() - begun:.1f}"))) + "\n")

    assert [] == different
