"""The same figures a second way: what the questions sum and count, computed in Python over the XML.

The files have Belgian reporters, many donors and currencies with COVID-19 activities, migration and refugee publishers,
one large donor, and old versions. LEVIER_BENCH_STORE names a store of the whole corpus, which is then compared instead.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from tests.questions.over_xml import counts, money, response, signs
from tests.questions.over_xml.comparing import Table, apart, asked
from tests.questions.over_xml.counted import NOTE, ORGANISATION, Counted, Organisations, counted, references

from levier.build import Plan, build
from levier.graph import EmbeddedStore, Snapshots
from levier.iati import sources
from levier.questions import questions
from levier.settings import Settings

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "iati"
FILES = (
    "belgian-reporters.xml",
    "covid-2021-06/dportal_33.xml.gz",
    "covid-2021-06/dportal_125.xml.gz",
    "iom/iom-2.03.xml.gz",
    "aims/iati_1.04_NigeriaAIMS_GeocodedResearchRelease.xml.gz",
    "es/maec-indonesia-2.01.xml.gz",
)
LISTS = """# Made up for the test: no source of ours has such lists, and no such entity reports in the corpus.
@prefix group: <https://w3id.org/levier/id/country-group/> .
@prefix country: <https://w3id.org/levier/id/code/Country/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<https://w3id.org/levier/graph/lists> a <https://w3id.org/levier/ontology#Dataset> .
group:least-developed a skos:Collection ; skos:member country:AF, country:CD, country:NE, country:UG .
group:fragile a skos:Collection ; skos:member country:AF, country:CD, country:IQ, country:ML .
group:origin-or-transit a skos:Collection ; skos:member country:AF, country:MA, country:NE .
<https://w3id.org/levier/id/organisation/XM-DAC-41122>
    <http://www.w3.org/ns/org#classification> <https://w3id.org/levier/id/stakeholder-group/federated-entities> .
