"""`levier build`: notes and aid into a new snapshot."""

import os
from pathlib import Path
from typing import Any

import click

from levier.build import BuildReport, Plan, build, sample
from levier.cli.options import setting_option, settings, store_option
from levier.cli.progress import passed_over, steps
from levier.graph import written_over
from levier.iati import Options, sources


@click.command(
    name="build",
    short_help="Build a new snapshot of notes, aid and links.",
    epilog="""\b
Examples:
  levier build                              the bundled notes and the bundled sample of aid
  levier build --illustrative               the same, with the illustrative plan and rounds
  levier build --aid activities.xml         the notes and your aid
  levier build --aid FOLDER more.xml.gz     a folder (all below it) and a file
  levier build --data my-notes/             your own notes or plans (Turtle) besides the bundled ones

The aid that is linked to no objective is explained by `levier link --explain IDENTIFIER`.
Exit codes: 0 all was read; 1 a file or an activity could not be read; 2 no snapshot was made.""",
)
@click.option("--aid", multiple=True, metavar="PATH…", help="IATI file, folder, .gz, .zip or http(s) address.")
@click.argument("more", nargs=-1, metavar="")
@click.option(
    "--data",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="A Turtle file or folder of statements, besides the bundled ones; may be repeated.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=min(2, os.cpu_count() or 1),
    show_default="2, or 1 on a machine of one core",
    help="Processes to convert with.",
)
@click.option(
    "--languages/--no-languages",
    default=True,
    help="Whether to look at the language of texts, and tell where it is another than declared.  [default: languages]",
)
@click.option("--illustrative", is_flag=True, help="Let in the graphs that are marked illustrative.")
@store_option
@setting_option("alignment_threshold")
@setting_option("fetch_timeout")
@setting_option("fetch_max_bytes")
@setting_option("max_file_bytes")
@setting_option("max_record_bytes")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    aid: tuple[str, ...],
    more: tuple[str, ...],
    data: tuple[Path, ...],
    illustrative: bool,  # a flag
    jobs: int,
    languages: bool,  # a flag
    **chosen: Any,  # noqa: ANN401  # the settings' own types
) -> None:
    """Build a new snapshot of the notes, the aid and the links between them.

    Without --aid, the aid is the bundled sample. The snapshot in use is served until the new one is whole.
    """
    if more and not aid:
        raise click.UsageError(f"Got {more[0]!r}; aid data is given after --aid.")
    limits = settings(**chosen)
    given: list[str | Path] = [*aid, *more] or [sample()]
    found = sources(given, limits)
    with steps() as progress:
        progress.total(len(found))
        for name in found.passed_over:
            progress.say(passed_over(name))
        options = Options(languages=languages)
        plan = Plan(found, jobs, options, data, illustrative, progress.now, progress.done)
        over = written_over(limits.store)
        report = build(limits, plan)
    click.echo(_say(report))
    if over:
        click.echo("What was written over HTTP is not in it; `levier snapshots use` goes back to that.", err=True)
    ctx.exit(0 if report.clean else 1)


def _say(report: BuildReport) -> str:
    links = report.links
    failed = sum(not source.clean for source in report.aid.sources)
    files = _counted(sum(source.converted > 0 for source in report.aid.sources), "IATI file")
    activities = f"{report.aid.converted:,} {'activity' if report.aid.converted == 1 else 'activities'}"
    lines = [
        f"Built snapshot {report.version}: {report.triples:,} statements in {report.graphs:,} named graphs.",
        f"  {_counted(report.statements, 'file')} of notes, actors and code lists; {activities} from {files}.",
        f"  {links.linked:,} serve an objective or an axis, {links.weak:,} perhaps, {links.without:,} none.",
    ]
    if failed:
        lines.append(f"  {_counted(failed, 'file')} could not be read, or not whole: the lines above say why.")
    return "\n".join(lines)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
