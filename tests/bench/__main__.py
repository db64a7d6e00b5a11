"""Measure everything, print the table, and keep it in docs/benchmarks.md where the real files are at hand."""

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.figures import Figure, table
from tests.bench.reading import reading
from tests.bench.snapshot import snapshot

from levier.build import sample

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus" / "iati"
PAGE = ROOT / "docs" / "benchmarks.md"

HEAD = """\
# Benchmarks

Written by `make bench` on {day}: Python {python}, {cores} cores, the files of `../shared/corpus/iati`. Machines are
shared and noisy: read the ratios, which are taken within one run, not the seconds. Times against lxml are processor
time, the best of the runs; the others are wall clock.

"""


def main() -> None:
    """Run every step and print its figures as they come."""
    place = CORPUS if CORPUS.is_dir() else sample().parent
    print(f"Aid: {'../shared/corpus/iati' if place == CORPUS else 'the bundled sample (../shared is absent)'}")
    figures: list[Figure] = []
    for steps in (reading(place), snapshot(place)):
        for figure in steps:
            print(f"  {figure.what}: {figure.measured} {figure.goal} {figure.verdict}", file=sys.stderr, flush=True)
            figures.append(figure)
    print(table(figures))
    if place == CORPUS:
        head = HEAD.format(day=datetime.now(UTC).date(), python=platform.python_version(), cores=os.cpu_count())
        PAGE.write_text(f"{head}{table(figures)}\n", encoding="utf-8")
        print(f"Written: {PAGE.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
