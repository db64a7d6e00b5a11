"""Blocks of the pages in docs/, to be run by the tests as they stand."""

import re
from collections.abc import Mapping
from pathlib import Path

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def block(language: str, section: str, number: int = 0) -> str:
    """Give the text of the first block of a language below the heading of a section, or of one after it."""
    text = OPERATIONS.read_text(encoding="utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    found = re.finditer(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    blocks = [str(match[2]) for match in found if match[1] == language]
    assert len(blocks) > number, f"no block of {language or 'commands'} with number {number} below {section}"
    return blocks[number]


def replaced(text: str, changes: Mapping[str, str]) -> str:
    """Replace each of the pieces, which must be there."""
    for piece, other in changes.items():
        assert piece in text, f"the page does not have {piece!r} any more"
        text = text.replace(piece, other)
    return text
