"""Any SPARQL 1.1 server behind the same interface, over SPARQLWrapper."""

import urllib.error
from collections.abc import Iterator
from typing import Any, Final

import pyoxigraph as ox
from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException

from levier.errors import EndpointFailed, QuerySyntaxError
from levier.graph.store import UNION, Dataset, QueryResults, Store, Subject, Term
from levier.terms import PREFIXES

MOST_QUADS: Final = 10_000
"""Statements about one thing that are asked of an endpoint."""


class RemoteStore(Store):
    """A SPARQL endpoint at an http(s) address; nothing is asked before the first query."""

    def __init__(self, url: str, *, timeout: int = 60) -> None:
        if not url.startswith(("http://", "https://")):
            raise EndpointFailed(f"{url}: an endpoint's address starts with http:// or https://.")
        self.url = url
        self.timeout = timeout

    def query(self, text: str, dataset: Dataset = UNION) -> QueryResults:
        """Answer a query by asking the endpoint; what it sees as its default graph is the endpoint's own choice.

        Raises QuerySyntaxError where it refuses the query, EndpointFailed where it is down, slow or answers
        something that is not a SPARQL result.
        """
        wrapper = SPARQLWrapper(self.url)
        wrapper.setTimeout(self.timeout)
        wrapper.setMethod(POST)
        wrapper.setQuery(_declare(text))
        for iri in dataset.default_graphs:
            wrapper.addParameter("default-graph-uri", iri)
        for iri in dataset.named_graphs:
            wrapper.addParameter("named-graph-uri", iri)
        graph_form = wrapper.queryType in {"CONSTRUCT", "DESCRIBE"}
        wrapper.setReturnFormat(TURTLE if graph_form else JSON)
        return self._parse(self._ask(wrapper), graph_form=graph_form)

    def update(self, text: str) -> None:
        """Have the endpoint run an update; raises QuerySyntaxError where it refuses it, and EndpointFailed."""
        wrapper = SPARQLWrapper(self.url)
        wrapper.setTimeout(self.timeout)
        wrapper.setMethod(POST)
        wrapper.setQuery(_declare(text))
        wrapper.queryType = "INSERT"  # what SPARQLWrapper finds out by a look at the text can be deceived
        self._ask(wrapper)

    def quads(
        self, subject: Subject | None = None, predicate: ox.NamedNode | None = None, object_: Term | None = None
    ) -> Iterator[ox.Quad]:
        """Give at most `MOST_QUADS` statements of the named graphs that have these terms; None stands for any."""
        given = {"s": subject, "p": predicate, "o": object_}
        pattern = " ".join(f"?{name}" if term is None else str(term) for name, term in given.items())
        for row in self.select(f"SELECT * {{ GRAPH ?g {{ {pattern} }} }} LIMIT {MOST_QUADS}"):
            found = {name: row[name] if term is None else term for name, term in given.items()}
            yield ox.Quad(found["s"], found["p"], found["o"], row["g"])  # type: ignore[arg-type]  # bound in each row

    def has_graph(self, graph: str) -> bool:
        """Tell whether a named graph has a statement: not every server knows an empty one."""
        return bool(self.query(f"ASK {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"))

    def triples(self, graph: str | None) -> Iterator[ox.Triple]:
        """Give the statements of a named graph, or of what the endpoint takes for its default graph."""
        pattern = "{ ?s ?p ?o }" if graph is None else f"{{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
        triples = self.query(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {pattern}")
        assert isinstance(triples, ox.QueryTriples)  # noqa: S101  # a CONSTRUCT gives triples
        yield from triples

    def graphs(self) -> list[str]:
        """Give the IRIs of the named graphs, sorted."""
        rows = self.select("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
        return sorted(row["g"].value for row in rows if isinstance(row["g"], ox.NamedNode))

    def count(self, graph: str | None = None) -> int:
        """Give the number of triples of a named graph, or of all of them."""
        name = f"<{graph}>" if graph else "?g"
        rows = self.select(f"SELECT (COUNT(*) AS ?n) {{ GRAPH {name} {{ ?s ?p ?o }} }}")
        return int(next(iter(rows))["n"].value)

    def _ask(self, wrapper: Any) -> bytes:  # noqa: ANN401  # SPARQLWrapper ships no types
        try:
            answer = wrapper.query()
            kind = answer.info().get("content-type", "")
            body: bytes = answer.response.read()
        except QueryBadFormed as error:
            raise QuerySyntaxError(f"{self.url}: the endpoint refuses the query ({_first_line(error)}).") from error
        except (SPARQLWrapperException, urllib.error.URLError, TimeoutError, OSError) as error:
            raise EndpointFailed(
                f"{self.url}: the endpoint does not answer ({_first_line(error)}).",
                hint="Check the address, and that the service runs.",
            ) from error
        if "html" in kind:
            raise EndpointFailed(f"{self.url}: answers a web page ({kind}), not a SPARQL result.")
        return body

    def _parse(self, body: bytes, *, graph_form: bool) -> QueryResults:
        try:
            if graph_form:
                memory = ox.Store()
                memory.load(body, ox.RdfFormat.TURTLE)
                triples = memory.query("CONSTRUCT WHERE { ?s ?p ?o }")
                assert isinstance(triples, ox.QueryTriples)  # noqa: S101  # a CONSTRUCT gives triples
                return triples
            return ox.parse_query_results(body, ox.QueryResultsFormat.JSON)
        except (SyntaxError, ValueError) as error:
            raise EndpointFailed(f"{self.url}: answers something that is not a SPARQL result ({error}).") from error


def _declare(text: str) -> str:
    """Give the query with our prefixes declared, those it declares itself left to it."""
    lowered = text.lower()
    missing = [f"PREFIX {name}: <{space}>" for name, space in PREFIXES.items() if f"prefix {name}:" not in lowered]
    used = [line for line in missing if line.split()[1] in text]
    return "\n".join([*used, text])


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
