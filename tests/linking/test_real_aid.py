"""Real activities beside the checkout: the Belgian reporters, and the labelled development set."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from levier.graph import EmbeddedStore
from levier.iati import Seen, convert_source, sources
from levier.linking import explain, relink, render
from levier.settings import Settings
from levier.terms import graph_iri

NAIVE_F1 = 0.63
"""What a naive rule of codes and words reaches on the labelled set."""


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


def score(labels: Path, found: dict[str, set[str]]) -> float:
    """The micro-F1 against a table of labels, those in dispute left out; flags such as `indonor` are not labels."""
    counts: Counter[str] = Counter()
    with labels.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            wanted = set(row["labels"].split(",")) - {"-", "indonor"}
            counted = (wanted | found[row["id"]]) - set(row["disputed"].split(","))
            counts["right"] += len(counted & wanted & found[row["id"]])
            counts["wrong"] += len(counted - (wanted & found[row["id"]]))
    return 2 * counts["right"] / (2 * counts["right"] + counts["wrong"])


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
def test_score_on_the_labelled_set_is_well_above_naive(shared: Path, empty: EmbeddedStore) -> None:
    """The labels are a silver standard (two language models); the rules were tuned on this very set."""
    labels = shared / "labels"
    convert(empty, labels / "alignment-dev.xml.gz")
    relink(empty, Settings())
    f1 = score(labels / "alignment-dev.tsv", links(empty))

    assert f1 > NAIVE_F1 + 0.15
