"""Percentages such as 23.200000000000003, which real files have, lose no money: the engine gives no value where the
product or quotient of two decimals has too many digits, and a sum would pass over it without a word."""

import pyoxigraph as ox
import pytest

from levier.graph import EmbeddedStore
from levier.questions import answer, find

DATA = """
PREFIX iati: <https://w3id.org/levier/iati#>
PREFIX levier: <https://w3id.org/levier/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
BASE <https://w3id.org/levier/id/>
<../graph/one> {
  <note/covid-health> a levier:StrategyNote . <note/migration> a levier:StrategyNote .
  <country-group/least-developed> skos:member <code/Country/SS> .
  <country-group/fragile> skos:member <code/Country/SS> .
  <country-group/origin-or-transit> skos:member <code/Country/SS> .
  <h> skos:inScheme <note/covid-health> . <m> skos:inScheme <note/migration> .
  <l/1> levier:alignedActivity <a> ; levier:alignedElement <h> ; levier:share 1.0 .
  <l/2> levier:alignedActivity <a> ; levier:alignedElement <m> ; levier:share 1.0 .
  <a> a iati:Activity ; levier:contributesTo <h>, <m> ; iati:transaction <t/1>, <t/2> ;
    iati:recipientCountry <p/1>, <p/2>, <p/3>, <p/4>, <p/5> ; iati:sector <s/1>, <s/2>, <s/3>, <s/4>, <s/5> .
  <t/1> iati:transactionType <code/TransactionType/3> ; iati:value 1000000.0 ; levier:amountEur 1000000.0 ;
    iati:humanitarian true ; iati:transactionDate "2021-01-01"^^xsd:date .
  <t/2> iati:transactionType <code/TransactionType/3> ; iati:value 1000000.0 ; levier:amountEur 1000000.0 ;
    iati:humanitarian false ; iati:transactionDate "2021-01-01"^^xsd:date .
  <p/1> iati:percentage 6.9 ; iati:code <code/Country/BI> . <p/2> iati:percentage 26.6 ; iati:code <code/Country/CD> .
  <p/3> iati:percentage 24.3 ; iati:code <code/Country/NG> . <p/5> iati:percentage 19.0 ; iati:code <code/Country/UG> .
  <p/4> iati:percentage 23.200000000000003 ; iati:code <code/Country/SS> .
  <s/1> iati:percentage 6.9 ; iati:code <code/Sector/11110> .
  <s/2> iati:percentage 26.6 ; iati:code <code/Sector/12182> .
  <s/3> iati:percentage 24.3 ; iati:code <code/Sector/72010> .
  <s/5> iati:percentage 19.0 ; iati:code <code/Sector/93010> .
  <s/4> iati:percentage 23.200000000000003 ; iati:code <code/Sector/12264> .
}
"""


@pytest.mark.parametrize(
    ("question", "column", "expected"),
    [
        ("nexus", "humanitarian", [69_000, 266_000, 243_000, 232_000, 190_000]),
        ("least-developed-and-fragile", "fragile", [464_000]),
        ("poorest-or-origin-countries", "poorest", [464_000]),
        ("control-systems-humanitarian", "control", [464_000]),
        ("in-donor-share", "inDonor", [380_000]),
        ("without-in-donor-costs", "with", [2_000_000]),
        ("research", "disbursed", [532_000]),
    ],
)
def test_percentages_of_many_digits_lose_no_money(question: str, column: str, expected: list[int]) -> None:
    store = EmbeddedStore.in_memory()
    store.raw.load(input=DATA.encode(), format=ox.RdfFormat.TRIG)
    found = answer(store, find(question))
    index = [one.name for one in found.columns].index(column)
    amounts = {round(float(cell.value)) for row in found.rows if isinstance(cell := row[index], ox.Literal)}

    assert set(expected) == amounts
