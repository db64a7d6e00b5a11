"""`levier convert`: what it writes, what it says and how it ends."""

import gzip
import json
from pathlib import Path

import pyoxigraph as ox
import pytest

from levier.cli import run

FIXTURES = Path(__file__).parent.parent / "iati" / "fixtures"
THREE = FIXTURES / "three.xml"


def convert(*arguments: object) -> int:
    return run(["convert", *(str(argument) for argument in arguments)])


def test_a_clean_file_ends_with_0_and_its_output_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.nq"
    code = convert(THREE, "-o", out)
    store = ox.Store()
    store.bulk_load(path=out, format=ox.RdfFormat.N_QUADS)
    said = capsys.readouterr()

    assert (code, said.out) == (0, "")
    assert f"{THREE}: version 2.03, 3 activities, {len(store)} triples." in said.err
    assert f"3 activities read = 3 converted + 0 copies + 0 set aside; {len(store)} triples." in said.err
    assert "62 items read = 62 converted + 0 repaired + 0 kept aside + 0 dropped." in said.err


def test_an_output_named_gz_is_compressed_and_reproducible(tmp_path: Path) -> None:
    plain, first, second = tmp_path / "a.nq", tmp_path / "b.nq.gz", tmp_path / "c.nq.gz"
    codes = [convert(THREE, "-o", out) for out in (plain, first, second)]

    assert codes == [0, 0, 0]
    assert gzip.decompress(first.read_bytes()) == plain.read_bytes()
    assert first.read_bytes() == second.read_bytes()


def test_part_that_failed_ends_with_1_and_the_rest_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.nq"
    code = convert(tmp_path / "gone.xml", THREE, "-o", out)

    assert (code, out.exists()) == (1, True)
    assert f"{tmp_path / 'gone.xml'}: there is no such file.\n" in capsys.readouterr().err


def test_an_activity_without_identifier_and_a_copy_are_no_failure(tmp_path: Path) -> None:
    assert convert(FIXTURES / "overlap.xml", THREE, "-o", tmp_path / "out.nq") == 0


FRENCH = """<iati-activities version="2.03"><iati-activity xml:lang="en"><iati-identifier>BE-1-A</iati-identifier>
<reporting-org ref="BE-1" type="10"/><title><narrative>Appui à la santé publique et à l'éducation des enfants dans les
provinces de l'est du pays</narrative></title></iati-activity></iati-activities>"""


@pytest.mark.parametrize(("flags", "found"), [([], True), (["--no-languages"], False)])
def test_the_language_of_texts_is_looked_at_unless_it_is_not_wanted(
    tmp_path: Path, flags: list[str], found: bool
) -> None:
    path, out = tmp_path / "a.xml", tmp_path / "out.nq"
    path.write_text(FRENCH, encoding="utf-8")
    code = convert(path, "-o", out, *flags)

    assert (code, b"detectedLanguage" in out.read_bytes()) == (0, found)


def test_nothing_converted_ends_with_2_and_leaves_what_was_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, bad = tmp_path / "out.nq", tmp_path / "bad.xml"
    out.write_text("before", encoding="utf-8")
    bad.write_text("<html></html>", encoding="utf-8")
    code = convert(bad, "-o", out)

    assert (code, out.read_text(encoding="utf-8")) == (2, "before")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.xml", "out.nq"]
    assert f"{bad}: line 1: an HTML page, not IATI XML" in capsys.readouterr().err


def test_an_interrupted_conversion_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("levier.iati.convert.digest", interrupted)
    code = convert(THREE, "-o", tmp_path / "out.nq")

    assert code not in {0, 1, 2, 3}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("name", ["out.nq", "out.nq.gz"])
def test_the_report_says_per_file_and_per_activity_what_was_read(tmp_path: Path, jobs: int, name: str) -> None:
    report = tmp_path / "report.json"
    given = [FIXTURES / "overlap.xml", THREE]
    code = convert(*given, "-o", tmp_path / name, "--report", report, "--jobs", jobs)
    written = json.loads(report.read_text(encoding="utf-8"))

    assert code == 0
    assert written["totals"]["activities"] == {"read": 6, "converted": 5, "copies": 1, "setAside": 0}
    assert [file["dataset"] for file in written["files"]] == ["overlap", "three"]
    assert [len(file["perActivity"]) for file in written["files"]] == [3, 3]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["-o", "gone/out.nq"], "gone/out.nq: there is no folder gone."),
        (["-o", "same", "--report", "same"], "-o and --report name the same file."),
        (["-o", "out.nq", "--jobs", "0"], "0 is not in the range 1<=x<=64"),
        ([], "Missing option '-o' / '--output'"),
    ],
)
def test_bad_usage_ends_with_2_before_any_work(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code = convert(THREE, *options)

    assert code == 2
    assert sentence in capsys.readouterr().err
