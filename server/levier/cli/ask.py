"""`levier ask`: list the questions of the library, or answer one."""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import wrap

import click
import pyoxigraph as ox

from levier.cli.completion import complete_parameter, complete_question
from levier.cli.options import endpoint_option, setting_option, settings, store_option
from levier.cli.tables import ROW_FORMS, write_rows
from levier.cli.target import target
from levier.errors import BadUsage, UnknownQuestion
from levier.graph import Store
from levier.questions import Answer, Column, Question, answer, find, named, questions, search

_LINE_WIDTH = 110


@click.command(
    name="ask",
    epilog="""\b
Examples:
  levier ask                                               the questions, by theme
  levier ask objectives-without-activity
  levier ask money-per-objective --param objective=M3 --param year=2021
  levier ask lost-partner-status --param country=RW --format csv > rwanda.csv
  levier ask --search "asylum seekers"                     the questions that are about it
  levier ask in-donor-share --explain                      its query, and what that costs
  levier ask french-and-dutch --endpoint https://example.org/sparql

Exit codes: 0 with rows, 1 without any, 2 for an unknown question or parameter.""",
)
@click.argument("question", required=False, shell_complete=complete_question)
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=complete_parameter,
    help="Give a parameter a value; may be repeated.",
)
@click.option("--search", "words", metavar="WORDS", help="List the questions that have these words, in any language.")
@click.option(
    "--explain", "explained", is_flag=True, help="Show the query, what it costs and its caveats instead of the rows."
)
@click.option(
    "--format", "form", type=click.Choice(ROW_FORMS), default="table", show_default=True, help="Form of the rows."
)
@setting_option("language")
@endpoint_option
@store_option
@setting_option("query_timeout")
@click.pass_context
def command(  # noqa: PLR0913, PLR0917  # one parameter per flag
    ctx: click.Context,
    question: str | None,
    params: Sequence[str],
    words: str | None,
    explained: bool,
    form: str,
    language: str | None,
    endpoint: str | None,
    store: Path | None,
    query_timeout: int | None,
) -> None:
    """List the questions of the library, or answer QUESTION."""
    chosen = settings(language=language, store=store, query_timeout=query_timeout)
    if question is None or words is not None:
        _refuse_with_a_list(question, params, explained)
        _list(form, _found(words), chosen.language)
        return
    asked = find(question)
    given = _pairs(params)
    if any(parameter.name == "language" for parameter in asked.parameters):
        given.setdefault("language", chosen.language)
    if explained:
        _explain(target(endpoint, chosen), asked, given, chosen.language)
        return
    found = answer(target(endpoint, chosen), asked, given, chosen.language)
    _say_before(found)
    if form in {"table", "markdown"}:
        columns, rows = found.for_people()
        write_rows(form, [column.heading for column in columns], rows)
        _say_columns(columns if rows else [])
    else:
        write_rows(form, [column.name for column in found.columns], found.rows)
    _say_after(found)
    if not found.rows:
        ctx.exit(1)


def _pairs(params: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals or not name or not value:
            raise BadUsage(f"--param {param!r}: it must read NAME=VALUE, such as --param country=CD.")
        if name in pairs:
            raise BadUsage(f"--param {name} is given twice.")
        pairs[name] = value
    return pairs


def _say_columns(columns: Sequence[Column]) -> None:
    """Say what the columns hold, below the table."""
    click.echo(err=True)
    for column in columns:
        click.echo(_folded(f"{column.heading}: {column.description}", "  "), err=True)


def _say_before(found: Answer) -> None:
    click.echo(found.title, err=True)
    bound = {name: named(value) for name, value in found.parameters.items() if name != "language"}
    given = [f"{name} = {value.value}" for name, value in bound.items() if isinstance(value, ox.NamedNode | ox.Literal)]
    if given:
        click.echo(f"  {', '.join(given)}", err=True)
    click.echo(err=True)


def _say_after(found: Answer) -> None:
    click.echo(err=True)
    if found.missing is not None:
        click.echo(_folded(found.missing), err=True)
    else:
        click.echo(f"{len(found.rows)} row{'' if len(found.rows) == 1 else 's'}.", err=True)
    for caveat in found.caveats:
        click.echo(_folded(caveat, "  - "), err=True)


def _folded(text: str, lead: str = "") -> str:
    return "\n".join(wrap(text, _LINE_WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead)))


def _explain(store: Store, question: Question, given: Mapping[str, str], language: str) -> None:
    from levier.questions.explanation import explain  # noqa: PLC0415  # its parser takes a while to load

    explanation = explain(store, question, given)
    click.echo(explanation.query)
    click.echo()
    click.echo("# What each pattern matches by itself; the engine shows no plan of its own.")
    for pattern in explanation.patterns:
        number = "any length" if pattern.matches is None else f"{pattern.matches:,}"
        click.echo(f"# {number:>12}  {pattern.text}")
    first, again = explanation.seconds
    click.echo(f"# {explanation.rows:,} rows in {first:.3f} s, the second time in {again:.3f} s.")
    for caveat in question.caveats[language]:
        click.echo(_folded(caveat, "# - ").replace("\n    ", "\n#   "))


def _refuse_with_a_list(question: str | None, params: Sequence[str], explained: bool) -> None:  # a flag
    if question is not None:
        raise BadUsage("--search lists questions; it takes none.", hint=f"`levier ask {question}` answers one.")
    for flag in ["--param"] * bool(params) + ["--explain"] * explained:
        raise BadUsage(f"{flag} needs a question.", hint="`levier ask` alone lists the questions.")


def _found(words: str | None) -> Sequence[Question]:
    if words is None:
        return questions()
    found = search(questions(), words)
    if not found:
        raise UnknownQuestion(
            f"No question of the library has the words {words!r}.",
            hint="Fewer words or their beginnings find more; `levier ask` lists all.",
        )
    return sorted(found, key=lambda question: (question.theme, question.name))


def _list(form: str, known: Sequence[Question], language: str) -> None:
    if form == "json":
        described = [_described(question, language) for question in known]
        click.echo(json.dumps({"questions": described}, indent=2, ensure_ascii=False))
        return
    width = max(len(question.name) for question in known)
    for theme, members in groupby(known, key=lambda question: question.theme):
        click.echo(theme)
        for question in members:
            click.echo(_list_line(question, width, language))
    click.echo("\n`levier ask NAME` answers one; `--param NAME=VALUE` narrows it.", err=True)


def _list_line(question: Question, width: int, language: str) -> str:
    names = [parameter.name for parameter in question.parameters if parameter.name != "language"]
    given = f" [{', '.join(names)}]" if names else ""
    return _folded(question.title(language) + given, f"  {question.name.ljust(width)}  ")


def _described(question: Question, language: str) -> dict[str, object]:
    return {
        "name": question.name,
        "theme": question.theme,
        "title": question.title(language),
        "parameters": [
            {"name": p.name, "type": p.type, "default": p.default, "description": p.description}
            for p in question.parameters
        ],
    }
