"""Findings in a snapshot stand where the same findings stand in the files it was built from."""

import gzip
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest
from tests.coherence.conftest import ACTIVITY, PLAN
from tests.coherence.test_ruleset import BROKEN, file, record

from levier.build import Plan, build
from levier.coherence import Finding, check_files, check_snapshot, engine
from levier.coherence.finding import Key
from levier.coherence.place import Place
from levier.coherence.places import located
from levier.coherence.places.snapshot import InSnapshot
from levier.coherence.reports.words import lost_sentence
from levier.graph import EmbeddedStore, PutGraph, Snapshots, origins, write
from levier.iati import sources
from levier.settings import Settings
from levier.terms import graph_iri

FAST = engine("fast")
OLD = """<iati-activities version="1.05">
<iati-activity default-currency="EUR">
 <iati-identifier>X-1</iati-identifier><reporting-org ref="X" type="10">X</reporting-org>
 <title>A</title><description>B</description><activity-status code="2"/>
 <activity-date type="start-actual" iso-date="2015-01-01"/>
 <transaction><transaction-type code="NONE"/><transaction-date iso-date="2015-01-01"/>
   <value value-date="2015-01-01">1</value></transaction>
</iati-activity></iati-activities>"""
DATASET = "<https://w3id.org/levier/graph/plan/x> a <https://w3id.org/levier/ontology#Dataset> .\n"

Places = dict[Key, Place | None]


@dataclass(frozen=True)
class World:
    """Files, and a store built from them."""

    root: Path
    findings: Sequence[Finding]
    """Of the snapshot, not placed yet."""

    @property
    def aid(self) -> Path:
        return self.root / "aid"

    @property
    def store(self) -> EmbeddedStore:
        return Snapshots(self.root / "store").open()

    def copied(self, root: Path, *, moved: bool = False) -> "World":
        """Give a copy that knows its own files; `moved` only as a whole that was moved does."""
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        if not moved:
            [kept] = root.glob(f"store/snapshots/*/{origins.FILE}")
            kept.write_text(kept.read_text(encoding="utf-8").replace(str(self.root), str(root)), encoding="utf-8")
        return World(root, self.findings)

    def placed(self, *folders: Path) -> tuple[dict[Key, Finding], tuple[str, ...]]:
        """Give the findings with their places, by key, and the names of the files that are lost."""
        places = InSnapshot(self.store, folders)
        return {finding.key: finding for finding in places.run(self.findings)}, places.lost


def activity(number: int) -> str:
    return ACTIVITY.replace("XM-DAC-2-10-1<", f"XM-DAC-2-10-{number}<")


def written(aid: Path) -> None:
    """Write files in every wrapping: tags over lines, packed, in an archive, old, in need of repair, copies."""
    aid.mkdir()
    for n, ((context, _), parts) in enumerate(BROKEN.items()):
        file(aid / f"{n}.xml", [record(n, context, parts)])
    empty = '  <description type="2"><narrative/></description>'
    texts = {
        "empty": activity(9008).replace("<activity-status", f"\n{empty}\n<activity-status"),
        "lines": activity(9001).replace('<sector code="74010"', "<sector\n\n  code='74010'"),
        "named": activity(9002),
        "old": OLD,
        "repaired": activity(9003).replace(">B<", ">é &amp; B & C &nbsp;<"),
        "second": "\n\n" + activity(9001).partition("?>\n")[2],
        "unnamed": activity(9004).replace("<iati-identifier>XM-DAC-2-10-9004</iati-identifier>", ""),
    }
    for name, text in texts.items():
        (aid / f"{name}.xml").write_text(text, encoding="utf-8")
    (aid / "packed.xml.gz").write_bytes(gzip.compress(activity(9005).encode()))
    with zipfile.ZipFile(aid / "all.zip", "w") as archive:
        archive.writestr("inside/a.xml", activity(9006))
        archive.writestr("b.xml", activity(9007))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("world")
    written(root / "aid")
    (root / "plan.ttl").write_text(DATASET + PLAN, encoding="utf-8")
    build(Settings(store=root / "store"), Plan(sources([root / "aid"]), data=[root / "plan.ttl"]))
    return World(root, check_snapshot(Snapshots(root / "store").open(), FAST).findings)


@pytest.fixture(scope="module")
def in_files(world: World) -> Places:
    """The places of what is found in the files themselves."""
    checked = check_files([world.aid, world.root / "plan.ttl"], FAST)
    assert checked.store
    return {one.key: one.place for one in located(checked.findings, checked.store, checked.files)}


def test_a_finding_in_a_snapshot_stands_where_it_stands_in_the_file(world: World, in_files: Places) -> None:
    """Only the key of a dataset, and so the IRI of an activity without identifier, depends on the folder given."""
    found, lost = world.placed()
    named = {key for key, place in in_files.items() if place and not place.file.endswith("unnamed.xml")}

    assert not lost
    assert ("AID-038", "empty.xml", 9, 3) in map(said, found.values())
    assert {key for key in named if key[0].startswith(("AID", "MONEY", "PLAN"))} <= found.keys()
    assert {key: in_files[key] for key in named & found.keys()} == {
        key: found[key].place for key in named & found.keys()
    }
    assert all(one.place and one.place.column and one.place.snippet for one in found.values())


