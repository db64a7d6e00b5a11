"""`levier snapshots`: list, use, prune."""

from pathlib import Path

import pytest

from levier.cli import run
from levier.graph import Snapshots


@pytest.fixture
def snapshots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Snapshots:
    store = Snapshots(tmp_path / "store")
    for _ in range(3):
        with store.new():
            pass
    monkeypatch.setenv("LEVIER_STORE", str(store.root))
    return store


def test_the_one_in_use_is_marked(snapshots: Snapshots, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(["snapshots"])
    lines = capsys.readouterr().out.splitlines()

    assert (3, f"* {snapshots.require().version}") == (len(lines), lines[0].partition("  ")[0])


def test_use_goes_back(snapshots: Snapshots) -> None:
    oldest = snapshots.versions()[-1].version

    assert 0 == run(["snapshots", "use", oldest])
    assert oldest == snapshots.require().version


def test_prune_says_what_it_removed(snapshots: Snapshots, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(["snapshots", "prune", "--keep", "1"])
    assert 1 == capsys.readouterr().out.count("removed ")
    assert 0 == run(["snapshots", "prune", "--keep", "1"])
    assert "Nothing to remove.\n" == capsys.readouterr().out


def test_without_a_store_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run(["snapshots", "--store", str(tmp_path / "none")])
    assert "Run `levier build` first." in capsys.readouterr().err
