"""The page on running the service tells the truth: its unit is verified, its backups are made and put back."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.page import block, replaced
from tests.serving import NOTES, write

from levier.graph import Snapshots

LEVIER = Path(sys.executable).with_name("levier")
BACKUP = block("", "Backups")
RESTORE = block("", "Backups", 1)


def test_systemd_finds_nothing_to_say_about_the_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed, so the unit of the page cannot be verified")
    unit = tmp_path / "levier.service"
    unit.write_text(replaced(block("ini", "systemd"), {"/opt/levier/bin/levier": str(LEVIER)}), encoding="utf-8")
    done = subprocess.run([program, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


def test_a_backup_brings_back_the_snapshot_that_was_in_use(tmp_path: Path) -> None:
    store = tmp_path / "store"
    first = write(store, "first")
    shell(BACKUP, store, tmp_path)
    second = write(store, "second")
    shutil.rmtree(store / "snapshots" / first)

    shell(RESTORE, store, tmp_path)

    assert first == Snapshots(store).require().version
    assert [second, first] == [snapshot.version for snapshot in Snapshots(store).versions()]


def test_a_backup_is_a_whole_store_in_an_empty_folder(tmp_path: Path) -> None:
    store, elsewhere = tmp_path / "store", tmp_path / "elsewhere"
    write(store, "first")
    elsewhere.mkdir()
    (tmp_path / "labels.rq").write_text(NOTES, encoding="utf-8")
    shell(BACKUP, store, tmp_path)
    shell(RESTORE, elsewhere, tmp_path)

    answer = shell("/opt/levier/bin/levier query labels.rq --format csv --store /var/lib/levier", elsewhere, tmp_path)

    assert ["label", "first"] == answer.split()


def shell(commands: str, store: Path, folder: Path) -> str:
    """Run commands of the page, on a store and in a folder of the test, and give what they print."""
    text = replaced(commands, {"/var/lib/levier": str(store)}).replace("/opt/levier/bin/levier", str(LEVIER))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEVIER_")}
    done = subprocess.run(
        ["sh", "-euc", text], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )

    assert (0, "") == (done.returncode, done.stderr)

    return done.stdout
