"""Why an activity is linked, or why it is not: worked out anew from its facts and the rules."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from levier.errors import UnknownThing
from levier.graph import EmbeddedStore
from levier.linking.decisions import by_activity, load_decisions
from levier.linking.engine import NOTHING, Engine, Firing, Link
from levier.linking.facts import ActivityFacts
from levier.linking.model import Condition, Rule, best_label
from levier.linking.reading import Evidence, Reading
from levier.linking.rules import load_rules
from levier.linking.stored import read_activity
from levier.settings import Settings
from levier.terms import IATI, ID, SKOS

_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Missed:
    """A rule that came near and did not hold."""

    rule: Rule
    met: tuple[Evidence, ...]
    """The facts that spoke for it."""
    unmet: tuple[Condition, ...]
    """The conditions that no fact met."""
    gates: tuple[Rule, ...]
    """The rules of which one was required and none held."""
    against: tuple[Evidence, ...]
    """The facts that exclude it."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that `levier link --explain` tells of one activity."""

    facts: ActivityFacts
    threshold: float
    links: tuple[Link, ...]
    """From the threshold up."""
    weak: tuple[Link, ...]
    """Below the threshold: seen, not counted."""
    gates: tuple[Firing, ...]
    """Rules that hold and by themselves link to nothing, such as “this is a COVID-19 response”."""
    missed: tuple[Missed, ...]
    """Where there is no link, not even a weak one: the rules that came nearest, nearest first."""
    names: Mapping[str, str]
    """The names of the codes and organisations spoken of, by IRI."""
    speechless: bool = False
    """Whether it has no text and no code of the kinds that rules look at."""
    inherited: tuple[tuple[str, float, str], ...] = ()
    """Links taken over from other activities: the notation, the confidence, the other's identifier."""


def explain(store: EmbeddedStore, activity: str, settings: Settings | None = None) -> Explanation:
    """Give the reasons for and against the links of an activity, named by its IRI or its IATI identifier.

    Raises UnknownThing, with the nearest identifiers, where the store has no such activity.
    """
    settings = settings or Settings()
    facts = read_activity(store, find_activities(store, activity)[0])
    if facts is None:
        raise UnknownThing(f"No aid activity {activity!r} is in this snapshot.")
    engine = Engine(load_rules(store), settings.alignment_threshold)
    links = engine.links(facts, by_activity(load_decisions(store)).get(facts.iri, NOTHING))
    strong = tuple(link for link in links if link.confidence >= engine.threshold)
    firings = engine.firings(facts)
    return Explanation(
        facts=facts,
        threshold=engine.threshold,
        links=strong,
        weak=tuple(link for link in links if link.confidence < engine.threshold),
        gates=tuple(f for f in firings.values() if not f.rule.elements),
        missed=() if links else _missed(engine, engine.read(facts), firings),
        names=_names(store, facts, settings.language),
        speechless=_is_speechless(engine, facts),
        inherited=tuple(_inherited(store, facts.iri)),
    )


def _is_speechless(engine: Engine, facts: ActivityFacts) -> bool:
    looked_at = {name for condition in engine.book.conditions for name in condition.properties}
    said = {text.property for text in facts.texts} | {code.property for code in facts.codes}
    return looked_at.isdisjoint(said)


def _inherited(store: EmbeddedStore, activity: str) -> Iterator[tuple[str, float, str]]:
    rows = store.select(
        f"SELECT ?n ?c ?i {{ ?x levier:alignedActivity {ox.NamedNode(activity)} ; levier:basis levier:Inferred ; "
        "levier:alignedElement/skos:notation ?n ; levier:confidence ?c ; levier:hasEvidence/levier:evidenceValue ?i } "
        "ORDER BY ?n"
    )
    for row in rows:
        yield row["n"].value, float(row["c"].value), row["i"].value


