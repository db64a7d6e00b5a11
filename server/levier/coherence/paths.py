"""SHACL property paths said as SPARQL property paths."""

from collections.abc import Callable, Iterator

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


def _nodes(shapes: ox.Dataset, head: Node) -> Iterator[Node]:
    return (item for item in items(shapes, head) if isinstance(item, Node))
