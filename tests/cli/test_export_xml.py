"""`levier export --format iati-xml`: exit codes, streams, and the file that comes back."""

from pathlib import Path

import pytest
from lxml import etree
from tests.iati.compare import differences

from levier.cli import run
from levier.graph import Snapshots

ORGANISATION = """<iati-organisations version="2.03"><iati-organisation>
<organisation-identifier>XX-1</organisation-identifier><name><narrative>An organisation</narrative></name>
<reporting-org ref="XX-1" type="10"><narrative>An organisation</narrative></reporting-org>
</iati-organisation></iati-organisations>"""


@pytest.fixture(scope="module")
def sample(root: Path) -> Path:
    return root / "data" / "aid" / "sample.xml"


@pytest.fixture(scope="module")
def store(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the sample and one organisation record."""
    folder = tmp_path_factory.mktemp("xml")
    record = folder / "organisation.xml"
    record.write_text(ORGANISATION, encoding="utf-8")
    assert 0 == run(["build", "--store", str(folder / "store"), "--aid", str(sample), str(record)])
    return folder / "store"


def _graph(store: Path, key: str) -> str:
    return next(graph for graph in Snapshots(store).open().graphs() if "/aid/" in graph and graph.endswith(key))


def _export(store: Path, out: str | Path, *flags: str) -> int:
    return run(["export", "--format", "iati-xml", "--store", str(store), "-o", str(out), *flags])


def test_the_sample_comes_back_element_by_element(store: Path, sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "sample.xml"
    code = _export(store, out, "--graph", _graph(store, "sample"))

    assert (0, []) == (code, differences(etree.parse(sample).getroot(), etree.parse(out).getroot()))


def test_organisation_records_that_cannot_stand_beside_activities_are_told(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = _export(store, tmp_path / "all.xml")

    assert (0, "1 organisation record is left out: ask for their dataset with --graph.\n") == (
        code,
        capsys.readouterr().err,
    )
    assert "iati-activities" == etree.parse(tmp_path / "all.xml").getroot().tag


def test_an_organisation_file_comes_back_as_one(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "organisation.xml"
    code = _export(store, out, "--graph", _graph(store, "organisation"))

    assert (0, []) == (code, differences(etree.fromstring(ORGANISATION), etree.parse(out).getroot()))


def test_activities_that_are_asked_for_go_to_stdout(
    store: Path, sample: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    first = etree.parse(sample).findtext("iati-activity/iati-identifier") or ""
    code = _export(store, "-", "--activity", first)
    written = etree.fromstring(capfdbinary.readouterr().out)

    assert (0, [first]) == (code, [element.text for element in written.iter("iati-identifier")])


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--activity", "XX-NONE"], "XX-NONE"),
        (["--graph", "urn:none"], "urn:none"),
        (["--graph", "https://w3id.org/levier/graph/note/migration"], "no IATI activity"),
    ],
)
def test_what_is_not_there_is_2_and_writes_nothing(
    store: Path, tmp_path: Path, flags: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = _export(store, tmp_path / "none.xml", *flags)

    assert (2, []) == (code, list(tmp_path.iterdir()))
    assert said in capsys.readouterr().err


def test_activities_and_organisations_are_not_written_into_one_file(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graphs = [_graph(store, key) for key in ("sample", "organisation")]
    code = _export(store, tmp_path / "both.xml", "--graph", graphs[0], "--graph", graphs[1])

    assert (2, []) == (code, list(tmp_path.iterdir()))
    assert "files of different kinds" in capsys.readouterr().err
