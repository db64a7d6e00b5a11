"""Settings: typed, from variables and flags, within their bounds."""

from pathlib import Path

import pytest

from levier.errors import BadUsage
from levier.settings import SETTINGS, Settings


def test_a_variable_wins_over_the_default_and_a_flag_over_the_variable() -> None:
    env = {"LEVIER_PORT": "9000", "LEVIER_STORE": "elsewhere", "LEVIER_WORKERS": ""}
    settings = Settings.from_env(env, port=9001, workers=None)

    assert (9001, Path("elsewhere"), 2) == (settings.port, settings.store, settings.workers)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("LEVIER_PORT", "many", "LEVIER_PORT is 'many'; it must be a whole number."),
        ("LEVIER_PORT", "70000", "from 0 to 65535"),
        ("LEVIER_ALIGNMENT_THRESHOLD", "1.5", "from 0 to 1"),
        ("LEVIER_ALIGNMENT_THRESHOLD", "nan", "from 0 to 1"),
        ("LEVIER_WORKERS", "0", "from 1 to 64"),
        ("LEVIER_FETCH_TIMEOUT", "0", "at least 0.1"),
        ("LEVIER_LANGUAGE", "de", "is 'de'; it must be fr or nl or en"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_name(variable: str, value: str, said: str) -> None:
    with pytest.raises(BadUsage, match=said.replace(".", r"\.")):
        Settings.from_env({variable: value})


def test_every_setting_says_what_it_is_and_defaults_within_its_bounds() -> None:
    for setting in SETTINGS:
        setting.check(setting.default)

        assert setting.help.endswith("."), setting.name
