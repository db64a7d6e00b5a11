"""The annotated example of the standard and real files of Belgian reporters, where they are at hand."""

from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import pyoxigraph as ox
import pytest
from lxml import etree
from tests.iati.conftest import Result, converted

from levier.terms import COMMON, IATI, RDF, XML_LANG, activity_iri

TYPE = ox.NamedNode(RDF + "type")


@pytest.fixture(scope="module")
def example(shared: Path) -> Result:
    return converted(shared / "standard" / "examples" / "activity-2.03.xml")


@pytest.fixture(scope="module")
def belgian_path(shared: Path) -> Path:
    return shared / "corpus" / "iati" / "belgian-reporters.xml"


@pytest.fixture(scope="module")
def belgian(belgian_path: Path) -> Result:
    return converted(belgian_path)


def test_every_element_and_attribute_of_the_annotated_example_is_mapped(example: Result) -> None:
    report = example.report

    assert (report.converted, report.items.kept, report.problem_counts, report.error) == (1, 0, {}, None)


def test_every_value_and_text_of_the_annotated_example_is_in_the_graph(shared: Path, example: Result) -> None:
    """Whatever stands in an attribute or a text is the text of a literal, or the code of a concept."""
    activity = next(etree.parse(shared / "standard" / "examples" / "activity-2.03.xml").iter("iati-activity"))
    written = {
        value.strip() for element in activity.iter("*") for value in (*element.attrib.values(), element.text or "")
    }
    objects = {quad.object for quad in example.store}
    said = {term.value for term in objects if isinstance(term, ox.Literal)}
    said |= {term.language for term in objects if isinstance(term, ox.Literal) and term.language}
    said |= {unquote(term.value.rpartition("/")[2]) for term in objects if isinstance(term, ox.NamedNode)}

    assert written - said == {""}
    assert len(written) > 120


@pytest.mark.corpus
def test_of_belgian_reporters_only_extension_namespaces_are_not_mapped(belgian: Result) -> None:
    report = belgian.report

    assert (report.read, report.converted, report.error, report.items.dropped) == (25, 25, None, 0)
    assert "not-mapped" not in report.problem_counts


@pytest.mark.corpus
def test_the_graph_of_belgian_reporters_has_as_many_of_everything_as_the_xml(
    belgian_path: Path, belgian: Result
) -> None:
    root = etree.parse(belgian_path).getroot()
    names = {
        "transaction": "Transaction", "budget": "Budget", "location": "Location", "result": "Result",
        "document-link": "DocumentLink", "policy-marker": "PolicyMarker", "related-activity": "RelatedActivity",
        "planned-disbursement": "PlannedDisbursement", "sector": "SectorAllocation", "indicator": "Indicator",
    }  # fmt: skip
    in_xml = {cls: sum(1 for _ in root.iter(name)) for name, cls in names.items()}
    classes = {quad.subject: quad.object for quad in belgian.store.quads_for_pattern(None, TYPE, None)}
    # By what leads to them: those of the same content are one.
    led_to = Counter(classes.get(quad.object) for quad in belgian.store if IATI in quad.predicate.value)
    in_graph = {cls: led_to[ox.NamedNode(IATI + cls)] for cls in names.values()}

    assert in_graph == in_xml
    assert in_xml["Transaction"] > 100


def _activities(result: Result, node: object) -> set[str]:
    """Give the IRI of the activity that a node is of, or those that have it in common."""
    if isinstance(node, ox.NamedNode) and node.value.startswith(COMMON):
        leading = result.store.quads_for_pattern(None, None, node)
        return {iri for quad in leading for iri in _activities(result, quad.subject)}
    return {"/".join(node.value.split("/")[:8])} if isinstance(node, ox.NamedNode) else set()


@pytest.mark.corpus
def test_every_narrative_of_belgian_reporters_is_in_the_graph_with_its_language(
    belgian_path: Path, belgian: Result
) -> None:
    """Compared as pairs of activity and text: the same text may stand in an activity many times."""
    expected = set()
    for activity in etree.parse(belgian_path).getroot():
        reporter = activity.find("reporting-org")
        assert reporter is not None
        iri = activity_iri(reporter.get("ref") or "", (activity.findtext("iati-identifier") or "").strip())
        for narrative in activity.iter("narrative"):
            language = (narrative.get(XML_LANG) or activity.get(XML_LANG) or "").lower()
            if text := (narrative.text or "").strip():
                expected.add((iri, text, language))
    found = set()
    for quad in belgian.store:
        if isinstance(quad.object, ox.Literal) and quad.object.language:
            found |= {(iri, quad.object.value, quad.object.language) for iri in _activities(belgian, quad.subject)}

    assert found == {one for one in expected if one[2]}
    assert len(expected) > 300
