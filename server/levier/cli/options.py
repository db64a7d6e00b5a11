"""Options that several commands share, made from the table of settings."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from levier.settings import SETTINGS, Setting, Settings

F = TypeVar("F", bound=Callable[..., Any])

_BY_NAME = {setting.name: setting for setting in SETTINGS}


def _click_type(setting: Setting) -> click.ParamType[Any]:
    if setting.choices:
        return click.Choice(setting.choices)
    if setting.type is int:
        return click.INT
    if setting.type is float:
        return click.FLOAT
    if setting.name == "store":
        return click.Path(path_type=setting.type)
    return click.STRING


def setting_option(name: str, *flags: str) -> Callable[[F], F]:
    """Give the click option of a setting; its value is None where neither flag nor variable is given."""
    setting = _BY_NAME[name]
    if setting.type is bool:
        return click.option(
            setting.flag, name, is_flag=True, default=None, envvar=setting.variable, show_envvar=True, help=setting.help
        )
    return click.option(
        *(flags or (setting.flag,)),
        name,
        type=_click_type(setting),
        default=None,
        envvar=setting.variable,
        show_envvar=True,
        help=f"{setting.help} [default: {setting.default}]",
    )


store_option = setting_option("store")
endpoint_option = click.option(
    "--endpoint", metavar="URL", help="Ask this SPARQL 1.1 endpoint instead of the store.", envvar="LEVIER_ENDPOINT"
)


def settings(**given: object) -> Settings:
    """Give the settings from the variables, with the given flags (None: not given) on top."""
    return Settings.from_env(None, **given)
