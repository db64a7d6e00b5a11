"""The names of things, for tables that hold their IRIs."""

from collections.abc import Sequence
from typing import Final

import pyoxigraph as ox

from levier.graph import Store

_AT_A_TIME: Final = 200
"""IRIs in one query."""
_NAMES: Final = """
SELECT ?iri ?label WHERE {
  VALUES ?iri { %s }
  { ?iri skos:prefLabel ?label } UNION { ?iri iati:title ?label } UNION { ?iri dcterms:title ?label }
}
"""


def labels(store: Store, iris: Sequence[str], language: str) -> dict[str, ox.Literal]:
    """Give the label of each IRI that has one: in the language, else in English, French, or any."""
    order = {language: 0, "en": 1, "fr": 2}
    best: dict[str, ox.Literal] = {}
    for start in range(0, len(iris), _AT_A_TIME):
        listed = " ".join(f"<{iri}>" for iri in iris[start : start + _AT_A_TIME])
        for row in store.select(_NAMES % listed):
            iri, label = row["iri"].value, row["label"]
            known = best.get(iri)
            if known is None or _rank(label, order) < _rank(known, order):
                best[iri] = label
    return best


def _rank(label: ox.Literal, order: dict[str, int]) -> tuple[int, str]:
    return (order.get(label.language or "", 3), label.value)