def test_an_activity_without_identifier_is_found_by_the_key_of_its_dataset(world: World, in_files: Places) -> None:
    def unnamed(places: Iterable[tuple[str, Place | None]]) -> set[tuple[str, int | None, int | None]]:
        return {(rule, p.line, p.column) for rule, p in places if p and p.file.endswith("unnamed.xml")}

    found, _ = world.placed()

    assert ("AID-021", 11, 5) in unnamed((one.rule.id, one.place) for one in found.values())
    assert unnamed((key[0], place) for key, place in in_files.items()) <= unnamed(
        (one.rule.id, one.place) for one in found.values()
    )


def test_what_the_build_makes_of_the_aid_stands_in_the_activity(world: World) -> None:
    """A copy of an activity, and an organisation that only the aid names."""
    found, _ = world.placed()
    copies = {said(one) for one in found.values() if "/id/copy/" in one.about}
    organisations = {said(one) for one in found.values() if one.source == graph_iri("organisations")}

    assert ("AID-021", "second.xml", 12, 5) in copies
    assert ("ACTOR-003", "old.xml", 3, 40) in organisations


def said(finding: Finding) -> tuple[str, str, int | None, int | None]:
    place = finding.place or Place("")
    return finding.rule.id, Path(place.file).name, place.line, place.column


def test_of_files_gone_or_changed_the_line_of_the_activity_is_told(world: World, tmp_path: Path) -> None:
    copy = world.copied(tmp_path / "copy")
    gone, changed = copy.aid / "named.xml", copy.aid / "lines.xml"
    gone.unlink()
    changed.write_text("\n" + changed.read_text(encoding="utf-8"), encoding="utf-8")
    found, lost = copy.placed()
    places = {one.place for one in found.values() if one.place and not one.place.snippet}

    assert {Place("named.xml", 3, 1), Place("lines.xml", 3, 1)} == places
    assert ("lines.xml", "named.xml") == lost
    said = lost_sentence(lost, "en")
    assert said.startswith("lines.xml, named.xml: not found as this snapshot was built from")
    assert "--sources FOLDER" in said
    assert lost_sentence(("a", "b", "c", "d"), "nl").startswith("a, b, c en nog 1: niet terug te vinden")
    assert not lost_sentence((), "fr")


def test_a_store_moved_with_its_files_finds_them(world: World, tmp_path: Path) -> None:
    copy = world.copied(tmp_path / "copy", moved=True)
    for path in (world.aid, world.root / "plan.ttl"):
        path.rename(path.with_name(f"{path.name}-away"))
    try:
        found, lost = copy.placed()
    finally:
        for path in (world.aid, world.root / "plan.ttl"):
            path.with_name(f"{path.name}-away").rename(path)

    assert not lost
    assert str(copy.aid / "named.xml") in {one.place.file for one in found.values() if one.place}


def test_a_snapshot_without_the_list_of_its_files_finds_them_in_a_folder_named(world: World, tmp_path: Path) -> None:
    """As one of an older version, or one that came from another machine."""
    copy = world.copied(tmp_path / "copy")
    [kept] = copy.root.glob(f"store/snapshots/*/{origins.FILE}")
    kept.write_text('{"store": 1, "graphs": []}', encoding="utf-8")
    damaged = copy.placed()[1]
    kept.unlink()
    (tmp_path / "elsewhere").mkdir()
    copy.aid.rename(tmp_path / "elsewhere" / "aid")
    (copy.root / "plan.ttl").rename(tmp_path / "elsewhere" / "plan.ttl")
    missing = copy.placed()[1]
    found, lost = copy.placed(tmp_path / "elsewhere")

    assert damaged == missing
    assert lost_sentence(missing, "en").startswith("0.xml, 1.xml, 10.xml and ")
    assert not lost
    assert {key: said(one) for key, one in world.placed()[0].items()} == {key: said(one) for key, one in found.items()}


def test_a_write_keeps_where_files_were_read(world: World, tmp_path: Path) -> None:
    copy = world.copied(tmp_path / "copy")
    triple: tuple[bytes, str] = (b'<a:a> <a:p> "x" .', "text/turtle")
    write(copy.root / "store", PutGraph("https://e/g", (triple,)), writer="", union=True, keep=1, wait=1)
    found, lost = copy.placed()

    assert not lost
    assert all(one.place and one.place.snippet for one in found.values())


def test_no_path_of_the_machine_is_in_the_graph(world: World) -> None:
    store = world.store
    assert store.folder

    assert str(world.aid / "named.xml") in (store.folder / origins.FILE).read_text(encoding="utf-8")
    assert [] == [q for q in store.raw if isinstance(q.object, ox.Literal) and str(world.root) in q.object.value]
