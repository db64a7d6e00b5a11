"""Snapshots: a build writes a new one, and the pointer moves at the end, or nothing changes.

Layout of a store folder::

    snapshots/20260131T120000123Z-1a2b3c4d/  one Oxigraph store per version, never written again
        sources.json                       where its sources were read, for who checks it (`origins`)
        statements                         how many there are, of one that was built
    snapshots/20260131T130000123Z-5e6f7a8b-w/  the same, made by a write to the one before it instead of a build
    building-1a2b3c4d/                     a draft; a killed build leaves it behind, and the next build removes it
    current                                one line: the version that is served
    lock                                   held while a build or a write runs
"""

import fcntl
import os
import re
import secrets
import shutil
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from levier.errors import BadInput, BuildBusy, SnapshotMissing
from levier.graph import origins
from levier.graph.store import EmbeddedStore, is_read, size

Stamp = tuple[int, int]
"""What tells one state of the pointer from another."""

_VERSION: Final = re.compile(r"\d{8}T\d{9}Z-[0-9a-f]{8}(-w)?")
_WRITTEN: Final = "-w"
"""The end of the version of a snapshot that a write has made."""
_PAUSE: Final = 0.02
"""Seconds between two looks at a lock that another holds."""


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

    @property
    def written(self) -> bool:
        """Whether a write made it, of the one before it, and not a build."""
        return self.version.endswith(_WRITTEN)

    def size(self) -> int:
        """Give the bytes of its files."""
        return size(self.path)


@dataclass(slots=True)
class Draft:
    """A snapshot being written; nobody reads it until its `with` block ends without an error."""

    version: str
    store: EmbeddedStore
    folder: Path
    """Where the build may keep its temporary files; it goes with the draft."""
    statements: int = 0
    """How many there are, when the block has ended; not of a write."""


class Snapshots:
    """The snapshots of one store folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._stamped = os.fspath(root / "current")  # asked for on every request

    @property
    def _pointer(self) -> Path:
        return Path(self._stamped)

    @property
    def _folder(self) -> Path:
        return self.root / "snapshots"

    def stamp(self) -> Stamp | None:
        """Give what changes whenever the pointer moves, cheaply; None where there is no pointer."""
        try:
            found = os.stat(self._stamped)  # noqa: PTH116  # half the time of Path.stat
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
            return [s for s in others[keep:] if self._remove(s)]

    def tidy(self, keep: int) -> list[Snapshot]:
        """Remove what writes have made, but for the snapshot in use and the `keep` newest others; give the removed.

        What builds have made stays, and so does what a process still reads. Where another holds the lock, nothing is
        done: who writes next tidies.
        """
        try:
            with self._lock():
                others = [s for s in self.versions() if s.written and not s.current]
                return [s for s in others[keep:] if self._remove(s)]
        except BuildBusy:
            return []

    @contextmanager
    def new(self, *, copy_current: bool = False, written: bool = False, wait: float = 0.0) -> Iterator[Draft]:
        """Write a new snapshot: commit it when the block ends, discard it when the block raises.

        With `copy_current` it starts as a copy of the snapshot in use (hard links; milliseconds). `written` says that
        it is a write: its version tells so, and its statements are not counted, which takes as long as the whole
        store is large. To compact it is up to the block.
        Raises BuildBusy where another build still runs on the same folder after `wait` seconds.
        """
        with self._lock(wait):
            self._sweep()
            token = secrets.token_hex(4)
            version = f"{_stamp(datetime.now(UTC))}-{token}{_WRITTEN if written else ''}"
            folder = self.root / f"building-{token}"
            folder.mkdir(parents=True)
            try:
                if copy_current:
                    current = self.require().path
                    EmbeddedStore.open(current).raw.backup(str(folder / "store"))
                    with suppress(FileNotFoundError):  # of an older version
                        shutil.copy(current / origins.FILE, folder / "store")
                draft = Draft(version, EmbeddedStore.create(folder / "store"), folder)
                try:
                    yield draft
                    if not written:
                        draft.statements = draft.store.keep_count()
                    draft.store.close()
                except BaseException as error:
                    traceback.clear_frames(error.__traceback__)  # what they hold would keep the engine at work
                    raise
                finally:
                    draft.store.release()  # none of the files may change or go under a reader
                self._commit(draft)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _commit(self, draft: Draft) -> None:
        self._folder.mkdir(exist_ok=True)
        (draft.folder / "store").rename(self._folder / draft.version)
        _sync(self._folder)
        self._point(draft.version)

    def _point(self, version: str) -> None:
        """Move the pointer in one step that a crash cannot halve."""
        fresh = self.root / f"current.{secrets.token_hex(4)}"
        with fresh.open("w", encoding="utf-8") as stream:
            stream.write(version + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(self._pointer)
        _sync(self.root)

    def _remove(self, snapshot: Snapshot) -> bool:
        """Remove a snapshot that nobody reads; tell whether it is gone.

        It goes from its place at once: killed in the middle, this leaves no snapshot that lacks half of its files.
        """
        if is_read(snapshot.path):
            return False
        grave = self.root / f"building-{secrets.token_hex(4)}"
        snapshot.path.rename(grave)
        if is_read(grave):  # opened between the look and the move
            grave.rename(snapshot.path)
            return False
        shutil.rmtree(grave)
        return True

    def _sweep(self) -> None:
        """Remove what killed builds left behind; the lock says that none of them runs."""
        for leftover in self.root.glob("building-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        for leftover in self.root.glob("current.*"):
            leftover.unlink(missing_ok=True)

    @contextmanager
    def _lock(self, wait: float = 0.0) -> Iterator[None]:
        end = time.monotonic() + wait
        with self._lock_file() as stream:
            while not _locked(stream):
                if time.monotonic() >= end:
                    raise BuildBusy(
                        f"{self.root}: another build is writing here.",
                        hint="Wait for it, or give --store another folder.",
                    )
                time.sleep(_PAUSE)
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


def _locked(stream: IO[str]) -> bool:
    """Take the lock, where nobody holds it; tell whether it is ours."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync(folder: Path) -> None:
    """Have the disk keep what was renamed in a folder: a power cut must not undo it after it was told to be done."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _stamp(moment: datetime) -> str:
    """Give a time that sorts as text, to the millisecond: two builds may begin in one second."""
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z"
