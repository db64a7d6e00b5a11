"""The facts of an activity that links rest on, read graph by graph: memory is bounded by one dataset."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

import pyoxigraph as ox

from levier.graph import EmbeddedStore
from levier.terms import GRAPH, IATI, ID, RDF

DESCRIPTIONS = frozenset(
    IATI + name
    for name in (
        "description", "generalDescription", "objectivesDescription", "targetGroupsDescription", "otherDescription",
    )
)  # fmt: skip
TITLE = IATI + "title"
TRANSACTION = IATI + "transaction"
SECTOR = IATI + "sector"
HUMANITARIAN = IATI + "humanitarian"
AID_GRAPHS = GRAPH + "aid/"

_CLASSIFIED = ("sector", "tag", "humanitarianScope")

Term = ox.NamedNode | ox.Literal
"""What an aid graph states as a value: it has no blank nodes."""


@dataclass(frozen=True, slots=True)
class TextFact:
    """A text: of the activity itself, of its transactions, or a publisher's words beside a code."""

    property: str
    value: str
    language: str | None


@dataclass(frozen=True, slots=True)
class CodeFact:
    """A code with what qualifies it; `iri` is None where the code is of a list that the graph does not know."""

    property: str
    node: str
    code: str
    iri: str | None
    vocabulary: str | None = None
    vocabulary_uri: str | None = None
    percentage: float | None = None
    of_transaction: bool = False


@dataclass(slots=True)
class ActivityFacts:
    """Everything that a rule may look at."""

    iri: str
    identifier: str = ""
    texts: list[TextFact] = field(default_factory=list)
    codes: list[CodeFact] = field(default_factory=list)
    organisations: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of property (`iati:reportingOrg`, …) and the organisation's IRI."""
    humanitarian: bool = False
    """True where the activity or one of its transactions carries the humanitarian flag."""

    @property
    def title(self) -> str:
        """Its first title, or nothing."""
        return next((text.value for text in self.texts if text.property == TITLE), "")


def aid_graphs(store: EmbeddedStore) -> list[str]:
    """Give the graphs of the store that hold aid activities, sorted."""
    return sorted(graph for graph in store.graphs() if graph.startswith(AID_GRAPHS))


def read_graph(store: EmbeddedStore, graph: str) -> list[ActivityFacts]:
    """Give the facts of every activity of one aid graph, in the order of their IRIs."""
    return _Reader(store, graph).read()


def read_activity(store: EmbeddedStore, activity: str) -> ActivityFacts | None:
    """Give the facts of one activity, or None where no aid graph has it."""
    type_of, thing = ox.NamedNode(RDF + "type"), ox.NamedNode(activity)
    quads = store.raw.quads_for_pattern(thing, type_of, ox.NamedNode(IATI + "Activity"))
    graphs = sorted(quad.graph_name.value for quad in quads if isinstance(quad.graph_name, ox.NamedNode))
    found = [facts for graph in graphs for facts in _Reader(store, graph, activity).read()]
    return found[0] if found else None


