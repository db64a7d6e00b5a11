"""Snapshots: a new one is written whole, or nothing changes."""

import threading
from pathlib import Path

import pytest

from levier.errors import BadInput, BuildBusy, SnapshotMissing
from levier.graph import Snapshots

G = "https://w3id.org/levier/graph/x"


def build(snapshots: Snapshots, value: str, *, copy_current: bool = False) -> str:
    with snapshots.new(copy_current=copy_current) as draft:
        draft.store.load_bytes(f'<http://e/s> <http://e/p> "{value}" .\n'.encode(), G)
    return draft.version


def fail(snapshots: Snapshots) -> None:
    with snapshots.new() as draft:
        draft.store.load_bytes(b'<http://e/s> <http://e/p> "two" .\n', G)
        raise RuntimeError


@pytest.fixture
def snapshots(tmp_path: Path) -> Snapshots:
    return Snapshots(tmp_path / "store")


def leftovers(snapshots: Snapshots) -> list[str]:
    return sorted(p.name for p in snapshots.root.iterdir() if p.name not in {"snapshots", "current", "lock"})


def test_without_a_build_there_is_no_snapshot(snapshots: Snapshots) -> None:
    assert snapshots.current() is None
    with pytest.raises(SnapshotMissing, match="no snapshot"):
        snapshots.open()


def test_a_build_becomes_the_snapshot_in_use(snapshots: Snapshots) -> None:
    version = build(snapshots, "one")

    assert (version, 1, []) == (snapshots.require().version, snapshots.open().count(), leftovers(snapshots))


def test_a_build_that_fails_leaves_the_snapshot_in_use(snapshots: Snapshots) -> None:
    version = build(snapshots, "one")

    with pytest.raises(RuntimeError):
        fail(snapshots)

    assert (version, 1, []) == (snapshots.require().version, len(snapshots.versions()), leftovers(snapshots))


def test_a_copy_starts_from_the_snapshot_in_use_and_leaves_it_as_it_is(snapshots: Snapshots) -> None:
    first = snapshots.root / "snapshots" / build(snapshots, "one")
    build(snapshots, "two", copy_current=True)
    old = [s for s in snapshots.versions() if s.path == first]

    assert (2, 1) == (snapshots.open().count(), len(old))
    snapshots.use(first.name)
    assert snapshots.open().count() == 1


def test_two_builds_cannot_write_at_once(snapshots: Snapshots) -> None:
    with snapshots.new(), pytest.raises(BuildBusy, match="another build"), snapshots.new():
        pass


def test_a_reader_keeps_its_snapshot_while_a_new_one_is_built(snapshots: Snapshots) -> None:
    build(snapshots, "one")
    reader = snapshots.open()
    build(snapshots, "two", copy_current=True)

    assert (1, 2) == (reader.count(), snapshots.open().count())


def test_use_takes_the_beginning_of_a_version_that_no_other_has(snapshots: Snapshots) -> None:
    first = build(snapshots, "one")
    build(snapshots, "two")
    snapshots.use(first)

    assert snapshots.require().version == first
    with pytest.raises(SnapshotMissing, match="2 snapshots"):
        snapshots.use("2")
    with pytest.raises(SnapshotMissing, match="no snapshot of version"):
        snapshots.use("1999")


def test_prune_leaves_a_snapshot_that_is_still_read(snapshots: Snapshots) -> None:
    build(snapshots, "one")
    reader = snapshots.open()
    build(snapshots, "two")

    assert ([], 1) == (snapshots.prune(keep=0), reader.count())
    del reader
    assert 1 == len(snapshots.prune(keep=0))


def test_a_damaged_snapshot_is_said_to_be_so(snapshots: Snapshots) -> None:
    build(snapshots, "one")
    (snapshots.require().path / "CURRENT").unlink()

    with pytest.raises(SnapshotMissing, match="damaged"):
        snapshots.open()


def test_a_folder_that_is_no_version_is_passed_over(snapshots: Snapshots) -> None:
    build(snapshots, "one")
    (snapshots.root / "snapshots" / "backup").mkdir()

    assert 1 == len(snapshots.versions())


def test_prune_keeps_the_one_in_use_and_the_newest_others(snapshots: Snapshots) -> None:
    oldest = build(snapshots, "one")
    for value in "23":
        build(snapshots, value)
    snapshots.use(oldest)
    removed = snapshots.prune(keep=1)

    assert (1, 2, oldest) == (len(removed), len(snapshots.versions()), snapshots.require().version)


