"""The question library: one `.rq` file per question under `queries/<theme>/`, discovered and typed."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from levier.errors import BrokenData, UnknownQuestion
from levier.questions.header import Column, Parameter, read_header
from levier.resources import folder


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the library; the texts are in fr, nl and en.

    `number` is its place in the list of forty questions of the field; `text` is the SPARQL as it stands in the file.
    """

    name: str
    theme: str
    number: int
    titles: Mapping[str, str]
    asked_by: str
    basis: str
    illustrative: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    caveats: Mapping[str, tuple[str, ...]]
    empty: Mapping[str, str]
    text: str

    def title(self, language: str = "en") -> str:
        """Give the question as a person would ask it."""
        return self.titles[language]


def read_question(path: Path) -> Question:
    """Give the question of a `.rq` file, its theme being the folder; BrokenData where the header is not complete."""
    text = path.read_text(encoding="utf-8")
    header = read_header(text, f"{path.parent.name}/{path.name}")
    number = header.one("number")
    if not number.isdigit():
        raise BrokenData(f"{header.where}: “# number: {number}” must be a whole number.")
    return Question(
        name=path.stem,
        theme=path.parent.name,
        number=int(number),
        titles=header.one_in_languages("title"),
        asked_by=header.one("asked-by"),
        basis=header.one("basis"),
        illustrative=header.one("illustrative"),
        parameters=header.parameters(),
        columns=header.columns(),
        caveats=header.in_languages("caveat"),
        empty=header.one_in_languages("empty"),
        text=text,
    )


def questions(root: Path | None = None) -> tuple[Question, ...]:
    """Give every question under `root` (the library that ships with Levier, by default), by theme and name."""
    root = folder("queries") if root is None else root
    return tuple(read_question(path) for path in sorted(root.glob("*/*.rq")))


def find(name: str, root: Path | None = None) -> Question:
    """Give the question of that name, with or without its theme before it (`money/in-donor-share`).

    Raises UnknownQuestion, which names the nearest ones.
    """
    known = questions(root)
    for question in known:
        if name in {question.name, f"{question.theme}/{question.name}"}:
            return question
    raise UnknownQuestion(f"There is no question {name!r} in the library.", hint=_nearest(name, known))


def _nearest(name: str, known: tuple[Question, ...]) -> str:
    wanted = name.rsplit("/", maxsplit=1)[-1].lower()
    names = [question.name for question in known]
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.4) or [n for n in names if wanted in n][:3]
    if near:
        return f"Did you mean {' or '.join(near)}? `levier ask` lists all {len(names)}."
    return f"`levier ask` lists all {len(names)}."