class _Reader:
    """Reads one aid graph with a few large queries, or only one activity of it."""

    def __init__(self, store: EmbeddedStore, graph: str, activity: str | None = None) -> None:
        self._store = store
        self._graph = graph
        self._only = "" if activity is None else f"VALUES ?a {{ <{activity}> }}"
        self._activities: dict[str, ActivityFacts] = {}

    def read(self) -> list[ActivityFacts]:
        for facts in self._identities():
            self._activities[facts.iri] = facts
        self._texts()
        for name in _CLASSIFIED:
            self._classified(name)
        self._plain_codes()
        self._organisations()
        self._flags()
        for facts in self._activities.values():
            facts.texts.sort(key=lambda text: (text.property != TITLE, text.property, text.language or "", text.value))
        return [self._activities[iri] for iri in sorted(self._activities)]

    def _rows(self, pattern: str, *names: str, distinct: bool = True) -> Iterator[tuple[str, list[Term]]]:
        """Give, for each activity, the values of the named variables of a pattern."""
        select = "SELECT DISTINCT" if distinct else "SELECT"
        variables = " ".join(f"?{name}" for name in ("a", *names))
        query = f"{select} {variables} {{ GRAPH <{self._graph}> {{ {self._only} {pattern} }} }}"
        for solution in self._store.select(query):
            yield solution["a"].value, [solution[name] for name in names]

    def _each(self, pattern: str, *names: str, distinct: bool = True) -> Iterator[tuple[ActivityFacts, list[Term]]]:
        for activity, row in self._rows(pattern, *names, distinct=distinct):
            if activity in self._activities:
                yield self._activities[activity], row

    def _identities(self) -> Iterator[ActivityFacts]:
        for activity, (identifier,) in self._rows("?a a iati:Activity ; iati:iatiIdentifier ?x", "x"):
            yield ActivityFacts(activity, identifier.value)

    def _texts(self) -> None:
        for name in (TITLE, *sorted(DESCRIPTIONS)):
            for facts, (text,) in self._each(f"?a <{name}> ?x ; a iati:Activity", "x"):
                _add_text(facts, name, text)
        for facts, (text,) in self._each("?a iati:transaction ?t . ?t iati:description ?x", "x"):
            _add_text(facts, TRANSACTION, text)

    def _classified(self, name: str) -> None:
        """Read the nodes of a repeated group that holds a code: sector, tag or humanitarian scope."""
        nodes: dict[tuple[str, str], dict[str, list[Term]]] = {}
        # one query for all that is said of the nodes: measured four times as fast as one for each property
        pattern = f"?a a iati:Activity ; iati:{name} ?n . ?n ?p ?x"
        for facts, (node, predicate, value) in self._each(pattern, "n", "p", "x", distinct=False):
            values = nodes.setdefault((facts.iri, node.value), {})
            values.setdefault(predicate.value.removeprefix(IATI), []).append(value)
        for (activity, node_iri), values in sorted(nodes.items()):
            facts = self._activities[activity]
            codes = [*values.get("code", []), *values.get("codeText", [])]
            facts.codes.extend(_code_fact(IATI + name, node_iri, code, values) for code in codes)
            for text in values.get("narrative", []):
                _add_text(facts, IATI + name, text)

    def _plain_codes(self) -> None:
        for facts, (code,) in self._each("?a iati:transaction ?t . ?t iati:sector ?n . ?n iati:code ?x", "x"):
            facts.codes.append(CodeFact(SECTOR, "", _code_text(code), _code_iri(code), of_transaction=True))
        for facts, (code,) in self._each("?a iati:defaultAidType ?x", "x"):
            facts.codes.append(CodeFact(IATI + "defaultAidType", "", _code_text(code), _code_iri(code)))

    def _organisations(self) -> None:
        for name in ("reportingOrg", "participatingOrg"):
            for facts, (organisation,) in self._each(f"?a iati:{name} ?n . ?n iati:organisation ?x", "x"):
                facts.organisations.append((IATI + name, organisation.value))

    def _flags(self) -> None:
        for pattern in ("?a iati:humanitarian true", "?a iati:transaction ?t . ?t iati:humanitarian true"):
            for facts, _ in self._each(pattern):
                facts.humanitarian = True


def _add_text(facts: ActivityFacts, name: str, text: Term) -> None:
    if isinstance(text, ox.Literal):
        facts.texts.append(TextFact(name, text.value, text.language))


def _code_fact(name: str, node: str, code: Term, values: dict[str, list[Term]]) -> CodeFact:
    def first(key: str) -> str | None:
        return values[key][0].value if values.get(key) else None

    return CodeFact(
        name, node, _code_text(code), _code_iri(code),
        first("vocabulary"), first("vocabularyUri"), _number(first("percentage")),
    )  # fmt: skip


def _code_iri(code: Term) -> str | None:
    return code.value if isinstance(code, ox.NamedNode) else None


def _code_text(code: Term) -> str:
    if isinstance(code, ox.NamedNode) and code.value.startswith(ID + "code/"):
        return unquote(code.value.rpartition("/")[2])
    return code.value


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
