"""What IATI 1.01 to 1.05 say otherwise than 2.03, read from the table `upgrade.tsv` beside this module.

The table is the only place that says what becomes of a place of 1.0x; its head comment explains the columns. It has two
parts: rows for the places, and the lists of codes that those rows name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import zip_longest
from types import MappingProxyType
from typing import Literal, get_args

UpgradeKind = Literal[
    "narrative", "one", "same", "rename", "code", "move", "derive", "add", "position", "area", "coded", "keep"
]

ON_ELEMENTS = frozenset({"narrative", "one", "same", "rename", "add", "position", "coded"})
"""The kinds that stand on an element; `keep` may stand anywhere, the others on an attribute or on text."""

DATE = "date"
"""In the column `by`: the value must be a date."""

_ROW_COLUMNS = ("path", "kind", "to", "by", "when")
_CODE_COLUMNS = ("list", "1.0x", "2.03")


@dataclass(frozen=True, slots=True)
class UpgradeRow:
    """One line of the first part: a place of 1.0x and what becomes of it."""

    path: tuple[str, ...]
    """The steps from `iati-activity` or `iati-organisation`, ending in an element, `@attribute` or `text()`."""
    kind: UpgradeKind
    to: str
    by: str
    when: str

    @property
    def place(self) -> str:
        """The path as it stands in the table."""
        return "/".join(self.path)

    @property
    def element(self) -> tuple[str, ...]:
        """The path of the element that the row is about."""
        return self.path if is_element(self.path[-1]) else self.path[:-1]

    @property
    def leaf(self) -> str:
        """`@attribute` or `text()`; empty where the row is about the element."""
        return "" if is_element(self.path[-1]) else self.path[-1]


@dataclass(frozen=True, slots=True)
class UpgradeTable:
    """Both parts: the rows in their order, and the lists of codes by name."""

    rows: tuple[UpgradeRow, ...]
    lists: Mapping[str, Mapping[str, str]]
    """Per list the code of 2.03 by the code of 1.0x."""


def is_element(step: str) -> bool:
    """Whether a step of a path is an element."""
    return not step.startswith("@") and step != "text()"


@cache
def upgrade_table() -> UpgradeTable:
    """Give the table."""
    return parse_upgrades(files("levier.iati.upgrading").joinpath("upgrade.tsv").read_text(encoding="utf-8"))


def parse_upgrades(text: str) -> UpgradeTable:
    """Give a table from its text. Raises ValueError that names the line for a row that cannot be meant."""
    rows: list[UpgradeRow] = []
    lists: dict[str, dict[str, str]] = {}
    columns: tuple[str, ...] = ()
    for number, cells in _lines(text):
        try:
            if tuple(cells) in {_ROW_COLUMNS, _CODE_COLUMNS}:
                columns = tuple(cells)
            elif columns == _CODE_COLUMNS:
                _take_code(cells, lists)
            else:
                rows.append(_row(cells, columns))
        except ValueError as error:
            raise ValueError(f"upgrade.tsv, line {number}: {error}") from None
    _check_lists(rows, lists)
    return UpgradeTable(tuple(rows), MappingProxyType({name: MappingProxyType(codes) for name, codes in lists.items()}))


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line.split("\t")


def _row(cells: list[str], columns: tuple[str, ...]) -> UpgradeRow:
    if not columns:
        raise ValueError(f"the columns {', '.join(_ROW_COLUMNS)} must be named first.")
    if len(cells) > len(_ROW_COLUMNS):
        raise ValueError(f"{len(cells)} columns where there are {len(_ROW_COLUMNS)}.")
    given = dict(zip_longest(_ROW_COLUMNS, cells, fillvalue=""))
    kind = next((known for known in get_args(UpgradeKind) if known == given["kind"]), None)
    if kind is None:
        raise ValueError(f"unknown kind {given['kind']!r}.")
    path = tuple(given["path"].split("/"))
    if not all(path):
        raise ValueError("the path must be given.")
    if kind != "keep" and is_element(path[-1]) != (kind in ON_ELEMENTS):
        raise ValueError(f"kind {kind!r} cannot stand at {given['path']!r}.")
    if kind in {"rename", "move", "derive", "add", "position", "area", "keep"} and not given["to"]:
        raise ValueError(f"kind {kind!r} needs the column 'to'.")
    return UpgradeRow(path, kind, given["to"], given["by"], given["when"])


def _take_code(cells: list[str], lists: dict[str, dict[str, str]]) -> None:
    if len(cells) != len(_CODE_COLUMNS) or not all(cells):
        raise ValueError(f"a code has the columns {', '.join(_CODE_COLUMNS)}.")
    name, old, new = cells
    codes = lists.setdefault(name, {})
    if old in codes:
        raise ValueError(f"{name} has {old!r} twice.")
    codes[old] = new


def _check_lists(rows: list[UpgradeRow], lists: Mapping[str, object]) -> None:
    for row in rows:
        named = row.by if row.kind in {"code", "move", "derive"} else ""
        if named not in {"", DATE} and named not in lists:
            raise ValueError(f"upgrade.tsv: {row.place} names the list {named!r}, which is not there.")
        if row.kind in {"code", "derive"} and not named:
            raise ValueError(f"upgrade.tsv: {row.place} must name a list.")
