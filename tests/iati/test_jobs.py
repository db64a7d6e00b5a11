"""Converting many files: the same bytes and the same report whatever the number of processes."""

import json
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
from tests.iati.conftest import FIXTURES

from levier.iati import ConversionReport, convert_sources, sources


def run(folder: Path, jobs: int, spool_in: Path) -> tuple[bytes, str]:
    out = bytearray()
    found = sources([folder])
    report = ConversionReport(list(convert_sources(found, out.extend, jobs=jobs, spool_in=spool_in)), found.passed_over)
    return bytes(out), json.dumps(report.as_json(), indent=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files with duplicates among them and inside, one that is no IATI, one cut short."""
    folder = tmp_path / "in"
    shutil.copytree(FIXTURES, folder)
    three = (FIXTURES / "three.xml").read_bytes()
    (folder / "a-cut.xml").write_bytes(three[: three.index(b"THREE")])
    (folder / "html.xml").write_bytes(b"<html/>")
    (folder / "z-again.xml").write_bytes(three.replace(b"XX-TEST-1-TWO", b"XX-TEST-1-ONE"))
    return folder


def test_two_processes_give_what_one_gives(folder: Path, tmp_path: Path) -> None:
    one, two = run(folder, 1, tmp_path), run(folder, 2, tmp_path)

    assert one == two
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_the_first_of_several_accounts_is_kept_in_the_order_of_the_files(folder: Path, tmp_path: Path) -> None:
    report = json.loads(run(folder, 2, tmp_path)[1])
    duplicates = {
        (Path(file["file"]).name, duplicate["identifier"], duplicate["firstIn"])
        for file in report["files"]
        for duplicate in file["duplicates"]
    }

    assert duplicates == {
        ("overlap.xml", "XX-TEST-1-TWO", "a-cut"),
        ("three.xml", "XX-TEST-1-ONE", "a-cut"),
        ("three.xml", "XX-TEST-1-TWO", "a-cut"),
        ("z-again.xml", "XX-TEST-1-ONE", "a-cut"),
        ("z-again.xml", "XX-TEST-1-THREE", "three"),
    }


def test_what_only_a_duplicate_has_is_not_reported(folder: Path, tmp_path: Path) -> None:
    report = json.loads(run(folder, 2, tmp_path)[1])

    assert report["totals"]["notMapped"] == {"iati-activity/elsewhere": 1}


def test_each_file_has_its_graph_and_no_statement_stands_in_two(folder: Path, tmp_path: Path) -> None:
    lines, report = run(folder, 1, tmp_path)
    store = ox.Store()
    store.load(lines, format=ox.RdfFormat.N_QUADS)

    assert {str(graph) for graph in store.named_graphs()} == {
        f"<https://w3id.org/levier/graph/aid/{key}>" for key in ("a-cut", "overlap", "three")
    }
    assert len({quad.triple for quad in store}) == len(store) == json.loads(report)["totals"]["triples"]
