"""The report of a conversion accounts for every item: each activity, each file and the whole balance."""

import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.iati.conftest import FIXTURES

from levier.iati import conversion, sources, write_json
from levier.iati.nodes import NodeElement

Json = dict[str, Any]

HARD = """<iati-activities version="2.02" generated-datetime="once" x:a="1" xmlns:x="https://x.example/" colour="red">
 <note>beside <b>them</b></note>
 <iati-activity xml:lang="not a tag" x:b="2">stray
  <iati-identifier> BE-1-A </iati-identifier><reporting-org ref="BE-1" type="10"/>
  <title><narrative>t</narrative><narrative> </narrative></title><title/>
  <capital-spend percentage="12,5"/><capital-spend percentage="33,3"/>
  <x:more a="1"><x:b/>text</x:more> tail
  <transaction><value currency="XYZ" value-date="2024-02-30">1,000</value></transaction>
 </iati-activity>
 <iati-activity/>
</iati-activities>
"""
OLD = """<iati-activities version="1.04"><iati-activity xml:lang="en">
 <iati-identifier>BE-1-B</iati-identifier><reporting-org ref="BE-1" type="10">R</reporting-org>
 <title>t</title><title xml:lang="fr">u</title>
 <activity-date type="start-planned" iso-date="2013-01-01">2013</activity-date>
</iati-activity></iati-activities>"""


def reported(places: list[Path], spool_in: Path) -> Json:
    """Convert files and give the report as it is written."""
    with conversion(sources(places), spool_in=spool_in) as run:
        list(run.reports())
        for _ in run.outputs():
            pass
        stream = io.StringIO()
        write_json(stream, run.report, run.index)
        return json.loads(stream.getvalue())  # type: ignore[no-any-return]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Copies, mistakes, extensions, an older version, an organisation and a file that breaks off."""
    contents = {"hard.xml": HARD, "old.xml": OLD, "cut.xml": HARD[: HARD.index("<iati-activity/>")]}
    for name, content in contents.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return [FIXTURES / "overlap.xml", FIXTURES / "three.xml", *(tmp_path / name for name in contents)]


def imbalances(report: Json) -> list[str]:
    """Give the places where the figures of a report do not add up."""
    wrong = []
    for file in report["files"]:
        each = file["perActivity"]
        wrong += [f"{file['file']} line {one['line']}" for one in each if not balances(one["items"])]
        parts = [file["head"]["items"], *(one["items"] for one in each)]
        wrong += [file["file"]] * (not balances(file["items"]) or summed(parts) != file["items"])
        outcomes = Counter(one["outcome"] for one in each)
        stated = Counter({name: file["activities"][key] for name, key in OUTCOMES.items()})
        wrong += [f"{file['file']} activities"] * (+stated != outcomes or not adds_up(file["activities"]))
    totals, of_files = report["totals"], report["files"]
    wrong += ["items"] * (not balances(totals["items"]) or summed([f["items"] for f in of_files]) != totals["items"])
    wrong += ["activities"] * (summed([file["activities"] for file in of_files]) != totals["activities"])
    return wrong


OUTCOMES = {"converted": "converted", "copy": "copies", "set-aside": "setAside"}


def balances(items: dict[str, int]) -> bool:
    known = items["converted"] + items["repaired"] + items["kept"] + items["dropped"]
    return items["read"] + items["made"] == known


def adds_up(activities: dict[str, int]) -> bool:
    return activities["read"] == activities["converted"] + activities["copies"] + activities["setAside"]


def summed(parts: list[dict[str, int]]) -> dict[str, int]:
    names = parts[0] if parts else {}
    return {name: sum(part[name] for part in parts) for name in names}


def test_every_activity_every_file_and_the_whole_balance(files: list[Path], tmp_path: Path) -> None:
    report = reported(files, tmp_path)
    items = report["totals"]["items"]

    assert [] == imbalances(report)
    assert {"read": 10, "converted": 8, "copies": 2, "setAside": 0} == report["totals"]["activities"]
    assert all(items[outcome] for outcome in ("read", "made", "converted", "kept"))


