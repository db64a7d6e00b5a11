"""The activities that count, each as its own file has it, with what is taken from the graph because it is not checked.

That is: which report of an activity counts and who it is that reports it, the links to the elements of the notes, and
which organisation a reference means.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from tests.questions.over_xml.reading import Activity, read

from levier.graph import EmbeddedStore

NOTE: Final = "https://w3id.org/levier/id/note/"
ORGANISATION: Final = "https://w3id.org/levier/id/organisation/"


@dataclass
class Link:
    """An alignment that counts: its share, and whether it rests on codes of in-donor costs, and on anything else."""

    share: Decimal
    in_donor: bool
    otherwise: bool
    sectors: frozenset[str]
    """The codes that it rests on."""


@dataclass(frozen=True)
class Counted:
    """An activity that counts: its address, who reports it, its links by element, and what its file says."""

    iri: str
    reporter: str
    links: dict[str, Link]
    activity: Activity

    def of_note(self, note: str) -> list[Link]:
        """Give the links to a note: to its elements, or to itself."""
        return [link for element, link in self.links.items() if note_of(element) == note]

    def claimed(self, note: str) -> Decimal:
        """Give the share that a note may claim in all."""
        return sum((link.share for link in self.of_note(note)), Decimal())


def note_of(element: str) -> str:
    """Give the key of the note that an element belongs to."""
    return element.removeprefix(NOTE).partition("/")[0]


def counted(store: EmbeddedStore, paths: Iterable[Path]) -> Iterator[Counted]:
    """Give each activity of the graph with what the report that counts says of it.

    Of several reports in one file it is the one on the line that the graph names.
    """
    links = _links(store)
    reports: dict[tuple[str, str], list[Activity]] = defaultdict(list)
    for path in paths:
        for one in read(path):
            reports[path.name, one.identifier].append(one)
    for row in store.select("""
        SELECT ?a ?file ?identifier ?reporter ?line {
          { SELECT ?g ?file { GRAPH graph:provenance { ?g levier:fileName ?file } } }
          GRAPH ?g { ?a a iati:Activity ; iati:iatiIdentifier ?identifier ; levier:sourceLine ?line }
          OPTIONAL { ?a iati:reportingOrg/iati:organisation ?reporter }
        }"""):
        found = reports[row["file"].value, row["identifier"].value]
        same = [one for one in found if one.line == int(row["line"].value)] or found
        reporter = row["reporter"].value if row["reporter"] else ""
        yield Counted(row["a"].value, reporter, links.get(row["a"].value, {}), same[0])


def _links(store: EmbeddedStore) -> dict[str, dict[str, Link]]:
    found: dict[str, dict[str, Link]] = defaultdict(dict)
    of: dict[str, Link] = {}
    for row in store.select("""
        SELECT ?link ?a ?e ?share ?inDonor {
          ?link levier:alignedActivity ?a ; levier:alignedElement ?e ; levier:share ?share . ?a levier:contributesTo ?e
          OPTIONAL { ?link levier:inDonorCost ?inDonor }
        }"""):
        in_donor = row["inDonor"] is not None and row["inDonor"].value == "true"
        link = Link(Decimal(row["share"].value), in_donor, not in_donor, frozenset())
        found[row["a"].value][row["e"].value] = of[row["link"].value] = link
    for row in store.select("""
        SELECT ?link {
          ?link levier:inDonorCost true ; levier:byRule ?rule . ?rule levier:weight ?weight
          FILTER(?weight >= 0.5) MINUS { ?rule levier:inDonorCost true }
        }"""):
        if row["link"].value in of:
            of[row["link"].value].otherwise = True
    for row in store.select("""
        SELECT DISTINCT ?link ?code {
          ?reason levier:evidenceProperty iati:sector ; levier:evidenceCode ?code ; levier:byRule ?rule .
          ?link levier:hasEvidence ?reason ; levier:alignedElement ?element . ?rule levier:alignsWith ?element
        }"""):
        if row["link"].value in of:
            link = of[row["link"].value]
            link.sectors |= {row["code"].value.rpartition("/")[2]}
    return found


@dataclass(frozen=True)
class Organisation:
    """An organisation of the graph: its address, its first English name, and the codes of its types."""

    iri: str
    name: str = ""
    types: frozenset[str] = frozenset()


Organisations = Mapping[str, Organisation]
"""The organisations by the references that files write."""


def references(store: EmbeddedStore) -> Organisations:
    """Give the organisation that each reference means."""
    names: dict[str, str] = {}
    types: dict[str, set[str]] = defaultdict(set)
    for row in store.select('SELECT ?o ?l { ?o skos:prefLabel ?l FILTER(LANG(?l) = "en") ?p iati:organisation ?o }'):
        names[row["o"].value] = min(row["l"].value, names.get(row["o"].value, row["l"].value))
    for row in store.select("SELECT DISTINCT ?o ?t { ?p iati:organisation ?o . ?o iati:type ?t }"):
        types[row["o"].value].add(row["t"].value.rpartition("/")[2])
    rows = store.select("SELECT DISTINCT ?ref ?o { ?p iati:organisation ?o OPTIONAL { ?p iati:ref ?ref } }")
    return {
        row["ref"].value.strip() if row["ref"] else unquote(iri.removeprefix(ORGANISATION)): Organisation(
            iri, names.get(iri, ""), frozenset(types[iri])
        )
        for row in rows
        for iri in [row["o"].value]
    }


def meant(reference: str, organisations: Organisations) -> Organisation:
    """Give the organisation that a reference means."""
    return organisations.get(reference) or Organisation(ORGANISATION + quote(reference, safe=""))
