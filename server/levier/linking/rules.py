"""Reading the linking rules of a store into typed rules, and refusing those that do not hold together."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation

import pyoxigraph as ox

from levier.errors import BrokenData
from levier.graph import EmbeddedStore
from levier.linking.conditions import HINT, Conditions, Node, node
from levier.linking.model import BASES, Element, Rule, RuleBook
from levier.terms import ID, LEVIER, RDF, SKOS, shorten


def load_rules(store: EmbeddedStore) -> RuleBook:
    """Give the linking rules of a store, those a rule builds on before it.

    Raises BrokenData, which names the rule and the condition: no rule at all, an unknown element, property, rule,
    list of words or language, a weight out of 0 to 1, a condition that tests nothing or two things, a word without
    letters, an empty list, a cycle.
    """
    nodes = [node(store, iri) for iri in instances(store, LEVIER + "AlignmentRule")]
    # what people decide and what is taken over from other activities has a rule that names it, and no condition
    nodes = [one for one in nodes if one.all("basis") != [LEVIER + "Decided"] and not one.all("inferredAlong")]
    if not nodes:
        raise BrokenData("There is no linking rule (levier:AlignmentRule) in this snapshot.", hint="Build it again.")
    known, conditions = elements(store), Conditions(store)
    rules = {one.iri: _rule(one, known, conditions) for one in nodes}
    return RuleBook(_in_order(rules, known), known)


def instances(store: EmbeddedStore, class_iri: str) -> list[str]:
    """Give the IRIs of the things of a class, sorted."""
    quads = store.raw.quads_for_pattern(None, ox.NamedNode(RDF + "type"), ox.NamedNode(class_iri))
    return sorted({quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)})


def elements(store: EmbeddedStore) -> dict[str, Element]:
    """Give whatever carries a notation and is, or is in, a strategy note, by IRI."""
    found: dict[str, Element] = {}
    for note in instances(store, LEVIER + "StrategyNote"):
        members = store.raw.quads_for_pattern(None, ox.NamedNode(SKOS + "inScheme"), ox.NamedNode(note))
        for iri in (note, *(q.subject.value for q in members if isinstance(q.subject, ox.NamedNode))):
            stated = node(store, iri)
            notations = stated.values.get(SKOS + "notation", [])
            if notations:
                found[iri] = Element(iri, notations[0].value, note, stated.labels())
    return found


def _rule(stated: Node, known: Mapping[str, Element], conditions: Conditions) -> Rule:
    unknown = [iri for iri in stated.all("alignsWith") if iri not in known]
    if unknown:
        raise stated.complain(f"links to {shorten(unknown[0])}, which no strategy note of this snapshot has.")
    own = tuple(conditions.read(iri) for iri in stated.all("hasCondition"))
    if not own and not stated.all("requiresRule"):
        raise stated.complain("has no condition and requires no other rule, so it would link everything.")
    if stated.all("weakens") and stated.all("alignsWith"):
        raise stated.complain("speaks both for (levier:alignsWith) and against (levier:weakens); make it two rules.")
    return Rule(
        iri=stated.iri,
        labels=stated.labels(),
        elements=tuple(known[iri] for iri in stated.all("alignsWith")),
        basis=_basis(stated),
        weight=read_weight(stated, "weight"),
        prior=read_weight(stated, "priorWeight") if stated.all("priorWeight") else 0.5,
        conditions=own,
        exclusions=tuple(conditions.read(iri) for iri in stated.all("hasExclusion")),
        requires=tuple(stated.all("requiresRule")),
        yields_to=tuple(stated.all("yieldsTo")),
        in_donor=stated.flag("inDonorCost") or False,
        weakens=tuple(stated.all("weakens")),
    )


def _basis(stated: Node) -> str:
    basis = (stated.one("basis") or "").removeprefix(LEVIER)
    if basis not in BASES:
        raise stated.complain(f"levier:basis is {basis or 'missing'}; it must be one of {', '.join(BASES)}.")
    return basis


def read_weight(stated: Node, name: str) -> float:
    """Give a weight, above 0 and up to 1; raises BrokenData, which names the rule."""
    text = stated.one(name)
    try:
        weight = Decimal(text or "")
    except InvalidOperation:
        raise stated.complain(f"levier:{name} is {text or 'missing'}; it must be a number from 0 to 1.") from None
    if not 0 < weight <= 1:
        raise stated.complain(f"levier:{name} is {text}; it must be above 0 and at most 1.")
    return float(weight)


def _in_order(rules: dict[str, Rule], known: Mapping[str, Element]) -> dict[str, Rule]:
    """Give the rules with those that a rule builds on before it; raises BrokenData for a cycle."""
    ordered: dict[str, Rule] = {}
    visit = _visitor(rules, _needs(rules, known), ordered)
    for iri in rules:
        visit(iri, ())
    return ordered


def _visitor(
    rules: dict[str, Rule], needs: Mapping[str, list[str]], ordered: dict[str, Rule]
) -> Callable[[str, tuple[str, ...]], None]:
    def visit(iri: str, path: tuple[str, ...]) -> None:
        if iri in path:
            circle = " → ".join(part.removeprefix(ID) for part in (*path[path.index(iri) :], iri))
            raise BrokenData(f"The linking rules build on each other in a circle: {circle}.", hint=HINT)
        if iri in ordered:
            return
        for needed in needs[iri]:
            visit(needed, (*path, iri))
        ordered[iri] = rules[iri]

    return visit


def _needs(rules: Mapping[str, Rule], known: Mapping[str, Element]) -> dict[str, list[str]]:
    """Give, for each rule, those that it requires, that it yields to and that speak against it."""
    needs = {iri: [*rule.requires, *rule.yields_to] for iri, rule in rules.items()}
    for iri, needed in ((iri, needed) for iri, all_needed in needs.items() for needed in all_needed):
        if needed not in rules:
            raise _unknown(iri, "builds on", needed)
    for iri, weakened in _weakened(rules):
        if weakened in rules:
            needs[weakened].append(iri)
        elif weakened not in known:
            raise _unknown(iri, "speaks against", weakened)
    return needs


def _weakened(rules: Mapping[str, Rule]) -> Iterator[tuple[str, str]]:
    for iri, rule in rules.items():
        for weakened in rule.weakens:
            yield iri, weakened


def _unknown(iri: str, verb: str, needed: str) -> BrokenData:
    what = "no linking rule" if verb == "builds on" else "neither a linking rule nor an element of a note"
    return BrokenData(f"{iri.removeprefix(ID)}: {verb} {needed.removeprefix(ID)}, which is {what}.", hint=HINT)
