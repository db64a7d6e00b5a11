"""Changes of a SPARQL 1.1 server elsewhere: all of them by SPARQL Update, which every such server takes."""

from collections.abc import Iterator

import pyoxigraph as ox

from levier.errors import NotRdf, UnknownGraph
from levier.graph.remote import RemoteStore, server_of
from levier.graph.store import Dataset
from levier.graph.syntax import cause
from levier.graph.virtuoso import VirtuosoStore
from levier.graph.writing import Change, DeleteGraph, Part, PutGraph, RunUpdate, Written
from levier.terms import BASE


def write_elsewhere(url: str, change: Change, timeout: int) -> Written:
    """Have an endpoint make a change; who made it is for the endpoint to know, and Written has no version.

    A graph without a statement counts as none: not every server knows an empty one. Raises UnknownGraph where a graph
    to delete is not there, NotRdf, EndpointFailed, and what `levier.graph.updates` raises.
    """
    store = open_endpoint(url, timeout=timeout)
    if isinstance(change, RunUpdate):
        store.change(change.text, change.base, change.using, change.using_named)
        return Written("", made=False, existed=True, graphs=())
    existed = _exists(store, change.graph)
    target = "DEFAULT" if change.graph is None else f"GRAPH <{change.graph}>"
    if isinstance(change, DeleteGraph):
        if not existed and change.graph is not None:
            raise UnknownGraph(f"There is no graph <{change.graph}>.")
        store.change(f"DROP SILENT {target}")
    else:
        said = "\n".join(line for part in change.parts for line in _statements(part, change.graph))
        data = said if change.graph is None else f"GRAPH <{change.graph}> {{\n{said}\n}}"
        steps = [f"CLEAR SILENT {target}"] if isinstance(change, PutGraph) else []
        if said:  # some servers refuse an empty template, and take no blank node in INSERT DATA
            steps.append(f"INSERT {{\n{data}\n}} WHERE {{}}")
        if steps:
            store.change(" ;\n".join(steps))
    return Written("", made=not existed, existed=existed, graphs=(change.graph,) if change.graph else ())


def open_endpoint(url: str, *, timeout: int) -> RemoteStore:
    """Give the store behind an endpoint, as its server's name tells how to speak with it; raises EndpointFailed."""
    kind = VirtuosoStore if "virtuoso" in server_of(url, timeout).lower() else RemoteStore
    return kind(url, timeout=timeout)


def _exists(store: RemoteStore, graph: str | None) -> bool:
    if graph is not None:
        return store.has_graph(graph)
    return bool(store.query("ASK { ?s ?p ?o }", Dataset("strict")))


def _statements(part: Part, graph: str | None) -> Iterator[str]:
    """Give the statements of a part as N-Triples, its blank nodes named unlike those of any other part."""
    body, media_type = part
    form = ox.RdfFormat.from_media_type(media_type)
    if form is None:
        raise NotRdf(f"{media_type} is no form of RDF that is known here.")
    try:
        for quad in ox.parse(body, form, base_iri=graph or BASE, rename_blank_nodes=True):
            if not isinstance(quad.graph_name, ox.DefaultGraph):
                raise NotRdf(f"What was sent has statements of another graph, {quad.graph_name}.")
            yield f"{quad.triple} ."
    except SyntaxError as error:
        place = f", line {error.lineno}" if error.lineno else ""
        raise NotRdf(f"What was sent is not {form.name}{place}: {cause(error)}.") from error
