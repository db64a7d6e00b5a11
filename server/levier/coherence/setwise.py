"""The rules over a whole store at once: each becomes a few queries, and each query is asked once.

A rule in SHACL core is translated by `core`. A rule with a SPARQL constraint brings its own SELECT, which SHACL asks
once per node. Measured: with 5,000 activities the `shacl` engine needs 3.7 s for one rule that sums percentages, with
20,000 it needs 61 s (every node scans all the others), and it loses values that the query computes. Asked once, with
the targets as a subquery, Oxigraph answers in a fraction of a second. The price: a rule's SELECT must mean the same
when `$this` is found rather than given, so it groups by `$this` where it counts, and joins with `OPTIONAL` and `!BOUND`
instead of several patterns inside `NOT EXISTS`. The tests hold every rule to it, against pySHACL.
"""

import re
from collections.abc import Iterator

import pyoxigraph as ox

from levier.coherence.catalogue import BrokenShapes
from levier.coherence.constraints import selects
from levier.coherence.core import questions
from levier.coherence.finding import Finding, plain_value
from levier.coherence.focus import focus_pattern, target_query
from levier.coherence.rule import Rule
from levier.errors import QuerySyntaxError
from levier.graph import EmbeddedStore

__all__ = ["findings_of", "queries_of", "target_query"]

_START = "WHERE {"
_FEW = 1000
"""So many focus nodes are looked up one by one, in milliseconds, instead of scanning what all nodes have."""
_FINDS = re.compile(r"[^{]*WHERE \{\s*\{\s*SELECT ")
"""How the SELECT of a rule begins that finds its nodes by itself."""


def queries_of(rule: Rule, shapes: ox.Dataset, store: EmbeddedStore) -> list[str]:
    """Give the queries that find what does not meet a rule; raises Untranslatable."""
    shape = ox.NamedNode(rule.shape)
    focus = focus_pattern(shapes, shape, store)
    list(selects(shapes, shape))  # raises where what is asked must be given, and not found
    nodes = _up_to(_FEW + 1, focus, store)
    texts = [question.text for question in questions(shapes, shape, focus, few=nodes <= _FEW)]
    if not nodes:
        return []
    return texts if rule.select is None else [*texts, with_targets(rule.select, focus)]


def _up_to(most: int, focus: str, store: EmbeddedStore) -> int:
    """Give the number of focus nodes, or `most` where they are more; one that is found twice counts twice."""
    rows = store.select(f"SELECT (COUNT(*) AS ?nodes) {{ SELECT ?this {{ {focus} }} LIMIT {most} }}")
    return int(next(rows)["nodes"].value)


def findings_of(rule: Rule, queries: list[str], store: EmbeddedStore) -> Iterator[Finding]:
    """Give the findings of a rule by its queries; raises BrokenShapes where its own is not SPARQL."""
    for query in queries:
        try:
            rows = _rows(query, store)
        except QuerySyntaxError as error:
            raise BrokenShapes(f"{rule.file}: {rule.id}: its query is not SPARQL. {error.message}") from error
        for this, value in rows:
            if this is not None:
                yield Finding(rule, this, None if value == this else value)


def _rows(query: str, store: EmbeddedStore) -> list[tuple[str | None, str | None]]:
    """Give the nodes and values found; the engine's own rows may not leave their thread."""
    return [(_term(row, "this"), _term(row, "value")) for row in store.select(query)]


def with_targets(select: str, focus: str) -> str:
    """Give the SELECT of a rule with its targets inside, or of one that finds its nodes by itself, around it.

    To look up whether the nodes found are targets is less than to scan all targets: 0.2 s instead of 2.9 where they are
    the subjects of 33 properties. A GROUP BY is needed, or Oxigraph would look up whatever the SELECT goes through.
    """
    if _FINDS.match(select):
        found = f"SELECT ?this ?value {{ {{ {select} }} }} GROUP BY ?this ?value"
        return f"SELECT ?this ?value {{ {{ {found} }} FILTER EXISTS {{ {focus} }} }}"
    head, start, tail = select.partition(_START)
    return f"{head}{start}\n  {{ SELECT DISTINCT ?this WHERE {{ {focus} }} }}{tail}"


def _term(row: ox.QuerySolution, name: str) -> str | None:
    """Give the IRI of a node, `_:label`, or the text of a literal."""
    try:
        term = row[name]
    except KeyError:  # the rule names no value
        return None
    if isinstance(term, ox.Literal):
        return plain_value(term.value, term.datatype.value)
    if isinstance(term, ox.BlankNode):
        return str(term)
    return term.value if isinstance(term, ox.NamedNode) else None
