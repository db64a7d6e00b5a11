"""Which files are meant by what the user gives, in which order, and what they are called."""

import gzip
import hashlib
import zipfile
from pathlib import Path

import pytest
from tests.iati.conftest import FIXTURES

from levier.iati import ConversionReport, Seen, convert_source, sources
from levier.settings import Settings

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


def archive_of(path: Path, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("in/one.xml", content)
    return path


def damage(path: Path) -> None:
    """Overwrite the middle of the only member's packed data."""
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.infolist()[0]
    middle = 30 + len(info.filename) + info.compress_size // 2
    data[middle : middle + 40] = b"\xff" * 40
    path.write_bytes(data)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_whose_packed_data_are_damaged_is_said_and_stops_nothing(tmp_path: Path, method: int) -> None:
    fill(tmp_path, "good.xml")
    path = archive_of(tmp_path / "bad.zip", THREE, method)
    damage(path)
    bad, good = [
        convert_source(source, lambda _: None, graph=None, seen=Seen())
        for source in sources([path, tmp_path / "good.xml"])
    ]
    error = bad.error or ""

    assert (bad.converted, good.error, good.converted) == (0, None, 3)
    assert error.startswith(f"{path}!in/one.xml: cannot be unpacked from the .zip (")
    assert error.endswith(").")


LIMIT = Settings(max_file_bytes=200_000)
TOO_LONG = "more than 200,000 bytes unpacked, which is the limit (LEVIER_MAX_FILE_BYTES)"


@pytest.mark.parametrize(
    ("name", "kept"),
    [("long.xml", ""), ("long.zip", ""), ("long.xml.gz", "; the 3 complete activities before that were kept")],
)
def test_what_unpacks_to_more_than_the_limit_is_said_and_stops_nothing(tmp_path: Path, name: str, kept: str) -> None:
    """Of gzip, which is unpacked while it is converted, what came before the limit is kept."""
    fill(tmp_path, "good.xml")
    path, long = tmp_path / name, THREE + b" " * 500_000
    if name.endswith(".zip"):
        archive_of(path, long)
    else:
        path.write_bytes(gzip.compress(long) if name.endswith(".gz") else long)
    found = sources([path, tmp_path / "good.xml"], LIMIT)
    bad, good = [convert_source(source, lambda _: None, graph=None, seen=Seen()) for source in found]

    assert bad.error == f"{found.found[0].name}: {TOO_LONG}{kept}."
    assert (good.error, good.converted) == (None, 3)


def test_gzip_inside_an_archive_is_unpacked_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.xml.gz", gzip.compress(THREE))
        archive.writestr("b.xml.gz", gzip.compress(b" " * 500_000 + THREE))
    good, bad = [convert_source(one, lambda _: None, graph=None, seen=Seen()) for one in sources([path], LIMIT)]

    assert (good.error, good.converted) == (None, 3)
    assert bad.error == f"{path}!b.xml.gz: {TOO_LONG}."


def test_a_member_is_digested_without_being_written_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.TemporaryDirectory", None)
    (source,) = sources([archive_of(tmp_path / "all.zip", THREE)])
    report = convert_source(source, lambda _: None, graph=None, seen=Seen())

    assert (report.error, report.converted, report.sha256) == (None, 3, hashlib.sha256(THREE).hexdigest())


def test_an_address_is_a_source_without_being_fetched() -> None:
    found = sources(["https://aid.example/data/all.xml.gz?x=1"])

    assert [source.key for source in found] == ["aid.example/data/all"]


PRIVATE = "https://user:secret@host.example:8443/data/a.xml?token=hidden#part"


def test_neither_user_password_nor_query_of_an_address_is_published() -> None:
    (source,) = sources([PRIVATE])

    assert (source.key, source.public_name) == (
        "host.example-8443/data/a",
        "https://host.example:8443/data/a.xml",
    )
    assert source.name == "https://…@host.example:8443/data/a.xml?token=hidden#part"


@pytest.mark.parametrize(
    "address",
    ["https://user:se/cret@host/a.xml", "https://[host/a.xml", "https:///a.xml", "https://user:se\ncret@host:x/"],
)
def test_what_is_no_address_is_said_without_what_may_be_a_password(tmp_path: Path, address: str) -> None:
    fill(tmp_path, "good.xml")
    bad, good = [
        convert_source(source, lambda _: None, graph=None, seen=Seen())
        for source in sources([address, tmp_path / "good.xml"])
    ]
    said = f"{bad.error} {bad.file} {bad.dataset} {bad.public_name}"

    assert (bad.error or "").endswith(": not a well-formed http(s) address.")
    assert "cret" not in said
    assert good.converted == 3


def test_a_file_is_published_without_its_folders(tmp_path: Path) -> None:
    fill(tmp_path, "b/one.xml")
    archive_of(tmp_path / "b!c.zip", THREE)
    reports = [convert_source(source, lambda _: None, graph=None, seen=Seen()) for source in sources([tmp_path])]

    assert [report.public_name for report in reports] == ["one.xml", "b!c.zip!one.xml"]


def test_the_figures_of_a_run_balance() -> None:
    seen = Seen()
    report = ConversionReport(
        [convert_source(source, lambda _: None, graph=None, seen=seen) for source in sources([FIXTURES])]
    )
    activities = report.as_json()["totals"]["activities"]

    assert activities == {"read": 6, "converted": 5, "copies": 1, "setAside": 0}
