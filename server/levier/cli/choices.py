"""A choice that names the nearest where a word is none of it."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import click


class Choice(click.Choice[str]):
    """One of several words."""

    def __init__(self, choices: Sequence[str]) -> None:
        super().__init__(choices)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401  # click's signature
        """Give the word; fails, with the nearest and all of them, for another."""
        words = [str(choice) for choice in self.choices]
        if value not in words:
            near = get_close_matches(str(value).lower(), words, n=1)
            meant = f"; did you mean {near[0]}?" if near else "."
            self.fail(f"{value!r} is not one of {', '.join(words)}{meant}", param, ctx)
        return str(value)