def find_activities(store: EmbeddedStore, activity: str) -> list[str]:
    """Give the IRIs of the activities of that IRI or IATI identifier, sorted.

    Raises UnknownThing, with the nearest identifiers, where there is none.
    """
    wanted = activity.strip()
    if wanted.startswith(ID):
        query = f"SELECT ?a {{ VALUES ?a {{ {_as_iri(wanted)} }} ?a a iati:Activity }}"
    else:
        text = str(ox.Literal(wanted))
        query = f"SELECT DISTINCT ?a {{ ?a iati:iatiIdentifier {text} ; a iati:Activity }} ORDER BY ?a"
    iris = [row["a"].value for row in store.select(query)]  # no name for the rows: an error would keep them
    if not iris:
        raise UnknownThing(f"No aid activity {wanted!r} is in this snapshot.", hint=_suggest(store, wanted))
    return iris


def _as_iri(text: str) -> str:
    try:
        return str(ox.NamedNode(text))
    except ValueError:
        raise UnknownThing(f"{text!r} is not an IRI.") from None


def _suggest(store: EmbeddedStore, wanted: str) -> str:
    rows = store.select("SELECT DISTINCT ?x { ?a a iati:Activity ; iati:iatiIdentifier ?x }")
    known = sorted(row["x"].value for row in rows)
    if not known:
        return "It has no aid activity at all: build it with `levier build --aid FILE`."
    near = [x for x in known if wanted and wanted.casefold() in x.casefold()][:_NEAREST]
    near = near or difflib.get_close_matches(wanted, known, n=_NEAREST, cutoff=0.5)
    return f"Did you mean {' or '.join(near)}?" if near else "`levier ask` shows how to list the activities."


def _missed(engine: Engine, reading: Reading, firings: Mapping[str, Firing]) -> tuple[Missed, ...]:
    """Give the rules for an element that came nearest: some fact spoke for them, and least was lacking."""
    found = [_miss(rule, reading, firings, engine) for rule in engine.book.rules.values() if rule.elements]
    near = [m for m in found if m.rule.iri not in firings and (m.met or (m.rule.requires and not m.gates))]
    return tuple(
        sorted(near, key=lambda m: (len(m.unmet) + bool(m.gates) + bool(m.against), -m.rule.weight))[:_NEAREST]
    )


def _miss(rule: Rule, reading: Reading, firings: Mapping[str, Firing], engine: Engine) -> Missed:
    tested = [(condition, reading.test(condition, rule.iri)) for condition in rule.conditions]
    open_gate = any(iri in firings for iri in rule.requires)
    against = [reading.test(exclusion, rule.iri) for exclusion in rule.exclusions]
    return Missed(
        rule=rule,
        met=tuple(e for _, evidence in tested for e in evidence or ()),
        unmet=tuple(condition for condition, evidence in tested if evidence is None),
        gates=() if open_gate else tuple(engine.book.rules[iri] for iri in rule.requires),
        against=tuple(e for evidence in against for e in evidence or ()),
    )


def _names(store: EmbeddedStore, facts: ActivityFacts, language: str) -> dict[str, str]:
    iris = {c.iri for c in facts.codes if c.iri} | {part.organisation for part in facts.organisations}
    names = {iri: best_label(_labels(store, iri), language) for iri in sorted(iris)}
    return {iri: name for iri, name in names.items() if name}


def _labels(store: EmbeddedStore, iri: str) -> dict[str, str]:
    quads = store.raw.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(SKOS + "prefLabel"), None)
    return {q.object.language or "": q.object.value for q in quads if isinstance(q.object, ox.Literal)}


def looked_at(facts: ActivityFacts) -> str:
    """Say in words what there was to look at."""
    languages = sorted({text.language for text in facts.texts if text.language})
    properties = {code.property.removeprefix(IATI) for code in facts.codes}
    texts = f"{len(facts.texts)} text{'s' * (len(facts.texts) != 1)}"
    if languages:
        texts += f" (declared {', '.join(languages)})"
    codes = f"{len(facts.codes)} code{'s' * (len(facts.codes) != 1)}"
    if properties:
        codes += f" ({', '.join(sorted(properties))})"
    return f"{texts} and {codes}"
