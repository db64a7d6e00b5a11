"""Links taken over along related and provider activities, and the terms by planned duration."""

from datetime import date

import pyoxigraph as ox
import pytest
from tests.linking.conftest import PREFIXES, Load

from levier.errors import BrokenData
from levier.graph import EmbeddedStore
from levier.linking import explain, relink, render
from levier.linking.horizon import Bounds
from levier.linking.inferred import infer
from levier.settings import Settings
from levier.terms import graph_iri

AID = """
<parent> a iati:Activity ; iati:iatiIdentifier "parent" ; iati:title "Schools for refugees"@en ;
  iati:relatedActivity <parent/related/1> ; iati:plannedStart "2020-01-01" ; iati:plannedEnd "2020-06-01" .
<parent/related/1> iati:type <https://w3id.org/levier/id/code/RelatedActivityType/2> ; levier:refersTo <child> .
<child> a iati:Activity ; iati:iatiIdentifier "child" ; iati:title "Budget 2"@en ;
  iati:relatedActivity <child/related/1> .
<child/related/1> iati:type <https://w3id.org/levier/id/code/RelatedActivityType/1> ; levier:refersTo <parent> .
<grandchild> a iati:Activity ; iati:iatiIdentifier "grandchild" ; iati:title "Budget 3"@en ;
  iati:transaction <grandchild/transaction/1> .
<grandchild/transaction/1> iati:providerOrg <grandchild/org/1> .
<grandchild/org/1> levier:refersTo <child> .
<funded> a iati:Activity ; iati:iatiIdentifier "funded" ; iati:title "Budget 4"@en ;
  iati:transaction <funded/transaction/1> .
<funded/transaction/1> iati:providerOrg <funded/org/1> .
<funded/org/1> levier:refersTo <parent> .
"""


@pytest.fixture
def store(load: Load) -> EmbeddedStore:
    return load(turtle=AID)


def test_children_and_those_funded_take_over_weaker_links_and_no_further(store: EmbeddedStore) -> None:
    report = relink(store, Settings())
    found = {
        row["i"].value: (row["b"].value.rpartition("#")[2], float(row["c"].value), row["s"].value)
        for row in store.select(
            "SELECT ?i ?b ?c ?s { ?x levier:alignedActivity/iati:iatiIdentifier ?i ; levier:basis ?b ; "
            "levier:confidence ?c ; levier:share ?s ; levier:alignedElement/skos:notation 'M3' }"
        )
    }

    assert {"parent", "child", "funded"} == set(found)
    assert ("Inferred", "0") == (found["child"][0], found["child"][2])
    assert found["child"][1] < found["parent"][1]
    assert 2 == report.inferred
    assert "from parent" in render(explain(store, "funded"))


def test_taking_over_again_finds_the_same(store: EmbeddedStore) -> None:
    relink(store, Settings())
    before = infer(store)
    relink(store, Settings())

    assert before == infer(store)


def test_relation_that_cannot_be_followed_is_refused(store: EmbeddedStore) -> None:
    rule = "rule:x a levier:AlignmentRule ; levier:basis levier:Inferred ; levier:weight 0.4 ; "

    turtle = (PREFIXES + rule + "levier:inferredAlong iati:title .").encode()
    store.load_bytes(turtle, graph_iri("more"), ox.RdfFormat.TURTLE)
    with pytest.raises(BrokenData, match="inferredAlong is iati:title"):
        infer(store)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2020-01-01", "2020-12-31", "short"), ("2020-01-01", "2021-02-01", "medium"),
        ("2020-01-01", "2022-12-31", "medium"), ("2020-01-01", "2023-02-01", "long"),
        ("2020-01-01", "2019-01-01", None), ("2020-01-01", None, None),
    ],
)  # fmt: skip
def test_term_is_by_planned_duration(start: str, end: str | None, expected: str | None) -> None:
    horizon = Bounds.of(Settings()).horizon(date.fromisoformat(start), date.fromisoformat(end) if end else None)

    assert expected == (horizon and horizon.rpartition("/")[2])


def test_bounds_are_a_setting_and_the_run_states_them(store: EmbeddedStore) -> None:
    relink(store, Settings(short_term_months=3, medium_term_months=6))
    (row,) = store.select(
        "SELECT ?h ?s ?m ?k { ?x levier:alignedActivity/iati:iatiIdentifier 'parent' ; levier:hasHorizon ?h ; "
        "levier:kindOfAid ?k ; levier:alignedElement/skos:notation 'M3' ; prov:wasGeneratedBy ?r . "
        "?r levier:shortTermMonths ?s ; levier:mediumTermMonths ?m }"
    )

    assert ("medium", "3", "6") == (row["h"].value.rpartition("/")[2], row["s"].value, row["m"].value)
    assert row["k"].value.endswith("instrument/development-cooperation")
