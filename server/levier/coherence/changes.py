"""What a git change touches among the files checked, and what depends on it."""

import subprocess
import tempfile
from codecs import BOM_UTF8
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import pyoxigraph as ox

from levier.coherence.finding import Finding
from levier.coherence.places.blanks import Likeness, likeness
from levier.coherence.records import leader, record_of
from levier.errors import BadUsage, NothingToDo
from levier.graph import EmbeddedStore
from levier.iati import convert_source, sources
from levier.terms import COMMON, LEVIER

TURTLE: Final = {".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES}
_SUFFIXES: Final = (*TURTLE, ".xml", ".gz", ".zip")
_SNIFFED: Final = 4096
_IGNORED: Final = LEVIER + "sourceLine"


class Repository:
    """The git repository around a folder; raises BadUsage where there is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.top = Path(self._git("rev-parse", "--show-toplevel").decode().strip())

    def base(self, revision: str) -> str:
        """Give the commit that a revision and HEAD both grew from; raises BadUsage for an unknown revision."""
        if revision.startswith("-"):
            raise BadUsage(f"{revision!r} is no revision.")
        commit = self._ask("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if commit is None:
            raise BadUsage(
                f"git knows no revision {revision!r} here.",
                hint="In CI, fetch enough of the history (actions/checkout: fetch-depth: 0).",
            )
        common = self._ask("merge-base", commit.decode().strip(), "HEAD")
        return (common or commit).decode().strip()

    def changed(self, base: str) -> list[Path]:
        """Give the files that differ from a commit, those new and those gone as well, sorted."""
        names = self._git("diff", "--name-only", "--no-renames", "-z", base, "--") + self._others()
        return sorted({self.top / name.decode("utf-8", "surrogateescape") for name in names.split(b"\0") if name})

    def data_files(self) -> list[Path]:
        """Give the Turtle and IATI files below the folder that git knows or would take."""
        names = self._git("ls-files", "-z", "--full-name") + self._others(below="--full-name")
        paths = {self.top / name.decode("utf-8", "surrogateescape") for name in names.split(b"\0") if name}
        return sorted(path for path in paths if path.is_file() and is_data(path))

    def content(self, commit: str, path: Path) -> bytes | None:
        """Give a file as it was in a commit; None where it was not."""
        return self._ask("show", f"{commit}:{path.relative_to(self.top).as_posix()}")

    def _others(self, below: str = "") -> bytes:
        folder = self._folder if below else self.top
        return self._run(folder, "ls-files", "-z", "--others", "--exclude-standard", "--full-name").stdout

    def _git(self, *arguments: str) -> bytes:
        done = self._run(self._folder, *arguments)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise BadUsage(f"git {arguments[0]}: {said[-1] if said else 'failed'}.", hint="--changed-since needs git.")
        return done.stdout

    def _ask(self, *arguments: str) -> bytes | None:
        done = self._run(self._folder, *arguments)
        return None if done.returncode else done.stdout

    def _run(self, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        try:
            return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)  # noqa: S603, S607
        except FileNotFoundError:
            raise BadUsage("git is not installed, and --changed-since needs it.") from None


def is_data(path: Path) -> bool:
    """Tell whether a file is data by its name; XML only where it begins like IATI."""
    name = path.name.lower()
    if name.endswith(".xml"):
        with path.open("rb") as stream:
            return b"<iati-" in stream.read(_SNIFFED)
    return name.endswith((*TURTLE, ".xml.gz", ".zip"))


@dataclass(frozen=True, slots=True)
class Change:
    """The nodes of which a change says something else than before, and those it speaks of."""

    touched: frozenset[str]
    blank: frozenset[Likeness]
    """Blank nodes touched, by what is stated of them."""
    mentioned: frozenset[tuple[str, str]]
    """What the statements that came or went refer to, after what leads to it (empty but for nodes in common)."""


def change(repository: Repository, revision: str, files: Iterable[Path]) -> Change:
    """Compare the files, or those of the folders, with a revision, statement by statement.

    Raises NothingToDo where none of them has changed.
    """
    base, given = repository.base(revision), [path.resolve() for path in files]
    changed = [path for path in repository.changed(base) if _is_among(path, given)]
    if not changed:
        raise NothingToDo(f"No file that is checked has changed since {revision}, so nothing was checked.")
    touched, blank, mentioned = set[str](), set[Likeness](), set[tuple[str, str]]()
    for path in changed:
        before = _Said.of(path.name, repository.content(base, path))
        after = _Said.of(path.name, path.read_bytes() if path.is_file() else None)
        blank |= after.blank - before.blank
        for node in before.named.keys() | after.named.keys():
            differing = before.named.get(node, frozenset()) ^ after.named.get(node, frozenset())
            if differing:
                touched.add(node)
                mentioned |= {(_led_by(node, value), value) for _, value in differing}
    return Change(frozenset(touched), frozenset(blank), frozenset(mentioned))


def _led_by(node: str, value: str) -> str:
    return leader(node, record_of(node)) if value.startswith(COMMON) else ""


class Affected:
    """The nodes that a change touches, those that refer to them (what is said of them may hold no more), and so on."""

    def __init__(self, change: Change, store: EmbeddedStore) -> None:
        self._change = change
        self._store = store
        self._found = {f"<{node}>" for node in change.touched}
        todo: list[ox.NamedNode | ox.BlankNode] = [ox.NamedNode(node) for node in change.touched]
        while todo:
            for quad in store.raw.quads_for_pattern(None, None, todo.pop()):
                subject = quad.subject
                if not isinstance(subject, ox.Triple) and str(subject) not in self._found:
                    self._found.add(str(subject))
                    todo.append(subject)

    def __contains__(self, finding: object) -> bool:
        """Tell whether the node of a finding is one of them, or is spoken of by the change.

        Of a node that records have in common, what is meant to lead to it must speak of it.
        """
        if not isinstance(finding, Finding):
            return False
        focus = finding.focus
        if not focus.startswith("_:"):
            return f"<{focus}>" in self._found or (finding.within, focus) in self._change.mentioned
        return focus in self._found or likeness(self._store, ox.BlankNode(focus[2:])) in self._change.blank


def _is_among(path: Path, given: list[Path]) -> bool:
    named = path.name.lower().endswith(_SUFFIXES) and (not path.is_file() or is_data(path))
    return named and any(path == one or path.is_relative_to(one) for one in given)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a file states of each node: property and value, blank nodes by what is stated of them."""

    named: dict[str, frozenset[tuple[str, str]]]
    blank: frozenset[Likeness]

    @classmethod
    def of(cls, name: str, content: bytes | None) -> Self:
        """Read a file; nothing is stated where it is not there or cannot be read."""
        store = EmbeddedStore.in_memory()
        with suppress(SyntaxError, ValueError):
            store.raw.bulk_extend(_triples(name, content) if content is not None else ())
        named, blank = dict[str, frozenset[tuple[str, str]]](), set[Likeness]()
        for node in {quad.subject for quad in store.raw}:
            if isinstance(node, ox.BlankNode):
                blank.add(likeness(store, node))
            elif isinstance(node, ox.NamedNode):
                said = likeness(store, node)
                named[node.value] = frozenset(one for one in said if one[0][0] != "^" and one[0] != _IGNORED)
        return cls(named, frozenset(blank))


def _triples(name: str, content: bytes) -> list[ox.Quad]:
    suffix = Path(name).suffix.lower()
    if suffix in TURTLE:
        found = ox.parse(
            content.removeprefix(BOM_UTF8), format=TURTLE[suffix], base_iri=f"file:///{name}", rename_blank_nodes=True
        )
        return list(found)
    with tempfile.TemporaryDirectory(prefix="levier-check-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        lines: list[bytes] = []
        for source in sources([path]):
            convert_source(source, lines.append, graph=None)
    return list(ox.parse(b"".join(lines), format=ox.RdfFormat.N_TRIPLES))


def existing(files: Iterable[Path]) -> list[Path]:
    """Give the files that are there: one that the change took away is not missed, but what spoke of it is checked."""
    return [path for path in files if path.exists()]


def near(path: Path) -> Path:
    """Give a path as seen from the current folder, where it is below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
