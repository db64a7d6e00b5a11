"""Where the sources of a snapshot were read: a file in its folder, and never a graph.

A graph is published, and which folders a machine has is nobody else's business. What identifies a source to others, its
name and SHA-256, stands in the provenance graph; with that, a source is found again wherever it is now.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FILE: Final = "sources.json"
"""Its name in the folder of a snapshot; the engine passes over files that are not its own."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A file that a graph was made from."""

    path: Path
    """Absolute."""
    member: str = ""
    """Of an archive, the member."""


def keep(folder: Path, origins: Mapping[str, Sequence[Origin]]) -> None:
    """Write, into the folder of a snapshot, what each graph (IRI) was made from."""
    graphs = {graph: [{"path": str(one.path), "member": one.member} for one in some] for graph, some in origins.items()}
    said = {"store": str(_root(folder)), "graphs": graphs}
    (folder / FILE).write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def kept(folder: Path) -> dict[str, list[Origin]]:
    """Give, by graph, where its sources were read and, of a store that was moved with them, where they should be now.

    Empty where nothing was kept, as in snapshots of older versions, or nothing that can be read.
    """
    try:
        said = json.loads((folder / FILE).read_text(encoding="utf-8"))
        root, graphs = said["store"], said["graphs"]
        return {graph: [*_places(root, folder, some)] for graph, some in graphs.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _places(root: str, folder: Path, some: Sequence[Mapping[str, str]]) -> list[Origin]:
    places = [Origin(Path(one["path"]), one["member"]) for one in some]
    now = _root(folder)
    if str(now) == root:
        return places
    moved = [Origin(Path(os.path.normpath(now / os.path.relpath(one.path, root))), one.member) for one in places]
    return [*places, *moved]


def _root(folder: Path) -> Path:
    """Give the store that a snapshot, or a draft of one, is in."""
    return folder.resolve().parent.parent
