"""Every setting is documented with its flag and its default."""

from pathlib import Path

import pytest

from levier.settings import SETTINGS, Setting


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_stands_in_the_page_of_settings(root: Path, setting: Setting) -> None:
    row = f"| `{setting.variable}` | `{setting.flag}` | `{setting.default}` | {setting.help} |"

    assert row in (root / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
