"""One `iati-activity` or `iati-organisation` as lines of N-Triples, with an account of all that stood in it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from lxml import etree

from levier.iati import identity, literals
from levier.iati.leaves import shown
from levier.iati.mapping import RECORDS
from levier.iati.plan import plan
from levier.iati.sink import Node, Problem, Sink, Tally, Traced, Vocabulary, items
from levier.iati.spelling import spelled
from levier.iati.upgrading.upgrade import Upgrade, is_old, upgrade
from levier.terms import IATI, LEVIER, XML_LANG, activity_iri, organisation_iri

Kind = Literal["activity", "organisation"]

UNKNOWN_REPORTER: Final = "unknown"
"""Stands for the reporter in the IRI of an activity that names none."""
UNNAMED: Final = "unnamed-"
"""With the line in the file, stands for the identifier in the IRI of an activity that has none."""

_SOURCE_LINE: Final = f" <{LEVIER}sourceLine> "
_NOTATION: Final = f" <{LEVIER}notation> "
_IDENTIFIERS: Final[dict[str, tuple[Kind, tuple[str, ...]]]] = {
    "iati-activity": ("activity", ("iati-identifier",)),
    # Before version 2.01 the identifier of an organisation was called like that of an activity.
    "iati-organisation": ("organisation", ("organisation-identifier", "iati-identifier")),
}


@dataclass(frozen=True, slots=True)
class Options:
    """What a conversion is to do besides."""

    languages: bool = True
    """Whether the language of texts is looked at, and told where it is another than declared."""


@dataclass(slots=True)
class Identity:
    """Which activity or organisation an element is, and where it stands."""

    iri: str
    identifier: str
    """Trimmed; empty where it has none."""
    reporter: str
    """The normalised reference of the reporting organisation; empty where there is none."""
    line: int
    kind: Kind = "activity"
    updated: str = ""
    """`last-updated-datetime` as it is written."""
    secondary: bool = False
    """Whether the reporter says that it reports for another."""


@dataclass(slots=True)
class Converted:
    """One activity or organisation, converted."""

    identity: Identity
    lines: bytes = b""
    triples: int = 0
    common: bytes = b""
    """The lines of nodes that the records of the dataset have in common and that it is the first to lead to."""
    organisations: set[str] = field(default_factory=set)
    """Normalised identifiers of the organisations it names."""
    extensions: set[str] = field(default_factory=set)
    """Names outside the standard that it uses, as `levier.terms.extension_iri` takes them."""
    rates: set[tuple[str, str]] = field(default_factory=set)
    """Currency and value date of each exchange rate used."""
    tally: Tally = field(default_factory=Tally)
    problems: list[Problem] = field(default_factory=list)


def identify(element: etree._Element) -> Identity:
    """Tell which activity the element is, by its identifier and its reporter's normalised reference.

    One without an identifier is known by its line: it cannot be told from another copy of it.
    """
    kind, names = _IDENTIFIERS[str(element.tag)]
    line = element.sourceline or 0
    identifier = next(filter(None, ((child.text or "").strip() for child in element.iterchildren(*names))), "")
    reporting = next(element.iterchildren("reporting-org"), None)
    ref = (reporting.get("ref") or "").strip() if reporting is not None else ""
    reporter = identity.organisation(ref).identifier if ref else ""
    known_as = identifier or f"{UNNAMED}{line}"
    if kind == "activity":
        iri = activity_iri(reporter or UNKNOWN_REPORTER, known_as)
    else:
        iri = organisation_iri(identity.organisation(identifier).identifier if identifier else known_as)
    secondary = reporting is not None and reporting.get("secondary-reporter") in {"1", "true"}
    return Identity(iri, identifier, reporter, line, kind, element.get("last-updated-datetime") or "", secondary)


def converter(
    dataset: str, graph: str | None, version: str = "2.03", options: Options | None = None
) -> Callable[[etree._Element, Identity], Converted]:
    """Give the function that converts the activities or organisations of one file, whose dataset has that key.

    With the IRI of a `graph` it writes N-Quads, else N-Triples. Every line of an activity is there once. An element
    of a version before 2.01 is brought into the form of 2.03 first, in place.
    """
    end = (f" <{graph}> .\n" if graph else " .\n").encode()
    vocabulary = Vocabulary(dataset)
    detects = (options or Options()).languages

    def convert(element: etree._Element, known: Identity) -> Converted:
        read = items(element)
        upgraded = upgrade(element, version) if _is_old(element, version) else Upgrade()
        sink = _sink(element, known, vocabulary, detects=detects)
        _walk(sink, element, known)
        lines = dict.fromkeys(sink.lines)
        return Converted(
            known,
            "\n".join([*lines, ""]).encode().replace(b"\n", end),
            len(lines),
            "\n".join([*sink.common, ""]).encode().replace(b"\n", end) if sink.common else b"",
            sink.organisations,
            sink.extensions,
            sink.rates,
            _tally(sink, read, upgraded),
            [*upgraded.problems, *sink.problems()],
        )

    return convert


def traced(element: etree._Element, known: Identity, version: str, vocabulary: Vocabulary) -> list[Traced]:
    """Give each element that becomes a node of an activity or organisation, in the order of the walk.

    An element of a version before 2.01 is brought into the form of 2.03 first, in place, as for its conversion.
    """
    if _is_old(element, version):
        upgrade(element, version)
    sink = _sink(element, known, vocabulary, detects=False)
    sink.trace = [Traced(known.iri, element, RECORDS[str(element.tag)])]
    plan(str(element.tag)).fill(sink, sink.root, element, sink.language)
    return sink.trace


def _is_old(element: etree._Element, version: str) -> bool:
    """Tell whether the element has the form of a version before 2.01, where texts did not stand in narratives."""
    return is_old(version) if version else element.find(".//narrative") is None


def _tally(sink: Sink, read: int, upgraded: Upgrade) -> Tally:
    """Give the account; what the upgrade repaired or kept was met by the walk as well, as if nothing had been amiss."""
    tally = sink.tally(read, upgraded.made - upgraded.removed)
    for problem in upgraded.problems:
        if problem.outcome in {"repaired", "kept"}:
            setattr(tally, problem.outcome, getattr(tally, problem.outcome) + problem.count)
            tally.converted -= problem.count
    return tally


def _sink(element: etree._Element, known: Identity, vocabulary: Vocabulary, *, detects: bool) -> Sink:
    currency = spelled("Currency", (element.get("default-currency") or "").strip())
    # A tag that is none is reported once, where it is said.
    language = vocabulary.language(element.get(XML_LANG) or "") or ""
    return Sink(Node(known.iri), known.identifier, currency, language, vocabulary, detects)


def _walk(sink: Sink, element: etree._Element, known: Identity) -> None:
    if not known.identifier:
        sink.note("no-identifier", element, "there is no identifier; the line in the file stands for it.")
    elif len(known.identifier.split()) > 1:
        sink.note("identifier-spaces", element, f"the identifier {shown(known.identifier)} has white space inside.")
    if sum(1 for _ in element.iterchildren("iati-identifier")) > 1:
        sink.note("second-identifier", element, "there are several identifiers; the first stands for the activity.")
    if not known.reporter and known.kind == "activity":
        sink.note("no-reporter", element, f"reporting-org has no ref; {UNKNOWN_REPORTER!r} stands for it.")
    sink.add_type(sink.root, f"<{IATI}{RECORDS[str(element.tag)]}>")
    sink.add(sink.root, _SOURCE_LINE, literals.whole(known.line))
    plan(str(element.tag)).fill(sink, sink.root, element, sink.language)
    chosen = sorted(choice for choice, value in sink.notation.items() if value)
    if chosen:
        sink.add(sink.root, _NOTATION, literals.string(" ".join(chosen)))
