"""Reading the linking rules of a store into typed rules, and refusing those that do not hold together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import pyoxigraph as ox

from levier.errors import BrokenData
from levier.graph import EmbeddedStore
from levier.linking.facts import DESCRIPTIONS
from levier.linking.model import BASES, Condition, Element, Kind, Rule, RuleBook, Term
from levier.linking.words import pattern
from levier.terms import IATI, ID, LEVIER, RDF, SKOS, shorten

LANGUAGES = frozenset({"fr", "nl", "en", "de", "es", "pt"})
"""The languages that words of a rule may be in."""

_KINDS: dict[str, Kind] = {
    "anyCode": "codes",
    "codePrefix": "codes",
    "anyCodeValue": "codes",
    "anyWord": "words",
    "anyOrganisation": "organisation",
    "humanitarianFlag": "flag",
}
_ALLOWED = frozenset(_KINDS) | {
    "onProperty", "inCodeList", "exceptCode", "inVocabulary", "withoutVocabularyUri", "exceptWord",
    "minimumOccurrences",
}  # fmt: skip
_HINT = "Mend data/linking/rules.ttl and build again."


@dataclass(frozen=True, slots=True)
class _Node:
    """A thing of the rules graph with all that is said of it, and how to complain about it."""

    iri: str
    values: dict[str, list[ox.NamedNode | ox.Literal]]

    def complain(self, message: str) -> BrokenData:
        return BrokenData(f"{self.iri.removeprefix(ID)}: {message}", hint=_HINT)

    def all(self, name: str) -> list[str]:
        return sorted(value.value for value in self.values.get(LEVIER + name, []))

    def one(self, name: str) -> str | None:
        found = self.all(name)
        if len(found) > 1:
            raise self.complain(f"levier:{name} is stated {len(found)} times; once is meant.")
        return found[0] if found else None

    def flag(self, name: str) -> bool | None:
        text = self.one(name)
        if text not in {None, "true", "false", "1", "0"}:
            raise self.complain(f"levier:{name} is {text!r}; it must be true or false.")
        return None if text is None else text in {"true", "1"}

    def labels(self) -> dict[str, str]:
        found = self.values.get(SKOS + "prefLabel", [])
        return {v.language or "": v.value for v in found if isinstance(v, ox.Literal)}


def load_rules(store: EmbeddedStore) -> RuleBook:
    """Give the linking rules of a store, those a rule builds on before it.

    Raises BrokenData, which names the rule and the condition: no rule at all, an unknown element, property, rule or
    language, a weight out of 0 to 1, a condition that tests nothing or two things, a word without letters, a cycle.
    """
    nodes = [_node(store, iri) for iri in _instances(store, LEVIER + "AlignmentRule")]
    if not nodes:
        raise BrokenData("There is no linking rule (levier:AlignmentRule) in this snapshot.", hint="Build it again.")
    elements = _elements(store)
    rules = {node.iri: _rule(store, node, elements) for node in nodes}
    return RuleBook(_in_order(rules))


def _instances(store: EmbeddedStore, class_iri: str) -> list[str]:
    quads = store.raw.quads_for_pattern(None, ox.NamedNode(RDF + "type"), ox.NamedNode(class_iri))
    return sorted({quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)})


def _node(store: EmbeddedStore, iri: str) -> _Node:
    values: dict[str, list[ox.NamedNode | ox.Literal]] = {}
    for quad in store.raw.quads_for_pattern(ox.NamedNode(iri), None, None):
        if isinstance(quad.object, (ox.NamedNode, ox.Literal)):
            values.setdefault(quad.predicate.value, []).append(quad.object)
    return _Node(iri, values)


def _elements(store: EmbeddedStore) -> dict[str, Element]:
    """Give whatever carries a notation and is, or is in, a strategy note."""
    found: dict[str, Element] = {}
    for note in _instances(store, LEVIER + "StrategyNote"):
        members = store.raw.quads_for_pattern(None, ox.NamedNode(SKOS + "inScheme"), ox.NamedNode(note))
        for iri in (note, *(q.subject.value for q in members if isinstance(q.subject, ox.NamedNode))):
            node = _node(store, iri)
            notations = node.values.get(SKOS + "notation", [])
            if notations:
                found[iri] = Element(iri, notations[0].value, note, node.labels())
    return found


def _rule(store: EmbeddedStore, node: _Node, elements: dict[str, Element]) -> Rule:
    unknown = [iri for iri in node.all("alignsWith") if iri not in elements]
    if unknown:
        raise node.complain(f"links to {shorten(unknown[0])}, which no strategy note of this snapshot has.")
    conditions = tuple(_condition(_node(store, iri)) for iri in node.all("hasCondition"))
    if not conditions and not node.all("requiresRule"):
        raise node.complain("has no condition and requires no other rule, so it would link everything.")
    return Rule(
        iri=node.iri,
        labels=node.labels(),
        elements=tuple(elements[iri] for iri in node.all("alignsWith")),
        basis=_basis(node),
        weight=_weight(node),
        conditions=conditions,
        exclusions=tuple(_condition(_node(store, iri)) for iri in node.all("hasExclusion")),
        requires=tuple(node.all("requiresRule")),
        yields_to=tuple(node.all("yieldsTo")),
        in_donor=node.flag("inDonorCost") or False,
    )


def _basis(node: _Node) -> str:
    basis = (node.one("basis") or "").removeprefix(LEVIER)
    if basis not in BASES:
        raise node.complain(f"levier:basis is {basis or 'missing'}; it must be one of {', '.join(BASES)}.")
    return basis


def _weight(node: _Node) -> float:
    text = node.one("weight")
    try:
        weight = Decimal(text or "")
    except InvalidOperation:
        raise node.complain(f"levier:weight is {text or 'missing'}; it must be a number from 0 to 1.") from None
    if not 0 < weight <= 1:
        raise node.complain(f"levier:weight is {text}; it must be above 0 and at most 1.")
    return float(weight)


def _condition(node: _Node) -> Condition:
    if not node.values:
        raise node.complain("is named as a condition but nothing is said of it.")
    kind = _kind(node)
    minimum = node.one("minimumOccurrences") or "1"
    if not minimum.isdigit() or int(minimum) < 1:
        raise node.complain(f"levier:minimumOccurrences is {minimum!r}; it must be a whole number from 1.")
    return Condition(
        iri=node.iri,
        kind=kind,
        properties=_properties(node, kind),
        codes=frozenset(iri.casefold() for iri in node.all("anyCode")),
        code_values=frozenset(code.casefold() for code in node.all("anyCodeValue")),
        prefixes=_prefixes(node),
        except_codes=frozenset(iri.casefold() for iri in node.all("exceptCode")),
        vocabularies=frozenset(node.all("inVocabulary")),
        without_vocabulary_uri=node.flag("withoutVocabularyUri") or False,
        words=_terms(node, "anyWord"),
        except_words=_terms(node, "exceptWord"),
        minimum=int(minimum),
        organisations=frozenset(node.all("anyOrganisation")),
        humanitarian=node.flag("humanitarianFlag") is not False,
    )


def _kind(node: _Node) -> Kind:
    names = {p.removeprefix(LEVIER) for p in node.values if p.startswith(LEVIER)}
    strange = sorted(names - _ALLOWED)
    if strange:
        raise node.complain(f"levier:{strange[0]} is not something a condition can test.")
    kinds = {_KINDS[name] for name in names if name in _KINDS}
    if len(kinds) != 1:
        what = "tests nothing" if not kinds else f"tests {' and '.join(sorted(kinds))} at once"
        raise node.complain(f"{what}; a condition tests codes, words, an organisation or the humanitarian flag.")
    return kinds.pop()


def _properties(node: _Node, kind: Kind) -> frozenset[str]:
    stated = node.all("onProperty")
    if not stated and kind != "flag":
        raise node.complain("does not say on which property (levier:onProperty).")
    strange = [iri for iri in stated if not iri.startswith(IATI)]
    if strange:
        raise node.complain(f"levier:onProperty is {shorten(strange[0])}, which is not a term of iati:.")
    every_description = DESCRIPTIONS if IATI + "description" in stated else frozenset()
    return frozenset(stated) | every_description


def _prefixes(node: _Node) -> tuple[str, ...]:
    prefixes = node.all("codePrefix")
    code_list = node.one("inCodeList")
    if prefixes and code_list is None:
        raise node.complain("has levier:codePrefix without levier:inCodeList, so the prefix would fit any list.")
    return tuple(f"{code_list}/{prefix}".casefold() for prefix in prefixes)


def _terms(node: _Node, name: str) -> tuple[Term, ...]:
    terms = []
    for value in node.values.get(LEVIER + name, []):
        language = value.language if isinstance(value, ox.Literal) else None
        if language not in LANGUAGES:
            known = ", ".join(sorted(LANGUAGES))
            raise node.complain(f"levier:{name} {value.value!r} is in language {language}; it must be one of {known}.")
        if not pattern(value.value):
            raise node.complain(f"levier:{name} {value.value!r} has no letter or digit.")
        if "*" in value.value.strip()[1:-1]:
            raise node.complain(f"levier:{name} {value.value!r} has * inside; it may stand at the start or the end.")
        terms.append(Term(value.value, language))
    return tuple(sorted(terms, key=lambda term: (term.language, term.text)))


def _in_order(rules: dict[str, Rule]) -> dict[str, Rule]:
    """Give the rules with those a rule requires or yields to before it; raises BrokenData for a cycle."""
    ordered: dict[str, Rule] = {}
    visit = _visitor(rules, ordered)
    for iri in rules:
        visit(iri, ())
    return ordered


def _visitor(rules: dict[str, Rule], ordered: dict[str, Rule]) -> Callable[[str, tuple[str, ...]], None]:
    def visit(iri: str, path: tuple[str, ...]) -> None:
        if iri in path:
            circle = " → ".join(part.removeprefix(ID) for part in (*path[path.index(iri) :], iri))
            raise BrokenData(f"The linking rules build on each other in a circle: {circle}.", hint=_HINT)
        if iri in ordered:
            return
        for needed in _builds_on(rules, iri):
            visit(needed, (*path, iri))
        ordered[iri] = rules[iri]

    return visit


def _builds_on(rules: dict[str, Rule], iri: str) -> Iterator[str]:
    for needed in (*rules[iri].requires, *rules[iri].yields_to):
        if needed not in rules:
            raise BrokenData(
                f"{iri.removeprefix(ID)}: builds on {needed.removeprefix(ID)}, which is no linking rule.", hint=_HINT
            )
        yield needed
