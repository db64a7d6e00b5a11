"""`levier export`: the graph, or a part of it, in another form."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import click
import pyoxigraph as ox

from levier.cli.options import settings, store_option
from levier.errors import UnknownThing
from levier.graph import EmbeddedStore, Snapshots
from levier.graph.files import replacing
from levier.iati.writing.export import select, write_xml
from levier.terms import IATI, PREFIXES

_FORMS = ("nquads", "turtle", "iati-xml")

Write = Callable[[IO[bytes]], None]


@click.command(
    name="export",
    epilog="""\b
Examples:
  levier export --format nquads -o everything.nq
  levier export --format turtle --graph https://w3id.org/levier/graph/note/migration -o note.ttl
  levier export --format turtle --activity XM-DAC-2-10-3264 -o -
  levier export --format iati-xml -o activities.xml
  levier export --format iati-xml --graph https://w3id.org/levier/graph/aid/sample -o sample.xml

Turtle has no named graphs: the graphs that are exported are written together.

iati-xml is IATI 2.03. It has every activity once, as its canonical report has it; --graph gives back the file of a
dataset, its copies of activities that other files report included. Organisation records go into files of their own:
ask for their dataset with --graph.""",
)
@click.option("--format", "form", type=click.Choice(_FORMS), default="nquads", show_default=True)
@click.option("--graph", "graphs", multiple=True, metavar="IRI", help="Only this named graph; may be repeated.")
@click.option(
    "--activity", "activities", multiple=True, metavar="ID", help="Only this IATI identifier; may be repeated."
)
@click.option("-o", "--output", "out", required=True, type=click.Path(path_type=Path, allow_dash=True))
@store_option
def command(form: str, graphs: tuple[str, ...], activities: tuple[str, ...], out: Path, store: Path | None) -> None:
    """Write the graph, or a part of it, to a file; - is stdout."""
    snapshot = Snapshots(settings(store=store).store).open()
    if graphs:
        _known(snapshot, graphs)
    write = _xml(snapshot, graphs, activities) if form == "iati-xml" else _rdf(snapshot, graphs, activities, form)
    if str(out) == "-":
        write(sys.stdout.buffer)
        return
    with replacing(out) as draft, draft.open("wb") as stream:
        write(stream)


def _xml(store: EmbeddedStore, graphs: tuple[str, ...], activities: tuple[str, ...]) -> Write:
    """Select what is written first: what cannot be meant is told before a file is touched."""
    selection = select(store, graphs, activities)
    left_out = selection.organisations_left_out
    if left_out:
        records = "organisation record is" if left_out == 1 else "organisation records are"
        click.echo(f"{left_out:,} {records} left out: ask for their dataset with --graph.", err=True)
    return lambda stream: write_xml(store, selection, stream)


def _rdf(store: EmbeddedStore, graphs: tuple[str, ...], activities: tuple[str, ...], form: str) -> Write:
    def write(stream: IO[bytes]) -> None:
        quads = _quads(store, graphs, activities)
        if form == "nquads":
            ox.serialize(quads, output=stream, format=ox.RdfFormat.N_QUADS)
        else:
            triples = dict.fromkeys(quad.triple for quad in quads)
            ox.serialize(triples, output=stream, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES)

    return write


def _known(store: EmbeddedStore, graphs: tuple[str, ...]) -> None:
    unknown = set(graphs) - set(store.graphs())
    if unknown:
        raise UnknownThing(
            f"The snapshot has no graph <{min(unknown)}>.",
            hint="`levier query - <<< 'SELECT DISTINCT ?g { GRAPH ?g {} }'` lists them.",
        )


def _quads(store: EmbeddedStore, graphs: tuple[str, ...], activities: tuple[str, ...]) -> Iterator[ox.Quad]:
    if activities:
        for identifier in activities:
            yield from _activity(store, identifier)
        return
    names = [ox.NamedNode(graph) for graph in graphs or store.graphs()]
    for name in names:
        yield from store.raw.quads_for_pattern(None, None, None, name)


def _activity(store: EmbeddedStore, identifier: str) -> Iterator[ox.Quad]:
    """Give the quads of an activity, of the nodes below its IRI, and of those that it has in common with others."""
    start = store.raw.quads_for_pattern(None, ox.NamedNode(IATI + "iatiIdentifier"), ox.Literal(identifier), None)
    roots = [quad.subject for quad in start]
    if not roots:
        raise UnknownThing(f"The snapshot has no activity of the IATI identifier {identifier!r}.")
    for root in roots:
        if isinstance(root, ox.NamedNode):
            yield from store.below(root.value)
