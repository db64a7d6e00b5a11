"""A figure that was measured, with its goal, and the table of them."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    what: str
    measured: str
    goal: str = ""
    met: bool | None = None
    """None: there is no goal."""

    @classmethod
    def ratio(cls, what: str, value: float, *, at_most: float | None = None, at_least: float | None = None) -> "Figure":
        """Give a figure that is to be under or over a bound."""
        if at_most is not None:
            return cls(what, f"{value:.2f}", f"≤ {at_most:g}", value <= at_most)
        if at_least is not None:
            return cls(what, f"{value:.2f}", f"≥ {at_least:g}", value >= at_least)
        return cls(what, f"{value:.2f}")

    @property
    def verdict(self) -> str:
        """Say whether the goal is met."""
        return "" if self.met is None else "met" if self.met else "not met"


def table(figures: Iterable[Figure]) -> str:
    """Give the figures as a table in Markdown."""
    rows = [("what", "measured", "goal", ""), *((f.what, f.measured, f.goal, f.verdict) for f in figures)]
    widths = [max(len(row[n]) for row in rows) for n in range(4)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])
