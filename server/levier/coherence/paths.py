"""SHACL property paths said as SPARQL property paths."""

from collections.abc import Callable, Iterator
from itertools import starmap

import pyoxigraph as ox

from levier.terms import RDF, SH, shorten

Node = ox.NamedNode | ox.BlankNode

_SUFFIXES = {SH + "zeroOrMorePath": "*", SH + "oneOrMorePath": "+", SH + "zeroOrOnePath": "?"}


def path_text(shapes: ox.Dataset, node: Node, name: Callable[[str], str] = shorten) -> str:
    """Give the SPARQL text of a SHACL path (https://www.w3.org/TR/shacl/#property-paths).

    `name` says an IRI: with our prefixes, for people, where nothing else is asked for.
    """
    if isinstance(node, ox.NamedNode):
        return name(node.value)
    parts = {quad.predicate.value: quad.object for quad in shapes.quads_for_subject(node)}
    if RDF + "first" in parts:
        return "/".join(_grouped(shapes, item, name) for item in _nodes(shapes, node))
    kind, inner = next((kind, part) for kind, part in parts.items() if isinstance(part, Node))
    if kind == SH + "alternativePath":
        return "|".join(_grouped(shapes, item, name) for item in _nodes(shapes, inner))
    if kind == SH + "inversePath":
        return "^" + _grouped(shapes, inner, name)
    return _grouped(shapes, inner, name) + _SUFFIXES[kind]


def steps(shapes: ox.Dataset, path: Node, start: str, end: str, variables: Iterator[str], *, apart: bool) -> str:
    """Give the triples that lead along a path, from one term to another; `variables` are for the stops between.

    Where a path repeats it is a path still. Measured: Oxigraph walks the others node by node, and `p|q|…` of 33
    properties takes it 40 s for a million values; as triples it scans them in a third of a second. `apart` finds the
    values of all nodes: each step is a SELECT, and is joined by hash, 0.3 s instead of 1.0, and alternatives are
    scanned one by one. Otherwise one end is known, and what leads there is looked up, all alternatives at once.
    """

    def follow(path: Node, start: str, end: str) -> str:
        return steps(shapes, path, start, end, variables, apart=apart)

    def scanned(path: Node, start: str, end: str) -> str:
        told = " ".join(term for term in (start, end) if term.startswith("?"))
        return f"{{ SELECT {told} {{ {follow(path, start, end)} }} }}"

    if isinstance(path, ox.NamedNode):
        return f"{start} {path} {end} ."
    parts = {quad.predicate.value: quad.object for quad in shapes.quads_for_subject(path)}
    sequence = list(_nodes(shapes, path))
    if sequence:
        stops = [start, *(next(variables) for _ in sequence[1:]), end]
        return " ".join(starmap(scanned if apart else follow, zip(sequence, stops[:-1], stops[1:], strict=True)))
    among = list(_nodes(shapes, parts.get(SH + "alternativePath")))
    if among and not apart and all(isinstance(item, ox.NamedNode) for item in among):
        step = next(variables)
        return f"{start} {step} {end} . FILTER ({step} IN ({', '.join(map(str, among))}))"
    if among:
        return " UNION ".join(f"{{ {follow(item, start, end)} }}" for item in among)
    inverse = parts.get(SH + "inversePath")
    if isinstance(inverse, Node):
        return follow(inverse, end, start)
    return f"{start} {path_text(shapes, path, '<{}>'.format)} {end} ."


def repeats(shapes: ox.Dataset, path: Node) -> bool:
    """Tell whether a step of a path may be taken any number of times, or none."""
    if isinstance(path, ox.NamedNode):
        return False
    quads = list(shapes.quads_for_subject(path))
    return any(quad.predicate.value in _SUFFIXES for quad in quads) or any(
        repeats(shapes, quad.object) for quad in quads if isinstance(quad.object, ox.BlankNode)
    )


def items(shapes: ox.Dataset, head: object) -> Iterator[object]:
    """Give the members of an RDF list."""
    while isinstance(head, Node) and head.value != RDF + "nil":
        parts = {quad.predicate.value: quad.object for quad in shapes.quads_for_subject(head)}
        if RDF + "first" not in parts:
            return
        yield parts[RDF + "first"]
        head = parts.get(RDF + "rest")


def _grouped(shapes: ox.Dataset, node: Node, name: Callable[[str], str]) -> str:
    text = path_text(shapes, node, name)
    return text if isinstance(node, ox.NamedNode) else f"({text})"


def _nodes(shapes: ox.Dataset, head: object) -> Iterator[Node]:
    return (item for item in items(shapes, head) if isinstance(item, Node))
