"""`levier convert`: IATI XML to N-Quads, and nothing else."""

import contextlib
import gzip
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from levier.cli.options import setting_option, settings
from levier.errors import BadInput, BadUsage, NothingToDo
from levier.iati import ConversionReport, SourceReport, Sources, convert_sources, sources


@click.command(
    "convert",
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
@click.pass_context
def command(
    ctx: click.Context, /, inputs: tuple[str, ...], output: Path, report: Path | None, jobs: int, **limits: int | None
) -> None:
    """Convert IATI activity files to N-Quads, one named graph per file.

    IN is a file, a folder (all below it), a .gz, a .zip or an http(s) address. A file that cannot be read does not
    stop the others; the output appears under its name only when it is whole.
    """
    _check_outputs(output, report)
    found = sources(inputs, settings(**limits))
    conversion = ConversionReport(passed_over=found.passed_over)
    with _replacing(output) as (stream, keep):
        for source in _shown(found, convert_sources(found, stream.write, jobs=jobs, spool_in=output.parent)):
            conversion.sources.append(source)
        if conversion.converted:
            keep()
    if report is not None:
        _write_report(report, conversion)
    if not conversion.converted:
        raise NothingToDo("no activity was converted; nothing was written.", hint=_what_to_do(conversion))
    click.echo(conversion.summary(), err=True)
    click.echo(f"Written: {output} ({output.stat().st_size / 1e6:,.1f} MB).", err=True)
    ctx.exit(0 if conversion.clean else 1)


class _Stream(Protocol):
    def write(self, data: bytes, /) -> object: ...


@contextlib.contextmanager
def _replacing(output: Path) -> Iterator[tuple[_Stream, Callable[[], None]]]:
    """Give a stream to a file beside `output`, and the function that says to keep it: then it takes its name."""
    handle, name = tempfile.mkstemp(prefix=f".{output.name}.", suffix=".part", dir=output.parent)
    kept: list[bool] = []
    try:
        with os.fdopen(handle, "wb") as raw, _compressed(raw, output) as stream:
            yield stream, lambda: kept.append(True)
        if kept:
            Path(name).chmod(0o666 & ~_umask())  # mkstemp makes it private
            Path(name).replace(output)
    finally:
        Path(name).unlink(missing_ok=True)


def _compressed(raw: BinaryIO, output: Path) -> contextlib.AbstractContextManager[_Stream]:
    if output.name.endswith(".gz"):
        # No name and no time inside, so that the same input gives the same bytes.
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0)
        return cast("contextlib.AbstractContextManager[_Stream]", packed)
    return contextlib.nullcontext(raw)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _check_outputs(output: Path, report: Path | None) -> None:
    for path in (output, report):
        if path is not None and not path.parent.is_dir():
            raise BadInput(f"{path}: there is no folder {path.parent}.")
    if report is not None and report.resolve() == output.resolve():
        raise BadUsage("-o and --report name the same file.")


def _write_report(path: Path, conversion: ConversionReport) -> None:
    text = json.dumps(conversion.as_json(), indent=1, ensure_ascii=False) + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror or error}).") from None


def _what_to_do(conversion: ConversionReport) -> str:
    if len(conversion.sources) == 1:
        return ""
    return f"None of the {len(conversion.sources)} files could be read; the sentences above say why."


def _shown(found: Sources, reports: Iterator[SourceReport]) -> Iterator[SourceReport]:
    """Give the reports as they come, saying each on stderr; with a bar on a terminal."""
    for name in found.passed_over:
        click.echo(f"{name}: passed over, not named as IATI XML.", err=True)
    if not sys.stderr.isatty():
        for report in reports:
            click.echo(report.summary(), err=True)
            yield report
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("converting", total=len(found))
        for report in reports:
            bar.console.print(report.summary(), markup=False, highlight=False)
            bar.advance(task)
            yield report
