"""One `iati-activity` element as lines of N-Triples or N-Quads, with all that is to be reported about it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from levier.iati import literals
from levier.iati.plan import XML_LANG, plan
from levier.iati.sink import Node, Problem, Sink, Vocabulary
from levier.iati.spelling import spelled
from levier.terms import IATI, LEVIER, activity_iri

UNKNOWN_REPORTER = "unknown"
"""Stands for the reporter in the IRI of an activity that names none."""

_ACTIVITY = f"<{IATI}Activity>"
_SOURCE_LINE = f" <{LEVIER}sourceLine> "


@dataclass(slots=True)
class Identity:
    """Which activity an element is, and where it stands."""

    iri: str
    """Empty where it has no identifier: it cannot be said what the activity is, and it is set aside."""
    identifier: str
    reporter: str
    line: int


@dataclass(slots=True)
class Converted:
    """One activity, converted or set aside."""

    identity: Identity
    lines: bytes = b""
    triples: int = 0
    organisations: set[str] = field(default_factory=set)
    """References of the organisations it names."""
    unmapped: Counter[str] = field(default_factory=Counter)
    """Places of the XML that the table does not map, and how often they occur."""
    problems: list[Problem] = field(default_factory=list)


def identify(element: etree._Element) -> Identity:
    """Tell which activity the element is, by its identifier and its reporter's reference, both trimmed."""
    identifier = (element.findtext("iati-identifier") or "").strip()
    reporting = element.find("reporting-org")
    reporter = (reporting.get("ref") or "").strip() if reporting is not None else ""
    iri = activity_iri(reporter or UNKNOWN_REPORTER, identifier) if identifier else ""
    return Identity(iri, identifier, reporter, element.sourceline or 0)


def converter(graph: str | None) -> Callable[[etree._Element, Identity], Converted]:
    """Give the function that converts the activities of one file.

    With the IRI of a `graph` it writes N-Quads, else N-Triples. Every line of an activity is there once.
    """
    end = f" <{graph}> .\n" if graph else " .\n"
    vocabulary = Vocabulary()
    root = plan()

    def convert(element: etree._Element, identity: Identity) -> Converted:
        if not identity.iri:
            return _set_aside(identity)
        node = Node(identity.iri)
        currency = spelled("Currency", (element.get("default-currency") or "").strip())
        sink = Sink(node, identity.identifier, currency, vocabulary)
        if not identity.reporter:
            sink.warn("no-reporter", element, f"reporting-org has no ref; {UNKNOWN_REPORTER!r} stands for it.")
        sink.add_type(node, _ACTIVITY)
        sink.add(node, _SOURCE_LINE, literals.whole(identity.line))
        root.fill(sink, node, element, _language(element, vocabulary))
        lines = list(dict.fromkeys(sink.lines))
        text = end.join([*lines, ""]).encode()
        return Converted(identity, text, len(lines), sink.organisations, sink.unmapped, sink.problems)

    return convert


def _language(element: etree._Element, vocabulary: Vocabulary) -> str:
    """Give the activity's language, empty where it is not one: that is reported once, where it is said."""
    raw = element.get(XML_LANG) or ""
    return raw if vocabulary.language(raw) else ""


def _set_aside(identity: Identity) -> Converted:
    message = "the activity has no iati-identifier; it was set aside."
    return Converted(identity, problems=[Problem("no-identifier", "error", identity.line, "", message)])
