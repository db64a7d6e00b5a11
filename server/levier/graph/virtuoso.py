"""Virtuoso behind the same interface: it has no default graph without a name, and answers some things in its own way.

Each way around was measured with Virtuoso 7.2.5; the names of its own graphs are those of a new installation.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import pyoxigraph as ox

from levier.errors import UnknownGraph
from levier.graph.clauses import read_clauses
from levier.graph.operations import Operation
from levier.graph.remote import RemoteStore
from levier.graph.store import UNION, Dataset, QueryResults
from levier.graph.updates import check_update, using_text
from levier.terms import BASE

DEFAULT: Final = "urn:x-levier:default-graph"
"""The named graph that stands for the default graph."""
_NOTHING: Final = "urn:x-levier:no-graph"
"""A graph that is never there: without any named graph, Virtuoso takes all."""
_ITS_OWN: Final = {
    "http://www.openlinksw.com/schemas/virtrdf#",
    "http://www.w3.org/ns/ldp#",
    "http://localuriqaserver/sparql",
}
_BLANK_NODE: Final = b"nodeID://"
_PREFIX: Final = re.compile(r"([\w.\-]*):")
_YES: Final = b'{"head":{},"boolean":true}'
_NO: Final = b'{"head":{},"boolean":false}'


class VirtuosoStore(RemoteStore):
    """A SPARQL endpoint of Virtuoso 7."""

    def query(self, text: str, dataset: Dataset = UNION) -> QueryResults:
        """Answer a query over the graphs that the dataset means; raises what `RemoteStore.query` raises."""
        self._check(text)
        clauses = read_clauses(text)
        default: Sequence[str] = dataset.default_graphs
        named: Sequence[str] = dataset.named_graphs
        if not (default or named):
            default, named = clauses.default_iris(), clauses.named_iris()
        if not (default or named):
            named = self.graphs()
            default = [DEFAULT, *(named if dataset.default == "union" else ())]
        # It adds the graphs of the request to those of FROM, and takes GRAPH with one of neither for true in an ASK.
        text = clauses.without_dataset(frozenset(named), _NOTHING)
        results = self._query(text, _parameters(default, named))
        if isinstance(results, ox.QuerySolutions) and self._kind(text) == "ASK":  # a row of 1 for yes, none for no
            row = next(results, None)
            yes = row is not None and row[0] is not None and row[0].value == "1"
            results = ox.parse_query_results(_YES if yes else _NO, ox.QueryResultsFormat.JSON)
        return results

    def has_graph(self, graph: str) -> bool:
        """Tell whether there is a named graph: one with a statement, or that a CREATE made."""
        return graph in self.graphs()

    def graphs(self) -> list[str]:
        """Give the IRIs of the named graphs, sorted, without those of Virtuoso itself and the default graph."""
        rows = self._query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", [])
        assert isinstance(rows, ox.QuerySolutions)  # noqa: S101  # a SELECT gives rows
        found = {row["g"].value for row in rows if isinstance(row["g"], ox.NamedNode)}
        return sorted(found - _ITS_OWN - {DEFAULT})

    def triples(self, graph: str | None) -> Iterator[ox.Triple]:
        """Give the statements of a named graph, or of the one that stands for the default graph."""
        # Not by `query`, from which the graph that stands for the default graph is hidden.
        asked = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph or DEFAULT}> {{ ?s ?p ?o }} }}"
        triples = self._query(asked, [])
        assert isinstance(triples, ox.QueryTriples)  # noqa: S101  # a CONSTRUCT gives triples
        yield from triples

    def change(self, text: str, base: str = BASE, using: Sequence[str] = (), using_named: Sequence[str] = ()) -> None:
        """Run the operations of an update one by one; one that fails leaves the work of those before it."""
        for operation in check_update(text, base):
            self._change(operation, using, using_named)

    def _change(self, operation: Operation, using: Sequence[str], using_named: Sequence[str]) -> None:
        if operation.verb in {"CLEAR", "DROP"}:
            self._clear(operation)
            return
        text = operation.text
        if using or using_named:
            text = using_text(operation, using, using_named)
        elif operation.verb == "MODIFY":  # DELETE WHERE deletes nothing there; written out it does
            clauses = [f"USING <{graph}>" for graph in operation.using]
            clauses += [f"USING NAMED <{graph}>" for graph in operation.using_named]
            text = "\n".join([operation.head, *clauses, f"WHERE {operation.pattern}"])
        used = set(_PREFIX.findall(text))
        prologue = [f"BASE <{operation.base}>"] if operation.base else []
        prologue += [f"PREFIX {name}: <{space}>" for name, space in operation.prefixes.items() if name in used]
        chosen = operation.chooses_graphs or bool(using or using_named)
        self.send_update("\n".join([*prologue, text]), [] if chosen else self._seen_by(operation))

    def _seen_by(self, operation: Operation) -> list[tuple[str, str]]:
        """Give the graphs of an operation that chooses none: with a default graph, it sees no other without its name.

        Those that its pattern names are among them even where they are not there, or it may be taken for true.
        """
        if operation.verb != "MODIFY":
            return [("default-graph-uri", DEFAULT)]
        matched = read_clauses(operation.pattern, operation.base, operation.prefixes).matched
        return _parameters([DEFAULT], sorted({*self.graphs(), *(part.iri for part in matched)}))

    def _clear(self, operation: Operation) -> None:
        """Empty graphs one by one: ALL and NAMED do nothing.

        DROP fails for a graph that no CREATE made, but SILENT empties that too; after a CLEAR alone, CREATE would fail.
        """
        targets = {DEFAULT if graph is None else graph for graph in operation.targets}
        if operation.everything:
            targets |= set(self.graphs()) | ({DEFAULT} if operation.everything == "ALL" else set())
        for graph in sorted(targets):
            missing = operation.verb == "DROP" and not operation.silent and not operation.everything
            if missing and graph != DEFAULT and not self.has_graph(graph):
                raise UnknownGraph(f"There is no graph <{graph}>.")
            self.send_update(f"{operation.verb} SILENT GRAPH <{graph}>", [])

    def _mended(self, body: bytes) -> bytes:
        return body.replace(_BLANK_NODE, b"")


def _parameters(default: Sequence[str], named: Sequence[str]) -> list[tuple[str, str]]:
    """Give a dataset as parameters of a request; `_NOTHING` is in it, for what names a graph outside of it."""
    return [
        *(("default-graph-uri", graph) for graph in default or (_NOTHING,)),
        *(("named-graph-uri", graph) for graph in (*named, _NOTHING)),
    ]
