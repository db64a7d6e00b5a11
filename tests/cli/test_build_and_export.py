"""`levier build` and `levier export`: exit codes, streams, and what is written."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from levier.cli import run
from levier.graph import Snapshots


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the bundled data, built once."""
    path = tmp_path_factory.mktemp("cli") / "store"
    assert 0 == run(["build", "--illustrative", "--store", str(path)])
    return path


def test_results_go_to_stdout_and_progress_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["build", "--store", str(tmp_path / "store")])
    out, err = capsys.readouterr()

    assert (0, True, True) == (code, out.startswith("Built snapshot "), "sample.xml: version 2.03" in err)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.xml", None, "there is no such file"),
        ("empty.xml", b"", "empty"),
        ("page.xml", b"<!doctype html><html><head><title>404</title></head></html>", "HTML"),
        ("not.xml.gz", b"<iati-activities/>", "gzip"),
        ("none.xml", b'<iati-activities version="2.03"></iati-activities>', "no activity"),
        ("words.xml", b"not xml at all", "XML"),
    ],
)
def test_bad_aid_is_2_with_a_sentence_that_names_the_file(
    store: Path, tmp_path: Path, name: str, content: bytes | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Snapshots(store).require()
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    code = run(["build", "--store", str(store), "--aid", str(path)])
    out, err = capsys.readouterr()
    first = err.splitlines()[0]

    assert (2, "", before) == (code, out, Snapshots(store).require())
    assert name in first
    assert said in first


def test_aid_that_is_read_in_part_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample = Path(__file__).parents[2] / "data" / "aid" / "sample.xml"
    code = run(["build", "--store", str(tmp_path / "store"), "--aid", str(sample), str(tmp_path / "missing.xml")])

    assert (1, True) == (code, "1 file could not be read" in capsys.readouterr().out)


def test_broken_turtle_is_2_and_names_file_and_line(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Snapshots(store).require()
    (tmp_path / "mine.ttl").write_text("<http://e/a>\n  oops\n", encoding="utf-8")
    code = run(["build", "--store", str(store), "--data", str(tmp_path)])

    assert (2, before) == (code, Snapshots(store).require())
    assert "mine.ttl:2: not Turtle" in capsys.readouterr().err


def test_nquads_hold_every_statement_in_its_graph(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "all.nq"

    assert 0 == run(["export", "--format", "nquads", "--store", str(store), "-o", str(out)])
    again = ox.Store()
    again.bulk_load(path=str(out))
    assert len(Snapshots(store).open().raw) == len(again)


def test_one_activity_as_turtle_has_its_transactions(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "one.ttl"
    identifier = "BE-BCE_KBO-0264814354-COD20002"

    assert 0 == run(["export", "--format", "turtle", "--activity", identifier, "--store", str(store), "-o", str(out)])
    text = out.read_text(encoding="utf-8")
    assert f'"{identifier}"' in text
    assert "iati:transaction" in text or "iati:sector" in text


@pytest.mark.parametrize(("flag", "value"), [("--activity", "XX-NONE"), ("--graph", "urn:none")])
def test_what_is_not_there_is_2_and_writes_nothing(
    store: Path, tmp_path: Path, flag: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "none.ttl"

    assert 2 == run(["export", "--format", "turtle", flag, value, "--store", str(store), "-o", str(out)])
    assert value in capsys.readouterr().err
    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_to_is_2(store: Path, tmp_path: Path) -> None:
    assert 2 == run(["export", "--store", str(store), "-o", str(tmp_path / "none" / "x.nq")])
