"""The same figure a second way: what the questions sum and count, computed in Python over the XML.

The files are that of Belgian reporters, and one of many donors and currencies with COVID-19 activities.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from tests.questions.over_xml.reading import Activity, read, summed

from levier.build import Plan, build
from levier.graph import EmbeddedStore, Snapshots
from levier.iati import sources
from levier.questions import answer, find
from levier.settings import Settings

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "iati"
FILES = ("belgian-reporters.xml", "covid-2021-06/dportal_44.xml.gz")
KINDS = {"2": "committed", "3": "disbursed", "4": "spent"}
ROUNDING = Decimal("0.05")
"""A question rounds each row to the cent; ten of them may be one here."""
COVID = ("covid-health", "covid-socioeconomic")

Key = tuple[object, ...]


@dataclass(frozen=True)
class Counted:
    """An activity that counts: as the file has it, who reports it, and what part of it which element may claim."""

    activity: Activity
    reporter: str
    shares: dict[str, Decimal]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedStore:
    if not CORPUS.is_dir():
        pytest.skip("../shared (real aid data) is not beside this checkout")
    place = tmp_path_factory.mktemp("over-xml")
    build(Settings(store=place), Plan(sources([CORPUS / name for name in FILES])))
    return Snapshots(place).open()


@pytest.fixture(scope="module")
def counted(store: EmbeddedStore) -> list[Counted]:
    """The activities that count, each with what its own file says."""
    return list(_counted(store))


def _counted(store: EmbeddedStore) -> Iterator[Counted]:
    shares: dict[str, dict[str, Decimal]] = defaultdict(dict)
    links = "?x levier:alignedActivity ?a ; levier:alignedElement ?e ; levier:share ?s . ?a levier:contributesTo ?e"
    for row in store.select(f"SELECT * {{ {links} }}"):
        shares[row["a"].value][row["e"].value] = Decimal(row["s"].value)
    texts = {Path(name).name: {one.identifier: one for one in read(CORPUS / name)} for name in FILES}
    for row in store.select("""
        SELECT ?a ?file ?identifier ?reporter {
          GRAPH ?g { ?a a iati:Activity ; iati:iatiIdentifier ?identifier }
          GRAPH graph:provenance { ?g levier:fileName ?file }
          OPTIONAL { ?a iati:reportingOrg/iati:organisation ?reporter }
        }"""):
        of_file = texts.get(row["file"].value, {})
        if row["identifier"].value in of_file:
            reporter = row["reporter"].value if row["reporter"] else ""
            yield Counted(of_file[row["identifier"].value], reporter, shares[row["a"].value])


def asked(store: EmbeddedStore, name: str, keys: tuple[str, ...], values: tuple[str, ...]) -> dict[Key, Decimal]:
    """Give what a question answers: the sums of each value column by the key columns."""
    found = answer(store, find(name))
    names = [column.name for column in found.columns]
    sums: dict[Key, Decimal] = defaultdict(Decimal)
    for row in found.rows:
        cells = {column: "" if term is None else term.value for column, term in zip(names, row, strict=True)}  # type: ignore[union-attr]
        for value in values:
            sums[(*(cells[key] for key in keys), value)] += Decimal(cells[value] or 0)
    return summed(sums)


def test_activities_are_there(counted: list[Counted]) -> None:
    assert len(counted) > 100
    assert any(one.shares for one in counted)


def test_money_per_objective(store: EmbeddedStore, counted: list[Counted]) -> None:
    sums: dict[Key, Decimal] = defaultdict(Decimal)
    for one in counted:
        for element, share in one.shares.items():
            for tx in one.activity.transactions:
                if tx.kind in KINDS:
                    year = "" if tx.year is None else str(tx.year)
                    sums[(element, year, one.reporter, tx.currency, KINDS[tx.kind])] += tx.amount * share

    found = asked(store, "money-per-objective", ("objective", "year", "reporter", "currency"), tuple(KINDS.values()))

    assert {} == apart(summed(sums), found)


def test_core_or_earmarked(store: EmbeddedStore, counted: list[Counted]) -> None:
    sums: dict[Key, Decimal] = defaultdict(Decimal)
    for one in counted:
        for element, share in one.shares.items():
            for tx in one.activity.transactions:
                if tx.kind in {"3", "4"}:
                    sums[(element, one.reporter, tx.currency, funding(tx.aid_type))] += tx.amount * share

    columns = ("core", "programmes", "projects", "other", "notStated")
    found = asked(store, "core-or-earmarked", ("objective", "reporter", "currency"), columns)

    assert {} == apart(summed(sums), found)


def funding(aid_type: str) -> str:
    groups = {"A01": "core", "A02": "core", "B01": "core", "B02": "core", "B03": "programmes", "B04": "programmes"}
    return groups.get(aid_type[:3], "projects" if aid_type[:3] == "C01" else "other" if aid_type else "notStated")


def test_other_crises(store: EmbeddedStore, counted: list[Counted]) -> None:
    sums: dict[Key, Decimal] = defaultdict(Decimal)
    for one in counted:
        of_covid = any(note in element for element in one.shares for note in COVID)
        for tx in one.activity.transactions:
            if tx.humanitarian and tx.kind in {"3", "4"}:
                year = "" if tx.year is None else str(tx.year)
                sums[(one.reporter, year, tx.currency, "covid" if of_covid else "other")] += tx.amount

    found = asked(store, "other-crises", ("reporter", "year", "currency"), ("covid", "other"))

    assert {} == apart(summed(sums), found)


def test_results_for_evaluation(store: EmbeddedStore, counted: list[Counted]) -> None:
    sums: dict[Key, Decimal] = defaultdict(Decimal)
    for one in counted:
        facts = one.activity
        has = {
            "activities": True, "withObjective": facts.has_objective, "withResult": facts.results > 0,
            "withIndicator": facts.indicators > 0, "withBaseline": facts.baselines > 0, "withTarget": facts.targets > 0,
            "withActual": facts.actuals > 0,
            "withObjectiveAndTarget": facts.has_objective and facts.baselines > 0 and facts.targets > 0,
        }  # fmt: skip
        for name, is_so in has.items():
            sums[(one.reporter, name)] += is_so

    columns = ("activities", "withObjective", "withResult", "withIndicator", "withBaseline", "withTarget", "withActual")
    found = asked(store, "results-for-evaluation", ("reporter",), (*columns, "withObjectiveAndTarget"))

    assert summed(sums) == found


def apart(sums: dict[Key, Decimal], found: dict[Key, Decimal]) -> dict[Key, tuple[Decimal, Decimal]]:
    """Give where two ways differ by more than the rounding of the rows that are added up here."""
    pairs = {key: (sums.get(key, Decimal()), found.get(key, Decimal())) for key in sums.keys() | found.keys()}
    return {key: pair for key, pair in pairs.items() if abs(pair[0] - pair[1]) > ROUNDING}
