import os
from pathlib import Path

import pytest

from levier.cli import run
from levier.graph import Snapshots
from levier.linking import ALIGNMENT_GRAPH
from levier.resources import folder
from levier.terms import graph_iri

AID = """
@base <https://w3id.org/levier/id/activity/XX/> .
@prefix iati: <https://w3id.org/levier/iati#> .
<XX-1> a iati:Activity ; iati:iatiIdentifier "XX-1" ; iati:title "Schools for refugees"@en .
<XX-2> a iati:Activity ; iati:iatiIdentifier "XX-2" ; iati:title "Lighthouse"@en .
"""


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of whoever runs the tests don't count."""
    for name in [name for name in os.environ if name.startswith("LEVIER_")]:
        monkeypatch.delenv(name)


def build(root: Path, aid: str) -> Path:
    """A store folder with a snapshot of the notes, the rules and the given activities, not yet linked."""
    with Snapshots(root).new() as draft:
        for path in [*sorted((folder("data") / "notes").glob("*.ttl")), folder("data") / "linking" / "rules.ttl"]:
            draft.store.load(path, graph_iri("data", path.stem))
        source = root / "aid.ttl"
        source.write_text(aid, encoding="utf-8")
        draft.store.load(source, graph_iri("aid", "authored"))
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return build(tmp_path, AID)


def test_link_writes_a_new_snapshot_and_sums_up(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = Snapshots(root).require().version
    exit_code = run(["link", "--store", str(root)])
    out = capsys.readouterr().out

    assert exit_code == 0
    assert before != Snapshots(root).require().version
    assert Snapshots(root).open().count(ALIGNMENT_GRAPH) > 0
    assert "2  activities looked at\n" in out
    assert "1  linked, with a confidence of 0.50 or more\n" in out
    assert "1  with none\n" in out
    assert "1  M3  Promote the protection" in out


def test_link_takes_the_threshold_as_a_flag(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["link", "--store", str(root), "--alignment-threshold", "0.99"])
    out = capsys.readouterr().out

    assert "0  linked, with a confidence of 0.99 or more\n" in out
    assert "1  with weaker links only\n" in out


def test_explain_prints_on_stdout_and_changes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = Snapshots(root).require().version
    exit_code = run(["link", "--store", str(root), "--explain", "XX-1"])
    printed = capsys.readouterr()

    assert (0, "") == (exit_code, printed.err)
    assert "iati:title@en: Schools for [refugees]" in printed.out
    assert before == Snapshots(root).require().version


def test_explain_speaks_the_language_asked_for(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["link", "--store", str(root), "--explain", "XX-1", "--language", "nl"])

    assert "“De titel noemt migranten, vluchtelingen of ontheemden”" in capsys.readouterr().out


def test_explain_tells_why_not(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exit_code = run(["link", "--store", str(root), "--explain", "XX-2"])

    assert exit_code == 0
    assert "Not linked" in capsys.readouterr().out


def test_unknown_activity_is_bad_input_with_the_nearest(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exit_code = run(["link", "--store", str(root), "--explain", "XX-3"])
    printed = capsys.readouterr()

    assert (2, "") == (exit_code, printed.out)
    assert "No aid activity 'XX-3' is in this snapshot." in printed.err
    assert "Did you mean XX-" in printed.err


@pytest.mark.parametrize("arguments", [[], ["--explain", "XX-1"]])
def test_missing_snapshot_is_bad_input(
    tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    exit_code = run(["link", "--store", str(tmp_path / "none"), *arguments])

    assert exit_code == 2
    assert "no snapshot is built here yet" in capsys.readouterr().err


def test_nothing_to_link_leaves_the_snapshot_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = build(tmp_path, "")
    before = Snapshots(root).require().version
    exit_code = run(["link", "--store", str(root)])

    assert exit_code == 2
    assert "has no aid activity to link" in capsys.readouterr().err
    assert before == Snapshots(root).require().version


def test_evaluate_prints_scores_and_writes_fitted_weights(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels, weights = root / "labels.tsv", root / "weights.tsv"
    labels.write_text("id\tlabels\nXX-1\tM3\nXX-2\t-\n", encoding="utf-8")
    exit_code = run(["link", "--store", str(root), "--evaluate", str(labels), "--weights", str(weights)])

    assert exit_code == 0
    assert "As the rules stand: micro-F1 1.000" in capsys.readouterr().out
    assert weights.read_text(encoding="utf-8").startswith("rule\tweight\tfitted\n")


def test_review_is_csv_and_its_decided_rows_come_back(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["link", "--store", str(root), "--review", "--review-margin", "0.5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    header, row = lines[0], next(line for line in lines if line.startswith("XX-1,M3,"))
    table = root / "decided.csv"
    table.write_text(f"{header}\n{row.replace('XX-1,M3,,,,', 'XX-1,M3,reject,Ann,Another,')}\n", encoding="utf-8")

    assert run(["link", "--store", str(root), "--decide", str(table)]) == 0
    assert "1 decision kept in" in capsys.readouterr().out
    run(["link", "--store", str(root), "--explain", "XX-1"])
    assert "rejected by Ann" in capsys.readouterr().out


def test_bad_rows_are_refused_with_their_line_and_the_good_kept(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = root / "decided.csv"
    table.write_text(
        "activity,element,decision,by,why\nXX-1,M3,confirm,Ann,Yes\nXX-9,M3,confirm,Ann,Yes\n", encoding="utf-8"
    )
    exit_code = run(["link", "--store", str(root), "--decide", str(table)])
    printed = capsys.readouterr()

    assert exit_code == 2
    assert f"{table}:3: refused: no aid activity 'XX-9'" in printed.err
    assert "1 decision kept in" in printed.out


def test_table_that_decides_nothing_is_nothing_to_do(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = root / "decided.csv"
    table.write_text("activity,element,decision,by,why\nXX-1,M3,,,\n", encoding="utf-8")

    assert run(["link", "--store", str(root), "--decide", str(table)]) == 2
    assert "says what was decided" in capsys.readouterr().err


def test_one_thing_at_a_time(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["link", "--store", str(root), "--review", "--explain", "XX-1"]) == 2
    assert "one at a time" in capsys.readouterr().err