def test_a_store_that_is_a_file_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    snapshots = Snapshots(tmp_path / "file")

    with pytest.raises(BadInput, match="is a file"), snapshots.new():
        pass
    with pytest.raises(SnapshotMissing, match="is a file"):
        snapshots.require()


def test_a_pointer_to_nothing_says_that_others_are_there(snapshots: Snapshots) -> None:
    build(snapshots, "one")
    (snapshots.root / "current").write_text("gone", encoding="utf-8")

    with pytest.raises(SnapshotMissing, match="in use is gone"):
        snapshots.require()


def test_pruning_where_nothing_is_makes_nothing(snapshots: Snapshots) -> None:
    with pytest.raises(SnapshotMissing, match="no snapshot"):
        snapshots.prune(keep=0)

    assert not snapshots.root.exists()


def written(snapshots: Snapshots, value: str) -> str:
    """Make a snapshot as a write does."""
    with snapshots.new(copy_current=True, written=True) as draft:
        draft.store.load_bytes(f'<http://e/s> <http://e/p> "{value}" .\n'.encode(), G)
    return draft.version


def test_a_version_says_whether_a_write_made_it(snapshots: Snapshots) -> None:
    versions = [build(snapshots, "one"), written(snapshots, "two")]

    assert [False, True] == [version.endswith("-w") for version in versions]
    assert [True, False] == [snapshot.written for snapshot in snapshots.versions()]
    assert snapshots.use(versions[0]).built <= snapshots.versions()[0].built


def test_a_snapshot_is_counted_once_and_a_write_to_it_anew(snapshots: Snapshots) -> None:
    kept = snapshots.root / "snapshots" / build(snapshots, "one") / "statements"

    assert ("1\n", 1) == (kept.read_text(), snapshots.open().count())
    kept.write_text("7\n")
    assert snapshots.open().count() == 7
    kept.write_text("no number")
    assert snapshots.open().count() == 1
    written(snapshots, "two")
    assert snapshots.open().count() == 2


def test_pruning_by_hand_takes_both_kinds(snapshots: Snapshots) -> None:
    build(snapshots, "one")
    written(snapshots, "two")
    written(snapshots, "three")

    assert 2 == len(snapshots.prune(keep=0))
    assert 3 == snapshots.open().count()


def test_tidying_takes_only_what_writes_have_made_and_waits_for_nobody(snapshots: Snapshots) -> None:
    build(snapshots, "one")
    first, _, _ = (written(snapshots, value) for value in "abc")
    with snapshots.new():
        assert [] == snapshots.tidy(keep=0)

    assert [first] == [snapshot.version for snapshot in snapshots.tidy(keep=2)]
    assert 2 == len(snapshots.tidy(keep=0))
    assert [False, False] == [snapshot.written for snapshot in snapshots.versions()]
    assert [] == leftovers(snapshots)


@pytest.mark.parametrize("by_a_write", [False, True])
def test_nobody_has_the_files_of_a_finished_snapshot_open(snapshots: Snapshots, by_a_write: bool) -> None:
    """An engine that still writes would change and remove files under whoever reads them."""
    with snapshots.new(written=by_a_write) as draft:
        draft.store.load_bytes(b'<http://e/s> <http://e/p> "one" .\n', G)
        assert any(str(draft.folder) in str(link) for link in opened())

    assert [] == [link for link in opened() if str(snapshots.root) in str(link)]


def opened() -> list[Path]:
    """Give what this process has open."""
    links = list(Path("/proc/self/fd").iterdir())
    return [link.readlink() for link in links if link.is_symlink()]


def test_a_lock_is_waited_for_as_long_as_is_said(snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch) -> None:
    holds, waited_for = threading.Event(), threading.Event()

    def hold() -> None:
        with snapshots.new():
            holds.set()
            waited_for.wait(30)

    monkeypatch.setattr("levier.graph.snapshots.time.sleep", lambda _: waited_for.set())
    other = threading.Thread(target=hold)
    other.start()
    assert holds.wait(30)
    with snapshots.new(wait=30):
        assert waited_for.is_set()
    other.join()

    with snapshots.new(), pytest.raises(BuildBusy), snapshots.new(wait=0.01):
        pass
