"""Fetching as the tests do it: into one folder, without waiting."""

import json
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from levier.iati.fetching.fetch import Fetching
from levier.iati.fetching.manifest import Entry
from levier.iati.fetching.registry import Dataset
from levier.settings import Settings


class Fetcher:
    """Fetches into one folder, without waiting; says what waits were asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.waits: list[float] = []

    def fetch(self, datasets: Iterable[Dataset], **options: Any) -> dict[str, Entry]:  # noqa: ANN401  # those of Settings
        fetching = Fetching(self.folder, Settings(**{"fetch_timeout": 5, **options}), wait=self.waits.append)
        with closing(fetching):
            return {entry.name: entry for entry in fetching.run(datasets)}

    def one(self, *addresses: str, name: str = "d", publisher: str = "p", **options: Any) -> Entry:  # noqa: ANN401
        return self.fetch([Dataset(name, publisher, addresses)], **options)[name]

    def read(self, file: str = "p/d.xml") -> bytes:
        return (self.folder / file).read_bytes()

    @property
    def manifest(self) -> dict[str, Any]:
        held: dict[str, Any] = json.loads(self.read("MANIFEST.json"))
        return held

    @property
    def files(self) -> list[str]:
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())
