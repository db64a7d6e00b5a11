"""Both engines find the same in the aid of real publishers; more of the corpus is for `make bench`."""

import gzip
from pathlib import Path

import pytest
from lxml import etree

from levier.coherence import engine, load_catalogue
from levier.coherence.gather import gather

FILES = ("belgian-reporters.xml", "organisation/ares-org.xml.gz", "v1/markbrough-nicexml.xml.gz")
RECORDS = 4
"""Taken of each file: pySHACL takes its time."""


def first_records(file: Path, folder: Path) -> Path:
    """Write the first records of a file to another."""
    with (gzip.open if file.suffix == ".gz" else open)(file, "rb") as stream:
        tree = etree.parse(stream)
    root = tree.getroot()
    for record in list(root)[RECORDS:]:
        root.remove(record)
    part = folder / f"{file.name.partition('.')[0]}.xml"
    tree.write(part)
    return part


@pytest.mark.corpus
def test_both_engines_find_the_same_in_real_aid(shared: Path, tmp_path: Path) -> None:
    """Without the code lists around it, which would slow pySHACL down; so every code is a finding, too."""
    parts = [first_records(shared / "corpus" / "iati" / name, tmp_path) for name in FILES]
    store = gather(parts, context=tmp_path / "none").store
    fast, reference = (engine(name).run(load_catalogue(), store) for name in ("fast", "pyshacl"))

    assert len({finding.rule.id for finding in reference}) >= 4
    assert len(reference) > 100
    assert [finding.key for finding in reference] == [finding.key for finding in fast]
