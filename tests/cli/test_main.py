"""The command line's boundary: help, exit codes, and what goes to which stream."""

import errno
import os
import subprocess
import sys

import pytest

from levier import __version__
from levier.cli import COMMANDS, run
from levier.errors import LevierError


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = run([command, "--help"])
    text = capsys.readouterr().out

    assert (0, True) == (code, "Examples:" in text and f"levier {command}" in text)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert (0, f"levier, version {__version__}\n") == (run(["--version"]), capsys.readouterr().out)


@pytest.mark.parametrize(
    "argv", [["nonsense"], ["build", "--nonsense"], ["build", "stray.xml"], ["serve", "--port", "x"]]
)
def test_bad_usage_is_2_and_said_on_stderr(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = run(argv)
    out, err = capsys.readouterr()

    assert (2, "", True) == (code, out, err.startswith("levier: "))


def test_a_setting_that_cannot_be_meant_is_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEVIER_WORKERS", "0")

    assert 2 == run(["snapshots"])
    assert "LEVIER_WORKERS (--workers) is 0" in capsys.readouterr().err


def test_a_fault_of_ours_is_3_and_shows_no_stack_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.delenv("LEVIER_DEBUG", raising=False)
    monkeypatch.setattr("levier.cli.group.main", fail)
    code = run(["snapshots"])
    err = capsys.readouterr().err

    assert (3, True, False) == (code, "a fault of ours: RuntimeError: boom" in err, "Traceback" in err)


@pytest.mark.parametrize("refused", [errno.EACCES, errno.ENOSPC])
def test_what_the_system_refuses_is_2_and_names_the_path(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], refused: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(refused, os.strerror(refused), "/closed/x")

    monkeypatch.setattr("levier.cli.group.main", fail)

    assert 2 == run(["snapshots"])
    assert f"levier: /closed/x: cannot be read or written ({os.strerror(refused)}).\n" == capsys.readouterr().err


def test_a_name_too_long_for_the_system_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert 2 == run(["check", f"{'a' * 300}.ttl"])
    assert "a fault of ours" not in capsys.readouterr().err


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [error.code for error in LevierError.__subclasses__()]

    assert len(codes) == len(set(codes))


def test_python_m_levier_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "levier", "--help"], capture_output=True, text=True, check=True)

    assert "Usage: levier" in done.stdout
