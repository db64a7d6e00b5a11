"""Which activities other activities name."""

from collections.abc import Callable

import pytest

from levier.build.references import REFERENCES_GRAPH, ReferenceReport, refer
from levier.graph import EmbeddedStore
from levier.terms import activity_iri, graph_iri, organisation_iri, shorten

Refer = Callable[..., tuple[ReferenceReport, list[str]]]
US = "BE-BCE_KBO-0410057701"


@pytest.fixture
def referring() -> Refer:
    """Give what becomes of one provider's reference from activity `US-1`, in a store of activities."""

    def _referring(
        stated: str, *others: str | tuple[str, str], provider: str = ""
    ) -> tuple[ReferenceReport, list[str]]:
        store = EmbeddedStore.in_memory()
        mine = activity_iri(US, f"{US}-1")
        node = f"{mine}/transaction/1/provider-org"
        lines = [_activity(US, f"{US}-1"), f'<{node}> iati:providerActivityId "{stated}" .']
        lines += [_activity(*(other if isinstance(other, tuple) else ("XM-DAC-41114", other))) for other in others]
        if provider:
            lines.append(f"<{node}> iati:organisation <{organisation_iri(provider)}> .")
        _load(store, *lines)
        return refer(store), _said(store)

    return _referring


def _activity(reporter: str, identifier: str) -> str:
    return f'<{activity_iri(reporter, identifier)}> a iati:Activity ; iati:iatiIdentifier "{identifier}" .'


def _load(store: EmbeddedStore, *lines: str) -> None:
    prefixes = "PREFIX iati: <https://w3id.org/levier/iati#> PREFIX levier: <https://w3id.org/levier/ontology#> "
    graph = graph_iri("aid", "test")
    store.raw.update(f"{prefixes} INSERT DATA {{ GRAPH <{graph}> {{ {' '.join(lines)} }} }}")


def _said(store: EmbeddedStore) -> list[str]:
    """Give what the graph of references says, without its subjects."""
    rows = store.select(f"SELECT ?p ?o WHERE {{ GRAPH <{REFERENCES_GRAPH}> {{ ?s ?p ?o }} }}")
    return sorted(f"{shorten(row['p'].value)} {row['o'].value.rpartition('/')[2]}" for row in rows)


def test_an_identifier_leads_to_the_activity_that_has_it(referring: Refer) -> None:
    report, said = referring(" XM-DAC-41114-A ", "XM-DAC-41114-A", "XM-DAC-41114-B")

    assert said == ["levier:refersTo XM-DAC-41114-A"]
    assert report == ReferenceReport(resolved=1, own=0, proposed=0, unresolved=0)


def test_an_activity_may_name_itself(referring: Refer) -> None:
    report, said = referring(f"{US}-1")

    assert said == [f"levier:refersTo {US}-1"]
    assert report == ReferenceReport(resolved=1, own=1, proposed=0, unresolved=0)


@pytest.mark.parametrize(
    ("stated", "identifier", "because"),
    [
        ("XM-DAC-41114-projectX", "XM-DAC-41114-PROJECTX", "letter case"),
        ("XM-DAC-41114 - PROJECTX", "XM-DAC-41114-PROJECTX", "signs"),
        ("XM-DAC-41114-2019/412-032", "XM-DAC-41114-2019_412_032", "signs"),
        ("xm-dac-41114_projectx", "XM-DAC-41114-PROJECTX", "letter case and signs"),
        ("41114-PROJECTX", "XM-DAC-41114-PROJECTX", "organisation prefix"),
        ("BE-BCEKB0-0410057701-1", f"{US}-1", "organisation prefix"),
        (f"{US}-2", "BE-BCE-KBO-0410057701-2", "organisation prefix"),
    ],
)
def test_a_near_miss_is_proposed_with_its_difference(
    referring: Refer, stated: str, identifier: str, because: str
) -> None:
    report, said = referring(stated, identifier) if identifier != f"{US}-1" else referring(stated)

    assert said == [f"levier:mayReferTo {identifier}", f"levier:nearMissBecause {because}"]
    assert report == ReferenceReport(resolved=0, own=0, proposed=1, unresolved=0)


@pytest.mark.parametrize(
    "stated",
    [
        "XM-DAC-41114-PROJECT-1",  # its parent and its child are there
        "XM-DAC-41114-PROJECT-1-2-3",
        "XM-DAC-41122-PROJECT-1-2",
        "BE-BCE_KBO-0410057702-1",  # the check digit fails
        "PROJECT-1-2",  # the prefix of an organisation that the activity does not name
        "12",
    ],
)
def test_what_only_resembles_is_not_proposed(referring: Refer, stated: str) -> None:
    report, said = referring(stated, "XM-DAC-41114-PROJECT-1-2", "XM-DAC-41114-PROJECT", "XM-DAC-41114-1/2", "1-2")

    assert said == []
    assert report == ReferenceReport(resolved=0, own=0, proposed=0, unresolved=1)


