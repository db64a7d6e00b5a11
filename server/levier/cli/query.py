"""`levier query`: free SPARQL, on the snapshot or on another endpoint."""

import re
import sys
from pathlib import Path
from typing import Final

import click
import pyoxigraph as ox

from levier.cli.options import endpoint_option, setting_option, settings, store_option
from levier.cli.tables import ROW_FORMS, write_rows
from levier.cli.target import target
from levier.errors import BadInput, BadUsage, QuerySyntaxError
from levier.graph import Dataset, refuse_federation
from levier.terms import PREFIXES

_GRAPH_FORMS: Final = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
}
_FORMS: Final = (*ROW_FORMS, "xml", *_GRAPH_FORMS)
_PLACE = re.compile(r"line (?P<line>\d+), column (?P<column>\d+)")


@click.command(
    name="query",
    epilog="""\b
Examples:
  levier query my-question.rq
  echo 'SELECT (COUNT(*) AS ?n) WHERE { ?a a iati:Activity }' | levier query -
  levier query construct.rq --format jsonld > graph.jsonld
  levier query my-question.rq --endpoint https://example.org/sparql --format csv

The prefixes levier:, iati:, skos: and the like need not be declared. A SELECT prints a table, an ASK true or
false, a CONSTRUCT or DESCRIBE Turtle, unless --format says otherwise. SERVICE and LOAD are refused.""",
)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--format", "form", type=click.Choice(_FORMS), default=None, help="Form of the result.")
@endpoint_option
@store_option
@setting_option("query_timeout")
@setting_option("default_graph")
def command(
    file: Path,
    form: str | None,
    endpoint: str | None,
    store: Path | None,
    query_timeout: int | None,
    default_graph: str | None,
) -> None:
    """Ask the SPARQL query in FILE (- for standard input)."""
    text = _read(file)
    refuse_federation(text)
    chosen = settings(store=store, query_timeout=query_timeout, default_graph=default_graph)
    dataset = Dataset("strict" if chosen.default_graph == "strict" else "union")
    try:
        result = target(endpoint, chosen).query(text, dataset)
    except QuerySyntaxError as error:
        raise QuerySyntaxError(f"{file}: {error.message}", hint=_excerpt(text, error.message) or error.hint) from error
    _write(result, form)


def _read(file: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise BadInput(f"{file}: cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: is not UTF-8 text (byte {error.start}).") from error
    if not text.strip():
        raise BadInput(f"{file}: holds no query.")
    return text


def _excerpt(text: str, message: str) -> str:
    """Give the line that the engine stopped at, with a mark under the place."""
    match = _PLACE.search(message)
    if match is None:
        return ""
    lines = text.replace("\t", " ").splitlines()
    number, column = int(match["line"]), int(match["column"])
    if number > len(lines):  # the engine read to the end and missed something there
        number, column = len(lines), len(lines[-1]) + 1
    return f"{number}: {lines[number - 1]}\n  {' ' * (len(str(number)) + column + 1)}^"


def _write(result: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, form: str | None) -> None:
    match result:
        case ox.QuerySolutions():
            _write_rows(result, form or "table")
        case ox.QueryBoolean():
            _write_boolean(result, form or "table")
        case _:
            _write_triples(result, form or "turtle")


def _write_rows(rows: ox.QuerySolutions, form: str) -> None:
    if form in _GRAPH_FORMS:
        raise BadUsage(
            f"A SELECT gives rows, which {form} cannot hold.", hint=f"Use one of {', '.join(ROW_FORMS)}, xml."
        )
    if form == "xml":
        _write_bytes(rows.serialize(format=ox.QueryResultsFormat.XML))
        return
    columns = [variable.value for variable in rows.variables]
    count = write_rows(form, columns, (tuple(row[name] for name in columns) for row in rows))
    if form == "table":
        click.echo(f"{count} row{'' if count == 1 else 's'}.", err=True)


def _write_boolean(answer: ox.QueryBoolean, form: str) -> None:
    if form in _GRAPH_FORMS:
        raise BadUsage(f"An ASK gives true or false, which {form} cannot hold.", hint="Use json, xml or csv.")
    native = {"json": ox.QueryResultsFormat.JSON, "xml": ox.QueryResultsFormat.XML}.get(form)
    if native is None:
        click.echo("true" if answer else "false")
    else:
        _write_bytes(answer.serialize(format=native))


def _write_triples(triples: ox.QueryTriples, form: str) -> None:
    native = _GRAPH_FORMS.get(form)
    if native is None:
        raise BadUsage(f"A CONSTRUCT gives triples, which {form} cannot hold.", hint=f"Use {', '.join(_GRAPH_FORMS)}.")
    prefixes = None if native == ox.RdfFormat.N_TRIPLES else PREFIXES
    _write_bytes(ox.serialize(triples, format=native, prefixes=prefixes))


def _write_bytes(data: bytes | None) -> None:
    click.echo((data or b"").rstrip(b"\n"))