"""
OF_LISTS = {"least-developed-and-fragile", "poorest-or-origin-countries", "federated-entities"}
NOTES = ("migration", "covid-health", "covid-socioeconomic")
POOR, FRAGILE, ORIGIN = {"AF", "CD", "NE", "UG"}, {"AF", "CD", "IQ", "ML"}, {"AF", "MA", "NE"}
ENTITY = f"{ORGANISATION}XM-DAC-41122"
COUNTRY = f"{signs.ID}code/Country/"


@dataclass(frozen=True)
class Ground:
    """What both ways start from: the graph, the activities that count, and the organisations that references mean."""

    store: EmbeddedStore
    counted: list[Counted]
    organisations: Organisations

    def named(self, query: str) -> set[str]:
        """Give the addresses that a query finds as ?x."""
        return {row["x"].value for row in self.store.select(f"SELECT DISTINCT ?x {{ {query} }}")}


@dataclass(frozen=True)
class Case:
    """A question, the columns that make a key, and its figures a second way.

    `written` maps what a column has to what the second way writes for it; rows without a figure of `having` are passed
    over.
    """

    name: str
    keys: tuple[str, ...]
    money: tuple[str, ...]
    numbers: tuple[str, ...]
    again: Callable[[Ground], Table]
    written: Mapping[str, Callable[[str], str]] | None = None
    having: str = ""


def elements(ground: Ground, note: str = "") -> set[str]:
    """Give the top elements of a note, or of all."""
    scheme = f"<{NOTE}{note}>" if note else "?note"
    return ground.named(f"?x skos:topConceptOf {scheme} . {scheme} a levier:StrategyNote")


def ended(ground: Ground) -> dict[str, int]:
    """Give, by country, the year in which its partnership ended or was suspended."""
    rows = ground.store.select(
        "SELECT * { ?p levier:partnerCountry ?country ; schema:endDate|levier:suspendedOn ?end }"
    )
    return {row["country"].value.removeprefix(COUNTRY): int(row["end"].value[:4]) for row in rows}


def consulted(ground: Ground) -> set[str]:
    """Give who had to do with a consultation on the migration note."""
    return ground.named(f"?c levier:consultationOn <{NOTE}migration> ; ?how ?x . "
                        "FILTER(?how IN (levier:consulted, levier:requestedBy, prov:wasAssociatedWith))")  # fmt: skip


PAID = ("committed", "disbursed", "spent")
CASES = [
    Case("money-per-objective", ("objective", "year", "reporter", "currency"), PAID, ("activities",),
         lambda g: money.per_objective(g.counted)),
    Case("core-or-earmarked", ("objective", "reporter", "currency"),
         ("core", "programmes", "projects", "other", "notStated", "total"), (),
         lambda g: money.core_or_earmarked(g.counted)),
    Case("in-donor-share", ("reporter", "year", "currency"), ("inDonor", "elsewhere", "total"), (),
         lambda g: money.in_donor_share(g.counted)),
    Case("without-in-donor-costs", ("reporter", "currency", "year"), ("with", "without", "changeWith", "changeWithout"),
         (), lambda g: money.without_in_donor(g.counted)),
    Case("other-crises", ("reporter", "year", "currency"), ("covid", "other"), (),
         lambda g: money.other_crises(g.counted)),
    Case("control-systems-humanitarian", ("reporter", "year", "currency", "side"),
         ("control", "systems", "humanitarian", "other", "total"), (), lambda g: money.by_sector(g.counted)),
    Case("least-developed-and-fragile", ("note", "reporter", "currency"), ("total", "leastDeveloped", "fragile"), (),
         lambda g: money.to_countries_by_note(g.counted, {"leastDeveloped": POOR, "fragile": FRAGILE}, NOTES)),
    Case("poorest-or-origin-countries", ("reporter", "currency"), ("total", "poorest", "originOrTransit"), (),
         lambda g: money.to_countries(g.counted, {"poorest": POOR, "originOrTransit": ORIGIN})),
    Case("research", ("reporter", "activity", "route", "linkedToAxis", "year", "currency"), PAID, (),
         lambda g: response.research(g.counted, g.organisations)),
    Case("through-covax-gavi-who", ("way", "reporter", "currency"), PAID, ("activities", "namingDoses"),
         lambda g: response.through(g.counted, g.organisations)),
    Case("running-or-new", ("reporter", "currency"), ("running", "new", "undated"),
         ("runningActivities", "newActivities", "undatedActivities"), lambda g: response.running_or_new(g.counted)),
    Case("nexus", ("country", "objective", "reporter", "currency"), ("humanitarian", "development"),
         ("humanitarianActivities", "developmentActivities", "both"), lambda g: counts.nexus(g.counted),
         {"country": lambda found: found.removeprefix(COUNTRY)}),
    Case("found-only-by-text", ("activity", "identifier", "reporter", "text", "sector12264", "linked"), (), ("texts",),
         lambda g: response.by_text(g.counted)),
    Case("actors-and-channels", ("axis", "actor"), (), ("activities",),
         lambda g: response.actors(g.counted, g.organisations), having="activities"),
    Case("completeness", ("reporter", "note"), (), ("activities", "withoutSector", "withoutReceiverRef",
         "withoutResult", "withoutPlace", "withoutMoney", "withoutStart"), lambda g: counts.completeness(g.counted)),
    Case("results-for-evaluation", ("reporter",), (), ("activities", "withObjective", "withResult", "withIndicator",
         "withBaseline", "withTarget", "withActual", "withObjectiveAndTarget"),
         lambda g: counts.for_evaluation(g.counted)),
    Case("same-money-twice", ("payer", "payerReporter", "paid", "paidReporter"), (),
         ("linksFromPayer", "linksFromPaid"), lambda g: counts.twice(g.counted)),
    Case("objectives-without-activity", ("objective", "during"), (), ("linkedAtAnyTime",),
         lambda g: counts.without_activity(g.counted, elements(g, "migration"), since=2022)),
    Case("lost-partner-status", ("country",), (), ("activities", "endedBefore", "ranOn", "startedAfter", "undated"),
         lambda g: counts.lost_partners(g.counted, ended(g)), {"country": lambda found: found.removeprefix(COUNTRY)}),
    Case("target-groups", ("group",), (), ("activities", "asTarget", "linked"),
         lambda g: signs.target_groups(g.counted, g.named("?x a levier:TargetGroup"))),
    Case("aligned-with-partners", ("note", "reporter"), (), ("activities", "withCountryBudget", "withAppeal",
         "withGovernment", "withPartnersOfTheCountry", "withoutSign"),
         lambda g: signs.aligned(g.counted, g.organisations)),
    Case("federated-entities", ("objective", "entity"), (), ("activities", "federalActivities"),
         lambda g: signs.federated(g.counted, g.organisations, [ENTITY])),
    Case("consulted-and-implementing", ("who",), (), ("organisations", "activities"),
         lambda g: signs.implementing(g.counted, g.organisations, consulted(g))),
    Case("path-to-indicator", ("objective",), (), ("aidActivities", "aidWithIndicator"),
         lambda g: signs.with_indicator(g.counted, elements(g))),
    Case("relations-between-notes", ("note", "other"), (), ("sharedActivities", "noteActivities", "otherActivities"),
         lambda g: signs.shared(g.counted, NOTES), having="sharedActivities"),
]  # fmt: skip


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    if not CORPUS.is_dir():
        pytest.skip("../shared (real aid data) is not beside this checkout")
    given = os.environ.get("LEVIER_BENCH_STORE")
    place = Path(given) if given else tmp_path_factory.mktemp("over-xml")
    paths = sorted(CORPUS.rglob("*.xml*")) if given else [CORPUS / name for name in FILES]
    if not given:
        lists = place / "lists.ttl"
        lists.write_text(LISTS, encoding="utf-8")
        build(Settings(store=place), Plan(sources(paths), data=[lists]))
    store = Snapshots(place).open()
    return Ground(store, list(counted(store, paths)), references(store))


@pytest.mark.corpus
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_both_ways_give_the_same_figures(case: Case, ground: Ground) -> None:
    if case.name in OF_LISTS and "LEVIER_BENCH_STORE" in os.environ:
        pytest.skip("the lists that this question needs are made up and not in the store that was given")
    expected = case.again(ground).having(case.having)
    found = asked(ground.store, case.name, case.keys, (*case.money, *case.numbers), case.written or {})

    assert expected.rows
    assert {} == apart(expected, found.having(case.having), money=case.money)


@pytest.mark.corpus
def test_a_wrong_share_would_be_seen(ground: Ground) -> None:
    """The comparison is not blind: a cent more in one row, and a row less, are told."""
    expected = money.per_objective(ground.counted)
    found = asked(ground.store, "other-crises", ("reporter", "year", "currency"), ("covid", "other"), {})
    wrong = money.other_crises(ground.counted)
    key = next(iter(wrong.rows))
    wrong.rows[key]["other"] += Decimal("0.02")

    assert [key] == list(apart(wrong, found, money=("covid", "other")))
    assert len(expected.rows) == len(apart(expected, Table(), money=PAID))


def test_every_question_that_sums_or_counts_aid_has_a_second_way() -> None:
    own = {"path-to-indicator", "horizons-and-end-dates"}
    counting = {
        one.name
        for one in questions()
        if any(column.unit in {"activities", "currency"} for column in one.columns if column.type != "text")
    }

    assert counting - own <= {case.name for case in CASES}
