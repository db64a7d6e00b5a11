"""`levier convert`: IATI XML to N-Quads, and nothing else."""

from pathlib import Path
from shutil import copyfileobj

import click

from levier.cli.options import setting_option, settings
from levier.cli.progress import passed_over, steps
from levier.errors import BadInput, BadUsage, NothingToDo
from levier.graph.files import replacing
from levier.iati import Conversion, ConversionReport, Options, Sources, conversion, sources, write_json

_BLOCK = 1 << 20


@click.command(
    "convert",
    short_help="Convert IATI files to N-Quads.",
    epilog="""\b
Examples:
  levier convert activities.xml -o activities.nq
  levier convert FOLDER archive.zip -o aid.nq.gz --report aid.json --jobs 2
  levier convert https://example.org/iati.xml -o iati.nq

Exit codes: 0 all was read; 1 a file or an activity could not be read; 2 nothing was converted.""",
)
@click.argument("inputs", metavar="IN…", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The N-Quads file to write; compressed where its name ends in .gz.",
)
@click.option(
    "--report",
    metavar="R.json",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what became of everything that was read, file by file and activity by activity, as JSON.",
)
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes to convert with.")
@click.option(
    "--languages/--no-languages",
    default=True,
    help="Whether to look at the language of texts, and tell where it is another than declared.  [default: languages]",
)
@setting_option("fetch_timeout")
@setting_option("fetch_max_bytes")
@setting_option("max_file_bytes")
@setting_option("max_record_bytes")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    inputs: tuple[str, ...],
    output: Path,
    report: Path | None,
    jobs: int,
    languages: bool,  # a flag
    **limits: int | None,
) -> None:
    """Convert IATI files to N-Quads, one named graph per file.

    IN is a file of activities or organisations, a folder (all below it), a .gz, a .zip or an http(s) address. A file
    that cannot be read does not stop the others; the output appears under its name only when it is whole.
    """
    found = sources(inputs, settings(**limits))
    _check_outputs(output, report, found)
    options = Options(languages=languages)
    with replacing(output) as draft, conversion(found, jobs=jobs, spool_in=output.parent, options=options) as run:
        _convert(run, found)
        _write(run, draft, packed=output.name.endswith(".gz"))
        if report is not None:
            _write_report(report, run)
        if not run.report.converted:
            raise NothingToDo("no activity was converted; nothing was written.", hint=_what_to_do(run.report))
    click.echo(run.report.summary(), err=True)
    click.echo(f"Written: {output} ({output.stat().st_size / 1e6:,.1f} MB).", err=True)
    ctx.exit(0 if run.report.clean else 1)


def _convert(run: Conversion, found: Sources) -> None:
    """Convert every source, saying of each what was read."""
    with steps() as progress:
        progress.total(len(found))
        for name in found.passed_over:
            progress.say(passed_over(name))
        for report in run.reports():
            progress.done(report.explained())


def _write(run: Conversion, draft: Path, *, packed: bool) -> None:
    with draft.open("wb") as out:
        for path in (path for _, paths in run.outputs(packed=packed) for path in paths):
            with path.open("rb") as lines:
                copyfileobj(lines, out, _BLOCK)


def _check_outputs(output: Path, report: Path | None, found: Sources) -> None:
    inputs = {source.path.resolve() for source in found if source.path is not None}
    for path in (output, report):
        if path is not None and not path.parent.is_dir():
            raise BadInput(f"{path}: there is no folder {path.parent}.")
        if path is not None and path.resolve() in inputs:
            raise BadUsage(f"{path}: is one of the files to convert, and would be overwritten.")
    if report is not None and report.resolve() == output.resolve():
        raise BadUsage("-o and --report name the same file.")


def _write_report(path: Path, run: Conversion) -> None:
    with replacing(path) as draft, draft.open("w", encoding="utf-8") as stream:
        write_json(stream, run.report, run.index)


def _what_to_do(conversion: ConversionReport) -> str:
    if len(conversion.sources) == 1:
        return ""
    return f"None of the {len(conversion.sources)} files could be read; the sentences above say why."
