"""Reading labelled activities: a table with a row for each, by the columns `id`, `labels` and, if any, `disputed`."""

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from levier.errors import BadInput

FLAGS: Final = frozenset({"indonor"})
"""What a label column may say that is not an element: money spent inside the donor country."""
_NONE: Final = "-"


@dataclass(frozen=True, slots=True)
class Labelled:
    """What readers said of one activity: the notations it serves, and those they did not agree on."""

    identifier: str
    labels: frozenset[str]
    disputed: frozenset[str]
    line: int


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is left out, with its line and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Labels:
    """The rows of a table of labels that hold, and those that do not."""

    rows: tuple[Labelled, ...]
    bad: tuple[BadRow, ...]


def read_labels(path: Path, notations: Collection[str]) -> Labels:
    """Read a table of labels, with tabs (or commas, for `.csv`) between the columns.

    A row with an unknown label, without an identifier, or with one that an earlier row has, is bad. Raises BadInput for
    a file that cannot be read or has no column `id` or `labels`.
    """
    good: dict[str, Labelled] = {}
    bad: list[BadRow] = []
    for line, row in table(path, ("id", "labels")):
        one = _labelled(row, line)
        unknown = sorted((one.labels | one.disputed) - set(notations))
        if not one.identifier:
            bad.append(BadRow(line, "it has no identifier."))
        elif one.identifier in good:
            bad.append(BadRow(line, f"{one.identifier} was labelled on line {good[one.identifier].line}."))
        elif unknown:
            bad.append(BadRow(line, f"no rule links to {', '.join(unknown)}; known are {', '.join(notations)}."))
        else:
            good[one.identifier] = one
    return Labels(tuple(good.values()), tuple(bad))


def table(path: Path, columns: Collection[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the rows of a table with the line on which each begins; tabs, or commas for `.csv`.

    Raises BadInput where it cannot be read or lacks one of the columns.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error}).") from error
    delimiter = "," if path.suffix.lower() == ".csv" else "\t"
    reader = csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter)
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        kind = "comma" if delimiter == "," else "tab"
        raise BadInput(
            f"{path}: line 1 has no column {' and no column '.join(missing)}.",
            hint=f"The first line names the columns, with a {kind} between them: {', '.join(columns)}.",
        )
    start = 2
    for row in reader:
        yield start, {name: value.strip() for name, value in row.items() if name and isinstance(value, str)}
        start = reader.line_num + 1


def _labelled(row: dict[str, str], line: int) -> Labelled:
    return Labelled(row.get("id", ""), _set(row.get("labels", "")), _set(row.get("disputed", "")), line)


def _set(text: str) -> frozenset[str]:
    parts = {part.strip() for part in text.replace(" ", ",").split(",")}
    return frozenset(parts - {"", _NONE} - FLAGS)
