"""`levier check`: whether what we state, and what the aid says, is coherent."""

import sys
from pathlib import Path

import click

from levier.cli.options import settings, store_option
from levier.coherence import (
    ENGINES,
    LANGUAGES,
    Severity,
    about_rules,
    as_json,
    check_files,
    check_snapshot,
    engine,
    text,
)
from levier.graph import Snapshots
from levier.graph.files import replacing

_WORDS = [severity.word for severity in sorted(Severity, reverse=True)]


@click.command(
    name="check",
    short_help="Check a snapshot, or files, for coherence.",
    epilog="""\b
Examples:
  levier check                              the current snapshot
  levier check data/notes plan.ttl          Turtle files, against the bundled notes, actors and codes
  levier check our-iati.xml --lang fr       a publisher's IATI file, in French
  levier check --fail-on warning            stricter: a warning fails too
  levier check --show violation             only the gravest; the others are counted
  levier check --format json -o out.json    every finding, for a program
  levier check --list --lang nl             the rules, by family, in Dutch
  levier check --explain AID-010            one rule told whole, with an example that fails

Exit codes: 0 nothing at or above --fail-on; 1 something was, or part of the files could not be read; 2 bad input.""",
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write here, not to stdout.")
@click.option(
    "--show",
    type=click.Choice(_WORDS),
    default="info",
    show_default=True,
    help="The lightest finding that the text shows; lighter ones are only counted.",
)
@click.option(
    "--fail-on",
    type=click.Choice(_WORDS),
    default="violation",
    show_default=True,
    help="The lightest finding that makes the exit code 1.",
)
@click.option(
    "--engine",
    "engine_name",
    type=click.Choice(list(ENGINES)),
    default="fast",
    show_default=True,
    help="pyshacl is the reference: the same findings, far slower.",
)
@click.option(
    "--lang",
    "--language",
    "lang",
    type=click.Choice(LANGUAGES),
    help="Language of the messages. [default: LEVIER_LANGUAGE, or en]",
)
@click.option("--list", "listed", is_flag=True, help="List the rules (--format json: for a program); check nothing.")
@click.option(
    "--explain", "explain", metavar="RULE", help="Tell one rule whole, with an example that fails; check nothing."
)
@store_option
@click.pass_context
def command(  # noqa: PLR0913, PLR0917  # one parameter per flag
    ctx: click.Context,
    files: tuple[Path, ...],
    form: str,
    output: Path | None,
    show: str,
    fail_on: str,
    engine_name: str,
    lang: str | None,
    listed: bool,
    explain: str | None,
    store: Path | None,
) -> None:
    """Check FILES, or the current snapshot, against the coherence rules.

    FILES are Turtle, N-Triples or IATI files, or folders of them.
    """
    configured = settings(store=store, language=lang)
    if listed or explain is not None:
        _write(about_rules(explain, form, configured.language), output)
        return
    chosen = engine(engine_name)
    checked = check_files(files, chosen) if files else check_snapshot(Snapshots(configured.store).open(), chosen)
    colour = output is None and sys.stdout.isatty()
    if form == "json":
        said = as_json(checked, configured.language)
    else:
        said = text(checked, configured.language, colour=colour, lightest=Severity.of(show))
    _write(said, output)
    for problem in checked.problems:
        click.echo(f"levier: {problem}", err=True)
    ctx.exit(1 if checked.problems or checked.at_least(Severity.of(fail_on)) else 0)


def _write(said: str, output: Path | None) -> None:
    if output is None:
        click.echo(said, nl=False)
        return
    with replacing(output) as draft:
        draft.write_text(said, encoding="utf-8")
