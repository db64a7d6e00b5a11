"""The page of the questions is made from the library, with the answers of the bundled sample."""

import re
from pathlib import Path

import pytest

from levier.build import Plan, build, sample
from levier.graph import Snapshots
from levier.iati import sources
from levier.questions import questions
from levier.questions.page import page
from levier.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "questions.md"


@pytest.fixture(scope="module")
def written() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_page_has_the_answers_of_the_sample(written: str, tmp_path: Path) -> None:
    """`make pages` brings them together again."""
    chosen = Settings(store=tmp_path)
    build(chosen, Plan(sources([sample()]), illustrative=True))

    assert "\n".join(page(Snapshots(tmp_path).open(), questions())).splitlines() == written.splitlines()


def test_every_question_has_its_section(written: str) -> None:
    assert [question.name for question in questions()] == re.findall(r"^### (.*)$", written, re.MULTILINE)
