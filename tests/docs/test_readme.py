"""The README tells the truth: its commands run, and what it shows is what they print.

A block of it that begins with `$` is run. Each line shown below the command must be printed by it, in that order; `…`
stands for what is left out or differs from run to run (a version, a path, seconds).
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"


@dataclass(frozen=True)
class Example:
    """A command of the README and the lines shown below it."""

    command: str
    shown: tuple[str, ...]
    on_shared: bool
    """Whether it reads ../shared, or a snapshot that an earlier example built of it."""


def examples() -> list[Example]:
    found = []
    on_shared = False
    for block in re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *shown = part.rstrip("\n").split("\n")
            on_shared = "../shared" in command if "levier build" in command else on_shared
            found.append(Example(command, tuple(shown), on_shared))
    return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme") / "store"


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.command[:60])
def test_a_command_of_the_readme_prints_what_it_shows(example: Example, store: Path) -> None:
    if example.on_shared and not (README.parents[1] / "shared").is_dir():
        pytest.skip("../shared (real aid data) is not beside this checkout")
    if example.command.endswith("corpus/iati"):
        pytest.skip("the whole corpus takes minutes: `make bench` builds it")
    printed = output(example.command, store)

    assert [] == missing(example.shown, printed)


def output(command: str, store: Path) -> list[str]:
    """Run the command in a shell, on a store of its own, and give what it prints to both streams."""
    levier = Path(sys.executable).with_name("levier")
    env = os.environ | {"LEVIER_STORE": str(store), "COLUMNS": "110"}
    line = command.replace(".venv/bin/levier", str(levier))
    run = partial(subprocess.run, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    done = run(line, shell=True, cwd=README.parent, env=env)  # noqa: S604  # as a reader's shell runs it
    return done.stdout.splitlines()


def missing(shown: tuple[str, ...], printed: list[str]) -> list[str]:
    """Give the shown lines that are not printed, or not in that order."""
    lines = iter(printed)
    wanted = [line for line in shown if line.strip() not in {"", "…"}]
    return [line for line in wanted if not any(fits(line, candidate) for candidate in lines)]


def fits(shown: str, printed: str) -> bool:
    pattern = ".*".join(re.escape(piece) for piece in shown.rstrip().split("…"))
    return re.fullmatch(pattern, printed.rstrip()) is not None


def test_a_line_that_is_not_printed_is_found() -> None:
    assert ["b"] == missing(("a…", "b", "…"), ["abc", "c"])
