"""Both engines find the same in files of real publishers; the whole corpus is for `make bench`."""

from pathlib import Path

import pytest

from levier.coherence import engine, load_catalogue
from levier.coherence.gather import gather

FILES = ("belgian-reporters.xml",)


@pytest.mark.corpus
@pytest.mark.parametrize("name", FILES)
def test_both_engines_find_the_same_in_a_real_file(name: str, shared: Path) -> None:
    store, catalogue = gather([shared / "corpus" / "iati" / name]).store, load_catalogue()
    fast, reference = (engine(name).run(catalogue, store) for name in ("fast", "pyshacl"))

    assert len({finding.rule.id for finding in reference}) > 10
    assert [finding.key for finding in reference] == [finding.key for finding in fast]
