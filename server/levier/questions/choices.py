"""What a parameter may be, with names for people: the list from which a form, or a shell, lets one choose."""

from dataclasses import dataclass

from levier.graph import Store
from levier.questions.parameters import table

_NAMED = """
SELECT ?key ?value (MIN(STR(?wanted)) AS ?own) (MIN(STR(?any)) AS ?other) WHERE {
  { %(table)s }
  OPTIONAL { ?value skos:prefLabel ?wanted . FILTER(LANG(?wanted) = "%(language)s") }
  OPTIONAL { ?value skos:prefLabel ?any . FILTER(LANG(?any) IN ("fr", "en", "")) }
}
GROUP BY ?key ?value
ORDER BY ?key
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a parameter may have: what a person types, the IRI that it means, and its name."""

    key: str
    iri: str
    label: str


def choices(store: Store, kind: str, language: str) -> tuple[Choice, ...]:
    """Give what a parameter whose values are looked up may be, by its key; labels in a language, or French.

    The kinds are `note`, `element` and the names of code lists.
    """
    rows = store.select(_NAMED % {"table": table(kind), "language": language})
    return tuple(
        Choice(row["key"].value, row["value"].value, (row["own"] or row["other"] or row["key"]).value) for row in rows
    )
