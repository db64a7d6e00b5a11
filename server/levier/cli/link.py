"""`levier link`: recompute the alignments, tell why one exists, measure them, and take people's decisions."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from levier.cli.options import setting_option, settings, store_option
from levier.cli.progress import Steps, steps
from levier.errors import BadInput, BadUsage, NothingToDo
from levier.graph import EmbeddedStore, Snapshots
from levier.linking import LinkReport, explain, find_activities, relink, render
from levier.linking.decisions import decisions_file, keep, load_into, read_rows
from levier.linking.evaluate import evaluate, evaluate_codes
from levier.linking.evaluation_text import render_codes, render_evaluation
from levier.linking.model import best_label
from levier.linking.review import doubtful, write_review
from levier.linking.rules import elements
from levier.settings import Settings
from levier.terms import GRAPH

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(
    "link",
    epilog="""\b
Examples:
  levier link                                  link every activity anew, in a new snapshot
  levier link --alignment-threshold 0.7        the same, surer links only
  levier link --explain XM-DAC-2-10-3015       why it is linked, or why not
  LEVIER_LANGUAGE=fr levier link --explain …   with the names of elements and rules in French
  levier link --evaluate LABELS.tsv            precision, recall and F1 against labelled activities
  levier link --evaluate codes                 text alone against the publishers' own COVID-19 codes
  levier link --review > doubtful.csv          the links to be decided by a person, with their evidence
  levier link --decide decided.csv             take confirmations and rejections, and link anew

Exit codes: 0 done; 2 no snapshot, no activity, an activity that is not there, or a row that is refused.""",
)
@store_option
@click.option(
    "--explain",
    "activity",
    metavar="ACTIVITY",
    help="Tell why this activity (its IATI identifier or IRI) is linked, or why not, and change nothing.",
)
@click.option(
    "--evaluate",
    "labels",
    metavar="LABELS|codes",
    help="Measure the rules against a table of labels (columns id, labels, disputed), or text alone against codes.",
)
@click.option(
    "--weights", type=_FILE, help="With --evaluate LABELS: write the weights fitted to the labels here (TSV)."
)
@click.option("--review", is_flag=True, help="Write the doubtful links as CSV, with their evidence, to be decided.")
@click.option(
    "--decide",
    "decided",
    type=_FILE,
    metavar="FILE",
    help="Take confirmations and rejections from a table (activity, element, decision, by, why; on), and link anew.",
)
@setting_option("alignment_threshold")
@setting_option("review_margin")
@setting_option("decisions")
@setting_option("short_term_months")
@setting_option("medium_term_months")
@setting_option("language")
def command(
    store: Path | None,
    activity: str | None,
    labels: str | None,
    weights: Path | None,
    review: bool,
    decided: Path | None,
    **given: object,
) -> None:
    """Link every aid activity of the snapshot to the strategy notes anew, or tell, measure and decide.

    Linking reads the rules and the activities of the snapshot in use and writes the alignments to a new snapshot.
    """
    chosen = settings(store=store, **given)
    snapshots = Snapshots(chosen.store)
    if sum((activity is not None, labels is not None, review, decided is not None)) > 1:
        raise BadUsage("--explain, --evaluate, --review and --decide are done one at a time.")
    if activity is not None:
        _explain(snapshots.open(), activity, chosen)
    elif labels is not None:
        _evaluate(snapshots.open(), labels, weights, chosen)
    elif review:
        write_review(doubtful(snapshots.open(), chosen), sys.stdout, chosen.language)
    elif decided is not None:
        _decide(snapshots, decided, chosen)
    else:
        _relink(snapshots, chosen)


def _decide(snapshots: Snapshots, table: Path, chosen: Settings) -> None:
    """Keep the rows that hold, link anew, and refuse the others one by one."""
    store = snapshots.open()
    identifiers: dict[str, list[str]] = {}
    for row in store.select("SELECT ?a ?i { ?a a iati:Activity ; iati:iatiIdentifier ?i } ORDER BY ?a"):
        identifiers.setdefault(row["i"].value, []).append(row["a"].value)
    notations = {element.notation: iri for iri, element in sorted(elements(store).items(), key=lambda e: e[1].notation)}
    found, bad = read_rows(table, identifiers, notations, now=datetime.now(UTC).replace(microsecond=0))
    for refused in bad:
        click.echo(f"{table}:{refused.line}: refused: {refused.why}", err=True)
    if found:
        kept = decisions_file(chosen)
        keep(kept, found)
        _relink(snapshots, chosen)
        click.echo(f"\n{len(found):,} decision{'s' * (len(found) != 1)} kept in {kept}.")
    if bad:
        rows = f"{len(bad)} row{'s' * (len(bad) != 1)} of {table} {'were' if len(bad) != 1 else 'was'} refused"
        raise BadInput(f"{rows}; {'the others are kept' if found else 'nothing was kept'}.")
    if not found:
        raise NothingToDo(f"No row of {table} says what was decided.", hint="Write confirm or reject under `decision`.")


def _relink(snapshots: Snapshots, chosen: Settings) -> None:
    snapshots.require()
    with snapshots.new(copy_current=True) as draft, steps() as progress:
        load_into(draft.store, decisions_file(chosen))
        report = _link(draft.store, chosen, progress)
        draft.store.optimize()
    click.echo("\n".join(_summary(report, chosen.language)))


def _explain(store: EmbeddedStore, activity: str, chosen: Settings) -> None:
    pages = [render(explain(store, iri, chosen), chosen.language) for iri in find_activities(store, activity)]
    click.echo("\n\n".join(pages))


def _evaluate(store: EmbeddedStore, labels: str, weights: Path | None, chosen: Settings) -> None:
    if labels == "codes":
        click.echo(render_codes(evaluate_codes(store, chosen), chosen.language))
        return
    with steps() as progress:
        found = evaluate(store, Path(labels), chosen, progress=progress.now)
    click.echo(render_evaluation(found, chosen.language))
    if weights is not None:
        rules = found.rules.rules
        rows = [f"{iri}\t{rules[iri].weight}\t{weight}\n" for iri, weight in found.fitted.items()]
        weights.write_text("rule\tweight\tfitted\n" + "".join(rows), encoding="utf-8")


def _link(store: EmbeddedStore, chosen: Settings, progress: Steps) -> LinkReport:
    def tell(graph: str, activities: int) -> None:
        progress.done()
        progress.now(f"{graph.removeprefix(GRAPH)}: {activities:,} activities")

    report = relink(store, chosen, progress=tell)
    if not report.activities:
        raise NothingToDo("This snapshot has no aid activity to link.", hint="Build it with `levier build --aid FILE`.")
    return report


def _summary(report: LinkReport, language: str) -> list[str]:
    rows = [
        (f"{report.activities:,}", "activities looked at"),
        (f"{report.linked:,}", f"linked, with a confidence of {report.threshold:.2f} or more"),
        (f"{report.weak:,}", "with weaker links only"),
        (f"{report.without:,}", "with none"),
    ]
    lines = [f"{figure:>9}  {words}" for figure, words in rows]
    lines.append("")
    for element in report.elements:
        label = best_label(element.labels, language, element.iri)
        lines.append(f"{report.per_element[element.notation]:>9,}  {element.notation:<3} {_shorten(label)}")
    return lines


def _shorten(text: str, length: int = 90) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
