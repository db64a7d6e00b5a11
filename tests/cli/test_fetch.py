"""`levier fetch`: what it fetches, what it says and how it ends."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.iati.site import XML, Reply, Site, serving

from levier.cli import run
from levier.iati.fetching.fetch import Fetching
from levier.iati.fetching.registry import Dataset

LISTED = "levier.cli.fetch.belgian_datasets"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with serving() as site:
        monkeypatch.setenv("LEVIER_REGISTRY", site.registry)
        monkeypatch.setenv("LEVIER_FETCH_RETRIES", "0")
        files = {f"be-dgd-{n}": site.put(f"/{n}.xml", Reply(etag=f'"{n}"')) for n in (1, 2)}
        site.registers("be-dgd", files)
        site.registers("enabel", {"enabel-rw": site.put("/rw.xml", Reply())})
        site.registers("empty", {})
        yield site


def fetch(*arguments: object) -> int:
    return run(["fetch", *(str(argument) for argument in arguments)])


def test_datasets_are_fetched_by_name(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = fetch("be-dgd-1", "enabel-rw", "be-dgd-1", "-o", tmp_path / "aid")
    said = capsys.readouterr()

    assert (code, said.out) == (0, "")
    assert (tmp_path / "aid/be-dgd/be-dgd-1.xml").read_bytes() == XML
    assert (tmp_path / "aid/enabel/enabel-rw.xml").read_bytes() == XML
    assert "be-dgd/be-dgd-1.xml: fetched, 0.0 MB\n" in said.err
    assert "2 datasets: 2 fetched, 0 unchanged, 0 failed; 0.0 MB received.\n" in said.err


def test_all_datasets_of_publishers_are_fetched(site: Site, tmp_path: Path) -> None:
    code = fetch("--publisher", "be-dgd", "--publisher", "enabel", "-o", tmp_path)
    names = sorted(json.loads((tmp_path / "MANIFEST.json").read_text(encoding="utf-8"))["datasets"])

    assert (code, names) == (0, ["be-dgd-1", "be-dgd-2", "enabel-rw"])


def test_a_second_run_fetches_nothing_that_did_not_change(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch("--publisher", "be-dgd", "-o", tmp_path)
    code = fetch("--publisher", "be-dgd", "-o", tmp_path)

    assert code == 0
    assert "2 datasets: 0 fetched, 2 unchanged, 0 failed; 0.0 MB received.\n" in capsys.readouterr().err


def test_some_that_fail_end_with_1_and_the_rest_is_there(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.put("/1.xml", Reply(b"", 500))
    code = fetch("--publisher", "be-dgd", "be-dgd-3", "-o", tmp_path)
    said = capsys.readouterr().err

    assert (code, (tmp_path / "be-dgd/be-dgd-2.xml").exists()) == (1, True)
    assert "be-dgd-1: " + site.address + "/1.xml: the server answers 500 Internal Server Error\n" in said
    assert "be-dgd-3: the registry has no such dataset; did you mean be-dgd-" in said


def test_a_publisher_that_is_not_there_ends_with_1_where_others_are(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = fetch("--publisher", "enable", "--publisher", "be-dgd", "-o", tmp_path)

    assert code == 1
    assert "enable: the registry has no such publisher; did you mean enabel?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["-o", "aid"], "nothing to fetch: give a DATASET, --publisher or --belgian."),
        (["be-dgd-1"], "Missing option '-o' / '--output'"),
        (["be-dgd", "-o", "aid"], "be-dgd: the registry has no such dataset; did you mean be-dgd-2 or be-dgd-1?"),
        (["--publisher", "be_dgd", "-o", "aid"], "be_dgd: the registry has no such publisher; did you mean be-dgd?"),
        (["--publisher", "empty", "-o", "aid"], "the registry has no dataset of what was asked for."),
        (
            ["be-dgd-1", "-o", "aid", "--registry", "ftp://x"],
            "ftp://x: the registry's address is to be an http(s) address",
        ),
        (
            ["be-dgd-1", "-o", "aid", "--fetch-parallel", "0"],
            "LEVIER_FETCH_PARALLEL (--fetch-parallel) is 0; it must be from 1 to 16",
        ),
    ],
)
def test_nothing_to_fetch_ends_with_2_and_makes_no_folder(
    site: Site,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code = fetch(*options)

    assert (code, list(tmp_path.iterdir())) == (2, [])
    assert sentence in capsys.readouterr().err


def test_a_registry_that_fails_ends_with_2(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.put("/api/datasets/be-dgd-1/", Reply(b"", 500))
    code = fetch("be-dgd-1", "-o", tmp_path)

    assert code == 2
    assert "the registry cannot be asked (the server answers 500 Internal Server Error)." in capsys.readouterr().err


def test_where_every_dataset_fails_it_ends_with_2(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.put("/1.xml", Reply(b"", 404))
    code = fetch("be-dgd-1", "-o", tmp_path)

    assert code == 2
    assert "none of 1 dataset could be fetched; the lines above say why." in capsys.readouterr().err


@pytest.fixture
def listed(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[Dataset]:
    """Two Belgian datasets, one of which the registry has, at another address."""
    datasets = [
        Dataset("be-dgd-1", "be-dgd", (f"{site.address}/old.xml",)),
        Dataset("forgotten", "ngo", (site.put("/forgotten.xml", Reply()),)),
    ]
    monkeypatch.setattr(LISTED, lambda: datasets)
    return datasets


def test_the_belgian_datasets_come_from_the_registry_and_else_from_the_list(
    listed: list[Dataset], site: Site, tmp_path: Path
) -> None:
    code = fetch("--belgian", "-o", tmp_path)

    assert (code, sorted(path for path in site.paths if path.endswith(".xml"))) == (0, ["/1.xml", "/forgotten.xml"])
    assert (tmp_path / "ngo/forgotten.xml").read_bytes() == XML


def test_without_a_registry_the_belgian_datasets_come_from_the_list(
    listed: list[Dataset], site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.put("/old.xml", Reply())
    code = fetch("--belgian", "-o", tmp_path, "--registry", "http://127.0.0.1:1/api")

    assert code == 0
    assert "the registry cannot be asked (Connection refused). The addresses of the list are used." in (
        capsys.readouterr().err
    )
    assert sorted(site.paths) == ["/forgotten.xml", "/old.xml"]


def test_an_interrupted_run_says_that_it_can_be_gone_on_with(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Fetching, "run", interrupted)
        code = fetch("be-dgd-1", "-o", tmp_path)

    assert code == 130
    assert "what came is kept, and the same command goes on from there" in capsys.readouterr().err
    assert fetch("be-dgd-1", "-o", tmp_path) == 0


def test_the_folder_can_be_built_from(site: Site, tmp_path: Path) -> None:
    """The files of the manifest are all there is to convert, each in the graph of its publisher and dataset."""
    activity = b"<iati-activity><iati-identifier>BE-1</iati-identifier></iati-activity>"
    site.put("/1.xml", Reply(XML.replace(b"'></", b"'>" + activity + b"</")))
    codes = [
        fetch("be-dgd-1", "-o", tmp_path / "aid"),
        run(["convert", str(tmp_path / "aid"), "-o", str(tmp_path / "aid.nq")]),
    ]

    assert codes == [0, 0]
    assert "aid/be-dgd/be-dgd-1>" in (tmp_path / "aid.nq").read_text(encoding="utf-8")
