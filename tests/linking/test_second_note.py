"""A note of another donor, of another subject: its links need data alone, one Turtle file, and no code."""

from pathlib import Path

import pyoxigraph as ox
from tests.linking.conftest import PREFIXES

from levier.graph import EmbeddedStore
from levier.linking import explain, relink, render
from levier.settings import Settings
from levier.terms import graph_iri

FIXTURE = Path(__file__).parent / "fixtures" / "second-note.ttl"

AID = """
<nets> a iati:Activity ; iati:iatiIdentifier "nets" ; iati:title "Selective nets for small boats"@en ;
  iati:description "Women who smoke fish are trained."@en ; iati:sector <nets/sector/1> .
<nets/sector/1> iati:code <https://w3id.org/levier/id/code/Sector/31320> ; iati:percentage 100.0 .
<patrol> a iati:Activity ; iati:iatiIdentifier "patrol" ; iati:title "Lutte contre la pêche illicite"@fr .
<farm> a iati:Activity ; iati:iatiIdentifier "farm" ; iati:title "Fish farm"@en ;
  iati:description "Ponds, and no boats at sea."@en .
<road> a iati:Activity ; iati:iatiIdentifier "road" ; iati:title "A road"@en .
"""


def test_a_note_and_its_rules_are_linked_from_one_file_of_data() -> None:
    store = EmbeddedStore.in_memory()
    store.load(FIXTURE, graph_iri("note", "oceans"))
    store.load_bytes((PREFIXES + AID).encode(), graph_iri("aid", "authored"), ox.RdfFormat.TURTLE)
    report = relink(store, Settings())
    rows = store.select("SELECT ?i ?n { ?a levier:contributesTo/skos:notation ?n ; iati:iatiIdentifier ?i }")

    assert {("nets", "O1"), ("patrol", "O2")} == {(row["i"].value, row["n"].value) for row in rows}
    assert ["O1", "O2"] == [element.notation for element in report.elements]
    assert "speaks against it" in render(explain(store, "farm"))
    assert "Not linked" in render(explain(store, "road"))
