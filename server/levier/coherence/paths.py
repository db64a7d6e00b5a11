"""SHACL property paths said as SPARQL property paths, with our prefixes."""

from collections.abc import Iterator

import pyoxigraph as ox

from levier.terms import RDF, SH, shorten

Node = ox.NamedNode | ox.BlankNode

_SUFFIXES = {SH + "zeroOrMorePath": "*", SH + "oneOrMorePath": "+", SH + "zeroOrOnePath": "?"}


def path_text(shapes: ox.Dataset, node: Node) -> str:
    """Give the SPARQL text of a SHACL path (https://www.w3.org/TR/shacl/#property-paths)."""
    if isinstance(node, ox.NamedNode):
        return shorten(node.value)
    parts = {quad.predicate.value: quad.object for quad in shapes.quads_for_subject(node)}
    if RDF + "first" in parts:
        return "/".join(_grouped(shapes, item) for item in _items(shapes, node))
    name, inner = next((name, part) for name, part in parts.items() if isinstance(part, Node))
    if name == SH + "alternativePath":
        return "|".join(_grouped(shapes, item) for item in _items(shapes, inner))
    if name == SH + "inversePath":
        return "^" + _grouped(shapes, inner)
    return _grouped(shapes, inner) + _SUFFIXES[name]


def _grouped(shapes: ox.Dataset, node: Node) -> str:
    text = path_text(shapes, node)
    return text if isinstance(node, ox.NamedNode) else f"({text})"


def _items(shapes: ox.Dataset, head: Node) -> Iterator[Node]:
    nil = ox.NamedNode(RDF + "nil")
    while head != nil:
        parts = {quad.predicate.value: quad.object for quad in shapes.quads_for_subject(head)}
        first, rest = parts[RDF + "first"], parts[RDF + "rest"]
        if not isinstance(first, Node) or not isinstance(rest, Node):
            return
        yield first
        head = rest
