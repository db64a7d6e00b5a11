"""SPARQL-based constraints of shapes as one SELECT each, with what SHACL says of the variables that are bound before.

The W3C (https://www.w3.org/TR/shacl/#pre-binding) lets such a query say no MINUS, VALUES or SERVICE, give nothing to
`$this` anew, and hide it in no subquery. An engine that finds `$this` instead of being given it would answer all the
same, and another one otherwise: so it is refused. What is allowed and still means another thing where `$this` is found,
such as a filter on it in a group that does not state it, is Untranslatable.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from levier.coherence.core import Untranslatable
from levier.coherence.paths import Node, path_text
from levier.terms import OWL, PREFIXES, SH

_TOKEN: Final = re.compile(
    r"""
      \#[^\r\n]* | <[^\x00-\x20<>"{}|^`]*>
    | \"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3} | '{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
    | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*'
    | (?P<told>[?$]\w+ | (?<![\w:@.-])[A-Za-z]+(?![\w:-]) | [(){}])
    | \w+ | .
    """,
    re.VERBOSE | re.DOTALL,
)
_REFUSED: Final = ("MINUS", "VALUES", "SERVICE")
_GIVEN: Final = {"?SHAPESGRAPH", "?CURRENTSHAPE"}


class NotPreBindable(ValueError):
    """A query of a shape that SHACL does not let a constraint be."""


@dataclass(slots=True)
class _Group:
    """What the query says of `$this` between two braces."""

    sees_outside: bool
    """Whether it sees what is bound around it, as OPTIONAL and EXISTS do."""
    states: bool = False
    tests: bool = False
    parentheses: int = 0


def selects(shapes: ox.Dataset, shape: Node) -> Iterator[str]:
    """Give the SELECT of each SPARQL-based constraint of a shape, with its prefixes and its path.

    Raises NotPreBindable, and Untranslatable for one that must be given what we find, or of a component of its own.
    """
    own = {quad.predicate.value for quad in shapes.quads_for_subject(shape)} & _parameters(shapes)
    if own:
        raise Untranslatable(f"{', '.join(sorted(own))}: a constraint component of the shapes' own")
    for constraint in _objects(shapes, shape, "sparql"):
        if isinstance(constraint, Node) and not any(_text(term) == "true" for term in _deactivated(shapes, constraint)):
            for term in _objects(shapes, constraint, "select"):
                yield _select(shapes, shape, constraint, _text(term))


def refused(select: str) -> str | None:
    """Give what a SELECT must not say, in a few words; None where all of it may be said."""
    words = [token.upper() for token in _tokens(select)]
    for word in _REFUSED:
        if word in words:
            return word
    if any(words[at : at + 2] == ["AS", "?THIS"] for at in range(len(words))):
        return "AS $this"
    for at, word in enumerate(words):
        if at > 0 and word == "SELECT" and "?THIS" not in words[at : words.index("{", at)]:
            return "a subquery that does not return $this"
    return None


def must_be_given(select: str) -> bool:
    """Tell whether a SELECT means another thing where `$this` is found, and not given."""
    tokens = [token.upper() for token in _tokens(select)]
    if _GIVEN & set(tokens):
        return True
    groups = [_Group(sees_outside=True)]
    for before, token in zip(["", *tokens], tokens, strict=False):
        here = groups[-1]
        match token:
            case "{":
                groups.append(_Group(before in {"EXISTS", "OPTIONAL"} or len(groups) == 1))
            case "}":
                done = groups.pop()
                if done.tests and not done.states and not done.sees_outside:
                    return True
                groups[-1].states |= done.states and before != "EXISTS"
            case "(" | ")":
                here.parentheses += 1 if token == "(" else -1  # noqa: S105  # a bracket
            case "?THIS" if here.parentheses:
                here.tests = True
            case "?THIS":
                here.states = True
    return False


def _tokens(select: str) -> list[str]:
    return [match["told"].replace("$", "?") for match in _TOKEN.finditer(select) if match["told"]]


def _select(shapes: ox.Dataset, shape: Node, constraint: Node, select: str) -> str:
    said = refused(select)
    if said is not None:
        raise NotPreBindable(f"{shape}: its query says {said}, which SHACL does not let a constraint say.")
    if must_be_given(select):
        raise Untranslatable(f"{shape}: its query must be given what is found here")
    path = next((term for term in _objects(shapes, shape, "path") if isinstance(term, Node)), None)
    if path is not None:
        said_path = path_text(shapes, path, "<{}>".format)
        select = re.sub(r"[$?]PATH\b", lambda _: said_path, select)
    return "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in _prefixes(shapes, constraint)) + select


def _prefixes(shapes: ox.Dataset, constraint: Node) -> Iterator[tuple[str, str]]:
    """Give the prefixes that a constraint declares, but for those that are known without."""
    waiting = list(_objects(shapes, constraint, "prefixes"))
    for owner in waiting:  # and what they import, as it is met
        if isinstance(owner, Node):
            imported = (q.object for q in shapes.quads_for_subject(owner) if q.predicate.value == OWL + "imports")
            waiting += [node for node in imported if isinstance(node, Node) and node not in waiting]
        for declared in _objects(shapes, owner, "declare") if isinstance(owner, Node) else ():
            if isinstance(declared, Node):
                prefix = next((_text(term) for term in _objects(shapes, declared, "prefix")), "")
                iri = next((_text(term) for term in _objects(shapes, declared, "namespace")), "")
                if PREFIXES.get(prefix) != iri:
                    yield prefix, iri


def _parameters(shapes: ox.Dataset) -> set[str]:
    """Give the properties by which shapes use the components that are declared among them."""
    parameter, path = ox.NamedNode(SH + "parameter"), ox.NamedNode(SH + "path")
    declared = {quad.object for quad in shapes.quads_for_predicate(parameter)}
    return {_text(quad.object) for quad in shapes.quads_for_predicate(path) if quad.subject in declared}


def _deactivated(shapes: ox.Dataset, constraint: Node) -> Iterator[object]:
    return _objects(shapes, constraint, "deactivated")


def _objects(shapes: ox.Dataset, subject: Node, name: str) -> Iterator[ox.NamedNode | ox.BlankNode | ox.Literal]:
    for quad in shapes.quads_for_subject(subject):
        if quad.predicate.value == SH + name and not isinstance(quad.object, ox.Triple):
            yield quad.object


def _text(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else ""
