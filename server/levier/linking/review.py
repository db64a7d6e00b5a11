"""The doubtful links, as rows for a person to decide: what speaks for each, what against, with room for a verdict."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TextIO

from levier.graph import EmbeddedStore
from levier.linking.decisions import by_activity, load_decisions
from levier.linking.engine import Engine, Firing, Link
from levier.linking.facts import ActivityFacts
from levier.linking.model import best_label
from levier.linking.reading import Fact
from levier.linking.rules import load_rules
from levier.linking.stored import aid_graphs, read_graph
from levier.settings import Settings
from levier.terms import shorten

COLUMNS: Final = (
    "activity", "element", "decision", "by", "why", "on",
    "confidence", "linked", "title", "element name", "basis", "speaks for", "speaks against",
)  # fmt: skip
_AROUND: Final = 30
_FACTS: Final = 3


@dataclass(frozen=True, slots=True)
class Doubt:
    """A link that nobody decided and whose confidence is near the threshold."""

    facts: ActivityFacts
    link: Link
    threshold: float

    @property
    def distance(self) -> float:
        """How far its confidence is from the threshold."""
        return abs(self.link.confidence - self.threshold)


def doubtful(store: EmbeddedStore, settings: Settings) -> list[Doubt]:
    """Give the doubtful links of every activity of the store, the most doubtful first."""
    engine = Engine(load_rules(store), settings.alignment_threshold)
    decided = by_activity(load_decisions(store))
    found = (
        Doubt(facts, link, engine.threshold)
        for graph in aid_graphs(store)
        for facts in read_graph(store, graph)
        for link in engine.links(facts)
        if link.element.iri not in decided.get(facts.iri, {})
    )
    near = [doubt for doubt in found if doubt.distance <= settings.review_margin]
    return sorted(near, key=lambda d: (d.distance, d.facts.identifier, d.link.element.notation))


def write_review(doubts: Iterable[Doubt], stream: TextIO, language: str) -> None:
    """Write doubtful links as CSV; the columns decision, by, why and on are left for a person to fill in."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(doubt, language) for doubt in doubts)


def _row(doubt: Doubt, language: str) -> list[str]:
    link = doubt.link
    return [
        doubt.facts.identifier, link.element.notation, "", "", "", "",
        f"{link.confidence:.2f}", "yes" if link.confidence >= doubt.threshold else "no",
        " ".join(doubt.facts.title.split()), best_label(link.element.labels, language), link.basis.lower(),
        " | ".join(_reasons(link.firings, language)), " | ".join(_reasons(link.against, language)),
    ]  # fmt: skip


def _reasons(firings: Iterable[Firing], language: str) -> Iterator[str]:
    for firing in firings:
        facts = list(dict.fromkeys(_fact(e.fact) for e in firing.own_evidence))[:_FACTS]
        label = best_label(firing.rule.labels, language, firing.rule.slug)
        yield f"{label} ({firing.confidence:.2f}){': ' * bool(facts)}{'; '.join(facts)}"


def _fact(fact: Fact) -> str:
    if fact.start is None or fact.end is None:
        return f"{shorten(fact.on_property)} {fact.value}"
    text, start, end = fact.value, fact.start, fact.end
    around = f"{text[max(0, start - _AROUND) : start]}[{text[start:end]}]{text[end : end + _AROUND]}"
    return f"{shorten(fact.on_property)} “{' '.join(around.split())}”"
