"""An evaluation in readable words."""

from collections.abc import Iterator, Sequence
from typing import Final

from levier.linking.evaluate import CodesEvaluation, Error, Evaluation
from levier.linking.model import best_label
from levier.linking.scores import Judged, confusion, f1_interval, reliability, total, wilson
from levier.terms import ID, shorten

_WORST: Final = 10
_WORDS: Final = 5
_LONG: Final = 80
_PAIRS: Final = 8
_PUBLISHERS: Final = 20

HONESTY: Final = """\
Cross-validated means: the weights were fitted on nine tenths of the reporting organisations and measured on the
activities of the others, ten times over, from the weights that the rules' authors gave before any label. The words,
codes and form of the rules are not fitted, and whoever wrote them may have seen these activities: only labels that
nobody saw judge that."""


def render_evaluation(it: Evaluation, language: str = "en") -> str:
    """Give the evaluation as lines of text."""
    return "\n".join(_lines(it, language))


def _lines(it: Evaluation, language: str) -> Iterator[str]:
    yield f"{len(it.shipped)} labelled activities; a link counts from a confidence of {it.threshold:.2f}."
    yield from (f"  line {row.line} is left out: {row.why}" for row in it.bad)
    if it.absent:
        some = ", ".join(row.identifier for row in it.absent[:_WORDS])
        yield f"  {len(it.absent)} more are not in this snapshot: {some}{' …' * (len(it.absent) > _WORDS)}"
    yield ""
    yield from _scores("As the rules stand", it.shipped, it)
    yield ""
    yield from _scores("Cross-validated", it.held_out, it)
    yield ""
    yield HONESTY
    yield ""
    yield "Confidence and how often it is right, cross-validated:"
    yield from _reliability(it.held_out)
    yield ""
    yield "Labelled, and given in its place (cross-validated; - is nothing):"
    pairs = confusion(it.held_out).most_common(_PAIRS)
    yield "  " + ", ".join(f"{label} → {given} ({n})" for (label, given), n in pairs)
    yield ""
    yield f"The {min(_WORST, len(it.worst))} gravest errors of the rules as they stand:"
    for error in it.worst[:_WORST]:
        yield from _error(error, language)


def _scores(title: str, judged: Sequence[Judged], it: Evaluation) -> Iterator[str]:
    low, high = f1_interval(judged)
    yield f"{title}: micro-F1 {total(judged).f1:.3f} (95 % from {low:.3f} to {high:.3f})"
    yield "       labelled  right  wrong  missed  precision (95 %)     recall (95 %)           F1 (95 %)"
    for notation in (*(element.notation for element in it.elements), None):
        counts = total(judged, notation)
        labelled = counts.right + counts.missed
        precision = _interval(counts.precision, wilson(counts.right, counts.right + counts.wrong))
        recall = _interval(counts.recall, wilson(counts.right, labelled))
        f1 = _interval(counts.f1, f1_interval(judged, notation))
        yield (
            f"  {notation or 'all':<4} {labelled:>8}  {counts.right:>5}  {counts.wrong:>5}  {counts.missed:>6}"
            f"  {precision}  {recall}  {f1}"
        )


def _interval(value: float, bounds: tuple[float, float]) -> str:
    return f"{value:.2f} ({bounds[0]:.2f} to {bounds[1]:.2f})"


def _reliability(judged: Sequence[Judged]) -> Iterator[str]:
    yield "  confidence    links  on average  right"
    for one in reliability(judged):
        share = one.right / one.links
        yield f"  {one.low:.1f} to {one.high:.1f}  {one.links:>7}  {one.mean:>10.2f}  {one.right:>5} ({share:.2f})"


def _error(error: Error, language: str) -> Iterator[str]:
    verb = "missed" if error.labelled else "wrong"
    yield f"  {error.identifier}: {error.notation} {verb}, at {error.confidence:.2f}  {_short(error.title)}"
    for firing in error.firings:
        found = dict.fromkeys(
            e.fact.matched or e.fact.value.removeprefix(ID + "organisation/") + f" in {shorten(e.fact.on_property)}"
            for e in firing.own_evidence
        )
        label = best_label(firing.rule.labels, language, firing.rule.slug)
        yield f"      {firing.confidence:.2f}  {label}: {', '.join(list(found)[:_WORDS])}"
    if not error.firings:
        yield "      no rule for it held"


def _short(text: str) -> str:
    clean = " ".join(text.split())
    return clean if len(clean) <= _LONG else clean[: _LONG - 1].rstrip() + "…"


def render_codes(found: Sequence[CodesEvaluation], language: str = "en") -> str:
    """Give the comparison of text with codes as lines of text."""
    lines = []
    for it in found:
        counts = it.counts
        gate = best_label(it.gate.labels, language, it.gate.slug)
        activities = sum(number for _, number, _ in it.publishers)
        lines += [
            f"“{gate}”, told from text alone, against the publishers’ own codes",
            f"  {activities:,} activities of {len(it.publishers)} publishers that use such codes",
            f"  precision {_interval(counts.precision, wilson(counts.right, counts.right + counts.wrong))}",
            f"  recall    {_interval(counts.recall, wilson(counts.right, counts.right + counts.missed))}",
            f"  F1        {counts.f1:.2f}",
            "  A text that names what the publisher left uncoded counts as wrong here, and a code of which no text",
            "  tells counts as missed: the figures measure how text and codes agree.",
            "",
            "  coded  found in text  text only  publisher",
        ]
        lines += [
            f"  {c.right + c.missed:>5}  {c.right:>13}  {c.wrong:>9}  {iri.removeprefix(ID + 'organisation/')}"
            for iri, _, c in it.publishers[:_PUBLISHERS]
        ]
    return "\n".join(lines)
