"""The data files of the checkout, read once, each in a graph named after its file."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from levier.terms import PREFIXES


class Statements:
    """All statements of data/, file by file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = ox.Store()
        for path in sorted(folder.rglob("*.ttl")):
            self.store.load(
                path.read_bytes(),
                format=ox.RdfFormat.TURTLE,
                base_iri="https://w3id.org/levier/",
                to_graph=ox.NamedNode("file:" + path.relative_to(folder).as_posix()),
            )

    def rows(self, where: str) -> list[tuple[str, ...]]:
        """Rows of a SELECT over the union of the files, as text, sorted; an unbound column is empty."""
        answer = self.store.query(where, prefixes=dict(PREFIXES), use_default_graph_as_union=True)
        assert isinstance(answer, ox.QuerySolutions)
        return sorted(tuple(_text(cell) for cell in row) for row in answer)


def _text(cell: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> str:
    if cell is None:
        return ""
    return cell.value if isinstance(cell, (ox.NamedNode, ox.BlankNode, ox.Literal)) else str(cell)


@pytest.fixture(scope="session")
def statements(root: Path) -> Statements:
    return Statements(root / "data")
