"""Progress of long work: a bar on a terminal, plain lines elsewhere; both on stderr."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Steps:
    """Says what is being worked on, step by step."""

    def __init__(self, bar: Progress | None) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None) if bar else None

    def total(self, steps: int) -> None:
        """Say how many steps there are."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, total=steps)

    def now(self, what: str) -> None:
        """Say what is worked on now: shown on a terminal only."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, description=what)

    def done(self, line: str = "") -> None:
        """Count one step as done, and leave a line of it if there is something to say."""
        if self._bar and self._task is not None:
            self._bar.advance(self._task)
        if line:
            self.say(line)

    def say(self, line: str) -> None:
        """Leave a line, above the bar where there is one."""
        if self._bar:
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(line, err=True)


@contextmanager
def steps() -> Iterator[Steps]:
    """Show progress while the block runs."""
    if not sys.stderr.isatty():
        yield Steps(None)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Steps(bar)


def passed_over(name: str) -> str:
    """Say that a file below a given folder was not taken for aid data."""
    return f"{name}: passed over, not named as IATI XML."
