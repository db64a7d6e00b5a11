"""Compares the rows of an answer with figures of another way: every row, none too many, sums to the cent."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from levier.graph import EmbeddedStore
from levier.questions import answer, find

Key = tuple[str, ...]
HALF_A_CENT = Decimal("0.005")
DUST = Decimal("0.000001")
"""What ten decimals of a percentage leave of an amount."""


@dataclass
class Table:
    """Figures by key; a row that holds none but zeros is a row all the same."""

    rows: dict[Key, dict[str, Decimal]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Decimal)))
    times: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    """Rows of the answer that were added up under a key."""

    def add(self, key: Sequence[str], **figures: Decimal | int) -> None:
        """Add figures to the row of a key."""
        row = self.rows[tuple(key)]
        for name, figure in figures.items():
            row[name] += figure

    def having(self, name: str) -> "Table":
        """Give the table without the rows in which a figure is zero; the whole one where no figure is named."""
        kept = {key: row for key, row in self.rows.items() if not name or row[name]}
        return Table(kept, self.times)


def asked(
    store: EmbeddedStore,
    name: str,
    keys: Sequence[str],
    figures: Sequence[str],
    written: Mapping[str, Callable[[str], str]],
) -> Table:
    """Give what a question answers: its figures by the key columns, which may be fewer than make a row.

    `written` says, for a key column, what stands in a key for what stands in the answer.
    """
    found = answer(store, find(name))
    names = [column.name for column in found.columns]
    table = Table()
    for row in found.rows:
        cells = {
            column: "" if term is None else str(getattr(term, "value", term))
            for column, term in zip(names, row, strict=True)
        }
        key = tuple(written.get(one, str)(cells[one]) for one in keys)
        table.times[key] += 1
        table.add(key, **{one: Decimal(cells[one] or 0) for one in figures})
    return table


def apart(expected: Table, found: Table, *, money: Sequence[str] = ()) -> dict[Key, Mapping[str, str]]:
    """Give the rows in which two ways differ: columns of money by more than the rounding of rows, others at all."""
    differing: dict[Key, Mapping[str, str]] = {}
    for key in sorted(expected.rows.keys() | found.rows.keys()):
        if key not in found.rows or key not in expected.rows:
            differing[key] = {"row": "missing" if key not in found.rows else "too many"}
            continue
        ours, theirs = expected.rows[key], found.rows[key]
        room = HALF_A_CENT * found.times[key] + DUST
        pairs = {name: (ours[name], theirs[name]) for name in sorted(ours.keys() | theirs.keys())}
        wrong = {
            name: f"{one} in the XML, {other} in the answer"
            for name, (one, other) in pairs.items()
            if abs(one - other) > (room if name in money else 0)
        }
        if wrong:
            differing[key] = wrong
    return differing
