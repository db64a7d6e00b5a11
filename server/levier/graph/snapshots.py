"""Snapshots: a build writes a new one, and the pointer moves at the end, or nothing changes.

Layout of a store folder::

    snapshots/20260131T120000123Z-1a2b3c4d/  one Oxigraph store per version, never written again
    building-1a2b3c4d/                     a draft; a killed build leaves it behind, and the next build removes it
    current                                one line: the version that is served
    lock                                   held while a build runs
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from levier.errors import BadInput, BuildBusy, SnapshotMissing
from levier.graph.store import EmbeddedStore, is_read

Stamp = tuple[int, int]
"""What tells one state of the pointer from another."""

_VERSION = re.compile(r"\d{8}T\d{9}Z-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A finished version of the graph."""

    version: str
    path: Path
    current: bool

    @property
    def built(self) -> datetime:
        """When its build began, as its version says."""
        return datetime.strptime(self.version.partition("-")[0], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)

    def size(self) -> int:
        """Give the bytes of its files."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())


@dataclass(frozen=True, slots=True)
class Draft:
    """A snapshot being written; nobody reads it until its `with` block ends without an error."""

    version: str
    store: EmbeddedStore
    folder: Path
    """Where the build may keep its temporary files; it goes with the draft."""


class Snapshots:
    """The snapshots of one store folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def _pointer(self) -> Path:
        return self.root / "current"

    @property
    def _folder(self) -> Path:
        return self.root / "snapshots"

    def stamp(self) -> Stamp | None:
        """Give what changes whenever the pointer moves, cheaply; None where there is no pointer."""
        try:
            found = os.stat(self._pointer)  # noqa: PTH116  # on every request: half the time of Path.stat
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def current(self) -> Snapshot | None:
        """Give the snapshot in use, or None where none was built."""
        try:
            version = self._pointer.read_text(encoding="utf-8").strip()
        except OSError:
            return None
        path = self._folder / version
        return Snapshot(version, path, current=True) if version and path.is_dir() else None

    def require(self) -> Snapshot:
        """Give the snapshot in use; raises SnapshotMissing where none was built."""
        snapshot = self.current()
        if snapshot is not None:
            return snapshot
        if self.root.exists() and not self.root.is_dir():
            raise SnapshotMissing(f"{self.root}: is a file; a store is a folder.", hint="Give --store another name.")
        if self.versions():
            raise SnapshotMissing(
                f"{self.root}: the snapshot in use is gone.",
                hint="`levier snapshots list` shows the others, `levier snapshots use VERSION` takes one.",
            )
        raise SnapshotMissing(f"{self.root}: no snapshot is built here yet.", hint="Run `levier build` first.")

    def open(self) -> EmbeddedStore:
        """Open the snapshot in use for reading."""
        return EmbeddedStore.open(self.require().path)

    def versions(self) -> list[Snapshot]:
        """Give the snapshots, newest first."""
        now = self.current()
        paths = sorted((p for p in self._folder.glob("*") if p.is_dir() and _VERSION.fullmatch(p.name)), reverse=True)
        return [Snapshot(p.name, p, current=now is not None and p.name == now.version) for p in paths]

    def use(self, version: str) -> Snapshot:
        """Move the pointer to a snapshot, named by its version or the beginning of it that no other has."""
        with self._lock():
            self._point(self._find(version).version)
        return self.require()

    def _find(self, version: str) -> Snapshot:
        found = [s for s in self.versions() if s.version.startswith(version)]
        if len(found) != 1:
            what = "no snapshot" if not found else f"{len(found)} snapshots"
            raise SnapshotMissing(
                f"{self.root}: {what} of version {version!r}.", hint="`levier snapshots list` shows them."
            )
        return found[0]

    def prune(self, keep: int) -> list[Snapshot]:
        """Remove all but the snapshot in use and the `keep` newest others; give the removed.

        One that a process still reads, such as a server between two snapshots, is left for the next time.
        Raises SnapshotMissing where there is no snapshot at all.
        """
        self.require()
        with self._lock():
            others = [s for s in self.versions() if not s.current]
            removed = [s for s in others[keep:] if not is_read(s.path)]
            for snapshot in removed:
                shutil.rmtree(snapshot.path)
            return removed

    @contextmanager
    def new(self, *, copy_current: bool = False) -> Iterator[Draft]:
        """Write a new snapshot: commit it when the block ends, discard it when the block raises.

        With `copy_current` it starts as a copy of the snapshot in use (hard links; milliseconds).
        Raises BuildBusy while another build runs on the same folder.
        """
        with self._lock():
            self._sweep()
            token = secrets.token_hex(4)
            version = f"{_stamp(datetime.now(UTC))}-{token}"
            folder = self.root / f"building-{token}"
            folder.mkdir(parents=True)
            try:
                if copy_current:
                    EmbeddedStore.open(self.require().path).raw.backup(str(folder / "store"))
                draft = Draft(version, EmbeddedStore.create(folder / "store"), folder)
                yield draft
                self._commit(draft)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _commit(self, draft: Draft) -> None:
        draft.store.optimize()
        draft.store.close()
        self._folder.mkdir(exist_ok=True)
        (draft.folder / "store").rename(self._folder / draft.version)
        self._point(draft.version)

    def _point(self, version: str) -> None:
        """Move the pointer in one step that a crash cannot halve."""
        fresh = self.root / f"current.{secrets.token_hex(4)}"
        with fresh.open("w", encoding="utf-8") as stream:
            stream.write(version + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(self._pointer)

    def _sweep(self) -> None:
        """Remove what killed builds left behind; the lock says that none of them runs."""
        for leftover in self.root.glob("building-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        for leftover in self.root.glob("current.*"):
            leftover.unlink(missing_ok=True)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with self._lock_file() as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BuildBusy(
                    f"{self.root}: another build is writing here.", hint="Wait for it, or give --store another folder."
                ) from None
            yield

    def _lock_file(self) -> IO[str]:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            return (self.root / "lock").open("w")
        except FileExistsError as error:
            raise BadInput(
                f"{self.root}: is a file; a store is a folder.", hint="Give --store another name."
            ) from error
        except OSError as error:
            raise BadInput(f"{self.root}: the store cannot be written to ({error.strerror or error}).") from error


def _stamp(moment: datetime) -> str:
    """Give a time that sorts as text, to the millisecond: two builds may begin in one second."""
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z"
