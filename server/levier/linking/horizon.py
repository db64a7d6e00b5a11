"""Short, medium or long term: by the planned duration of an activity, with bounds that are an assumption of ours.

The notes speak of three terms and give no bounds. The bounds are settings, and every run states those it used.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from levier.settings import Settings
from levier.terms import ID

_DAYS_A_MONTH: Final = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Bounds:
    """Planned months up to which an activity counts as short and as medium term."""

    short: int
    medium: int

    @classmethod
    def of(cls, settings: Settings) -> "Bounds":
        """Give the bounds that the settings state."""
        return cls(settings.short_term_months, settings.medium_term_months)

    def horizon(self, start: date | None, end: date | None) -> str | None:
        """Give the IRI of the horizon, or None where a date is missing or the end comes before the start."""
        if start is None or end is None or end < start:
            return None
        months = (end - start).days / _DAYS_A_MONTH
        name = "short" if months <= self.short else "medium" if months <= self.medium else "long"
        return f"{ID}horizon/{name}"
