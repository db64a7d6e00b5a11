"""`levier completion`: what a shell is told so that the Tab key completes commands, questions and parameters."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

from levier.errors import LevierError
from levier.graph import Snapshots
from levier.questions import LANGUAGES, Parameter, Question, choices, questions
from levier.settings import Settings

_VARIABLE = "_LEVIER_COMPLETE"


class _Bash(BashComplete):
    """Bash takes `country=CD` for three words, of which it replaces the last: they are put together here, and cut."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Give the words before the one to be completed, and what there is of it."""
        args, incomplete = super().get_completion_args()
        self._cut = ""
        if args and (args[-1] == "=" or incomplete == "="):
            *args, name = args[:-1] if args[-1] == "=" else args
            self._cut = f"{name}="
            incomplete = self._cut + ("" if incomplete == "=" else incomplete)
        return args, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        """Give a line of what bash reads."""
        item.value = str(item.value).removeprefix(self._cut)
        return super().format_completion(item)


add_completion_class(_Bash)


@click.command(
    name="completion",
    epilog="""\b
Examples:
  eval "$(levier completion bash)"                            in ~/.bashrc
  eval "$(levier completion zsh)"                             in ~/.zshrc
  levier completion fish > ~/.config/fish/completions/levier.fish""",
)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print what SHELL is to read so that Tab completes."""
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101  # click has all three
    click.echo(made(ctx.find_root().command, {}, "levier", _VARIABLE).source())


def complete_question(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Give the questions whose names begin so, or have it in them where none does."""
    known = questions()
    named = [one for one in known if one.name.startswith(begun)] or [one for one in known if begun in one.name]
    return [CompletionItem(one.name, help=one.title()) for one in named]


def complete_parameter(ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Give the parameters of the question on the line, and after `=` what they may be in the snapshot in use."""
    question = _question_on_the_line(ctx)
    if question is None:
        return []
    name, equals, value = begun.partition("=")
    if not equals:
        found = [parameter for parameter in question.parameters if parameter.name.startswith(name)]
        return [CompletionItem(f"{parameter.name}=", help=parameter.description) for parameter in found]
    return [
        CompletionItem(f"{name}={key}", help=label)
        for key, label in _values(question, name, ctx.params)
        if key.casefold().startswith(value.casefold())
    ]


def _question_on_the_line(ctx: click.Context) -> Question | None:
    """Give the question; click forgets it where the line ends with an option whose value is still to come."""
    words = [ctx.params.get("question"), *split_arg_string(os.environ.get("COMP_WORDS", ""))]
    known = {question.name: question for question in questions()}
    return next((known[word] for word in words if word in known), None)


def _values(question: Question, name: str, params: dict[str, Any]) -> Sequence[tuple[str, str]]:
    parameter = next((one for one in question.parameters if one.name == name), None)
    if parameter is None:
        return []
    return [(code, "") for code in LANGUAGES] if parameter.type == "language" else _looked_up(parameter, params)


def _looked_up(parameter: Parameter, params: dict[str, Any]) -> Sequence[tuple[str, str]]:
    """Give the keys and labels in the snapshot in use; nothing where there is none: a shell is told no error."""
    try:
        chosen = Settings.from_env(None, store=params.get("store") and Path(params["store"]))
        found = choices(Snapshots(chosen.store).open(), parameter.type, chosen.language)
    except LevierError:
        return []
    return [(choice.key, choice.label) for choice in found]
