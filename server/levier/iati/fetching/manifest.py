"""The manifest of a folder of fetched datasets: what each file is, where it is from and whether it is whole."""

import hashlib
import json
import re
import threading
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, Self

from levier import __version__
from levier.errors import BadInput
from levier.graph.files import replacing

NAME: Final = "MANIFEST.json"
_DAY: Final = timedelta(days=1)
"""How long an interrupted run may lie before its files are asked for again."""
_NEXT_WORD: Final = re.compile(r"_([a-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of one dataset; times are in UTC."""

    name: str
    publisher: str = ""
    file: str = ""
    """Below the folder: `publisher/dataset.xml`."""
    url: str = ""
    """The address that it came from, as the registry gives it; without user and password."""
    final_url: str = ""
    """Where that redirected to in the end."""
    status: Literal["fetched", "unchanged", "failed"] = "failed"
    http_status: int | None = None
    fetched: str = ""
    """When the file that is there came."""
    checked: str = ""
    """When it was last asked for."""
    etag: str = ""
    last_modified: str = ""
    bytes: int | None = None
    sha256: str = ""
    error: str = ""
    """Why it failed; the file, its hash and the rest are then still those of the last time that it did not."""

    def is_whole(self, folder: Path) -> bool:
        """Tell whether the file is there, just as it came."""
        path = folder / self.file
        if not self.sha256 or not path.is_file() or path.stat().st_size != self.bytes:
            return False
        return digest(path) == self.sha256

    def as_json(self) -> dict[str, Any]:
        """Give what is known, without what is not."""
        return {_camel(key): value for key, value in asdict(self).items() if value not in ("", None)}

    @classmethod
    def read(cls, facts: dict[str, Any]) -> Self:
        """Give the entry that a manifest holds; what this version does not know of is passed over."""
        known = {_camel(one.name): one.name for one in fields(cls)}
        return cls(**{known[key]: value for key, value in facts.items() if key in known})


@dataclass(slots=True)
class Manifest:
    """The entries of a folder by name, on disk after each change. Threads may share it."""

    folder: Path
    registry: str
    started: str
    continued: bool = False
    """Whether the run before this one was interrupted, and this one goes on with it."""
    entries: dict[str, Entry] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def opened(cls, folder: Path, registry: str) -> Self:
        """Begin a run on a folder, or go on with one of the last day that was interrupted.

        Raises BadInput where there is a file of that name which is no such manifest.
        """
        path, moment = folder / NAME, now()
        if not path.exists():
            return cls(folder, registry, moment)
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
            entries = {name: Entry.read(facts) for name, facts in held["datasets"].items()}
            begun = str(held["started"])
            interrupted = held["finished"] is None and _age(begun) < _DAY
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(
                f"{path}: is no manifest of fetched datasets ({error}).", hint="Remove it, or give -o another folder."
            ) from None
        return cls(folder, registry, begun if interrupted else moment, interrupted, entries)

    def settled(self, name: str) -> Entry | None:
        """Give the entry of a dataset that the interrupted run finished with and whose file is still whole."""
        entry = self.entries.get(name)
        if entry is None or not self.continued or entry.status == "failed" or entry.checked < self.started:
            return None
        return entry if entry.is_whole(self.folder) else None

    def record(self, entry: Entry) -> None:
        """Put an entry in place of the one before, and write the manifest."""
        with self._lock:
            self.entries[entry.name] = entry
            self._write(finished=None)

    def finish(self) -> None:
        """Say that the run came to its end."""
        with self._lock:
            self._write(finished=now())

    def _write(self, finished: str | None) -> None:
        facts = {
            "levier": __version__,
            "registry": self.registry,
            "started": self.started,
            "finished": finished,
            "datasets": {name: self.entries[name].as_json() for name in sorted(self.entries)},
        }
        with replacing(self.folder / NAME) as draft:
            draft.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def now() -> str:
    """Give this moment, in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def digest(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _age(moment: str) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(moment)


def _camel(name: str) -> str:
    return _NEXT_WORD.sub(lambda match: match[1].upper(), name)
