"""`levier check --owl` finds what contradicts the ontology, names its source, and says what it lacks."""

import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest

from levier.cli import run
from levier.coherence import consistency_of_files, consistency_of_snapshot
from levier.graph import EmbeddedStore

PREFIXES = "PREFIX levier: <https://w3id.org/levier/ontology#> "
BOTH = PREFIXES + "<https://e/x> a levier:StrategyNote , levier:Actor ."

needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="HermiT needs Java, and there is no java command on this machine"
)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "good.ttl", tmp_path / "bad.ttl"]
    paths[0].write_text(PREFIXES + "<https://e/y> a levier:Actor .", encoding="utf-8")
    paths[1].write_text(BOTH, encoding="utf-8")
    return paths


@needs_java
def test_the_file_that_contradicts_the_ontology_is_named(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(tmp_path.iterdir())
    code = run(["check", *map(str, files), "--owl"])

    assert 1 == code
    assert f"levier: OWL: this contradicts the ontology: {files[1]}." in capsys.readouterr().err
    assert before == set(tmp_path.iterdir())


@needs_java
def test_what_a_snapshot_states_is_reasoned_over_and_aid_is_not() -> None:
    store = EmbeddedStore.in_memory()
    store.load_bytes(BOTH.encode(), "https://w3id.org/levier/graph/aid/x", ox.RdfFormat.TURTLE)
    store.load_bytes(
        BOTH.partition(",")[0].encode() + b" .", "https://w3id.org/levier/graph/note/x", ox.RdfFormat.TURTLE
    )
    found = consistency_of_snapshot(store)

    assert ("OWL: 1 statements are consistent with the ontology (HermiT).", False) == (found.said, found.contradicted)


def test_the_absence_of_java_is_said_in_one_line(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    found = consistency_of_files(files)

    assert not found.contradicted
    assert "OWL consistency was not checked: HermiT needs Java, and there is no java command here." == found.said