def _forget(*_: object) -> None:
    """Neither keep nor count."""


def test_an_item_that_the_walk_forgets_does_not_balance(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NodeElement, "_extend", _forget)
    report = reported(files, tmp_path)
    overlap = FIXTURES / "overlap.xml"

    assert {f"{overlap} line 3", f"{overlap} line 10", str(overlap), "items"} <= set(imbalances(report))


@pytest.mark.parametrize(
    "change",
    [
        lambda report: report["files"][0]["perActivity"].pop(),
        lambda report: report["files"][0]["perActivity"][0]["items"].update(kept=0),
        lambda report: report["files"][0]["perActivity"][0].update(outcome="set-aside"),
        lambda report: report["files"][2]["head"]["items"].update(read=0, converted=0, kept=0),
        lambda report: report["files"].pop(),
        lambda report: report["totals"]["items"].update(read=0),
    ],
)
def test_a_figure_that_is_not_so_does_not_balance(
    files: list[Path], tmp_path: Path, change: Callable[[Json], object]
) -> None:
    report = reported(files, tmp_path)
    change(report)

    assert imbalances(report)


def test_problems_say_what_became_of_the_item_with_line_reason_and_number(files: list[Path], tmp_path: Path) -> None:
    [hard] = [file for file in reported(files, tmp_path)["files"] if file["dataset"] == "hard"]
    told = {(one["kind"], one["outcome"], one["line"], one["count"]) for one in hard["perActivity"][0]["problems"]}
    beside = {(one["kind"], one["outcome"], one["line"], one["count"]) for one in hard["head"]["problems"]}

    assert {("not-a-decimal", "kept", 6, 1), ("extension", "kept", 7, 4), ("stray-text", "kept", 3, 2)} <= told
    assert {("extension", "kept", 1, 1), ("extension", "kept", 2, 4), ("not-a-datetime", "noted", 1, 1)} <= beside


def test_all_problems_are_there_however_many(tmp_path: Path) -> None:
    wrong = "".join(f'<capital-spend percentage="{number},5"/>' for number in range(150))
    path = tmp_path / "many.xml"
    path.write_text(
        f'<iati-activities version="2.03"><iati-activity><iati-identifier>A</iati-identifier>{wrong}</iati-activity>'
        "</iati-activities>",
        encoding="utf-8",
    )
    [told] = reported([path], tmp_path)["files"][0]["perActivity"]

    assert 150 == sum(one["count"] for one in told["problems"] if one["kind"] == "not-a-decimal")


def test_a_copy_says_where_the_report_that_counts_is_and_why(files: list[Path], tmp_path: Path) -> None:
    overlap = reported(files, tmp_path)["files"][0]["perActivity"][0]

    assert ("copy", {"dataset": "three", "because": "NewestReport"}) == (overlap["outcome"], overlap["copyOf"])


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "page.xml"
    path.write_text("<html/>", encoding="utf-8")
    [file] = reported([path], tmp_path)["files"]

    assert (0, True, []) == (file["activities"]["read"], "HTML" in file["error"], file["perActivity"])


def test_the_summary_says_the_figures_that_balance(files: list[Path], tmp_path: Path) -> None:
    with conversion(sources(files), spool_in=tmp_path) as run:
        lines = [report.explained() for report in run.reports()]
        summary = run.report.summary()

    assert "10 activities read = 8 converted + 2 copies + 0 set aside" in summary
    assert "by the upgrade of older versions = " in summary
    assert "do not balance" not in summary
    assert lines[0].startswith(f"{files[0]}: version 2.02, 3 activities, ")
    assert " items kept aside." in lines[0]


@pytest.mark.corpus
def test_the_whole_corpus_balances_and_nothing_is_dropped(shared: Path, tmp_path: Path) -> None:
    report = reported([shared / "corpus" / "iati"], tmp_path)

    assert [] == imbalances(report)
    assert (22_429, 0, 0) == (
        report["totals"]["activities"]["read"],
        report["totals"]["activities"]["setAside"],
        report["totals"]["items"]["dropped"],
    )
