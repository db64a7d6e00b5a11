"""`docs/http.md` tells every address and every code that a problem can have."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from levier.web.negotiation import GRAPH_FORMS, RESULT_FORMS, Form
from levier.web.problems import CODES


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "http.md").read_text(encoding="utf-8")


def test_every_address_is_documented(app: Flask, page: str) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith(("static", ".slash"))]
    addresses = {re.sub(r"<[^>]*>", "…", rule.rule) for rule in rules}

    assert {address for address in addresses if f"| `{address}` |" not in page} == set()


def test_every_documented_address_exists(app: Flask, page: str) -> None:
    documented = set(re.findall(r"^\| `(/[^`]*)` \|", page, re.MULTILINE))
    addresses = {re.sub(r"<[^>]*>", "…", rule.rule) for rule in app.url_map.iter_rules()}

    assert documented
    assert documented <= addresses


def test_every_code_is_documented_with_its_status(page: str) -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (\d+) \|", page, re.MULTILINE)

    assert {code: int(status) for code, status in rows} == CODES


FORMS: tuple[Form[Any], ...] = (*RESULT_FORMS, *GRAPH_FORMS)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.media_type)
def test_every_form_is_documented_with_its_names(page: str, form: Form[Any]) -> None:
    names = ", ".join(f"`{name}`" for name in form.names)

    assert f"| `{form.media_type}` | {names} |" in page
