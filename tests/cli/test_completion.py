"""`levier completion`: what Tab gives in bash, zsh and fish."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from levier.build import Plan, build
from levier.cli import run
from levier.iati import sources
from levier.questions import questions
from levier.settings import Settings

LEVIER = Path(sys.executable).with_name("levier")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the notes and no aid."""
    chosen = Settings(store=tmp_path_factory.mktemp("completion") / "store")
    build(chosen, Plan(sources([])))
    return chosen.store


def tab(store: Path, *words: str) -> list[str]:
    """Give what bash offers for the last of the words, by the script that it is told to read."""
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    script = f'''
        eval "$({LEVIER} completion bash)"
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _levier_completion levier
        printf "%s\\n" "${{COMPREPLY[@]}}"'''
    environment = os.environ | {"LEVIER_STORE": str(store), "PATH": f"{LEVIER.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script, "bash", "levier", *words], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def asked(store: Path, shell: str, words: str, word: str) -> str:
    """Give what is said to the script of another shell."""
    environment = os.environ | {"LEVIER_STORE": str(store), "_LEVIER_COMPLETE": f"{shell}_complete"}
    environment |= {"COMP_WORDS": words, "COMP_CWORD": word}
    done = subprocess.run([LEVIER], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def starting(names: Sequence[str], begun: str) -> list[str]:
    return [name for name in names if name.startswith(begun)]


def test_the_names_of_questions_are_completed(store: Path) -> None:
    names = [question.name for question in questions()]

    assert starting(names, "mon") == tab(store, "ask", "mon")
    assert names == tab(store, "ask", "")


def test_a_part_of_a_name_finds_it(store: Path) -> None:
    assert ["in-donor-share"] == tab(store, "ask", "donor-share")


def test_the_names_of_rules_are_completed(store: Path) -> None:
    assert ["NOTE-001"] == tab(store, "check", "--explain", "note-001")
    assert ["PLAN", "PLAN-001"] == tab(store, "check", "--select", "PLAN")[:2]
    assert ["PLAN,NOTE-001"] == tab(store, "check", "--ignore", "PLAN,NOTE-001")


def test_the_names_of_parameters_are_completed(store: Path) -> None:
    assert ["objective=", "year=", "language="] == tab(store, "ask", "money-per-objective", "--param", "")
    assert ["year="] == tab(store, "ask", "money-per-objective", "--param", "y")


@pytest.mark.parametrize("begun", ["M", "m"])
def test_what_a_parameter_may_be_is_completed_from_the_graph(store: Path, begun: str) -> None:
    """Bash breaks words at `=` and replaces the last piece."""
    found = tab(store, "ask", "money-per-objective", "--param", "objective", "=", begun)

    assert {"M1", "M2", "M3", "M4"} <= set(found)
    assert all(key.startswith("M") for key in found)


def test_right_after_the_equals_sign_everything_is_offered(store: Path) -> None:
    assert ["fr", "nl", "en"] == tab(store, "ask", "money-per-objective", "--param", "language", "=")
    assert ["fr", "nl", "en"] == tab(store, "ask", "money-per-objective", "--param", "language", "=", "")


def test_without_a_snapshot_nothing_is_offered_and_nothing_is_said(tmp_path: Path) -> None:
    assert [] == tab(tmp_path / "none", "ask", "money-per-objective", "--param", "objective", "=", "M")


def test_a_parameter_of_no_question_is_not_completed(store: Path) -> None:
    assert [] == tab(store, "ask", "no-such-question", "--param", "")


def test_fish_and_zsh_are_told_the_labels_too(store: Path) -> None:
    fish = asked(store, "fish", "levier ask money-per-objective --param objective=M4", "objective=M4")
    zsh = asked(store, "zsh", "levier ask money-per-objective --param objective=M4", "4")

    assert "objective=M4\tUse and promote" in fish
    assert ["plain", "objective=M4"] == zsh.splitlines()[:2]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_printed_that_its_shell_takes(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(["completion", shell])

    script = capsys.readouterr().out

    assert f"_LEVIER_COMPLETE={shell}_complete" in script
    if shutil.which(shell) is not None:
        subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_a_shell_that_is_not_known_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run(["completion", "tcsh"])
    assert "'bash', 'zsh', 'fish'" in capsys.readouterr().err
