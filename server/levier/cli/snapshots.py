"""`levier snapshots`: see, roll back, tidy."""

from pathlib import Path

import click

from levier.cli.options import setting_option, settings, store_option
from levier.graph import Snapshots
from levier.graph.snapshots import Snapshot


@click.group(
    name="snapshots",
    short_help="List snapshots, roll back, tidy.",
    invoke_without_command=True,
    epilog="""\b
Examples:
  levier snapshots                 list them; the one in use is marked *
  levier snapshots use 20260131    go back to the snapshot whose version begins so
  levier snapshots prune           remove the oldest""",
)
@store_option
@click.pass_context
def command(ctx: click.Context, store: Path | None) -> None:
    """See the snapshots of a store, roll back to one, or remove old ones."""
    ctx.obj = Snapshots(settings(store=store).store)
    if ctx.invoked_subcommand is None:
        _show(ctx.obj)


@command.command(name="list")
@click.pass_obj
def list_(snapshots: Snapshots) -> None:
    """List the snapshots, newest first."""
    _show(snapshots)


@command.command()
@click.argument("version")
@click.pass_obj
def use(snapshots: Snapshots, version: str) -> None:
    """Use the snapshot of this VERSION (or of the beginning of one) from now on."""
    click.echo(f"{snapshots.use(version).version} is in use.")


@command.command()
@setting_option("keep_snapshots", "--keep", "--keep-snapshots")
@click.pass_obj
def prune(snapshots: Snapshots, keep_snapshots: int | None) -> None:
    """Remove all but the snapshot in use and the newest others."""
    removed = snapshots.prune(settings(keep_snapshots=keep_snapshots).keep_snapshots)
    for snapshot in removed:
        click.echo(f"removed {snapshot.version}")
    if not removed:
        click.echo("Nothing to remove.")


def _show(snapshots: Snapshots) -> None:
    found = snapshots.versions()
    if not found:
        snapshots.require()
    for snapshot in found:
        click.echo(_line(snapshot))


def _line(snapshot: Snapshot) -> str:
    mark = "*" if snapshot.current else " "
    origin = "  written over HTTP" if snapshot.written else ""
    return f"{mark} {snapshot.version}  {snapshot.built:%Y-%m-%d %H:%M:%S} UTC  {snapshot.size() / 1e6:8.1f} MB{origin}"
