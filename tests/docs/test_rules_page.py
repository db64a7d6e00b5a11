"""The page of the rules is made from the shapes and their datasets."""

import re
from pathlib import Path

from levier.coherence import load_catalogue
from levier.coherence.catalogue_page import page
from levier.coherence.listing import anchor


def test_the_page_of_the_rules_is_made_from_the_shapes(root: Path) -> None:
    """`make pages` brings them together again."""
    assert "\n".join(page(load_catalogue())).splitlines() == written(root).splitlines()


def test_every_rule_has_its_section_where_its_address_points(root: Path) -> None:
    sections = re.findall(r"^### (.*)$", written(root), re.MULTILINE)

    assert sorted(load_catalogue().rules) == sorted(sections)
    assert {anchor(rule) for rule in load_catalogue()} == {f"docs/rules.md#{name.lower()}" for name in sections}


def written(root: Path) -> str:
    return (root / "docs" / "rules.md").read_text(encoding="utf-8")
