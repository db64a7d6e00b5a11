"""How good the links are: measured against labels, cross-validated, and text alone against a publisher's own codes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from levier.errors import NothingToDo
from levier.graph import EmbeddedStore
from levier.linking.engine import Engine, Firing
from levier.linking.facts import REPORTER, SECTOR, ActivityFacts
from levier.linking.fit import Case, Model, Weights, fit
from levier.linking.labels import BadRow, Labelled, read_labels
from levier.linking.model import Element, Rule, RuleBook
from levier.linking.rules import load_rules
from levier.linking.scores import Counts, Judged
from levier.linking.stored import aid_graphs, read_graph
from levier.settings import Settings
from levier.terms import IATI

FOLDS: Final = 10
_BESIDE_CODES: Final = frozenset({SECTOR, IATI + "tag", IATI + "humanitarianScope"})

Progress = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Error:
    """A link that is wrong or missed, with the rules that held."""

    identifier: str
    title: str
    notation: str
    confidence: float
    labelled: bool
    firings: tuple[Firing, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What `levier link --evaluate` tells."""

    elements: tuple[Element, ...]
    threshold: float
    shipped: tuple[Judged, ...]
    """By the weights of the snapshot's rules."""
    held_out: tuple[Judged, ...]
    """Each activity by weights fitted without it and without all that its reporter reports."""
    fitted: Weights
    """The weights fitted to all labels."""
    rules: RuleBook
    bad: tuple[BadRow, ...]
    absent: tuple[Labelled, ...]
    """Labelled activities that the snapshot does not have."""
    worst: tuple[Error, ...]
    """The errors of the shipped weights, gravest first."""


def evaluate(
    store: EmbeddedStore, labels: Path, settings: Settings, *, progress: Progress = lambda _: None
) -> Evaluation:
    """Measure the rules of a store against a table of labels.

    Raises BadInput for a table that cannot be read and NothingToDo where the store has none of its activities.
    """
    book = load_rules(store)
    model, engine = Model(book), Engine(book, settings.alignment_threshold)
    notations = [element.notation for element in book.elements.values()]
    table = read_labels(labels, notations)
    progress("reading activities")
    facts = _facts(store, {row.identifier for row in table.rows})
    known = [row for row in table.rows if row.identifier in facts]
    if not known:
        raise NothingToDo(
            f"None of the {len(table.rows)} labelled activities of {labels} is in this snapshot.",
            hint="Build it with the aid that was labelled: `levier build --aid FILE`.",
        )
    cases = [_case(row, facts[row.identifier], engine) for row in known]
    weights = {iri: rule.weight for iri, rule in book.rules.items()}
    shipped = _judge(model, cases, weights, settings.alignment_threshold)
    return Evaluation(
        elements=tuple(book.elements.values()),
        threshold=settings.alignment_threshold,
        shipped=tuple(shipped),
        held_out=tuple(_held_out(book, cases, settings.alignment_threshold, progress)),
        fitted=fit(book, cases),
        rules=book,
        bad=table.bad,
        absent=tuple(row for row in table.rows if row.identifier not in facts),
        worst=tuple(_errors(shipped, cases, facts)),
    )


def _facts(store: EmbeddedStore, wanted: set[str]) -> dict[str, ActivityFacts]:
    found: dict[str, ActivityFacts] = {}
    for graph in aid_graphs(store):
        for facts in read_graph(store, graph):
            if facts.identifier in wanted:
                found.setdefault(facts.identifier, facts)
    return found


def _case(row: Labelled, facts: ActivityFacts, engine: Engine) -> Case:
    return Case(row.identifier, reporter(facts) or row.identifier, engine.firings(facts), row.labels, row.disputed)


def reporter(facts: ActivityFacts) -> str:
    """Give the IRI of the reporting organisation, or nothing."""
    return next((part.organisation for part in facts.organisations if part.property == REPORTER), "")


def _judge(model: Model, cases: Sequence[Case], weights: Weights, threshold: float) -> list[Judged]:
    return [
        Judged(case.identifier, model.confidences(case.firings, weights), case.labels, case.disputed, threshold)
        for case in cases
    ]