def test_an_identifier_without_its_prefix_is_sought_at_the_organisation_that_stands_there(referring: Refer) -> None:
    _, said = referring("PROJECT-1", "XM-DAC-41114-PROJECT-1", provider="XM-DAC-41114")

    assert said == ["levier:mayReferTo XM-DAC-41114-PROJECT-1", "levier:nearMissBecause prefix left out"]


def test_an_identifier_with_the_prefix_of_another_lacks_none(referring: Refer) -> None:
    """An activity may be called after its donor's: that is not the donor's activity."""
    _, said = referring("XM-DAC-41114-7", (US, f"{US}-XM-DAC-41114-7"), provider="XM-DAC-41114")

    assert said == []


def test_of_activities_with_one_identifier_that_of_its_own_reporter_is_meant(referring: Refer) -> None:
    others = [("XM-DAC-41114", "XM-DAC-41114-A"), ("XM-DAC-41122", "XM-DAC-41114-A")]
    _, said = referring("XM-DAC-41114-A", *others)

    assert said == ["levier:refersTo XM-DAC-41114-A"]


def test_an_identifier_of_two_strangers_is_proposed_twice(referring: Refer) -> None:
    report, said = referring("A-1", ("XM-DAC-41114", "A-1"), ("XM-DAC-41122", "A-1"))

    assert said == ["levier:mayReferTo A-1", "levier:mayReferTo A-1", "levier:nearMissBecause shared identifier"]
    assert report.proposed == 1


def test_more_than_three_candidates_say_too_little(referring: Refer) -> None:
    shapes = ["XM-DAC-41114-AB-CD", "XM-DAC-41114-A-BCD", "XM-DAC-41114-ABC-D", "XM-DAC-41114-A-B-C-D"]
    report, said = referring("XM-DAC-41114-ABCD", *shapes)

    assert said == []
    assert report.unresolved == 1


def test_related_activities_and_participations_are_resolved_and_other_references_are_not() -> None:
    store = EmbeddedStore.in_memory()
    mine, other = activity_iri(US, f"{US}-1"), activity_iri(US, f"{US}-2")
    _load(
        store,
        _activity(US, f"{US}-1"),
        _activity(US, f"{US}-2"),
        f'<{mine}> iati:relatedActivity <{mine}/related-activity/1> . <{mine}/related-activity/1> iati:ref "{US}-2" .',
        f'<{mine}/participating-org/1> iati:activityId "{US}-2" ; iati:ref "{US}-2" .',
        f'<{mine}/transaction/1/receiver-org> iati:receiverActivityId "{US}-2" .',
        f'<{mine}/location/1> iati:ref "{US}-2" .',
    )
    report = refer(store)
    rows = store.select("SELECT ?s ?o WHERE { ?s levier:refersTo ?o } ORDER BY ?s")

    assert report.resolved == 3
    assert [(row["s"].value.removeprefix(mine), row["o"].value) for row in rows] == [
        ("/participating-org/1", other),
        ("/related-activity/1", other),
        ("/transaction/1/receiver-org", other),
    ]


def test_copies_neither_refer_nor_are_referred_to() -> None:
    store = EmbeddedStore.in_memory()
    copy = "https://w3id.org/levier/id/copy/test/1"
    _load(
        store,
        _activity(US, f"{US}-1"),
        f'<{copy}> a levier:ActivityCopy ; iati:iatiIdentifier "{US}-9" .',
        f"<{copy}> iati:relatedActivity <{copy}/related-activity/1> .",
        f'<{copy}/related-activity/1> iati:ref "{US}-1" . <{copy}/participating-org/1> iati:activityId "{US}-1" .',
        f'<{activity_iri(US, US + "-1")}/participating-org/1> iati:activityId "{US}-9" .',
    )
    report = refer(store)

    assert report == ReferenceReport(resolved=0, own=0, proposed=0, unresolved=1)


def test_asked_again_the_graph_is_the_same(referring: Refer) -> None:
    store = EmbeddedStore.in_memory()
    mine = activity_iri(US, f"{US}-1")
    _load(store, _activity(US, f"{US}-1"), f'<{mine}/participating-org/1> iati:activityId "{US}-1" .')
    once = (refer(store), store.dump(REFERENCES_GRAPH))
    twice = (refer(store), store.dump(REFERENCES_GRAPH))

    assert twice == once
    assert once[1] != b""
