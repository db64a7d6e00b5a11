"""The page of the library, docs/questions.md: every question, with the answer that a store gives.

levier build --illustrative --store STORE
python -m levier.questions.page STORE > docs/questions.md
"""

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from levier.graph import Snapshots, Store
from levier.graph.rows import FORMS
from levier.questions.answer import Answer, answer
from levier.questions.header import Parameter
from levier.questions.library import Question, questions

ROWS: Final = 5
"""Rows of an answer that the page shows."""
_LONGEST: Final = 90
"""Characters of a cell that the page shows."""
_THEMES: Final = {"covid": "COVID-19", "data-quality": "Quality of the data"}
_HEAD: Final = """\
# The questions

Made by `make pages` from the files in `queries/`; change those. Each is answered by `levier ask NAME`, at
`/questions/NAME` of the service, and by `levier.client` in Python; the file runs as it stands in any SPARQL client. The
answers below are those of the bundled sample with the illustrative plan and rounds (`levier build --illustrative`): a
few real activities, and plans that are invented and say so. They show what an answer looks like, not what is done."""


def page(store: Store, known: Sequence[Question]) -> Iterator[str]:
    """Give the lines of the page."""
    yield _HEAD
    yield ""
    for theme, members in groupby(known, key=lambda question: question.theme):
        group = list(members)
        yield f"- {_named(theme)}: " + ", ".join(f"[{question.name}](#{question.name})" for question in group)
    for theme, members in groupby(known, key=lambda question: question.theme):
        yield f"\n## {_named(theme)}"
        for question in members:
            yield ""
            yield from _section(question, answer(store, question))


def _named(theme: str) -> str:
    return _THEMES.get(theme, theme.capitalize())


def _section(question: Question, found: Answer) -> Iterator[str]:
    yield f"### {question.name}\n"
    yield f"{question.title('en')}\n"
    yield f"- fr: {question.title('fr')}"
    yield f"- nl: {question.title('nl')}"
    yield f"- asked by: {question.asked_by} ({question.basis})"
    yield from (f"- parameter {_described(parameter)}" for parameter in question.parameters)
    columns, rows = found.for_people()
    if found.missing is not None:
        yield f"\nNo row here: {found.missing}"
    else:
        yield ""
        yield from map(_shortened, FORMS["markdown"]([column.heading for column in columns], rows[:ROWS]))
        more = f"The first {ROWS} of {len(rows):,} rows." if len(rows) > ROWS else f"All {len(rows)} rows."
        yield f"\n{more if len(rows) > 1 else 'The one row.'}"
    yield "\n<details><summary>Columns and caveats</summary>\n"
    for column in columns:
        unit = f" ({column.unit})" if column.unit else ""
        yield f"- {column.heading}: {column.description}{unit}"
    if found.caveats:
        yield ""
        yield from (f"- {caveat}" for caveat in found.caveats)
    yield "\n</details>"


def _described(parameter: Parameter) -> str:
    if parameter.type[0].isupper():
        return f"`{parameter.name}`: {parameter.description} (a code of the list {parameter.type})"
    return f"`{parameter.name}`: {parameter.description}"


def _shortened(line: str) -> str:
    """Cut long cells; a cell has no bar of its own that is not escaped."""
    cells = line.split(" | ")
    return " | ".join(cell if len(cell) <= _LONGEST else cell[: _LONGEST - 1].rstrip("\\ ") + "…" for cell in cells)


if __name__ == "__main__":
    print("\n".join(page(Snapshots(Path(sys.argv[1])).open(), questions())))  # a page on standard output
