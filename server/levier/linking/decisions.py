"""What people decided about links: kept as data with who, when and why, beside the store; it outranks every rule.

The file (`decisions.ttl` in the folder of the store, or where the setting says) is Turtle that belongs to nobody else:
every build and every `levier link` reads it into the graph of decisions. Nothing in it is ever removed: a later
decision on the same activity and element outranks an earlier one.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox

from levier.errors import BrokenData
from levier.graph import EmbeddedStore
from levier.linking.labels import BadRow, table
from levier.linking.model import Decision
from levier.settings import Settings
from levier.terms import DCTERMS, FOAF, ID, LEVIER, PROV, RDF, XSD, graph_iri

DECISIONS_GRAPH: Final = graph_iri("decisions")
COLUMNS: Final = ("activity", "element", "decision", "by", "why")
"""The columns that a table of decisions must have; `on` (a day) may be there too."""
_VERDICTS: Final = {
    "confirm": "Confirmed", "confirmed": "Confirmed", "yes": "Confirmed",
    "reject": "Rejected", "rejected": "Rejected", "no": "Rejected",
}  # fmt: skip
_TYPE: Final = ox.NamedNode(RDF + "type")


Decisions = Mapping[tuple[str, str], Decision]
"""By activity and element: the latest decision."""


def decisions_file(settings: Settings) -> Path:
    """Give the file that decisions are kept in."""
    return Path(settings.decisions) if settings.decisions else settings.store / "decisions.ttl"


def read_rows(
    path: Path, activities: Mapping[str, list[str]], elements: Mapping[str, str], *, now: datetime
) -> tuple[list[Decision], list[BadRow]]:
    """Read a table of decisions, and tell row by row what is refused and why.

    `activities` gives the IRIs of each IATI identifier and `elements` the IRI of each notation. A row whose decision is
    empty is passed over: it was not decided. Raises BadInput for a table that cannot be read.
    """
    found: list[Decision] = []
    bad: list[BadRow] = []
    for line, row in table(path, COLUMNS):
        if not row.get("decision"):
            continue
        why = _why_not(row, activities, elements, now.date())
        if why:
            bad.append(BadRow(line, why))
            continue
        on = datetime.combine(_day(row) or now.date(), now.timetz()) if _day(row) else now
        verdict = _VERDICTS[row["decision"].casefold()] == "Confirmed"
        found += [
            Decision(iri, elements[row["element"]], verdict, row["by"], on, row["why"])
            for iri in activities[row["activity"]]
        ]
    return found, bad


def _why_not(
    row: Mapping[str, str], activities: Mapping[str, list[str]], elements: Mapping[str, str], today: date
) -> str:
    """Say why a row is refused, or nothing."""
    if row.get("activity") not in activities:
        return f"no aid activity {row.get('activity')!r} is in this snapshot."
    if row.get("element") not in elements:
        return f"{row.get('element')!r} is no element of a note; known are {', '.join(elements)}."
    if row["decision"].casefold() not in _VERDICTS:
        return f"the decision is {row['decision']!r}; it must be confirm or reject."
    for name in ("by", "why"):
        if not row.get(name):
            return f"the column {name} is empty: a decision says who took it and why."
    try:
        day = _day(row)
    except ValueError:
        return f"the day is {row['on']!r}; it must be written as 2026-03-01."
    return f"the day {day} is yet to come." if day and day > today else ""


def _day(row: Mapping[str, str]) -> date | None:
    return date.fromisoformat(row["on"]) if row.get("on") else None


def keep(path: Path, decisions: Iterable[Decision]) -> None:
    """Add decisions to the file that keeps them; the file is replaced as a whole, or not at all."""
    store = _open(path)
    for decision in decisions:
        for triple in _triples(decision):
            store.add(ox.Quad(*triple))
    dataset = ox.NamedNode(DECISIONS_GRAPH)
    store.add(ox.Quad(dataset, _TYPE, ox.NamedNode(LEVIER + "Dataset")))
    title = ox.Literal("Decisions of people on links", language="en")
    store.add(ox.Quad(dataset, ox.NamedNode(DCTERMS + "title"), title))
    prefixes = {"levier": LEVIER, "prov": PROV, "foaf": FOAF, "dcterms": DCTERMS}
    text = store.dump(format=ox.RdfFormat.TURTLE, from_graph=ox.DefaultGraph(), prefixes=prefixes) or b""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_bytes(text)
    draft.replace(path)


def _open(path: Path) -> ox.Store:
    store = ox.Store()
    if path.exists():
        try:
            store.load(path=str(path), format=ox.RdfFormat.TURTLE)
        except (SyntaxError, OSError) as error:
            raise BrokenData(f"{path}: cannot be read ({error}).", hint="Mend it: nothing is lost.") from error
    return store


def person_iri(name: str) -> str:
    """Give the IRI that stands for the person of that name."""
    return f"{ID}person/{quote(name, safe='')}"


def _triples(decision: Decision) -> Iterable[tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]]:
    node, person = ox.NamedNode(decision.iri), ox.NamedNode(person_iri(decision.by))
    moment = decision.on.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    yield node, _TYPE, ox.NamedNode(LEVIER + "LinkDecision")
    yield node, ox.NamedNode(LEVIER + "decidesActivity"), ox.NamedNode(decision.activity)
    yield node, ox.NamedNode(LEVIER + "decidesElement"), ox.NamedNode(decision.element)
    yield node, ox.NamedNode(LEVIER + "decidedAs"), ox.NamedNode(LEVIER + decision.verdict)
    yield node, ox.NamedNode(LEVIER + "decisionReason"), ox.Literal(decision.why)
    yield node, ox.NamedNode(PROV + "wasAttributedTo"), person
    yield (
        node,
        ox.NamedNode(PROV + "generatedAtTime"),
        ox.Literal(moment, datatype=ox.NamedNode(XSD + "dateTime")),
    )
    yield person, _TYPE, ox.NamedNode(PROV + "Person")
    yield person, ox.NamedNode(FOAF + "name"), ox.Literal(decision.by)


def load_into(store: EmbeddedStore, path: Path) -> None:
    """Put the decisions that the file keeps into the store's graph of decisions, in place of what it held.

    Without a file the graph stays as it is.
    """
    if path.exists():
        _open(path)  # says what is wrong before anything is loaded
        if store.raw.contains_named_graph(ox.NamedNode(DECISIONS_GRAPH)):
            store.clear(DECISIONS_GRAPH)
        store.load(path, DECISIONS_GRAPH)


def load_decisions(store: EmbeddedStore) -> dict[tuple[str, str], Decision]:
    """Give the latest decision on each activity and element that the store holds."""
    rows = store.select(
        f"SELECT ?a ?e ?v ?name ?when ?why {{ GRAPH <{DECISIONS_GRAPH}> {{ ?d a levier:LinkDecision ; "
        "levier:decidesActivity ?a ; levier:decidesElement ?e ; levier:decidedAs ?v ; levier:decisionReason ?why ; "
        "prov:wasAttributedTo/foaf:name ?name ; prov:generatedAtTime ?when } } ORDER BY ?when ?d"
    )
    found: dict[tuple[str, str], Decision] = {}
    for row in rows:
        when = datetime.fromisoformat(row["when"].value)
        confirmed = row["v"].value == LEVIER + "Confirmed"
        activity, element = row["a"].value, row["e"].value
        found[activity, element] = Decision(activity, element, confirmed, row["name"].value, when, row["why"].value)
    return found


def by_activity(decisions: Decisions) -> dict[str, dict[str, Decision]]:
    """Give the decisions of each activity, by element."""
    found: dict[str, dict[str, Decision]] = {}
    for (activity, element), decision in decisions.items():
        found.setdefault(activity, {})[element] = decision
    return found
