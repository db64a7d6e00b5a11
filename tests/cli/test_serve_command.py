"""`levier serve` as a command: what it refuses before it serves, and its help."""

import re
import socket
from pathlib import Path

import pytest
from tests.serving import write

from levier.cli import run


def test_a_store_without_a_snapshot_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["serve", "--store", str(tmp_path / "none"), "--port", "0"])

    assert 2 == code
    assert "no snapshot is built here yet" in capsys.readouterr().err


def test_a_port_in_use_is_bad_usage_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "One")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code = run(["serve", "--store", str(tmp_path), "--port", str(port)])
    lines = capsys.readouterr().err.splitlines()

    assert 2 == code
    assert f"levier: Cannot listen on 127.0.0.1:{port}: address already in use." == lines[0]
    assert 2 == len(lines)


def test_a_host_that_does_not_exist_is_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "One")
    code = run(["serve", "--store", str(tmp_path), "--host", "host.invalid", "--port", "0"])

    assert 2 == code
    assert "Cannot listen on host.invalid:0: " in capsys.readouterr().err


@pytest.mark.parametrize("token", ["", "short"])
def test_writing_needs_a_token_worth_the_name(
    tmp_path: Path, token: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEVIER_TOKEN", token)
    code = run(["serve", "--store", str(tmp_path), "--writable"])

    assert 2 == code
    assert "--writable needs a token of at least 16 characters in LEVIER_TOKEN." in capsys.readouterr().err


def test_every_limit_is_in_the_help_with_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run(["serve", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    for flag, default in [
        ("--query-timeout", "60"), ("--max-query-memory", "2000000000"), ("--max-query-length", "100000"),
        ("--max-query-depth", "100"), ("--max-queries", "8"), ("--queue-timeout", "1.0"), ("--max-rows", "20000000"),
        ("--max-bytes", "4000000000"), ("--send-timeout", "30.0"), ("--cache-bytes", "64000000"),
        ("--memory-bytes", "64000000"),
        ("--max-write-bytes", "100000000"), ("--service-timeout", "10.0"), ("--service-max-bytes", "10000000"),
    ]:  # fmt: skip
        assert re.search(rf"{flag} \S+ .{{0,200}}\[default: {re.escape(default)}\]", said), flag
