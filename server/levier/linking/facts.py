"""The facts of an activity that links rest on.

They are put together from the values that a graph states (`values`), which come from a store, predicate by predicate,
or straight from the lines of converted N-Quads (`lines`): memory is bounded by one dataset, or by one part of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple
from urllib.parse import unquote

import pyoxigraph as ox
from lxml import etree

from levier.graph import EmbeddedStore
from levier.terms import GRAPH, IATI, ID, LEVIER, RDF

DESCRIPTIONS: Final = frozenset(
    IATI + name
    for name in (
        "description", "generalDescription", "objectivesDescription", "targetGroupsDescription", "otherDescription",
    )
)  # fmt: skip
TITLE: Final = IATI + "title"
TRANSACTION: Final = IATI + "transaction"
RESULT: Final = IATI + "result"
RESULTS: Final = frozenset({RESULT})
"""The properties that texts of results and of their indicators are found under."""
SECTOR: Final = IATI + "sector"
REPORTER: Final = IATI + "reportingOrg"
HUMANITARIAN: Final = IATI + "humanitarian"
AID_GRAPHS: Final = GRAPH + "aid/"

_TYPE: Final = RDF + "type"
_ACTIVITY: Final = IATI + "Activity"
_KEPT: Final = LEVIER + "asWritten"
_CODED: Final = ("sector", "tag", "humanitarianScope", "policyMarker", "recipientCountry", "recipientRegion")
_PARTIES: Final = ("reportingOrg", "participatingOrg")
_KIND: Final = 8
"""Which part of the IRI of a node names its kind."""
_DATES: Final = ("plannedStart", "actualStart", "plannedEnd", "actualEnd")
WANTED: Final = frozenset({
    _TYPE, _KEPT, TITLE, *DESCRIPTIONS,
    *(IATI + name for name in (
        "iatiIdentifier", "transaction", "result", "indicator", *_CODED, *_PARTIES, *_DATES, "organisation", "role",
        "code", "codeText", "narrative", "vocabulary", "vocabularyUri", "percentage", "significance",
        "defaultAidType", "humanitarian",
    )),
})  # fmt: skip
"""The predicates that facts are read from."""

_NAMES: Final = {f"<{predicate}>".encode(): predicate for predicate in WANTED}
_NOTHING: Final[frozenset[str]] = frozenset()
_OF_KIND: Final = {
    b"transaction": frozenset({_KEPT, HUMANITARIAN, *(IATI + name for name in ("description", "sector", "code"))}),
    b"result": frozenset({TITLE, *(IATI + name for name in ("description", "indicator"))}),
    b"org": frozenset({IATI + "organisation", IATI + "role"}),
    **dict.fromkeys(
        (b"location", b"document-link", b"budget", b"planned-disbursement", b"contact", b"activity-date"), _NOTHING
    ),
}
"""The predicates that facts are read from, by kind of node, where they are fewer than all."""
_ACTIVITY_BYTES: Final = f"<{_ACTIVITY}> ".encode()
_OPENINGS: Final = ("<title", "<description", "<sector")
_KEPT_OPENINGS: Final = tuple(f'"{opening}'.encode() for opening in _OPENINGS)


class Value(NamedTuple):
    """What an aid graph states: an IRI, or the text and the language of a literal; it has no blank nodes."""

    value: str
    language: str | None = None
    is_iri: bool = False


Values = dict[str, dict[str, list[Value]]]
"""By subject and predicate: the values that a graph states."""


class TextFact(NamedTuple):
    """A text: of the activity itself, of its transactions or results, or a publisher's words beside a code."""

    property: str
    value: str
    language: str | None


class CodeFact(NamedTuple):
    """A code with what qualifies it; `iri` is None where the code is of a list that the graph does not know."""

    property: str
    node: str
    code: str
    iri: str | None
    vocabulary: str | None = None
    vocabulary_uri: str | None = None
    percentage: float | None = None
    of_transaction: bool = False


class Participation(NamedTuple):
    """An organisation's part in an activity: the property (`iati:reportingOrg`, …), its IRI and that of its role."""

    property: str
    organisation: str
    role: str | None = None


@dataclass(slots=True)
class ActivityFacts:
    """Everything that a rule may look at."""

    iri: str
    identifier: str = ""
    texts: list[TextFact] = field(default_factory=list)
    codes: list[CodeFact] = field(default_factory=list)
    organisations: list[Participation] = field(default_factory=list)
    humanitarian: bool = False
    """True where the activity or one of its transactions carries the humanitarian flag."""
    start: date | None = None
    """The planned start, else the actual one."""
    end: date | None = None
    """The planned end, else the actual one."""

    @property
    def title(self) -> str:
        """Its first title, or nothing."""
        return next((text.value for text in self.texts if text.property == TITLE), "")


def aid_graphs(store: EmbeddedStore) -> list[str]:
    """Give the graphs of the store that hold aid activities, sorted."""
    return sorted(graph for graph in store.graphs() if graph.startswith(AID_GRAPHS))


