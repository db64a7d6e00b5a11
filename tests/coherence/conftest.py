"""What the tests of the coherence room share."""

from pathlib import Path

import pytest

PLAN = """PREFIX levier: <https://w3id.org/levier/ontology#>
PREFIX schema: <https://schema.org/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
<https://w3id.org/levier/id/plan/x> a levier:ActionPlan ; <http://www.w3.org/2004/02/skos/core#prefLabel> "X"@en ;
    schema:startDate "2024-01-01"^^xsd:date ;
    schema:endDate "2023-01-01"^^xsd:date ;
    levier:responsibleActor <https://w3id.org/levier/id/organisation/XM-DAC-2-10> .
"""

ACTIVITY = """<?xml version="1.0" encoding="UTF-8"?>
<iati-activities version="2.03">
  <iati-activity default-currency="USD" xml:lang="en">
    <iati-identifier>XM-DAC-2-10-1</iati-identifier>
    <reporting-org ref="XM-DAC-2-10" type="10"><narrative>DGD</narrative></reporting-org>
    <title><narrative>A</narrative></title>
    <description><narrative>B</narrative></description>
    <activity-status code="2"/>
    <activity-date type="2" iso-date="2016-01-01"/><recipient-country code="BJ"/>
    <sector code="12220" percentage="60"/>
    <sector code="74010" percentage="20"/>
    <transaction>
      <transaction-type code="3"/>
      <transaction-date iso-date="2024-02-01"/>
      <value value-date="2024-02-01">10</value>
    </transaction>
  </iati-activity>
</iati-activities>
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan that translates nothing and ends before it starts."""
    path = tmp_path / "plan.ttl"
    path.write_text(PLAN, encoding="utf-8")
    return path


@pytest.fixture
def activity(tmp_path: Path) -> Path:
    """An IATI file: sectors of 80 %, a withdrawn sector code, an amount in USD."""
    path = tmp_path / "activity.xml"
    path.write_text(ACTIVITY, encoding="utf-8")
    return path
