"""What the front page says is in the graph: the notes with their elements and links, the aid, and their sources."""

from collections import defaultdict
from dataclasses import dataclass

from levier.graph import Store
from levier.terms import GRAPH, ID

_NOTES = """
SELECT ?note ?label ?official WHERE {
  ?note a levier:StrategyNote .
  OPTIONAL { ?note skos:prefLabel ?label FILTER(LANG(?label) = "%(language)s") }
  OPTIONAL { ?note skos:prefLabel ?official FILTER(LANG(?official) = "fr") }
} ORDER BY ?note
"""

_ELEMENTS = """
SELECT ?note ?element ?notation ?label WHERE {
  ?note a levier:StrategyNote .
  { ?element skos:topConceptOf ?note ; skos:notation ?notation }
  UNION { ?note skos:notation ?notation BIND(?note AS ?element) }
  OPTIONAL { ?element skos:prefLabel ?label FILTER(LANG(?label) = "%(language)s") }
} ORDER BY ?note ?notation
"""

_LINKS = """
SELECT ?element (COUNT(DISTINCT ?activity) AS ?n) WHERE { ?activity levier:contributesTo ?element } GROUP BY ?element
"""

_LINKED = "SELECT (COUNT(DISTINCT ?activity) AS ?n) WHERE { ?activity levier:contributesTo ?element }"

_DATASETS = """
SELECT ?graph ?version ?activities WHERE {
  GRAPH graph:provenance {
    ?graph levier:activityCount ?activities .
    OPTIONAL { ?graph iati:version ?version }
  }
} ORDER BY ?graph
"""

_UNTRANSCRIBED = """
SELECT (COUNT(?element) AS ?n) WHERE { ?element a/rdfs:subClassOf* levier:StrategicElement ;
  levier:transcriptionStatus levier:NotTranscribed }
"""

_EXAMPLES = """
SELECT ?title WHERE { ?graph levier:illustrative true ; dcterms:title ?title FILTER(LANG(?title) IN ("", "en")) }
ORDER BY ?title
"""


@dataclass(frozen=True, slots=True)
class Element:
    """An objective, an axis, or a note that activities are linked to as a whole."""

    iri: str
    notation: str
    label: str
    activities: int


@dataclass(frozen=True, slots=True)
class Note:
    """A strategy note and its elements, none where only its title is known."""

    iri: str
    title: str
    official: str
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class AidDataset:
    """An IATI file in the graph."""

    name: str
    version: str
    activities: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What is in a snapshot."""

    notes: tuple[Note, ...]
    datasets: tuple[AidDataset, ...]
    examples: tuple[str, ...]
    """The titles of the graphs that are illustrative."""
    linked: int
    """Activities linked to at least one element."""
    untranscribed: int
    graphs: int

    @property
    def activities(self) -> int:
        """Activities of all the files together."""
        return sum(dataset.activities for dataset in self.datasets)

    @property
    def read_notes(self) -> list[Note]:
        """The notes whose elements are in the graph."""
        return [note for note in self.notes if note.elements]

    @property
    def known_notes(self) -> list[Note]:
        """The notes of which only the title, and perhaps the dates, are in the graph."""
        return [note for note in self.notes if not note.elements]


def look_over(store: Store, language: str) -> Overview:
    """Give the overview of a snapshot, labels in a language (fr, nl or en)."""
    return Overview(
        notes=_notes(store, language),
        datasets=_datasets(store),
        examples=tuple(dict.fromkeys(row["title"].value for row in store.select(_EXAMPLES))),
        linked=_number(store, _LINKED),
        untranscribed=_number(store, _UNTRANSCRIBED),
        graphs=len(store.graphs()),
    )


def _notes(store: Store, language: str) -> tuple[Note, ...]:
    elements = _elements(store, language)
    found: dict[str, Note] = {}
    for row in store.select(_NOTES % {"language": language}):
        iri, label, official = (row[name].value if row[name] else "" for name in ("note", "label", "official"))
        title = label or official or iri.removeprefix(ID)
        found.setdefault(iri, Note(iri, title, official or title, tuple(elements[iri])))
    return tuple(found.values())


def _elements(store: Store, language: str) -> dict[str, list[Element]]:
    links = {row["element"].value: int(row["n"].value) for row in store.select(_LINKS)}
    elements: dict[str, list[Element]] = defaultdict(list)
    for row in store.select(_ELEMENTS % {"language": language}):
        iri, notation = row["element"].value, row["notation"].value
        label = row["label"].value if row["label"] else iri.removeprefix(ID)
        elements[row["note"].value].append(Element(iri, notation, label, links.get(iri, 0)))
    return elements


def _datasets(store: Store) -> tuple[AidDataset, ...]:
    return tuple(
        AidDataset(
            row["graph"].value.removeprefix(GRAPH).removeprefix("aid/"),
            row["version"].value if row["version"] else "",
            int(row["activities"].value),
        )
        for row in store.select(_DATASETS)
    )


def _number(store: Store, query: str) -> int:
    return int(next(iter(store.select(query)))["n"].value)