def read_graph(store: EmbeddedStore, graph: str) -> list[ActivityFacts]:
    """Give the facts of every activity of one aid graph, in the order of their IRIs."""
    return activities(values(_quads(store, graph)))


def read_activity(store: EmbeddedStore, activity: str) -> ActivityFacts | None:
    """Give the facts of one activity, or None where no aid graph has it."""
    type_of, thing = ox.NamedNode(_TYPE), ox.NamedNode(activity)
    quads = store.raw.quads_for_pattern(thing, type_of, ox.NamedNode(_ACTIVITY))
    graphs = sorted(quad.graph_name.value for quad in quads if isinstance(quad.graph_name, ox.NamedNode))
    if not graphs:
        return None
    found = activities(values(_of_activity(store, thing, ox.NamedNode(graphs[0]))))
    return next((facts for facts in found if facts.iri == activity), None)


def read_lines(lines: Iterable[bytes]) -> list[ActivityFacts]:
    """Give the facts of every activity that lines of N-Quads, as the conversion writes them, speak of."""
    rows = list(_rows(lines))
    stated = _stated(dict.fromkeys(value for _, _, value in rows))
    return activities(_gathered((subject[1:-1].decode(), name, stated[value]) for subject, name, value in rows))


def _rows(lines: Iterable[bytes]) -> Iterator[tuple[bytes, str, bytes]]:
    """Give subject, predicate and object of the lines that a fact is read from; three of four are not.

    A line is cut at its blanks and no more, for it is one of millions: an IRI has none, and the last is before the `.`.
    """
    for line in lines:
        subject, predicate, rest = line.split(b" ", 2)
        name = _NAMES.get(predicate)
        if name is None:
            continue
        if name == _TYPE:
            if not rest.startswith(_ACTIVITY_BYTES):
                continue
        elif name == _KEPT and not rest.startswith(_KEPT_OPENINGS):
            continue
        # <https://w3id.org/levier/id/activity/{reporter}/{identifier}/{kind}/{n}>
        parts = subject.split(b"/", 9)
        if len(parts) > _KIND and name not in _OF_KIND.get(parts[_KIND], WANTED):
            continue
        yield subject, name, rest[: rest.rindex(b" <")]


def _stated(written: Iterable[bytes]) -> dict[bytes, Value]:
    """Give the value of each object, as N-Quads write it; the escapes of literals are read by the library."""
    found = {one: Value(one[1:-1].decode(), is_iri=True) for one in written if one.startswith(b"<")}
    literals = [one for one in written if not one.startswith(b"<")]
    lines = b"".join(b"<x:> <x:> %s .\n" % one for one in literals)
    quads = ox.parse(input=lines, format=ox.RdfFormat.N_TRIPLES, lenient=True)
    found.update((one, _value(quad.object)) for one, quad in zip(literals, quads, strict=True))
    return found


def _quads(store: EmbeddedStore, graph: str) -> Iterator[ox.Quad]:
    name = ox.NamedNode(graph)
    for predicate in sorted(WANTED):
        yield from store.raw.quads_for_pattern(None, ox.NamedNode(predicate), None, name)


def _of_activity(store: EmbeddedStore, thing: ox.NamedNode, graph: ox.NamedNode) -> Iterator[ox.Quad]:
    """Give what one graph states of an activity and of the nodes of it."""
    for quad in store.raw.quads_for_pattern(thing, None, None, graph):
        yield quad
        if isinstance(quad.object, ox.NamedNode) and quad.predicate.value in WANTED and quad.predicate.value != _TYPE:
            for inner in store.raw.quads_for_pattern(quad.object, None, None, graph):
                yield inner
                if isinstance(inner.object, ox.NamedNode) and inner.predicate.value in WANTED - {_TYPE}:
                    yield from store.raw.quads_for_pattern(inner.object, None, None, graph)


def values(quads: Iterable[ox.Quad]) -> Values:
    """Gather the values by subject and predicate."""
    named = ((quad.subject, quad) for quad in quads)
    return _gathered(
        (subject.value, quad.predicate.value, _value(quad.object))
        for subject, quad in named
        if isinstance(subject, ox.NamedNode)
    )


def _value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Value:
    if isinstance(term, ox.Literal):
        return Value(term.value, term.language)
    return Value(term.value if isinstance(term, ox.NamedNode) else str(term), is_iri=True)


def _gathered(statements: Iterable[tuple[str, str, Value]]) -> Values:
    found: Values = {}
    for subject, name, value in statements:
        listed = found.setdefault(subject, {}).setdefault(name, [])
        if not listed or value != listed[-1]:
            listed.append(value)
    return found


def activities(found: Values) -> list[ActivityFacts]:
    """Put together the facts of every activity, in the order of their IRIs."""
    typed = (iri for iri, stated in found.items() if _is_activity(stated))
    return [_Reader(iri, found).read() for iri in sorted(typed)]


def _is_activity(stated: Mapping[str, list[Value]]) -> bool:
    return any(value.value == _ACTIVITY for value in stated.get(_TYPE, ())) and IATI + "iatiIdentifier" in stated


