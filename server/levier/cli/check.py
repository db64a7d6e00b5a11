"""`levier check`: whether what we state, and what the aid says, is coherent."""

import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from levier.cli.choices import Choice
from levier.cli.options import settings, store_option
from levier.coherence import (
    ENGINES,
    FORMATS,
    LANGUAGES,
    WHOLE,
    Catalogue,
    Checked,
    Outcome,
    Saying,
    Severity,
    Terms,
    about_rules,
    baseline,
    changes,
    check_files,
    check_snapshot,
    configuration,
    consistency_of_files,
    consistency_of_snapshot,
    engine,
    language_of,
    load_catalogue,
    nearest,
    placed,
    settle,
)
from levier.coherence.reports.saying import on_one_line
from levier.coherence.reports.text import SHOWN
from levier.coherence.reports.words import lost_sentence
from levier.errors import BadUsage
from levier.graph import Snapshots
from levier.graph.files import replacing

_WORDS = [severity.word for severity in sorted(Severity, reverse=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the command line asks for."""

    files: tuple[Path, ...]
    form: str
    output: Path | None
    reports: tuple[str, ...]
    show: str
    fail_on: str | None
    engine: str
    lang: str | None
    store: Path | None
    sources: tuple[Path, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    config: Path | None
    baseline: Path | None
    write_baseline: bool
    reason: str
    changed_since: str | None
    owl: bool
    listed: bool
    explain: str | None


def complete_rule(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Give the rules whose names begin so."""
    return [CompletionItem(rule.id) for rule in load_catalogue() if rule.id.startswith(begun.upper())]


def complete_rules(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Give the rules and subjects that the last of several names, between commas, may be."""
    before, comma, last = begun.rpartition(",")
    names = {name for rule in load_catalogue() for name in (rule.id, rule.id.partition("-")[0])}
    return [CompletionItem(f"{before}{comma}{name}") for name in sorted(names) if name.startswith(last.upper())]


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
  levier check --format html -o out.html    a page to read; sarif, junit, github … for build servers
  levier check --report sarif=levier.sarif  and a further report of the same check
  levier check plans --select PLAN,NOTE-001 only some rules, or all of a subject
  levier check data/notes --owl             also whether the notes contradict the ontology (needs Java)
  levier check plans --write-baseline --reason "Known since 2024."
                                            accept what there is; from then on --baseline levier-baseline.toml
  levier check --changed-since origin/main  only what a change touches, and what depends on it
  levier check --list --lang nl             the rules, by family, in Dutch
  levier check --explain AID-010            one rule told whole, with an example that fails

Settings of a team stand in levier.toml, or in [tool.levier] of pyproject.toml; docs/checking.md tells.

Exit codes: 0 nothing at or above --fail-on; 1 something was, or part of the files could not be read; 2 bad input,
or nothing was there to check; 3 a fault of ours.""",
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", type=Choice(list(FORMATS)), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write here, not to stdout.")
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT=FILE",
    help="A further report of the same check, in another format.",
)
@click.option(
    "--show",
    type=Choice(_WORDS),
    default="info",
    show_default=True,
    help="The lightest finding that a report for people shows; lighter ones are only counted.",
)
@click.option(
    "--fail-on",
    type=Choice(_WORDS),
    help="The lightest finding that makes the exit code 1. [default: violation]",
)
@click.option(
    "--select",
    multiple=True,
    metavar="RULE[,…]",
    shell_complete=complete_rules,
    help="Only these rules; PLAN is all of its subject.",
)
@click.option("--ignore", multiple=True, metavar="RULE[,…]", shell_complete=complete_rules, help="Not these rules.")
@click.option(
    "--changed-since",
    metavar="REVISION",
    help="Only what has changed since this git revision, and what depends on it.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of findings that are accepted, each with a reason and a day.",
)
@click.option("--write-baseline", is_flag=True, help=f"Accept what is found, in --baseline [{baseline.DEFAULT}].")
@click.option("--reason", default="", help="Why, for what --write-baseline accepts.")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings of checks. [default: levier.toml, or pyproject.toml, here or above]",
)
@click.option(
    "--engine",
    type=Choice(list(ENGINES)),
    default="fast",
    show_default=True,
    help="pyshacl is the reference: the same findings, far slower.",
)
@click.option(
    "--lang",
    "--language",
    "lang",
    type=Choice(LANGUAGES),
    help="Language of the messages. [default: LEVIER_LANGUAGE, or that of the settings or the locale, or en]",
)
@click.option(
    "--sources",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="Where the files of a snapshot are, for the places in them, if not where it was built.",
)
@click.option("--owl", is_flag=True, help="Also reason in OWL, by HermiT, over what is stated; needs Java.")
@click.option("--list", "listed", is_flag=True, help="List the rules (--format json: for a program); check nothing.")
@click.option(
    "--explain",
    "explain",
    metavar="RULE",
    shell_complete=complete_rule,
    help="Tell one rule whole, with an example that fails; check nothing.",
)
@store_option
@click.pass_context
def command(ctx: click.Context, /, **given: object) -> None:
    """Check FILES, or the current snapshot, against the coherence rules.

    FILES are Turtle, N-Triples or IATI files, or folders of them.
    """
    asked = _Asked(**given)  # type: ignore[arg-type]  # click has checked them
    ctx.exit(_Check(asked).run())


