"""What the tests of the reading of IATI share: converting a snippet of XML and asking what came out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest

from levier.iati import FileReport, Seen, Source, convert_source
from levier.terms import COMMON, ID, shorten

FIXTURES = Path(__file__).parent / "fixtures"
ACTIVITY = f"{ID}activity/BE-1/BE-1-A"


@dataclass
class Result:
    """The graph of one converted file, and its report."""

    store: ox.Store
    report: FileReport
    lines: bytes

    def values(self, term: str, node: str = "", activity: str = ACTIVITY) -> list[str]:
        """Give what a property says of the activity, or of a node of it, as N-Triples with our prefixes.

        A node is named by its element and its number: `transaction/2` is below the activity, and `sector/2` is the
        second sector that the lines tell of, where activities have it in common.
        """
        subject = ox.NamedNode(f"{activity}/{node}" if node else activity)
        if node and next(self.store.quads_for_pattern(subject, None, None), None) is None:
            subject = self.common(*node.split("/")[-2:]) or subject
        quads = self.store.quads_for_pattern(subject, None, None)
        return sorted(_shown(quad.object) for quad in quads if shorten(quad.predicate.value) == term)

    def common(self, name: str, number: str = "1") -> ox.NamedNode | None:
        """Give the n-th node of an element's name that activities have in common."""
        begin = f"<{COMMON}test/{name}/"
        subjects = (line.partition(" ")[0] for line in self.lines.decode().splitlines())
        met = list(dict.fromkeys(subject for subject in subjects if subject.startswith(begin)))
        return ox.NamedNode(met[int(number) - 1][1:-1]) if len(met) >= int(number) else None

    def count(self, term: str) -> int:
        """Give how many statements the graph has with a property."""
        return sum(shorten(quad.predicate.value) == term for quad in self.store)


def _shown(term: object) -> str:
    if isinstance(term, ox.NamedNode):
        return shorten(term.value).removeprefix("id:")
    text = str(term)
    value, caret, datatype = text.partition("^^")
    return f"{value}^^{shorten(datatype.strip('<>'))}" if caret else text


def converted(path: Path, seen: Seen | None = None) -> Result:
    """Convert a file and load it strictly."""
    out = bytearray()
    report = convert_source(Source(path.name, "test", path), out.extend, graph=None, seen=seen or Seen())
    store = ox.Store()
    store.load(bytes(out), format=ox.RdfFormat.N_TRIPLES)
    return Result(store, report, bytes(out))


Convert = Callable[..., Result]


@pytest.fixture
def convert(tmp_path: Path) -> Convert:
    """Convert the XML of a whole file."""

    def convert_xml(xml: str | bytes, name: str = "file.xml", seen: Seen | None = None) -> Result:
        path = tmp_path / name
        path.write_bytes(xml.encode() if isinstance(xml, str) else xml)
        return converted(path, seen)

    return convert_xml


@pytest.fixture
def activity(convert: Convert) -> Convert:
    """Convert the content of one activity, BE-1-A of BE-1, with the attributes it should have."""

    def convert_activity(content: str, attributes: str = "") -> Result:
        start = f'<iati-activities version="2.03"><iati-activity {attributes}>'
        identity = '<iati-identifier>BE-1-A</iati-identifier><reporting-org ref="BE-1" type="10"/>'
        return convert(f"{start}{identity}{content}</iati-activity></iati-activities>")

    return convert_activity
