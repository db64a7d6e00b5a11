"""The rule catalogue: what `shapes/*.ttl` say, read once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from levier import resources
from levier.coherence.constraints import NotPreBindable, selects
from levier.coherence.core import Untranslatable
from levier.coherence.paths import path_text
from levier.coherence.rule import LANGUAGES, Rule, Severity, Target
from levier.errors import LevierError
from levier.graph.syntax import cause
from levier.terms import DCTERMS, RDFS, SH, SHAPES

_TARGET_KINDS = ("targetClass", "targetSubjectsOf", "targetObjectsOf")


class BrokenShapes(LevierError):
    """A file of shapes that is not Turtle, or a rule that does not say what it must: a fault of ours."""

    code = "broken-shapes"
    exit_code = 3
    status = 500


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The rules, and the shapes they come from."""

    rules: Mapping[str, Rule]
    """By identifier, sorted."""
    shapes: ox.Dataset
    """All statements of the files of shapes."""

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())

    def __len__(self) -> int:
        return len(self.rules)

    def by_shape(self) -> dict[str, Rule]:
        """Give the rules by the IRI of their shape, which is what engines report."""
        return {rule.shape: rule for rule in self}

    def text(self, *, sparql: bool) -> str:
        """Give the shapes as N-Triples, with or without their SPARQL constraints."""
        hidden = ox.NamedNode(SH + "sparql")
        kept = (quad.triple for quad in self.shapes if sparql or quad.predicate != hidden)
        return (ox.serialize(kept, format=ox.RdfFormat.N_TRIPLES) or b"").decode()


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Read the rules of a folder of shapes (the bundled one); folders inside it are not read.

    Raises BrokenShapes, which names the file, where one is not Turtle or a rule lacks a message, a fix or a severity.
    """
    folder = resources.folder("shapes") if folder is None else folder
    shapes, rules = ox.Dataset(), dict[str, Rule]()
    parsed = {path: _parse(path) for path in sorted(folder.glob("*.ttl"))}
    for quads in parsed.values():
        for quad in quads:
            shapes.add(quad)
    for path, quads in parsed.items():
        for rule in _rules(quads, shapes, path.name):
            if rule.id in rules:
                raise BrokenShapes(f"{path}: {rule.id} is the identifier of a rule of {rules[rule.id].file} already.")
            rules[rule.id] = rule
    if not rules:
        raise BrokenShapes(f"{folder}: there is no rule here.", hint="The installation is incomplete.")
    return Catalogue(dict(sorted(rules.items())), shapes)


def _parse(path: Path) -> list[ox.Quad]:
    try:
        return list(ox.parse(path=str(path), format=ox.RdfFormat.TURTLE, rename_blank_nodes=True))
    except SyntaxError as error:
        place = ":".join(str(part) for part in (path, error.lineno, error.offset) if part)
        raise BrokenShapes(f"{place}: not Turtle ({cause(error)}).") from error


def _rules(quads: list[ox.Quad], shapes: ox.Dataset, file: str) -> Iterator[Rule]:
    identified = [quad.subject for quad in quads if quad.predicate == ox.NamedNode(DCTERMS + "identifier")]
    for subject in identified:
        if isinstance(subject, ox.NamedNode):
            yield _Reader(shapes, subject, file).rule()


class _Reader:
    """Reads one rule from the statements about its shape."""

    def __init__(self, shapes: ox.Dataset, shape: ox.NamedNode, file: str) -> None:
        self._shapes = shapes
        self._shape = shape
        self._file = file

    def rule(self) -> Rule:
        identifier = self._one(DCTERMS + "identifier")
        path = next(self._objects(self._shape, SH + "path"), None)
        constraint = next(self._objects(self._shape, SH + "sparql"), None)
        return Rule(
            id=identifier,
            shape=self._shape.value,
            severity=Severity.of(self._one(SH + "severity").removeprefix(SH)),
            messages=self._by_language(SH + "message"),
            fixes=self._by_language(SHAPES + "fix"),
            sources=self._values(DCTERMS + "source") or self._values(RDFS + "seeAlso"),
            needs=frozenset(self._values(SHAPES + "needs")),
            path=None if path is None else path_text(self._shapes, path),
            targets=self._targets(),
            select=None if constraint is None else self._select(constraint),
            file=self._file,
        )

    def _select(self, constraint: ox.NamedNode | ox.BlankNode) -> str:
        """Give the query of the rule's one constraint."""
        written = self._one(SH + "select", constraint)
        try:
            return next(selects(self._shapes, self._shape), written)
        except Untranslatable:  # the library asks it as it is written
            return written
        except NotPreBindable as error:
            raise BrokenShapes(f"{self._file}: {error}") from error

    def _objects(self, subject: ox.NamedNode | ox.BlankNode, predicate: str) -> Iterator[ox.NamedNode | ox.BlankNode]:
        for quad in self._shapes.quads_for_subject(subject):
            if quad.predicate.value == predicate and isinstance(quad.object, ox.NamedNode | ox.BlankNode):
                yield quad.object

    def _values(self, predicate: str) -> tuple[str, ...]:
        return tuple(sorted(node.value for node in self._objects(self._shape, predicate)))

    def _one(self, predicate: str, subject: ox.NamedNode | ox.BlankNode | None = None) -> str:
        quads = self._shapes.quads_for_subject(self._shape if subject is None else subject)
        found = [quad.object for quad in quads if quad.predicate.value == predicate]
        if len(found) != 1 or isinstance(found[0], ox.Triple):
            raise BrokenShapes(f"{self._file}: <{self._shape.value}> must have exactly one <{predicate}>.")
        return found[0].value

    def _by_language(self, predicate: str) -> dict[str, str]:
        quads = [quad for quad in self._shapes.quads_for_subject(self._shape) if quad.predicate.value == predicate]
        said = {quad.object.language: quad.object.value for quad in quads if isinstance(quad.object, ox.Literal)}
        if len(quads) != len(LANGUAGES) or set(said) != set(LANGUAGES):
            raise BrokenShapes(
                f"{self._file}: <{self._shape.value}> must have one <{predicate}> in fr, nl and en each."
            )
        return {language: said[language] for language in LANGUAGES}

    def _targets(self) -> tuple[Target, ...]:
        """Give the targets of the shape, or of the node shapes it is a property of."""
        link = ox.NamedNode(SH + "property")
        owners = [quad.subject for quad in self._shapes.quads_for_object(self._shape) if quad.predicate == link]
        return tuple(
            Target(kind, node.value)
            for owner in (self._shape, *sorted(owners, key=str))
            if not isinstance(owner, ox.Triple)
            for kind in _TARGET_KINDS
            for node in sorted(self._objects(owner, SH + kind), key=str)
        )