def _held_out(book: RuleBook, cases: Sequence[Case], threshold: float, progress: Progress) -> Iterator[Judged]:
    model = Model(book)
    for number in range(FOLDS):
        held = [case for case in cases if _fold(case) == number]
        if held:
            progress(f"fold {number + 1} of {FOLDS}: fitted without {len(held)} activities")
            fitted = fit(book, [case for case in cases if _fold(case) != number])
            yield from _judge(model, held, fitted, threshold)


def _fold(case: Case) -> int:
    """Give the fold of an activity: all of one reporter share one, and it is the same in every run."""
    return int(sha256(case.group.encode()).hexdigest(), 16) % FOLDS


def _errors(judged: Sequence[Judged], cases: Sequence[Case], facts: dict[str, ActivityFacts]) -> list[Error]:
    found = []
    for one, case in zip(judged, cases, strict=True):
        for notation in (one.given ^ one.labels) - one.disputed:
            held = tuple(f for f in case.firings.values() if notation in {e.notation for e in f.rule.elements})
            confidence = one.confidences.get(notation, 0.0)
            labelled = notation in one.labels
            found.append(Error(one.identifier, facts[one.identifier].title, notation, confidence, labelled, held))
    return sorted(found, key=lambda e: (-abs(e.labelled - e.confidence), e.identifier, e.notation))


@dataclass(frozen=True, slots=True)
class CodesEvaluation:
    """Text alone against the codes of the publishers who use codes."""

    gate: Rule
    publishers: tuple[tuple[str, int, Counts], ...]
    """IRI, activities looked at and counts, those with most codes first."""

    @property
    def counts(self) -> Counts:
        """All publishers together."""
        return sum((counts for _, _, counts in self.publishers), Counts())


def evaluate_codes(store: EmbeddedStore, settings: Settings) -> list[CodesEvaluation]:
    """Measure, for each gate that codes or words open, how well words alone find what the publisher coded.

    Only publishers that use such a code at all count, for what others leave uncoded says nothing. Raises NothingToDo
    where no activity of the store carries such a code.
    """
    book = load_rules(store)
    engine = Engine(book, settings.alignment_threshold)
    gates = [rule for rule in book.rules.values() if not rule.elements and _routes(book, rule, "Coded")]
    gates = [rule for rule in gates if rule.requires and _routes(book, rule, "Worded")][:1]
    found = [_by_publisher(store, engine, gate) for gate in gates]
    if not any(one.publishers for one in found):
        raise NothingToDo("No activity of this snapshot carries a code that opens a gate, such as one of COVID-19.")
    return found


def _routes(book: RuleBook, rule: Rule, basis: str) -> list[str]:
    return [iri for iri in rule.requires if book.rules[iri].basis == basis]


def _by_publisher(store: EmbeddedStore, engine: Engine, gate: Rule) -> CodesEvaluation:
    coded = frozenset(_routes(engine.book, gate, "Coded"))
    seen: dict[str, list[tuple[bool, bool]]] = {}
    for graph in aid_graphs(store):
        for facts in read_graph(store, graph):
            truth = not coded.isdisjoint(engine.firings(facts))
            seen.setdefault(reporter(facts), []).append((truth, _text_alone(engine, gate, facts)))
    rows = [(iri, len(pairs), _counts(pairs)) for iri, pairs in seen.items() if any(truth for truth, _ in pairs)]
    return CodesEvaluation(gate, tuple(sorted(rows, key=lambda r: (-(r[2].right + r[2].missed), r[0]))))


def _text_alone(engine: Engine, gate: Rule, facts: ActivityFacts) -> bool:
    """Tell whether the gate opens without codes and without the words that stand beside them."""
    texts = [text for text in facts.texts if text.property not in _BESIDE_CODES]
    firing = engine.firings(replace(facts, codes=[], texts=texts)).get(gate.iri)
    return firing is not None and firing.confidence >= engine.threshold


def _counts(pairs: Sequence[tuple[bool, bool]]) -> Counts:
    return Counts(
        sum(truth and told for truth, told in pairs),
        sum(told and not truth for truth, told in pairs),
        sum(truth and not told for truth, told in pairs),
    )
