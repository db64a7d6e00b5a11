"""Both engines agree on a large generated graph; how long they take is for `make bench`."""

from collections import Counter
from collections.abc import Iterator

import pyoxigraph as ox
import pytest

from levier.coherence import engine, load_catalogue
from levier.graph import EmbeddedStore
from levier.terms import DCTERMS, IATI, LEVIER, RDF, XSD, code_iri

ACTIVITIES = 20
"""Of which the reference, which asks each SPARQL rule per node, takes seconds."""
WRONG_SUM, FOREIGN = 10, 7


def node(iri: str) -> ox.NamedNode:
    return ox.NamedNode(iri)


def decimal(text: str) -> ox.Literal:
    return ox.Literal(text, datatype=node(XSD + "decimal"))


def activities(count: int) -> Iterator[ox.Quad]:
    """Give activities with two sectors and five transactions: every tenth sums to 90 %, one in seven is in USD."""
    graph, kind = node("https://w3id.org/levier/graph/aid/made"), node(RDF + "type")
    for number in range(count):
        a = f"https://w3id.org/levier/id/activity/r/{number}"
        yield ox.Quad(node(a), kind, node(IATI + "Activity"), graph)
        for s, share in enumerate(("50", "40" if number % WRONG_SUM == 0 else "50")):
            sector = node(f"{a}/sector/{s}")
            yield ox.Quad(node(a), node(IATI + "sector"), sector, graph)
            yield ox.Quad(sector, kind, node(IATI + "SectorAllocation"), graph)
            yield ox.Quad(sector, node(IATI + "percentage"), decimal(share), graph)
        for t in range(5):
            transaction, currency = node(f"{a}/transaction/{t}"), "USD" if number % FOREIGN == 0 else "EUR"
            yield ox.Quad(node(a), node(IATI + "transaction"), transaction, graph)
            yield ox.Quad(transaction, kind, node(IATI + "Transaction"), graph)
            yield ox.Quad(transaction, node(IATI + "value"), decimal("10.5"), graph)
            yield ox.Quad(transaction, node(IATI + "currency"), node(code_iri("Currency", currency)), graph)


def made(count: int) -> EmbeddedStore:
    store = EmbeddedStore.in_memory()
    store.raw.bulk_extend(activities(count))
    return store


def test_the_fast_engine_counts_right_over_200000_triples() -> None:
    store = made(7_700)
    found = Counter(finding.rule.id for finding in engine("fast").run(load_catalogue(), store))

    assert store.count() > 200_000
    assert 770 == found["AID-010"]
    assert 5_500 == found["MONEY-005"]
    assert 7_700 == found["AID-001"]
    assert 38_500 == found["MONEY-001"] == found["MONEY-002"]


def test_both_engines_agree_on_a_graph_of_many_activities() -> None:
    store, catalogue = made(ACTIVITIES), load_catalogue()
    reference, fast = (engine(name).run(catalogue, store) for name in ("pyshacl", "fast"))

    assert len(reference) > ACTIVITIES
    assert [finding.key for finding in reference] == [finding.key for finding in fast]


@pytest.mark.parametrize("name", ["fast", "pyshacl"])
def test_a_check_digit_is_computed_from_all_eight_digits(name: str) -> None:
    """Known numbers: Enabel's and that of the FPS Finance are right; 0453475391 is the one known to be wrong."""
    store = EmbeddedStore.in_memory()
    numbers = ("0264814354", "0308357159", "0453475391", "0453975341")
    for number in numbers:
        subject, graph = (
            node(f"https://w3id.org/levier/id/organisation/{number}"),
            node("https://w3id.org/levier/graph/a"),
        )
        store.raw.add(ox.Quad(subject, node(RDF + "type"), node(LEVIER + "Actor"), graph))
        identifier = ox.Literal(f"BE-BCE_KBO-{number}")
        store.raw.add(ox.Quad(subject, node(DCTERMS + "identifier"), identifier, graph))
    wrong = [f.value for f in engine(name).run(load_catalogue(), store) if f.rule.id == "ACTOR-001"]

    assert ["BE-BCE_KBO-0453475391"] == wrong
