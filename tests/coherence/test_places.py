"""Findings are found again in Turtle and in IATI XML, to the line and the column."""

import gzip
import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from tests.coherence.conftest import ACTIVITY, PLAN

from levier.coherence import check_files, check_snapshot, engine
from levier.coherence.places import located
from levier.coherence.places.trail import Step, trails
from levier.coherence.places.turtle import index
from levier.graph import EmbeddedStore
from levier.terms import LEVIER, PREFIXES

Places = dict[str, list[tuple[int | None, int | None]]]
FAST = engine("fast")


def places(*files: Path) -> Places:
    """Give line and column of each finding, by rule."""
    checked = check_files(files, FAST)
    assert checked.store
    found: Places = {}
    for finding in located(checked.findings, checked.store, checked.files):
        if finding.place:
            found.setdefault(finding.rule.id, []).append((finding.place.line, finding.place.column))
    return found


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_value_a_property_and_a_node_are_told_apart(plan: Path) -> None:
    assert {"PLAN-001": [(4, 1)], "COHERE-003": [(4, 1)], "PLAN-005": [(5, 22)]} == places(plan)


def test_a_column_counts_characters_and_not_bytes(tmp_path: Path) -> None:
    text = f'PREFIX levier: <{LEVIER}> <a:é> levier:note "é" ; levier:targetValue "ten" ; a levier:Indicator .'

    assert (1, text.index('"ten"') + 1) in places(write(tmp_path, "i.ttl", text))["PLAN-012"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_line_counts_as_one(tmp_path: Path, end: str) -> None:
    path = tmp_path / "plan.ttl"
    path.write_bytes(PLAN.replace("\n", end).encode())

    assert [(5, 22)] == places(path)["PLAN-005"]


def test_blank_nodes_are_told_apart_by_what_is_stated_of_them(tmp_path: Path) -> None:
    text = """PREFIX levier: <https://w3id.org/levier/ontology#>
PREFIX schema: <https://schema.org/>
[] a levier:ActionPlan ; schema:startDate "2024" ; schema:endDate "2023" .
<a:2> levier:has [
    a levier:ActionPlan ; schema:endDate "2023" ;
    schema:startDate "2024" ; levier:note ( "a" [] ) ] .
_:three a levier:ActionPlan ; levier:translates [] ;
    schema:startDate "2024" ; schema:endDate "2023" .
"""

    assert [(3, 43), (6, 22), (8, 22)] == sorted(places(write(tmp_path, "blank.ttl", text))["PLAN-005"])


def test_a_statement_in_another_file_is_found_there(plan: Path, tmp_path: Path) -> None:
    start = '<https://schema.org/startDate> "2025-01-01"^^<http://www.w3.org/2001/XMLSchema#date> .'
    dates = write(tmp_path, "dates.nt", f"<https://w3id.org/levier/id/plan/x> {start}")
    plan.write_text(PLAN.replace('schema:startDate "2024-01-01"^^xsd:date ;', ""), encoding="utf-8")
    checked = check_files([plan, dates], FAST)
    assert checked.store
    found = located(checked.findings, checked.store, checked.files)

    assert [f"{dates}:1:68"] == [str(finding.place) for finding in found if finding.rule.id == "PLAN-005"]


MESSY = ACTIVITY.replace(
    '<sector code="74010" percentage="20"/>', '<sector\n\n      code="74010"\n percentage="20"/>'
).replace("<activity-status", "<!-- <sector code='74010'/> -->\n<activity-status")


def zipped(folder: Path, data: bytes) -> Path:
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("inside/a.xml", data)
    return folder / "all.zip"


def packed(folder: Path, data: bytes) -> Path:
    (folder / "a.xml.gz").write_bytes(gzip.compress(data))
    return folder / "a.xml.gz"


def plain(folder: Path, data: bytes) -> Path:
    (folder / "a.xml").write_bytes(data)
    return folder / "a.xml"


@pytest.mark.parametrize(
    ("as_file", "text"),
    [
        (plain, MESSY),
        (packed, ACTIVITY),
        (zipped, MESSY),
        (plain, MESSY.replace("<narrative>B<", "<narrative>é &amp; B & C &nbsp;<")),
    ],
    ids=["tag over lines", "packed", "in an archive", "repaired"],
)
def test_an_element_is_found_by_the_start_of_its_tag(
    tmp_path: Path, text: str, as_file: Callable[[Path, bytes], Path]
) -> None:
    found = places(as_file(tmp_path, text.encode()))
    lines = text.split("\n")
    sector = max(number for number, line in enumerate(lines, 1) if line.strip().startswith("<sector"))

    assert {"AID-010": [(3, 3)], "AID-021": [(sector, 5)]} == found


def test_what_is_missing_is_told_at_the_nearest_element_there_is(tmp_path: Path) -> None:
    text = ACTIVITY.replace('<transaction-date iso-date="2024-02-01"/>', "<transaction-date/>")
    text = text.replace("<title><narrative>A</narrative></title>", "")
    found = places(write(tmp_path, "a.xml", text))

    assert [(3, 3)] == found["AID-001"]
    assert [(line_of(text, "<transaction-date"), 7)] == found["MONEY-002"]


def test_the_second_of_two_activities_is_found_in_its_own_place(tmp_path: Path) -> None:
    body = ACTIVITY.partition("<iati-activity ")[2].partition("</iati-activities>")[0]
    other = body.replace("XM-DAC-2-10-1", "XM-DAC-2-10-2").replace('percentage="60"', 'percentage="80"')
    text = ACTIVITY.replace("</iati-activities>", "<iati-activity " + other + "</iati-activities>")
    found = places(write(tmp_path, "a.xml", text))

    assert 1 == len(found["AID-010"])
    assert [line_of(text, "74010"), text[: text.rindex("74010")].count("\n") + 1] == [
        line for line, _ in found["AID-021"]
    ]


def test_an_empty_description_is_told_from_the_one_beside_it(tmp_path: Path) -> None:
    """Both are kept as written, in one literal: the finding names the empty one."""
    empty = '  <description type="2"><narrative>\n </narrative></description>\n'
    text = ACTIVITY.replace("    <activity-status", f"    <description><x/></description>\n{empty}    <activity-status")
    found = places(write(tmp_path, "a.xml", text))

    assert [(line_of(text, 'type="2"'), 3)] == found["AID-038"]


def test_an_old_version_is_found_where_it_was_written(tmp_path: Path) -> None:
    text = """<iati-activities version="1.05">
<iati-activity default-currency="EUR">
 <iati-identifier>X-1</iati-identifier>
 <reporting-org ref="X" type="10">X</reporting-org>
 <title>A</title>
 <description>B</description>
 <activity-status code="2"/>
 <activity-date type="start-actual" iso-date="2015-01-01"/>
 <sector code="12220" vocabulary="DAC"/>
 <transaction><transaction-type code="NONE"/><transaction-date iso-date="2015-01-01"/>
   <value value-date="2015-01-01">1</value></transaction>
</iati-activity></iati-activities>"""

    assert [(10, 15)] == places(write(tmp_path, "old.xml", text))["AID-020"]


def test_a_snippet_of_xml_on_one_line_is_short(tmp_path: Path) -> None:
    text = "".join(line.strip() for line in ACTIVITY.splitlines())
    path = write(tmp_path, "a.xml", text)
    checked = check_files([path], FAST)
    assert checked.store
    withdrawn = next(f for f in located(checked.findings, checked.store, checked.files) if f.rule.id == "AID-021")

    assert withdrawn.place
    assert (1, text.index('<sector code="74010"') + 1) == (withdrawn.place.line, withdrawn.place.column)
    assert withdrawn.place.snippet.startswith('<sector code="74010" percentage="20"/><transaction>')
    assert len(withdrawn.place.snippet) <= 200


def test_a_finding_of_a_snapshot_names_the_bundled_file_it_came_from(root: Path) -> None:
    path, graph = root / "data" / "notes" / "migration.ttl", "https://w3id.org/levier/graph/note/migration"
    store = EmbeddedStore.in_memory()
    store.load(path, graph)
    facts = f'<{graph}> <{LEVIER}fileName> "migration.ttl" ; <{LEVIER}sha256> "{{}}" .'
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    store.load_bytes(facts.format(digest).encode(), "https://w3id.org/levier/graph/provenance", ox.RdfFormat.TURTLE)
    found = located(check_snapshot(store, FAST).findings, store, ())
    lines = path.read_text(encoding="utf-8").splitlines()
    marks = [f.place for f in found if f.rule.id == "NOTE-016" and f.place]

    assert marks
    assert all(place.file.endswith("migration.ttl") and place.line for place in marks)
    assert all("levier:NotTranscribed" in lines[(place.line or 0) - 1] for place in marks)


def test_of_a_file_that_has_changed_since_only_the_name_is_told(plan: Path) -> None:
    store, graph = EmbeddedStore.in_memory(), "https://w3id.org/levier/graph/plan/x"
    store.load(plan, graph)
    facts = f'<{graph}> <{LEVIER}fileName> "plan.ttl" ; <{LEVIER}sha256> "0" .'
    store.load_bytes(facts.encode(), "https://w3id.org/levier/graph/provenance", ox.RdfFormat.TURTLE)

    assert {"plan.ttl"} == {str(f.place) for f in located(check_snapshot(store, FAST).findings, store, ())}


def test_files_without_findings_are_not_read_again(plan: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = check_files([plan, root / "data" / "notes" / "covid-health.ttl"], FAST)
    read: list[str] = []
    original = Path.read_text

    def noted(self: Path, *args: str, **kwargs: str) -> str:
        read.append(self.name)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", noted)
    assert checked.store
    located([f for f in checked.findings if f.rule.id == "PLAN-005"], checked.store, checked.files)

    assert ["plan.ttl"] == read


def test_the_index_has_every_statement_of_our_own_turtle(root: Path) -> None:
    """Compared with Oxigraph's reading; blank nodes count as alike."""
    wrong = []
    for path in sorted((*root.glob("data/notes/*.ttl"), *root.glob("shapes/*.ttl"))):
        base = path.resolve().as_uri()
        quads = ox.parse(path=str(path), format=ox.RdfFormat.TURTLE, base_iri=base)
        expected = sorted(tuple("_" if isinstance(t, ox.BlankNode) else t.value for t in q.triple) for q in quads)
        statements = index(path.read_text(encoding="utf-8"), base).statements
        given = sorted(
            tuple("_" if t.is_blank else t.text for t in (s.subject, s.predicate, s.object)) for s in statements
        )
        if expected != given:
            wrong.append(path.name)

    assert [] == wrong


def test_turtle_in_all_its_forms_is_indexed() -> None:
    text = """@base <http://e.org/x/> .
@prefix : <http://e.org/#> . PREFIX p.q: <a:b/>
<y> a :C ;; :p 1 , -1.5 , 1e3 , true , 'a' , \"\"\"two
"lines\\\"\"\"\" , "u\\u00e9"@en-GB , "x"^^:t ; .   # a comment
[ :p [ :q () , ( 1 :two ) ] ] .
_:b.c :p p.q:a\\,b.c , :%20.
"""
    expected = ox.parse(text, format=ox.RdfFormat.TURTLE)
    found = index(text, "")

    assert len(list(expected)) == len(found.statements)
    assert {"http://e.org/x/y", "a:b/a,b.c", "http://e.org/#%20", "ué", 'two\n"lines"'} <= {
        term.text for s in found.statements for term in (s.subject, s.object)
    }


def test_a_path_is_read_as_the_ways_it_may_be_gone() -> None:
    broader, translates = PREFIXES["skos"] + "broader", LEVIER + "translates"

    assert ((Step(translates, inverse=True),), (Step(broader, inverse=True), Step(translates, inverse=True))) == trails(
        "((^skos:broader)*)/(^levier:translates)"
    )
    assert ((Step("a:b"),), (Step("c:d"), Step("a:b"))) == trails("<a:b>|(<c:d>/<a:b>)")


def test_an_activity_that_turtle_only_mentions_is_found_in_its_iati_file(activity: Path, tmp_path: Path) -> None:
    node = "https://w3id.org/levier/id/activity/XM-DAC-2-10/XM-DAC-2-10-1"
    first = write(tmp_path, "a.ttl", f'<{node}> <{LEVIER}note> "seen" .\n')

    assert {"AID-010": [(3, 3)], "AID-021": [(11, 5)]} == places(first, activity)
