"""`levier fetch`: datasets of the IATI registry into a folder."""

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from levier.cli.options import setting_option, settings
from levier.cli.progress import Steps, steps
from levier.errors import BadInput, BadUsage, NothingToDo
from levier.iati.fetching.fetch import Fetching, suggestion, unknown_dataset
from levier.iati.fetching.manifest import NAME, Entry
from levier.iati.fetching.registry import Dataset, Registry, belgian_datasets, looked_up, registry, with_fallback

_INTERRUPTED = 130


@click.command(
    "fetch",
    short_help="Fetch datasets of the IATI registry.",
    epilog="""\b
Examples:
  levier fetch be-dgd-2021_1 be-dgd-2021_2 -o aid        two datasets by their names
  levier fetch --publisher be-dgd -o aid                 all that a publisher has
  levier fetch --belgian -o aid                          the Belgian datasets that we know of
  levier build --aid aid                                 what came, in the graph

Exit codes: 0 all is there; 1 some failed; 2 nothing is there, or bad usage; 130 interrupted (the same command
goes on where it was).""",
)
@click.argument("names", metavar="DATASET…", nargs=-1)
@click.option(
    "--publisher", "publishers", metavar="P", multiple=True, help="All datasets of a publisher; may be repeated."
)
@click.option(
    "--belgian", is_flag=True, help="The datasets of Belgian publishers, from the list that comes with Levier."
)
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to fetch into: PUBLISHER/DATASET.xml and MANIFEST.json.",
)
@setting_option("registry")
@setting_option("fetch_parallel")
@setting_option("fetch_per_host")
@setting_option("fetch_retries")
@setting_option("fetch_timeout")
@setting_option("fetch_max_bytes")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    names: tuple[str, ...],
    publishers: tuple[str, ...],
    belgian: bool,
    output: Path,
    **chosen: Any,  # noqa: ANN401  # the settings' own types
) -> None:
    """Fetch datasets of the IATI registry into a folder.

    What is there already is asked for again only if it changed; a run that was interrupted goes on where it was. A
    dataset that fails does not stop the others. `levier build --aid DIR` reads the folder as it is.
    """
    if not (names or publishers or belgian):
        raise BadUsage("nothing to fetch: give a DATASET, --publisher or --belgian.")
    wanted = settings(**chosen)
    with steps() as progress:
        fetching = Fetching(output, wanted, received=lambda taken: progress.now(f"{taken / 1e6:,.1f} MB"))
        with closing(fetching):
            try:
                found = _Found(
                    registry(wanted.registry, fetching.transport, fetching.retries), wanted.fetch_parallel, progress
                )
                found.ask(names, publishers, belgian=belgian)
                done = _fetch(fetching, found, progress)
            except KeyboardInterrupt:
                progress.say("levier: interrupted; what came is kept, and the same command goes on from there.")
                ctx.exit(_INTERRUPTED)
    failed = sum(entry.status == "failed" for entry in done)
    if failed == len(done):
        raise NothingToDo(f"none of {_counted(failed)} could be fetched; the lines above say why.")
    click.echo(_summary(done, fetching.bytes), err=True)
    click.echo(f"Written: {output / NAME}.", err=True)
    ctx.exit(1 if failed or found.missed else 0)


@dataclass(slots=True)
class _Found:
    """What was asked for, as the registry knows it."""

    source: Registry
    at_once: int
    progress: Steps
    datasets: dict[str, Dataset] = field(default_factory=dict)
    unknown: list[Entry] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    """Sentences about publishers that the registry does not have."""

    def ask(self, names: tuple[str, ...], publishers: tuple[str, ...], *, belgian: bool) -> None:
        """Look up all that was asked for. Raises BadInput where the registry fails, or has nothing of it."""
        self.progress.now("asking the registry")
        self._by_name(names)
        for publisher in dict.fromkeys(publishers):
            self._by_publisher(publisher)
        if belgian:
            self._belgian()
        said = self.missed + [f"{entry.name}: {entry.error}" for entry in self.unknown]
        if not self.datasets:
            raise BadInput("\n".join(said) if said else "the registry has no dataset of what was asked for.")
        for sentence in self.missed:
            self.progress.say(sentence)

    def _by_name(self, names: tuple[str, ...]) -> None:
        for name, dataset in looked_up(self.source, dict.fromkeys(names), self.at_once):
            if dataset is None:
                self.unknown.append(unknown_dataset(name, self.source.near_dataset(name)))
            else:
                self.datasets[name] = dataset

    def _by_publisher(self, publisher: str) -> None:
        datasets = self.source.published_by(publisher)
        if datasets is None:
            near = suggestion(self.source.near_publisher(publisher))
            self.missed.append(f"{publisher}: the registry has no such publisher{near}")
        elif not datasets:
            self.progress.say(f"{publisher}: the registry has no dataset of this publisher.")
        self.datasets.update({one.name: one for one in datasets or ()})

    def _belgian(self) -> None:
        """Take the Belgian datasets as the registry knows them, and from the list where it does not, or fails."""
        listed = {one.name: one for one in belgian_datasets()}
        try:
            found = dict(looked_up(self.source, listed, self.at_once))
        except BadInput as error:
            self.progress.say(f"{error.message} The addresses of the list are used.")
            found = {}
        self.datasets.update({name: with_fallback(found.get(name), one) for name, one in listed.items()})


def _fetch(fetching: Fetching, found: _Found, progress: Steps) -> list[Entry]:
    """Fetch what was found, saying of each dataset how it went."""
    progress.total(len(found.datasets) + len(found.unknown))
    done = []
    with closing(fetching.run(found.datasets.values(), found.unknown)) as entries:
        for entry in entries:
            progress.done(_line(entry))
            done.append(entry)
    return done


def _line(entry: Entry) -> str:
    if entry.status == "failed":
        return f"{entry.name}: {entry.error}"
    return f"{entry.file}: {entry.status}, {(entry.bytes or 0) / 1e6:,.1f} MB"


def _summary(done: list[Entry], received: int) -> str:
    parts = [f"{sum(one.status == status for one in done)} {status}" for status in ("fetched", "unchanged", "failed")]
    return f"{_counted(len(done))}: {', '.join(parts)}; {received / 1e6:,.1f} MB received."


def _counted(number: int) -> str:
    return f"{number} dataset" + ("" if number == 1 else "s")
