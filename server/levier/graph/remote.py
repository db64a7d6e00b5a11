"""Any SPARQL 1.1 server behind the same interface, over SPARQLWrapper."""

import http
import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import pyoxigraph as ox
from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException

from levier.errors import EndpointFailed, QuerySyntaxError
from levier.graph.store import UNION, Dataset, QueryResults, Store, Subject, Term
from levier.graph.syntax import readable
from levier.graph.updates import check_update, with_using
from levier.terms import BASE, PREFIXES

MOST_QUADS: Final = 10_000
"""Statements about one thing that are asked of an endpoint."""
_BLOCK: Final = 1 << 16
"""Bytes of an answer that are read at once."""
_BUSY: Final = {408, 425, 429, 500, 502, 503, 504}
"""Statuses of HTTP after which it is worth while to ask again."""


class RemoteStore(Store):
    """A SPARQL endpoint at an http(s) address; nothing is asked before the first query."""

    def __init__(self, url: str, *, timeout: int = 60) -> None:
        if not url.startswith(("http://", "https://")):
            raise EndpointFailed(f"{url}: an endpoint's address starts with http:// or https://.")
        self.url = url
        self.timeout = timeout

    def query(self, text: str, dataset: Dataset = UNION) -> QueryResults:
        """Answer a query by asking the endpoint; what it sees as its default graph is the endpoint's own choice.

        Raises QuerySyntaxError where it is not SPARQL 1.1, or the endpoint refuses it, EndpointFailed where that is
        down, slow or answers something that is not a SPARQL result.
        """
        self._check(text)
        graphs = [("default-graph-uri", iri) for iri in dataset.default_graphs]
        return self._query(text, graphs + [("named-graph-uri", iri) for iri in dataset.named_graphs])

    def _check(self, text: str) -> None:
        """Raise QuerySyntaxError where a text is no query; the embedded engine says so better, and sends nothing."""
        try:
            ox.Store().query(text, base_iri=BASE, prefixes=PREFIXES)
        except SyntaxError as error:
            raise QuerySyntaxError(readable(text, str(error))) from error

    def _query(self, text: str, graphs: list[tuple[str, str]]) -> QueryResults:
        wrapper = self._wrapper(text)
        for name, iri in graphs:
            wrapper.addParameter(name, iri)
        graph_form = self._kind(text) in {"CONSTRUCT", "DESCRIBE"}
        wrapper.setReturnFormat(TURTLE if graph_form else JSON)
        return self._parse(self._mended(self._ask(wrapper)), graph_form=graph_form)

    def _wrapper(self, text: str) -> Any:  # noqa: ANN401  # SPARQLWrapper ships no types
        wrapper = SPARQLWrapper(self.url)
        wrapper.setTimeout(self.timeout)
        wrapper.setMethod(POST)
        wrapper.setQuery(_declare(text))
        return wrapper

    def _kind(self, text: str) -> str:
        """Give what kind of query a text is: SELECT, ASK, CONSTRUCT or DESCRIBE."""
        wrapper = SPARQLWrapper(self.url)
        wrapper.setQuery(text)
        return str(wrapper.queryType)

    def _mended(self, body: bytes) -> bytes:
        """Give an answer in the form that the standard has; for endpoints that have one of their own."""
        return body

    def change(self, text: str, base: str = BASE, using: Sequence[str] = (), using_named: Sequence[str] = ()) -> None:
        """Have the endpoint run an update.

        Raises QuerySyntaxError and QueryRejected before it is sent, and EndpointFailed.
        """
        check_update(text, base)
        self.send_update(with_using(text, using, using_named, base), [])

    def send_update(self, text: str, parameters: list[tuple[str, str]]) -> None:
        """Send an update as it is."""
        wrapper = self._wrapper(text)
        wrapper.queryType = "INSERT"  # what SPARQLWrapper finds out by a look at the text can be deceived
        for name, value in parameters:
            wrapper.addParameter(name, value)
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
        until = time.monotonic() + self.timeout
        try:
            answer = wrapper.query()
            kind, length = (answer.info().get(name, "") for name in ("content-type", "content-length"))
            body = self._body(answer.response, until)
        except QueryBadFormed as error:
            raise QuerySyntaxError(f"{self.url}: the endpoint refuses the query ({_first_line(error)}).") from error
        except (SPARQLWrapperException, http.client.HTTPException, OSError) as error:
            raise self._failed(error) from error
        if "html" in kind:
            raise EndpointFailed(f"{self.url}: answers a web page ({kind}), not a SPARQL result.")
        if length.isdecimal() and len(body) < int(length):
            raise EndpointFailed(f"{self.url}: the answer breaks off after {len(body)} of {length} bytes.", again=True)
        return body

    def _body(self, response: http.client.HTTPResponse, until: float) -> bytes:
        """Read an answer to its end; the time limit of a socket is one of each read, and not of them all."""
        parts: list[bytes] = []
        while part := response.read1(_BLOCK):
            parts.append(part)
            if time.monotonic() > until:
                hint = "Ask for less, or give it more time (--query-timeout)."
                raise EndpointFailed(f"{self.url}: the answer is not whole after {self.timeout} s.", hint=hint)
        return b"".join(parts)

    def _failed(self, error: Exception) -> EndpointFailed:
        """Say what went wrong: a status that came back, or that nothing did."""
        status = _status(error)
        if status is None:
            hint = "Check the address, and that the service runs."
            return EndpointFailed(
                f"{self.url}: the endpoint does not answer ({_first_line(error)}).", hint=hint, again=True
            )
        said = f"{self.url}: the endpoint answers with HTTP status {_named(status)}, not with a SPARQL result."
        again = status in _BUSY
        return EndpointFailed(said, hint="Try again later." if again else "Check the address.", again=again)

    def _parse(self, body: bytes, *, graph_form: bool) -> QueryResults:
        try:
            if graph_form:
                memory = ox.Store()
                memory.load(body, ox.RdfFormat.TURTLE, base_iri=BASE)
                triples = memory.query("CONSTRUCT WHERE { ?s ?p ?o }")
                assert isinstance(triples, ox.QueryTriples)  # noqa: S101  # a CONSTRUCT gives triples
                return triples
            return ox.parse_query_results(body, ox.QueryResultsFormat.JSON)
        except (SyntaxError, ValueError) as error:
            raise EndpointFailed(f"{self.url}: answers something that is not a SPARQL result ({error}).") from error


