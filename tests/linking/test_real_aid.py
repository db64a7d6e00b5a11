"""Real activities beside the checkout: the Belgian reporters, and the labelled development set."""

from pathlib import Path

import pytest

from levier.graph import EmbeddedStore
from levier.iati import Seen, convert_source, sources
from levier.linking import explain, relink, render
from levier.linking.evaluate import evaluate
from levier.linking.scores import reliability, total
from levier.settings import Settings
from levier.terms import graph_iri


def convert(store: EmbeddedStore, path: Path) -> None:
    """Put a file of IATI activities into a store."""
    seen = Seen()
    for source in sources([path]):
        lines: list[bytes] = []
        convert_source(source, lines.append, graph=None, seen=seen)
        store.load_bytes(b"".join(lines), graph_iri("aid", source.key))


def links(store: EmbeddedStore) -> dict[str, set[str]]:
    """By IATI identifier of each activity: the notations it is linked to."""
    rows = store.select(
        "SELECT ?i ?n { ?a a iati:Activity ; iati:iatiIdentifier ?i "
        "OPTIONAL { ?a levier:contributesTo/skos:notation ?n } }"
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["i"].value, set()).update({row["n"].value} if row["n"] else set())
    return found


@pytest.mark.corpus
def test_every_belgian_activity_is_linked_or_explained(shared: Path, empty: EmbeddedStore) -> None:
    convert(empty, shared / "corpus" / "iati" / "belgian-reporters.xml")
    report = relink(empty, Settings())
    found = links(empty)

    assert (25, 25) == (report.activities, len(found))
    for identifier, notations in found.items():
        page = render(explain(empty, identifier))
        assert ("Linked to" if notations else "Not linked") in page


@pytest.mark.corpus
def test_score_on_the_labelled_set_is_what_the_docs_say(shared: Path, empty: EmbeddedStore) -> None:
    """The labels are a silver standard (two language models); the words of the rules were written beside this set."""
    labels = shared / "labels"
    convert(empty, labels / "alignment-dev.xml.gz")
    found = evaluate(empty, labels / "alignment-dev.tsv", Settings())

    assert total(found.shipped).f1 >= 0.90
    assert total(found.held_out).f1 >= 0.87

    (one,) = (part for part in reliability(found.shipped) if part.low == 0.8)

    assert one.right / one.links >= 0.75  # of links given 0.8, four of five
