"""Which files are meant by what the user gives, in which order, and what they are called."""

import zipfile
from pathlib import Path

import pytest
from tests.iati.conftest import FIXTURES

from levier.iati import ConversionReport, Seen, convert_source, sources

THREE = (FIXTURES / "three.xml").read_bytes()


def fill(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(THREE)


def test_a_folder_gives_all_below_it_sorted_and_passes_over_the_rest(tmp_path: Path) -> None:
    fill(tmp_path, "b/two.xml.gz", "a.xml", "b/one.GZ", "MANIFEST.tsv", "b/readme.md")
    found = sources([tmp_path])

    assert [source.key for source in found] == ["a", "b/one", "b/two"]
    assert found.passed_over == [str(tmp_path / "MANIFEST.tsv"), str(tmp_path / "b" / "readme.md")]


def test_a_file_given_by_name_is_taken_whatever_its_suffix(tmp_path: Path) -> None:
    fill(tmp_path, "aid.iati")

    assert [source.key for source in sources([tmp_path / "aid.iati"])] == ["aid.iati"]


def test_keys_are_unique_and_safe(tmp_path: Path) -> None:
    fill(tmp_path, "x/é à.xml", "y/é à.xml", "y/é à.xml.gz", "y/....xml", "z/a b/c.xml")
    found = sources([tmp_path / "x", tmp_path / "y", tmp_path / "z"])

    assert [source.key for source in found] == ["data", "data-2", "data-3", "data-4", "a-b/c"]


def test_a_file_given_twice_counts_once(tmp_path: Path) -> None:
    fill(tmp_path, "a.xml")

    assert len(sources([tmp_path, tmp_path / "a.xml", str(tmp_path / "a.xml")])) == 1


def test_members_of_an_archive_are_sources(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("b/two.xml", "one.xml", "notes.txt"):
            archive.writestr(name, THREE)
    found = sources([path])

    assert [(source.key, source.name) for source in found] == [
        ("all/b/two", f"{path}!b/two.xml"),
        ("all/one", f"{path}!one.xml"),
    ]
    assert found.passed_over == [f"{path}!notes.txt"]
    assert convert_source(found.found[0], lambda _: None, graph=None, seen=Seen()).converted == 3


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("gone.xml", "there is no such file."),
        ("bad.zip", "is named .zip and cannot be read as one (File is not a zip file)."),
        ("none.zip", "the archive has no .xml or .gz file."),
        ("empty", "the folder has no .xml, .gz or .zip file."),
    ],
)
def test_what_cannot_be_a_source_says_so_and_does_not_stop_the_others(tmp_path: Path, name: str, sentence: str) -> None:
    fill(tmp_path, "bad.zip", "good.xml")
    (tmp_path / "empty").mkdir()
    zipfile.ZipFile(tmp_path / "none.zip", "w").close()
    found = sources([tmp_path / name, tmp_path / "good.xml"])
    reports = [convert_source(source, lambda _: None, graph=None, seen=Seen()) for source in found]

    assert [(report.error, report.converted) for report in reports] == [
        (f"{tmp_path / name}: {sentence}", 0),
        (None, 3),
    ]


def test_a_damaged_member_of_an_archive_is_said(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.xml", THREE)
    path.write_bytes(path.read_bytes().replace(b"Drinking", b"drinking"))
    report = convert_source(sources([path]).found[0], lambda _: None, graph=None, seen=Seen())

    assert report.error == f"{path}!one.xml: cannot be unpacked from the .zip (Bad CRC-32 for file 'one.xml')."


def test_an_address_is_a_source_without_being_fetched() -> None:
    found = sources(["https://aid.example/data/all.xml.gz?x=1"])

    assert [source.key for source in found] == ["aid.example/data/all"]


def test_the_figures_of_a_run_balance() -> None:
    seen = Seen()
    report = ConversionReport(
        [convert_source(source, lambda _: None, graph=None, seen=seen) for source in sources([FIXTURES])]
    )
    activities = report.as_json()["totals"]["activities"]

    assert activities == {"read": 6, "converted": 4, "duplicates": 1, "setAside": 1}
