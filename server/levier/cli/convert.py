"""`levier convert`: IATI XML to N-Quads, and nothing else."""

import contextlib
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import click

from levier.cli.options import setting_option, settings
from levier.cli.progress import passed_over, steps
from levier.errors import BadInput, BadUsage, NothingToDo
from levier.graph.files import replacing
from levier.iati import ConversionReport, Sources, convert_sources, sources


@click.command(
    "convert",
    short_help="Convert IATI activity files to N-Quads.",
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
    help="Write what was read, left out and doubted, per file, as JSON.",
)
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes to convert with.")
@setting_option("fetch_timeout")
@setting_option("fetch_max_bytes")
@setting_option("max_file_bytes")
@click.pass_context
def command(
    ctx: click.Context, /, inputs: tuple[str, ...], output: Path, report: Path | None, jobs: int, **limits: int | None
) -> None:
    """Convert IATI activity files to N-Quads, one named graph per file.

    IN is a file, a folder (all below it), a .gz, a .zip or an http(s) address. A file that cannot be read does not
    stop the others; the output appears under its name only when it is whole.
    """
    found = sources(inputs, settings(**limits))
    _check_outputs(output, report, found)
    with replacing(output) as draft:
        with _opened(draft, output) as stream:
            conversion = _convert(found, stream, jobs, output.parent)
        if report is not None:
            _write_report(report, conversion)
        if not conversion.converted:
            raise NothingToDo("no activity was converted; nothing was written.", hint=_what_to_do(conversion))
    click.echo(conversion.summary(), err=True)
    click.echo(f"Written: {output} ({output.stat().st_size / 1e6:,.1f} MB).", err=True)
    ctx.exit(0 if conversion.clean else 1)


@contextlib.contextmanager
def _opened(draft: Path, output: Path) -> Iterator[BinaryIO]:
    """Give a stream to the draft, compressed where the name it will have says so."""
    with draft.open("wb") as raw:
        if not output.name.endswith(".gz"):
            yield raw
            return
        # No name and no time inside, so that the same input gives the same bytes.
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
            yield cast("BinaryIO", packed)


def _convert(found: Sources, stream: BinaryIO, jobs: int, spool: Path) -> ConversionReport:
    """Convert every source, saying of each what was read."""
    conversion = ConversionReport(passed_over=found.passed_over)
    with steps() as progress:
        progress.total(len(found))
        for name in found.passed_over:
            progress.say(passed_over(name))
        for source in convert_sources(found, stream.write, jobs=jobs, spool_in=spool):
            progress.done(source.explained())
            conversion.sources.append(source)
    return conversion


def _check_outputs(output: Path, report: Path | None, found: Sources) -> None:
    inputs = {source.path.resolve() for source in found if source.path is not None}
    for path in (output, report):
        if path is not None and not path.parent.is_dir():
            raise BadInput(f"{path}: there is no folder {path.parent}.")
        if path is not None and path.resolve() in inputs:
            raise BadUsage(f"{path}: is one of the files to convert, and would be overwritten.")
    if report is not None and report.resolve() == output.resolve():
        raise BadUsage("-o and --report name the same file.")


def _write_report(path: Path, conversion: ConversionReport) -> None:
    text = json.dumps(conversion.as_json(), indent=1, ensure_ascii=False) + "\n"
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8")


def _what_to_do(conversion: ConversionReport) -> str:
    if len(conversion.sources) == 1:
        return ""
    return f"None of the {len(conversion.sources)} files could be read; the sentences above say why."
