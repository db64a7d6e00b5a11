"""Measure, print the tables, and keep them in docs/benchmarks.md.

A name measures that part alone: aid, checking, questions or endpoint.
"""

import os
import platform
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from tests.bench.asking import asking
from tests.bench.checking import checking
from tests.bench.endpoint import endpoint
from tests.bench.figures import Figure, table
from tests.bench.reading import reading
from tests.bench.snapshot import snapshot

from levier.build import sample

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus" / "iati"
PAGE = ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Part:
    """A section of the page."""

    title: str
    intro: str
    measure: Callable[[Path], Iterator[Figure]]
    sample_does: bool
    """Whether its figures are worth keeping without the corpus."""


PARTS = {
    "aid": Part(
        "Aid into a snapshot",
        "The files of `../shared/corpus/iati`. Times against lxml are processor time, the best of the runs;\n"
        "the others are wall clock.",
        lambda place: chain(reading(place), snapshot(place)),
        sample_does=False,
    ),
    "checking": Part(
        "The checks",
        "All times are processor time. The engines check the graph of one file of the corpus and the illustrative\n"
        "plan and rounds, among the notes, actors and code lists; the corpus is that of `../shared/corpus/iati`.",
        checking,
        sample_does=False,
    ),
    "questions": Part(
        "The questions",
        "Every question of the library, asked of `levier serve` as CSV, on a snapshot of `../shared/corpus/iati`\n"
        "without illustrative data. *For the first time* is the first request after the start.",
        asking,
        sample_does=False,
    ),
    "endpoint": Part(
        "The endpoint",
        "The bundled sample, asked of each server in turn, twice; eight connections, five seconds for each figure,\n"
        "client (wrk) and server on the same cores. *A connection each* opens one for each request, as scripts do.\n"
        "Distinct queries differ in a comment, so that no cache helps.",
        endpoint,
        sample_does=True,
    ),
}


def main() -> None:
    """Run the parts that are named, all by default, and print their figures as they come."""
    place = CORPUS if CORPUS.is_dir() else sample().parent
    print(f"Aid: {'../shared/corpus/iati' if place == CORPUS else 'the bundled sample (../shared is absent)'}")
    for name in sys.argv[1:] or list(PARTS):
        part = PARTS[name]
        figures: list[Figure] = []
        for figure in part.measure(place):
            print(f"  {figure.what}: {figure.measured} {figure.goal} {figure.verdict}", file=sys.stderr, flush=True)
            figures.append(figure)
        print(table(figures))
        if part.sample_does or place == CORPUS:
            _keep(part, figures)


def _keep(part: Part, figures: list[Figure]) -> None:
    """Put the section of a part in place of the one that the page has, or at its end."""
    machine = f"{datetime.now(UTC).date()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    section = f"## {part.title}\n\nMeasured on {machine}. {part.intro}\n\n{table(figures)}\n"
    page = PAGE.read_text(encoding="utf-8").rstrip() + "\n"
    old = re.search(rf"^## {re.escape(part.title)}\n.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    page = f"{page[: old.start()]}{section}\n{page[old.end() :]}" if old else f"{page}\n{section}"
    PAGE.write_text(page.rstrip() + "\n", encoding="utf-8")
    print(f"Written: {PAGE.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
