"""What the reading of IATI takes from the bundled data: the rows of its tables, the codes of its code lists."""

import csv
from typing import Final

import pyoxigraph as ox

from levier.resources import folder
from levier.terms import SKOS

_NOTATION: Final = ox.NamedNode(SKOS + "notation")


def table(*place: str) -> list[dict[str, str]]:
    """Give the rows of a table below `data`, by the columns that its first row names; lines with `#` are comments."""
    lines = folder("data").joinpath(*place).read_text(encoding="utf-8").splitlines()
    rows = (line for line in lines if not line.startswith("#"))
    return list(csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE))


def codes(code_list: str) -> frozenset[str]:
    """Give the codes of a code list."""
    path = folder("data") / "codelists" / f"{code_list}.ttl"
    triples = ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)
    return frozenset(
        triple.object.value
        for triple in triples
        if triple.predicate == _NOTATION and isinstance(triple.object, ox.Literal)
    )
