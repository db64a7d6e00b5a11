"""The focus nodes of a shape as SPARQL: those of its targets, and those that it gets as the property of another."""

from collections.abc import Iterable, Iterator
from typing import Final

import pyoxigraph as ox

from levier.coherence.paths import Node, path_text
from levier.coherence.rule import Target
from levier.graph import EmbeddedStore
from levier.terms import OWL, RDF, RDFS, SH

_CLASSES: Final = (ox.NamedNode(RDFS + "Class"), ox.NamedNode(OWL + "Class"))
NO_NODES: Final = "FILTER (false)"
"""The pattern of a shape that has no focus nodes, as those have that only stand inside others."""


def focus_pattern(shapes: ox.Dataset, shape: Node, store: EmbeddedStore) -> str:
    """Give the pattern for the focus nodes of a shape as `?this` (https://www.w3.org/TR/shacl/#focusNodes).

    A node that several targets name is found several times.
    """
    branches = list(_branches(_targets(shapes, shape), store))
    for owner in _subjects(shapes, "property", shape):
        if any(value.value == "true" for value in _objects(shapes, owner, "deactivated")):
            continue
        path = next(_objects(shapes, owner, "path"), None)
        outer = focus_pattern(shapes, owner, store)
        if isinstance(path, Node):
            said = path_text(shapes, path, "<{}>".format)
            outer = f"{{ SELECT (?this AS ?outer) {{ {outer} }} }} ?outer {said} ?this"
        branches.append(outer)
    return _union(branches)


def target_query(targets: tuple[Target, ...], store: EmbeddedStore) -> str:
    """Give the query for the nodes that targets name."""
    return f"SELECT DISTINCT ?this WHERE {{ {_union(_branches(targets, store))} }}"


def _union(branches: Iterable[str]) -> str:
    return " UNION ".join(f"{{ {branch} }}" for branch in branches) or NO_NODES


def _targets(shapes: ox.Dataset, shape: Node) -> Iterator[Target]:
    for kind in ("targetClass", "targetSubjectsOf", "targetObjectsOf", "targetNode"):
        for node in _objects(shapes, shape, kind):
            yield Target(kind, str(node) if kind == "targetNode" else node.value)
    if isinstance(shape, ox.NamedNode) and any(_is(shapes, shape, name) for name in _CLASSES):
        yield Target("targetClass", shape.value)


def _branches(targets: Iterable[Target], store: EmbeddedStore) -> Iterator[str]:
    """Give a pattern for each target, and one for all classes together: 45 of them are 45 look-ups, or one."""
    classes = list[str]()
    for target in targets:
        match target.kind:
            case "targetClass":
                classes.append(target.term)
            case "targetNode":
                yield f"VALUES ?this {{ {target.term} }}"
            case "targetSubjectsOf":
                yield f"?this <{target.term}> ?anything"
            case "targetObjectsOf":
                yield f"?anything <{target.term}> ?this"
    if classes:
        yield _of_classes(classes, store)


def _of_classes(classes: list[str], store: EmbeddedStore) -> str:
    """Give the pattern for the instances of classes and of their subclasses in the data."""
    named = " ".join(f"<{name}>" for name in classes)
    rows = store.select(f"SELECT DISTINCT ?class WHERE {{ VALUES ?top {{ {named} }} ?class rdfs:subClassOf+ ?top }}")
    among = sorted({*classes, *(row["class"].value for row in rows)})
    if len(among) == 1:
        return f"?this a <{among[0]}>"
    return f"VALUES ?class {{ {' '.join(f'<{name}>' for name in among)} }} ?this a ?class"


def _objects(shapes: ox.Dataset, subject: Node, name: str) -> Iterator[ox.NamedNode | ox.BlankNode | ox.Literal]:
    for quad in shapes.quads_for_subject(subject):
        if quad.predicate.value == SH + name and not isinstance(quad.object, ox.Triple):
            yield quad.object


def _subjects(shapes: ox.Dataset, name: str, node: Node) -> list[Node]:
    quads = shapes.quads_for_object(node)
    return sorted({q.subject for q in quads if q.predicate.value == SH + name and isinstance(q.subject, Node)}, key=str)


def _is(shapes: ox.Dataset, node: Node, kind: ox.NamedNode) -> bool:
    return any(q.predicate.value == RDF + "type" and q.object == kind for q in shapes.quads_for_subject(node))
