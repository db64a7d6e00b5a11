"""Virtuoso 7 as Debian packs it, started for the tests on free ports of the loopback interface."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.serving import PATIENCE, Said, free_port

_SERVER = "virtuoso-t"
_CONSOLES = ("isql-vt", "isql")
"""The console is called `isql-vt` by Debian, and `isql` by others; unixODBC has another `isql`."""
_READY = "Server online at"

_INI = """\
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = temp.db
TransactionFile = temp.trx
[Parameters]
ServerPort = 127.0.0.1:{port}
DisableUnixSocket = 1
ServerThreads = 10
CheckpointInterval = 0
NumberOfBuffers = 2000
MaxDirtyBuffers = 1200
DirsAllowed = .
[HTTPServer]
ServerPort = 127.0.0.1:{http_port}
ServerThreads = 8
[SPARQL]
DefaultQuery = SELECT 1 WHERE {{}}
"""
"""Two thousand buffers are 16 MB. There is no ResultSetMaxRows: it would cut results short without an error."""


@contextmanager
def virtuoso(folder: Path) -> Iterator[str]:
    """Give the address of the SPARQL endpoint of an empty Virtuoso that takes updates; it is gone at the end.

    The test is skipped where Virtuoso is not installed.
    """
    server = shutil.which(_SERVER)
    console = next((found for name in _CONSOLES if (found := shutil.which(name))), None)
    if server is None or console is None:
        pytest.skip("Virtuoso 7 is not installed (Debian: apt install virtuoso-opensource-7)")
    port, http_port = free_port(), free_port()
    (folder / "virtuoso.ini").write_text(_INI.format(port=port, http_port=http_port), encoding="ascii")
    process = subprocess.Popen(
        [server, "-f", "-c", "virtuoso.ini"], cwd=folder, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        _wait(Said(process.stdout))
        _allow_updates(console, port)
        yield f"http://127.0.0.1:{http_port}/sparql"
    finally:
        process.kill()  # nothing of it is kept, so it need not write its pages out
        process.wait(PATIENCE)


def _wait(said: Said) -> None:
    lines = []
    while line := said.line():
        if _READY in line:
            return
        lines.append(line)
    pytest.fail("Virtuoso did not start: " + "".join(lines))


def _allow_updates(console: str, port: int) -> None:
    """Let everybody update, as the default account that every new database has."""
    told = subprocess.run(
        [console, f"127.0.0.1:{port}", "dba", "dba", 'exec=grant SPARQL_UPDATE to "SPARQL";'],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert "*** Error" not in told.stdout + told.stderr  # the console ends with 0 all the same