def server_of(url: str, timeout: int) -> str:
    """Give what a server calls itself; empty where it does not say. Raises EndpointFailed where it is not there."""
    address = f"{url}?{urlencode({'query': 'ASK {}'})}"
    try:
        with urllib.request.urlopen(address, timeout=timeout) as answer:  # noqa: S310  # http(s), as RemoteStore sees to
            return str(answer.headers.get("Server", ""))
    except urllib.error.HTTPError as error:
        with error:
            return str(error.headers.get("Server", ""))
    except OSError as error:
        raise EndpointFailed(f"{url}: the endpoint does not answer ({_first_line(error)}).") from error


def _declare(text: str) -> str:
    """Give the query with our prefixes declared, those it declares itself left to it."""
    lowered = text.lower()
    missing = [f"PREFIX {name}: <{space}>" for name, space in PREFIXES.items() if f"prefix {name}:" not in lowered]
    used = [line for line in missing if line.split()[1] in text]
    base = [] if re.search(r"\bbase\s*<", lowered) else [f"BASE <{BASE}>"]
    return "\n".join([*base, *used, text])


def _status(error: BaseException) -> int | None:
    """Give the HTTP status behind an error; SPARQLWrapper raises its own while it handles that of urllib."""
    known = next((one for one in (error, error.__context__) if isinstance(one, urllib.error.HTTPError)), None)
    return None if known is None else known.code


def _named(status: int) -> str:
    known = {one.value: one.phrase for one in http.HTTPStatus}
    return f"{status} ({known[status]})" if status in known else str(status)


def _first_line(error: BaseException) -> str:
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, OSError) and error.reason.strerror:
        return error.reason.strerror
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
