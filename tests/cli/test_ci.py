"""The files for build servers do what they say: their own scripts are run here, as a runner would run them."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import yaml

from levier.cli.check import command
from levier.coherence import FORMATS, baseline, configuration, load_catalogue
from levier.coherence.waivers import waivers
from levier.graph import EmbeddedStore

ROOT = Path(__file__).parents[2]
PLAN = """PREFIX levier: <https://w3id.org/levier/ontology#>
<https://w3id.org/levier/id/plan/{name}> a levier:ActionPlan .
"""


def read(name: str) -> Any:  # noqa: ANN401  # YAML
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def git(*arguments: str) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan that was committed, and a second that is new and has no actor."""
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Path("old plan.ttl").write_text(PLAN.format(name="old"), encoding="utf-8")
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "Begin")
    Path("new.ttl").write_text(PLAN.format(name="new"), encoding="utf-8")
    return folder


def run(script: str, folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a script as GitHub and GitLab do: in bash, with the installed `levier` first on the path."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "LC_ALL": "C.UTF-8", **variables}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def runner(tmp_path: Path) -> dict[str, str]:
    """The files a runner of GitHub gives to a step."""
    names = ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_PATH")
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "temp").mkdir()
    return {"RUNNER_TEMP": str(tmp_path / "temp"), **{name: str(tmp_path / name) for name in names}}


def check_step(repository: Path, runner: dict[str, str], **inputs: str) -> "subprocess.CompletedProcess[str]":
    action = read("action.yml")
    step = next(step for step in action["runs"]["steps"] if step.get("id") == "check")
    given = dict.fromkeys(step["env"], "") | {"LEVIER_LANGUAGE": action["inputs"]["language"]["default"]} | inputs
    return run(step["run"], repository, **runner, **given)


def test_the_action_annotates_and_gives_its_reports(repository: Path, runner: dict[str, str]) -> None:
    done = check_step(repository, runner, CHANGED_SINCE="main")
    outputs = dict(
        line.split("=", 1) for line in Path(runner["GITHUB_OUTPUT"]).read_text(encoding="utf-8").splitlines()
    )

    assert (1, "1") == (done.returncode, outputs["exit-code"])
    assert "::error file=new.ttl,line=2,col=1,title=PLAN-002::" in done.stdout
    assert "old plan.ttl" not in done.stdout
    assert '"version": "2.1.0"' in Path(outputs["sarif"]).read_text(encoding="utf-8")
    assert "<!doctype html>" in Path(outputs["html"]).read_text(encoding="utf-8")
    assert "<b>PLAN-002</b>" in Path(runner["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")


def test_the_action_takes_files_line_by_line_and_runs_nothing_of_its_inputs(
    repository: Path, runner: dict[str, str]
) -> None:
    done = check_step(repository, runner, FILES="old plan.ttl\n$(touch pwned)\n", LEVIER_LANGUAGE="fr")

    assert 1 == done.returncode
    assert "file=old plan.ttl" in done.stdout
    assert "violation" in done.stdout
    assert not (repository / "pwned").exists()


def test_the_action_says_that_nothing_was_checked(repository: Path, runner: dict[str, str]) -> None:
    (repository / "new.ttl").unlink()
    done = check_step(repository, runner, CHANGED_SINCE="main")

    assert 2 == done.returncode
    assert "nothing was checked" in done.stderr


def test_every_input_of_the_action_is_used_and_no_expression_stands_in_a_script() -> None:
    action = read("action.yml")
    text = (ROOT / "action.yml").read_text(encoding="utf-8")

    assert all(f"${{{{ inputs.{name} }}}}" in text for name in action["inputs"])
    assert not any("${{" in step.get("run", "") for step in action["runs"]["steps"])


def test_the_constraints_of_the_action_are_the_versions_of_the_lock(tmp_path: Path, runner: dict[str, str]) -> None:
    action = read("action.yml")
    script = next(step["run"] for step in action["runs"]["steps"] if step["name"] == "Install Levier")
    line = next(line for line in script.splitlines() if line.startswith("sed "))
    run(line, tmp_path, **runner, SOURCE=str(ROOT))
    constraints = (Path(runner["RUNNER_TEMP"]) / "levier-constraints.txt").read_text(encoding="utf-8").splitlines()
    locked = [line for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines() if "==" in line]

    assert len(locked) == len(constraints)
    assert all(one.count("==") == 1 and " " not in one and "\\" not in one for one in constraints)


def test_the_gitlab_job_makes_its_artifacts(repository: Path) -> None:
    job = read("docs/ci/gitlab-ci.yml")["coherence"]
    done = run(job["script"][-1], repository, CI_MERGE_REQUEST_DIFF_BASE_SHA="main")
    made = {job["artifacts"]["reports"]["junit"], *job["artifacts"]["paths"]}

    assert 1 == done.returncode, done.stderr
    assert made <= {path.name for path in repository.iterdir()}
    assert 'failures="' in (repository / "levier-junit.xml").read_text(encoding="utf-8")


def test_the_hooks_run_what_they_name(repository: Path) -> None:
    hooks = {hook["id"]: hook for hook in read(".pre-commit-hooks.yaml")}
    done = run(hooks["levier-check"]["entry"] + ' "old plan.ttl"', repository)
    changed = run(hooks["levier-check-changed"]["entry"], repository)

    assert (1, 1) == (done.returncode, changed.returncode)
    assert "old plan.ttl:2:1" in done.stdout
    assert "new.ttl:2:1" in changed.stdout
    assert "old plan.ttl" not in changed.stdout


def test_the_page_of_checking_names_every_format_and_every_flag() -> None:
    page = (ROOT / "docs" / "checking.md").read_text(encoding="utf-8")
    flags = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]

    assert [] == [name for name in FORMATS if f"`{name}`" not in page]
    assert [] == [flag for flag in flags if flag not in page and flag not in {"--language", "--output"}]


def block(kind: str, number: int = 0) -> str:
    page = (ROOT / "docs" / "checking.md").read_text(encoding="utf-8")
    return str(re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)[number])


def test_the_settings_baseline_and_waiver_of_the_page_are_read(tmp_path: Path) -> None:
    (tmp_path / "levier.toml").write_text(block("toml"), encoding="utf-8")
    (tmp_path / "baseline.toml").write_text(block("toml", 1), encoding="utf-8")
    store = EmbeddedStore.in_memory()
    store.load_bytes(block("turtle").encode(), "https://w3id.org/levier/graph/x", ox.RdfFormat.TURTLE)
    settings = configuration.load(tmp_path / "levier.toml", load_catalogue())
    waived = waivers(store, load_catalogue().rules)

    assert {"AID-021", "MONEY-005"} == set(settings.rules)
    assert ["AID-010"] == [
        e.fingerprint.rule for e in baseline.read(tmp_path / "baseline.toml", load_catalogue().rules)
    ]
    assert [("COHERE-003", "2026-11-29")] == [(waiver.rule, waiver.date) for waiver in waived]
