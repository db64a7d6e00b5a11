"""`levier check --changed-since`: what a git change touches, and what depends on it."""

import json
import subprocess
from pathlib import Path

import pytest

from levier.cli import run

HEAD = """PREFIX levier: <https://w3id.org/levier/ontology#>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
PLAN = HEAD + "<https://w3id.org/levier/id/plan/{name}> a levier:ActionPlan ; levier:translates <a:objective> .\n"
OBJECTIVE = HEAD + '<a:objective> a levier:StrategicObjective ; skos:prefLabel "Objectif"@fr .\n'
ACTIVITY = (
    '<iati-activities version="2.03">{before}'
    '<iati-activity><iati-identifier>{name}</iati-identifier><reporting-org ref="X"/></iati-activity>'
    "{after}</iati-activities>"
)


def git(*arguments: str) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two plans that translate one objective, and an IATI file, all committed."""
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        Path(f"{name}.ttl").write_text(PLAN.format(name=name), encoding="utf-8")
    Path("objective.ttl").write_text(OBJECTIVE, encoding="utf-8")
    Path("aid.xml").write_text(ACTIVITY.format(name="X-1", before="", after=""), encoding="utf-8")
    Path("page.xml").write_text("<page/>", encoding="utf-8")
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "Begin")
    return tmp_path


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, str]]:
    code = run(["check", "--changed-since", "main", "--format", "json", *arguments])
    said = capsys.readouterr()
    assert code in {0, 1}, said.err
    findings: list[dict[str, str]] = json.loads(said.out)["findings"]
    return findings


def foci(capsys: pytest.CaptureFixture[str], *arguments: str) -> set[str]:
    return {finding["focus"].rpartition("/")[2] for finding in found(capsys, *arguments)}


def within(capsys: pytest.CaptureFixture[str]) -> set[str]:
    """Give the activities in which what is found is a withdrawn code."""
    return {one["within"].rpartition("/")[2] for one in found(capsys) if one["rule"] == "AID-021"}


def edit(name: str, old: str, new: str) -> None:
    path = Path(name)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_only_what_was_touched_is_told(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit("one.ttl", "a levier:ActionPlan", 'a levier:ActionPlan ; schema:name "One"')

    assert {"one"} == foci(capsys)
    assert {"one"} == foci(capsys, ".")


def test_what_refers_to_a_touched_thing_depends_on_it(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit("objective.ttl", '"Objectif"@fr', '"Nouvel objectif"@fr')

    assert {"one", "two", "a:objective"} <= foci(capsys)


def test_what_a_lost_statement_spoke_of_is_checked(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The objective stands in a file that has not changed, and lost a plan."""
    Path("one.ttl").unlink()

    assert {"a:objective"} == foci(capsys)


def test_a_moved_line_is_no_change_of_an_activity(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = "<iati-activity><iati-identifier>X-2</iati-identifier></iati-activity>"
    new = ACTIVITY.format(name="X-1", before="\n\n", after=other)
    Path("aid.xml").write_text(new, encoding="utf-8")

    assert {"X-2"} == foci(capsys)


def test_what_another_activity_says_alike_is_no_change_of_it(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both lead to one node; only the one that leads there anew has changed, and not when its title changes."""
    wrong = '<sector code="74010"/>'
    one = ACTIVITY.format(name="X-1", before="", after="").replace('ref="X"/>', f'ref="X"/>{wrong}')
    two = f"<iati-activity><iati-identifier>X-2</iati-identifier>{wrong}<title/></iati-activity>"
    both = one.replace("</iati-activities>", f"{two}</iati-activities>")
    Path("aid.xml").write_text(one, encoding="utf-8")
    git("commit", "-q", "-am", "One")
    Path("aid.xml").write_text(both, encoding="utf-8")
    added = within(capsys)
    git("commit", "-q", "-am", "Two")
    edit("aid.xml", "<title/>", "<title><narrative>B</narrative></title>")

    assert {"X-2"} == added
    assert set() == within(capsys)


def test_a_new_file_counts_before_it_is_added(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("three.ttl").write_text(PLAN.format(name="three") + "[] a levier:ActionPlan .", encoding="utf-8")

    assert "three" in foci(capsys)
    assert not {"one", "two"} & foci(capsys)


def test_what_the_revision_got_since_is_not_ours(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A branch is compared with where it left, not with where the other is now."""
    git("checkout", "-q", "-b", "branch")
    edit("one.ttl", "a levier:ActionPlan", 'a levier:ActionPlan ; schema:name "One"')
    git("commit", "-q", "-am", "One")
    git("checkout", "-q", "main")
    edit("two.ttl", "a levier:ActionPlan", 'a levier:ActionPlan ; schema:name "Two"')
    git("commit", "-q", "-am", "Two")
    git("checkout", "-q", "branch")

    assert {"one"} == foci(capsys)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--changed-since", "main"], "has changed since main, so nothing was checked"),
        (["--changed-since", "mian"], "git knows no revision 'mian' here"),
        (["--changed-since", "--output=x"], "'--output=x' is no revision"),
    ],
)
def test_nothing_checked_is_never_clean(
    repository: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == run(["check", *arguments])
    assert words in capsys.readouterr().err


def test_outside_of_a_repository_it_is_bad_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert 2 == run(["check", "--changed-since", "main"])
    assert "--changed-since needs git" in capsys.readouterr().err
