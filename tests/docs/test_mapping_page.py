"""The page of the mapping is the table of the mapping."""

from pathlib import Path

from levier.iati.mapping_page import page


def test_the_page_of_the_mapping_is_made_from_the_table(root: Path) -> None:
    """`python -m levier.iati.mapping_page > docs/mapping.md` brings them together again."""
    assert list(page()) == (root / "docs" / "mapping.md").read_text(encoding="utf-8").splitlines()