class _Check:
    """One check, from the command line to the exit code."""

    def __init__(self, asked: _Asked) -> None:
        self._asked = asked
        self._catalogue: Catalogue = load_catalogue()
        found = asked.config or configuration.find(Path.cwd())
        self._config = configuration.load(found, self._catalogue)
        self._language = self._choose_language()
        self._reports = [_report(given) for given in asked.reports]
        self._fail_on = Severity.of(asked.fail_on) if asked.fail_on else self._config.fail_on or Severity.VIOLATION

    def run(self) -> int:
        asked = self._asked
        if asked.listed or asked.explain is not None:
            _write(self._about_rules(), asked.output)
            return 0
        terms = self._terms()
        checked, affected = self._checked()
        terms = terms.within(affected)
        outcome = settle(checked, terms)
        if asked.write_baseline:
            outcome = self._accept(checked, terms, outcome)
        self._say(checked, outcome)
        for problem in outcome.problems:
            click.echo(f"levier: {on_one_line(problem)}", err=True)
        contradicted = asked.owl and self._contradicted(checked)
        return 1 if contradicted or outcome.problems or outcome.at_least(self._fail_on) else 0

    def _about_rules(self) -> str:
        asked = self._asked
        if asked.form not in ("text", "json") or (asked.explain is not None and asked.form == "json"):
            flag, forms = ("--list", "text or json") if asked.explain is None else ("--explain", "text")
            raise BadUsage(f"{flag} gives {forms}, not {asked.form}.")
        return about_rules(asked.explain, asked.form, self._language, self._chosen())

    def _chosen(self) -> frozenset[str] | None:
        """Give the rules that the command line selects; None where it selects none."""
        select, ignore = _names(self._asked.select), _names(self._asked.ignore)
        return configuration.choose(select, ignore, self._catalogue) if select or ignore else None

    def _contradicted(self, checked: Checked) -> bool:
        if checked.files:
            found = consistency_of_files(Path(file) for file in checked.files if file.lower().endswith((".ttl", ".nt")))
        else:
            found = consistency_of_snapshot(Snapshots(settings(store=self._asked.store).store).open())
        click.echo(f"levier: {found.said}", err=True)
        return found.contradicted

    def _terms(self) -> Terms:
        """Read what the check is settled by, before anything is checked: a wrong name is told at once."""
        asked = self._asked
        chosen = self._chosen()
        path = self._baseline_path()
        entries = baseline.read(path, self._catalogue.rules) if path is not None else []
        if asked.write_baseline and not asked.reason.strip():
            raise BadUsage("--write-baseline needs --reason: why is this accepted?")
        return Terms(self._catalogue, self._config, chosen, entries, None, self._language)

    def _baseline_path(self) -> Path | None:
        """Give the baseline to read; where it is to be written, only if it is there already."""
        path = self._asked.baseline or self._config.baseline
        if not self._asked.write_baseline:
            return path
        path = path or baseline.DEFAULT
        return path if path.exists() else None

    def _checked(self) -> tuple[Checked, changes.Affected | None]:
        asked, chosen = self._asked, engine(self._asked.engine)
        files = asked.files or (self._config.files if asked.store is None else ())
        if asked.changed_since is None:
            if files:
                return check_files(files, chosen, self._catalogue), None
            store = Snapshots(settings(store=asked.store).store).open()
            return check_snapshot(store, chosen, self._catalogue), None
        repository = changes.Repository(Path.cwd())
        change = changes.change(repository, asked.changed_since, files or (Path.cwd(),))
        files = files or tuple(changes.near(path) for path in repository.data_files())
        checked = check_files(changes.existing(files), chosen, self._catalogue)
        if checked.store is None:
            return checked, None
        return checked, changes.Affected(change, checked.store)

    def _accept(self, checked: Checked, terms: Terms, outcome: Outcome) -> Outcome:
        """Write the baseline with what is found and shown, and settle the check again by it."""
        asked = self._asked
        path = asked.baseline or self._config.baseline or baseline.DEFAULT
        accepted = terms.accepting(checked, outcome, Severity.of(asked.show), asked.reason, datetime.now(UTC).date())
        with replacing(path) as draft:
            draft.write_text(baseline.written(accepted.entries), encoding="utf-8")
        new = len(set(accepted.entries) - set(terms.entries))
        gone = len(set(terms.entries) - set(accepted.entries))
        count = len(accepted.entries)
        click.echo(f"levier: {path}: {count} accepted, {new} of them new; {gone} stale taken out.", err=True)
        return settle(checked, accepted)

    def _say(self, checked: Checked, outcome: Outcome) -> None:
        asked = self._asked
        wanted = [(asked.form, asked.output), *self._reports]
        few = {form for form, _ in wanted} <= {"text", "markdown"}
        if checked.store is not None:
            outcome = placed(outcome, checked.store, shown=SHOWN if few else None, folders=asked.sources)
            if outcome.lost:
                click.echo(f"levier: {on_one_line(lost_sentence(outcome.lost, self._language))}", err=True)
        for form, output in wanted:
            lightest = Severity.INFO if form in WHOLE else Severity.of(asked.show)
            colour = output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
            _write(FORMATS[form](outcome, Saying(self._language, colour, lightest, self._fail_on)), output)

    def _choose_language(self) -> str:
        if self._asked.lang is None and not os.environ.get("LEVIER_LANGUAGE"):
            return self._config.language or language_of(os.environ) or settings().language
        return settings(language=self._asked.lang).language


def _report(given: str) -> tuple[str, Path]:
    form, equals, file = given.partition("=")
    if not equals or not file:
        raise BadUsage(f"--report {given!r} must be FORMAT=FILE, such as sarif=levier.sarif.")
    if form not in FORMATS:
        raise BadUsage(f"--report {given!r}: {form!r} is no format.", hint=nearest(form, FORMATS))
    return form, Path(file)


def _names(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.strip() for one in given for name in one.split(",") if name.strip())


def _write(said: str, output: Path | None) -> None:
    if output is None:
        try:
            click.echo(said, nl=False)
        except BrokenPipeError:  # `levier check | head`: what was found still decides the exit code
            sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # to the end
        return
    with replacing(output) as draft:
        draft.write_text(said, encoding="utf-8")
