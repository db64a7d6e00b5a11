"""The facts of an activity that links rest on.

They are put together from the values that a graph states, which come from a store (`stored`), or straight from the
lines of converted N-Quads (`lines`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple
from urllib.parse import unquote

from lxml import etree

from levier.terms import IATI, ID, LEVIER, RDF

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
IDENTIFIER: Final = IATI + "iatiIdentifier"

TYPE: Final = RDF + "type"
ACTIVITY: Final = IATI + "Activity"
KEPT: Final = LEVIER + "asWritten"
_FINDING: Final = LEVIER + "languageFinding"
_OF_TEXT: Final = LEVIER + "ofText"
_DETECTED: Final = LEVIER + "detectedLanguage"
_CODED: Final = ("sector", "tag", "humanitarianScope", "policyMarker", "recipientCountry", "recipientRegion")
_PARTIES: Final = ("reportingOrg", "participatingOrg")
_DATES: Final = ("plannedStart", "actualStart", "plannedEnd", "actualEnd")
LOOKED_AT: Final = frozenset(
    {TITLE, TRANSACTION, RESULT, *DESCRIPTIONS, *(IATI + name for name in (*_CODED, *_PARTIES, "defaultAidType"))}
)
"""The properties on which there are facts."""

_OF_CODES: Final = ("code", "codeText", "narrative", "vocabulary", "vocabularyUri", "percentage")
_OF_PARTIES: Final = ("organisation", "role")
_NEEDED: Final = ("iatiIdentifier", "transaction", "description", "sector", "code", "humanitarian", *_DATES)


OPENINGS: Final = ("<title", "<description", "<sector")
"""How XML that was kept as written begins where a fact is read from it."""


def predicates(looked_at: Collection[str]) -> frozenset[str]:
    """Give the predicates that the facts on the properties looked at are read from."""
    names = {*_NEEDED, *_OF_CODES, *(_OF_PARTIES if any(IATI + name in looked_at for name in _PARTIES) else ())}
    names |= {"indicator"} if RESULT in looked_at else set()
    return frozenset(
        {TYPE, KEPT, _FINDING, _OF_TEXT, _DETECTED, TITLE, *DESCRIPTIONS, *looked_at, *(IATI + name for name in names)}
    )


class Value(NamedTuple):
    """What an aid graph states: an IRI, or the text and the language of a literal; it has no blank nodes."""

    value: str
    language: str | None = None
    is_iri: bool = False


Stated = Mapping[str, Sequence[Value]]
"""By predicate: the values that a graph states of one thing."""


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
    detected: Mapping[str, str] = field(default_factory=dict)
    """Of texts that the conversion found to be in another language than declared: which."""
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


def put_together(
    iri: str, own: Stated, node: Callable[[str], Stated], looked_at: Collection[str] = LOOKED_AT
) -> ActivityFacts:
    """Give the facts of an activity: of its codes, texts and organisations those on the properties looked at.

    `own` is what is stated of it (an identifier is), `node` tells what is stated of another thing.
    """
    return _Reader(iri, own, node, looked_at).read()


class _Reader:
    """Puts together the facts of one activity."""

    def __init__(self, iri: str, own: Stated, node: Callable[[str], Stated], looked_at: Collection[str]) -> None:
        self._own = own
        self._node = node
        self._looked_at = looked_at
        self._facts = ActivityFacts(iri, own[IDENTIFIER][0].value)
        self._texts: dict[TextFact, None] = {}

    def read(self) -> ActivityFacts:
        facts = self._facts
        for name in (TITLE, *sorted(DESCRIPTIONS)):
            self._add_texts(name, self._own.get(name, ()))
        self._kept(self._own, {"title": TITLE, "description": IATI + "description"})
        for name in _CODED:
            if IATI + name in self._looked_at:
                self._coded(name)
        self._transactions()
        if RESULT in self._looked_at:
            self._results()
        for name in _PARTIES:
            if IATI + name in self._looked_at:
                self._parties(name)
        facts.codes.extend(
            CodeFact(IATI + "defaultAidType", "", _code_text(code), _code_iri(code))
            for code in self._own.get(IATI + "defaultAidType", ())
        )
        facts.humanitarian = facts.humanitarian or _is_true(self._own)
        facts.detected = self._detected()
        facts.start, facts.end = self._day("plannedStart", "actualStart"), self._day("plannedEnd", "actualEnd")
        facts.texts = sorted(
            self._texts, key=lambda text: (text.property != TITLE, text.property, text.language or "", text.value)
        )
        return facts

    def _nodes(self, stated: Stated, name: str) -> list[tuple[str, Stated]]:
        nodes = dict.fromkeys(value.value for value in stated.get(IATI + name, ()) if value.is_iri)
        return [(iri, self._node(iri)) for iri in sorted(nodes)]

    def _add_texts(self, name: str, texts: Iterable[Value]) -> None:
        for text in texts:
            if not text.is_iri:
                self._texts[TextFact(name, text.value, text.language)] = None

    def _kept(self, stated: Stated, names: Mapping[str, str]) -> None:
        """Read text that was kept as written: a `<title>` with no narrative in it, as before version 2.01."""
        for literal in stated.get(KEPT, ()):
            tag, text = _stray_text(literal.value) if literal.value.startswith(OPENINGS) else ("", "")
            if text and tag in names:
                self._texts[TextFact(names[tag], text, None)] = None

    def _coded(self, name: str) -> None:
        for iri, stated in self._nodes(self._own, name):
            codes = [*stated.get(IATI + "code", ()), *stated.get(IATI + "codeText", ())]
            self._facts.codes.extend(_code_fact(IATI + name, iri, code, stated) for code in codes)
            self._add_texts(IATI + name, stated.get(IATI + "narrative", ()))
            self._kept(stated, {"sector": SECTOR})

    def _transactions(self) -> None:
        sectors: dict[str, None] = {}
        # Most transactions say the same as another of the activity.
        for stated in {id(stated): stated for _, stated in self._nodes(self._own, "transaction")}.values():
            self._add_texts(TRANSACTION, stated.get(IATI + "description", ()))
            self._kept(stated, {"description": TRANSACTION})
            self._facts.humanitarian = self._facts.humanitarian or _is_true(stated)
            sectors.update(dict.fromkeys(sorted(value.value for value in stated.get(SECTOR, ()) if value.is_iri)))
        codes = (code for iri in sectors for code in self._node(iri).get(IATI + "code", ()))
        self._facts.codes.extend(
            dict.fromkeys(
                CodeFact(SECTOR, "", _code_text(code), _code_iri(code), of_transaction=True) for code in codes
            )
        )

    def _results(self) -> None:
        for _, stated in self._nodes(self._own, "result"):
            for one in (stated, *(indicator for _, indicator in self._nodes(stated, "indicator"))):
                for name in (TITLE, IATI + "description"):
                    self._add_texts(RESULT, one.get(name, ()))

    def _parties(self, name: str) -> None:
        for _, stated in self._nodes(self._own, name):
            role = next((value.value for value in stated.get(IATI + "role", ())), None)
            for organisation in stated.get(IATI + "organisation", ()):
                self._facts.organisations.append(Participation(IATI + name, organisation.value, role))

    def _detected(self) -> dict[str, str]:
        findings = [self._node(finding.value) for finding in self._own.get(_FINDING, ())]
        return {
            text.value: language.value
            for stated in findings
            for text, language in zip(stated.get(_OF_TEXT, ()), stated.get(_DETECTED, ()), strict=False)
        }

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


def _is_true(stated: Stated) -> bool:
    return any(value.value in {"true", "1"} for value in stated.get(HUMANITARIAN, ()))


def _code_fact(name: str, node: str, code: Value, stated: Stated) -> CodeFact:
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
