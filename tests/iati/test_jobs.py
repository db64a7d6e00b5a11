"""Converting many files: the same bytes and the same report whatever the number of processes."""

import gzip
import io
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from tests.iati.conftest import FIXTURES

from levier.iati import conversion, convert_sources, sources, write_json
from levier.terms import COMMON, GRAPH

NAMES = ("overlap.xml", "three.xml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files with copies among them and inside, one that is no IATI, one cut short."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in NAMES:
        shutil.copy(FIXTURES / name, folder)
    three = (FIXTURES / "three.xml").read_bytes()
    (folder / "a-cut.xml").write_bytes(three[: three.index(b"THREE")])
    (folder / "html.xml").write_bytes(b"<html/>")
    (folder / "z-again.xml").write_bytes(three.replace(b"XX-TEST-1-TWO", b"XX-TEST-1-ONE"))
    return folder


def run(folder: Path, jobs: int, spool_in: Path, *, packed: bool = False) -> tuple[list[bytes], str]:
    """Give what is put out of each file, and the report."""
    with conversion(sources([folder]), jobs=jobs, spool_in=spool_in) as one:
        list(one.reports())
        out = [b"".join(path.read_bytes() for path in paths) for _, paths in one.outputs(packed=packed)]
        report = io.StringIO()
        write_json(report, one.report, one.index)
        return out, report.getvalue()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_two_processes_give_what_one_gives_and_nothing_is_left(folder: Path, tmp_path: Path, packed: bool) -> None:
    one, two = (run(folder, jobs, tmp_path, packed=packed) for jobs in (1, 2))

    assert one == two
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_members_of_a_gz_hold_what_is_put_out_plain(folder: Path, tmp_path: Path) -> None:
    plain, _ = run(folder, 1, tmp_path)
    packed, _ = run(folder, 1, tmp_path, packed=True)

    assert [gzip.decompress(member) for member in packed] == plain
    assert gzip.decompress(b"".join(packed)) == b"".join(plain)


def test_reports_come_in_the_order_of_the_files_whatever_their_size(folder: Path, tmp_path: Path) -> None:
    with conversion(sources([folder]), jobs=2, spool_in=tmp_path) as one:
        given = [report.dataset for report in one.reports()]

    assert ["a-cut", "html", "overlap", "three", "z-again"] == given


def test_each_file_has_its_graph_and_no_statement_stands_in_two(folder: Path, tmp_path: Path) -> None:
    lines: list[bytes] = []
    report = convert_sources(sources([folder]), lines.append, spool_in=tmp_path)
    store = ox.Store()
    store.load(b"".join(lines), format=ox.RdfFormat.N_QUADS)

    assert {graph.value for graph in store.named_graphs() if isinstance(graph, ox.NamedNode)} == {
        f"{GRAPH}aid/{key}" for key in ("a-cut", "overlap", "three", "z-again")
    }
    assert len({quad.triple for quad in store}) == len(store) == sum(source.triples for source in report.sources)


def test_what_is_given_is_counted_as_it_was_put_out(folder: Path, tmp_path: Path) -> None:
    with conversion(sources([folder]), spool_in=tmp_path) as one:
        list(one.reports())
        written = [[path.read_bytes() for path in paths] for _, paths in one.outputs()]
        told = [sum(told.triples for told in one.index.told(number)) for number in range(5)]
        reports = one.report.sources
    counted = [[lines.count(b"\n") for lines in pair] for pair in written]

    assert counted == [[own, report.common] for own, report in zip(told, reports, strict=True)]
    assert [sum(pair) for pair in counted] == [report.triples for report in reports]
    assert all(line.startswith(f"<{COMMON}".encode()) for _, common in written for line in common.splitlines())


PROGRAM = """
import sys
from pathlib import Path
from levier.iati import conversion, sources

if __name__ == "__main__":
    with conversion(sources(sys.argv[2:]), jobs=2, spool_in=Path(sys.argv[1])) as run:
        for report in run.reports():
            print("read", flush=True)
            sys.stdin.read()
"""


def test_its_processes_end_when_it_is_killed(folder: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, str(program), str(tmp_path), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.kill()
        # Its output ends when the last of the processes that share it does.
        rest, _ = process.communicate(timeout=60)

    assert (-signal.SIGKILL, b"read\n", b"") == (process.returncode, first, rest)
