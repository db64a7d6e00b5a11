"""The notebook and the R script of docs/ run, and have the figures of the question that they rest on."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from tests.serving import Server, start

from levier.build import Plan, build, sample
from levier.iati import sources
from levier.settings import Settings

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    chosen = Settings(store=tmp_path_factory.mktemp("notebook") / "store")
    build(chosen, Plan(sources([sample()])))
    running = start(chosen.store)
    yield running
    running.close()


@pytest.fixture(scope="module")
def money(server: Server) -> dict[tuple[int, str], float]:
    """What the reporter with the most rows under the health note disbursed and spent, by year and axis."""
    rows = json.loads(server.send("GET", "/questions/money-per-objective").text)["rows"]
    rows = [row for row in rows if row["notation"][0] == "H" and row["currency"] == "EUR" and row["year"]]
    reporters = [row["reporter"] for row in rows]
    most = max(sorted(set(reporters)), key=reporters.count)
    sums: dict[tuple[int, str], float] = {}
    for row in rows:
        if row["reporter"] == most:
            key = (row["year"], row["notation"])
            sums[key] = sums.get(key, 0) + row["disbursed"] + row["spent"]
    return sums


def test_the_notebook_goes_from_nothing_to_a_chart(
    server: Server, money: dict[tuple[int, str], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEVIER_ENDPOINT", f"{server.url}/sparql")
    book: Any = nbformat.read(FOLDER / "disbursements.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    book.cells.append(nbformat.v4.new_code_cell("print(table.stack().to_json())"))  # type: ignore[no-untyped-call]
    NotebookClient(book, timeout=120, kernel_name="python3").execute()

    kinds = {
        kind for cell in book.cells if cell.cell_type == "code" for out in cell.outputs for kind in out.get("data", ())
    }
    table = json.loads(book.cells[-1].outputs[0]["text"])
    found = {
        tuple(json.loads(key.replace("'", '"').replace("(", "[").replace(")", "]"))): left
        for key, left in table.items()
    }

    assert "image/png" in kinds
    assert {key: left for key, left in money.items() if left} == {key: left for key, left in found.items() if left}


def test_the_notebook_is_kept_without_what_it_gave() -> None:
    book: Any = nbformat.read(FOLDER / "disbursements.ipynb", as_version=4)  # type: ignore[no-untyped-call]

    assert [] == [out for cell in book.cells if cell.cell_type == "code" for out in cell.outputs]


def test_the_script_does_the_same_in_r(server: Server, money: dict[tuple[int, str], float], tmp_path: Path) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed, so its script cannot be run")
    chart = tmp_path / "chart.png"
    script = FOLDER / "disbursements.R"
    done = subprocess.run(["Rscript", str(script), server.url, str(chart)], capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stderr

    lines = [line.split() for line in done.stdout.splitlines()[1:]]

    assert money == {(int(year), notation): float(left) for year, notation, left in lines}
    assert chart.read_bytes().startswith(b"\x89PNG")