class _Reader:
    """Puts together the facts of one activity."""

    def __init__(self, iri: str, found: Values) -> None:
        self._found = found
        self._own = found[iri]
        self._facts = ActivityFacts(iri, self._own[IATI + "iatiIdentifier"][0].value)
        self._texts: dict[TextFact, None] = {}

    def read(self) -> ActivityFacts:
        facts = self._facts
        for name in (TITLE, *sorted(DESCRIPTIONS)):
            self._add_texts(name, self._own.get(name, ()))
        self._kept(self._own, {"title": TITLE, "description": IATI + "description"})
        for name in _CODED:
            self._coded(name)
        self._transactions()
        self._results()
        self._parties()
        facts.codes.extend(
            CodeFact(IATI + "defaultAidType", "", _code_text(code), _code_iri(code))
            for code in self._own.get(IATI + "defaultAidType", ())
        )
        facts.humanitarian = facts.humanitarian or _is_true(self._own)
        facts.start, facts.end = self._day("plannedStart", "actualStart"), self._day("plannedEnd", "actualEnd")
        facts.texts = sorted(
            self._texts, key=lambda text: (text.property != TITLE, text.property, text.language or "", text.value)
        )
        return facts

    def _nodes(self, stated: Mapping[str, list[Value]], name: str) -> list[tuple[str, dict[str, list[Value]]]]:
        nodes = dict.fromkeys(value.value for value in stated.get(IATI + name, ()) if value.is_iri)
        return [(iri, self._found.get(iri, {})) for iri in sorted(nodes)]

    def _add_texts(self, name: str, texts: Iterable[Value]) -> None:
        for text in texts:
            if not text.is_iri:
                self._texts[TextFact(name, text.value, text.language)] = None

    def _kept(self, stated: Mapping[str, list[Value]], names: Mapping[str, str]) -> None:
        """Read text that was kept as written: a `<title>` with no narrative in it, as before version 2.01."""
        for literal in stated.get(_KEPT, ()):
            tag, text = _stray_text(literal.value) if literal.value.startswith(_OPENINGS) else ("", "")
            if text and tag in names:
                self._texts[TextFact(names[tag], text, None)] = None

    def _coded(self, name: str) -> None:
        for iri, stated in self._nodes(self._own, name):
            codes = [*stated.get(IATI + "code", ()), *stated.get(IATI + "codeText", ())]
            self._facts.codes.extend(_code_fact(IATI + name, iri, code, stated) for code in codes)
            self._add_texts(IATI + name, stated.get(IATI + "narrative", ()))
            self._kept(stated, {"sector": SECTOR})

    def _transactions(self) -> None:
        codes: dict[CodeFact, None] = {}
        for _, stated in self._nodes(self._own, "transaction"):
            self._add_texts(TRANSACTION, stated.get(IATI + "description", ()))
            self._kept(stated, {"description": TRANSACTION})
            self._facts.humanitarian = self._facts.humanitarian or _is_true(stated)
            for _, sector in self._nodes(stated, "sector"):
                for code in sector.get(IATI + "code", ()):
                    codes[CodeFact(SECTOR, "", _code_text(code), _code_iri(code), of_transaction=True)] = None
        self._facts.codes.extend(codes)

    def _results(self) -> None:
        for _, stated in self._nodes(self._own, "result"):
            for one in (stated, *(indicator for _, indicator in self._nodes(stated, "indicator"))):
                for name in (TITLE, IATI + "description"):
                    self._add_texts(RESULT, one.get(name, ()))

    def _parties(self) -> None:
        for name in _PARTIES:
            for _, stated in self._nodes(self._own, name):
                role = next((value.value for value in stated.get(IATI + "role", ())), None)
                for organisation in stated.get(IATI + "organisation", ()):
                    self._facts.organisations.append(Participation(IATI + name, organisation.value, role))

    def _day(self, *names: str) -> date | None:
        for name in names:
            for value in self._own.get(IATI + name, ()):
                try:
                    return date.fromisoformat(value.value[:10])
                except ValueError:
                    continue
        return None


def _stray_text(xml: str) -> tuple[str, str]:
    """Give the element's name and its text, empty where its text stands in narratives."""
    try:
        element = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return "", ""
    text = "" if element.find(".//narrative") is not None else "".join(element.itertext())
    return str(element.tag), " ".join(text.split())


def _is_true(stated: Mapping[str, list[Value]]) -> bool:
    return any(value.value in {"true", "1"} for value in stated.get(HUMANITARIAN, ()))


def _code_fact(name: str, node: str, code: Value, stated: Mapping[str, list[Value]]) -> CodeFact:
    def first(key: str) -> str | None:
        found = stated.get(IATI + key)
        return found[0].value if found else None

    return CodeFact(
        name, node, _code_text(code), _code_iri(code),
        first("vocabulary"), first("vocabularyUri"), _number(first("percentage")),
    )  # fmt: skip


def _code_iri(code: Value) -> str | None:
    return code.value if code.is_iri else None


def _code_text(code: Value) -> str:
    if code.is_iri and code.value.startswith(ID + "code/"):
        return unquote(code.value.rpartition("/")[2])
    return code.value


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
