"""One canonical form for Turtle files, so that a change in a file is a change in what it says.

The layout is that of rdflib's “longturtle”; the order, the prefixes and the spelling of literals are fixed here:
headers first, then subjects in natural order of their IRIs (`objective/2` before `objective/10`); only the prefixes
of `levier.terms` that are used; every literal as it was written. Comments are not statements and are lost.

    python -m levier.graph.turtle [--check] FILE|FOLDER…
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from levier import terms
from levier.errors import BadInput, BrokenData, LevierError
from levier.graph.syntax import cause

Node = ox.NamedNode | ox.BlankNode | ox.Literal
Subject = ox.NamedNode | ox.BlankNode
SortKey = tuple[object, ...]

INDENT: Final = "    "
USAGE: Final = "usage: python -m levier.graph.turtle [--check] FILE|FOLDER…"
HEADER_TYPES: Final = frozenset({terms.OWL + "Ontology", terms.LEVIER + "Dataset"})

_A: Final = ox.NamedNode(terms.RDF + "type")
_FIRST: Final = ox.NamedNode(terms.RDF + "first")
_REST: Final = ox.NamedNode(terms.RDF + "rest")
_NIL: Final = ox.NamedNode(terms.RDF + "nil")

_LOCAL: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_PLAIN: Final = {
    terms.XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    terms.XSD + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    terms.XSD + "double": re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+"),
    terms.XSD + "boolean": re.compile(r"true|false"),
}
_ESCAPES: Final = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)


def canonical(text: str, name: str = "the text") -> str:
    """Give the canonical form of a Turtle text; the same for every text that says the same.

    `name` is what an error calls the text. Raises `BrokenData` where it is not Turtle.
    """
    graph = _parse(text, name)
    written = "".join(_Printer(graph).document()).lstrip("\n")
    if _parse(written, name) != graph:
        raise BrokenData(
            f"{name}: the canonical form would say something else than the file; it is left as it was",
            hint="This is a fault of the formatter: please report it with the file.",
        )
    return written


def _parse(text: str, name: str) -> ox.Dataset:
    """Read Turtle into a graph whose blank nodes have canonical labels (RDFC-1.0)."""
    try:
        graph = ox.Dataset(ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))
    except SyntaxError as error:
        raise BrokenData(f"{name}, line {error.lineno}: not Turtle: {cause(error)}") from None
    graph.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return graph


def _natural(text: str) -> SortKey:
    """Sort digits by their value: `axis/2` before `axis/10`; the text itself settles what is left."""
    parts = re.split(r"([0-9]+)", text)
    return (*((1, int(part), "") if part.isdigit() else (2, 0, part) for part in parts), (0, 0, text))


class _Printer:
    """Writes one graph; holds what every statement needs to know of the whole."""

    def __init__(self, graph: ox.Dataset) -> None:
        self.statements: dict[Subject, dict[ox.NamedNode, list[Node]]] = defaultdict(lambda: defaultdict(list))
        self.used: set[str] = set()
        referrers: dict[ox.BlankNode, list[Subject]] = defaultdict(list)
        for quad in graph:
            subject, value = quad.subject, quad.object
            if isinstance(subject, ox.Triple) or isinstance(value, ox.Triple):
                raise BrokenData("a triple as a subject or an object (RDF 1.2) has no canonical form here")
            self.statements[subject][quad.predicate].append(value)
            if isinstance(value, ox.BlankNode):
                referrers[value].append(subject)
        self.referred = set(referrers)
        self.inline = {node for node in referrers if _reaches_a_name(node, referrers)}

    def document(self) -> Iterator[str]:
        """Give the text in pieces: the prefixes used, then one paragraph per subject."""
        subjects = sorted((node for node in self.statements if node not in self.inline), key=self._subject_key)
        paragraphs = [f"\n{self._head(node)}\n{self._body(node, 1)}.\n" for node in subjects]
        for prefix in sorted(self.used):
            yield f"PREFIX {prefix}: <{terms.PREFIXES[prefix]}>\n"
        yield from paragraphs

    def _head(self, node: Subject) -> str:
        return self._term(node) if isinstance(node, ox.NamedNode) or node in self.referred else "[]"

    def _subject_key(self, node: Subject) -> SortKey:
        if isinstance(node, ox.BlankNode):
            return 2, _natural(node.value)
        types = {value.value for value in self.statements[node].get(_A, []) if isinstance(value, ox.NamedNode)}
        return 0 if types & HEADER_TYPES else 1, _natural(node.value)

    def _body(self, subject: Subject, depth: int) -> str:
        """Give the predicates and objects of a subject, a line each, every line closed by a semicolon."""
        predicates = self.statements[subject]
        lines = []
        for predicate in sorted(predicates, key=lambda iri: (iri != _A, _natural(iri.value))):
            verb = "a" if predicate == _A else self._term(predicate)
            lines.append(f"{INDENT * depth}{verb}{self._objects(predicates[predicate], depth)} ;\n")
        return "".join(lines)

    def _objects(self, values: Iterable[Node], depth: int) -> str:
        """Give one object on the line of its verb, several on a line each."""
        ordered = sorted(values, key=_object_key)
        if len(ordered) == 1:
            return " " + self._value(ordered[0], depth)
        margin = "\n" + INDENT * (depth + 1)
        return ",".join(margin + self._value(value, depth + 1) + " " for value in ordered).rstrip(" ")

    def _value(self, node: Node, depth: int) -> str:
        """Give an object: a term, a list in parentheses, or a blank node in brackets."""
        if node not in self.inline or not isinstance(node, ox.BlankNode):
            return "()" if node == _NIL else self._term(node)
        margin = INDENT * depth
        items = self._items(node)
        if items is None and node not in self.statements:
            return "[]"
        if items is None:
            return f"[\n{self._body(node, depth + 1)}{margin}]"
        lines = "".join(f"{margin}{INDENT}{self._value(item, depth + 1)}\n" for item in items)
        return f"(\n{lines}{margin})"

    def _items(self, head: ox.BlankNode) -> list[Node] | None:
        """Give the members of a list, or None where the node is no list that parentheses can say in full."""
        items: list[Node] = []
        cell: Node = head
        while cell != _NIL:
            if cell not in self.inline or not isinstance(cell, ox.BlankNode):
                return None
            parts = self.statements.get(cell, {})
            if set(parts) != {_FIRST, _REST} or any(len(values) != 1 for values in parts.values()):
                return None
            items.append(parts[_FIRST][0])
            cell = parts[_REST][0]
        return items

    def _term(self, node: Node) -> str:
        if isinstance(node, ox.NamedNode):
            return self._name(node.value)
        return self._literal(node) if isinstance(node, ox.Literal) else str(node)

    def _name(self, iri: str) -> str:
        """Give an IRI with our prefix where what remains needs no escape, else in full."""
        short = terms.shorten(iri)
        prefix, _, local = short.partition(":")
        if short == iri or not _LOCAL.fullmatch(local):
            return str(ox.NamedNode(iri))
        self.used.add(prefix)
        return short

    def _literal(self, literal: ox.Literal) -> str:
        plain = _PLAIN.get(literal.datatype.value)
        if plain and plain.fullmatch(literal.value):
            return literal.value
        quoted = _quoted(literal.value)
        if literal.language:
            return f"{quoted}@{literal.language}"
        is_string = literal.datatype.value == terms.XSD + "string"
        return quoted if is_string else f"{quoted}^^{self._name(literal.datatype.value)}"


def _quoted(text: str) -> str:
    """Quote a string on one line, or between triple quotes where it has lines of its own (queries in shapes)."""
    if "\n" not in text:
        return f'"{text.translate(_ESCAPES)}"'
    escaped = text.replace("\\", "\\\\").replace("\r", "\\r")
    return '"""' + re.sub(r'"(?="|\Z)', r'\\"', escaped) + '"""'


def _reaches_a_name(node: ox.BlankNode, referrers: dict[ox.BlankNode, list[Subject]]) -> bool:
    """Tell whether a blank node can stand in brackets: referred to once, and not inside a ring of its own."""
    seen: set[ox.BlankNode] = set()
    current = node
    while len(referrers.get(current, ())) == 1 and current not in seen:
        seen.add(current)
        parent = referrers[current][0]
        if isinstance(parent, ox.NamedNode):
            return True
        current = parent
    return current not in seen and node != current


def _object_key(node: Node) -> SortKey:
    """Sort names, then literals by language and value, then blank nodes."""
    if isinstance(node, ox.Literal):
        return 1, node.language or "", _natural(node.value), node.datatype.value
    return 0 if isinstance(node, ox.NamedNode) else 2, "", _natural(node.value), ""


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: byte {error.start} is not UTF-8, and Turtle is always UTF-8") from None
    except OSError as error:
        raise BadInput(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None


def _format(path: Path, *, check: bool) -> bool:
    """Rewrite a file, or with `check` only look; tell whether it was not in canonical form."""
    before = _read(path)
    after = canonical(before, str(path))
    if after == before:
        return False
    if not check:
        path.write_text(after, encoding="utf-8", newline="\n")
    sys.stdout.write(f"{path}: {'would change' if check else 'rewritten'}\n")
    return True


def _below(names: Iterable[str]) -> Iterator[Path]:
    """Give the files named, and the Turtle files below the folders named."""
    for name in names:
        path = Path(name)
        yield from sorted(path.rglob("*.ttl")) if path.is_dir() else [path]


def main(argv: Sequence[str] | None = None) -> int:
    """Rewrite the files named; give 0, 1 where `--check` found files to change, or 2 where one is not Turtle."""
    words = list(sys.argv[1:] if argv is None else argv)
    files = [word for word in words if not word.startswith("-")]
    flags = [word for word in words if word.startswith("-")]
    if {"-h", "--help"} & set(flags):
        sys.stdout.write(USAGE + "\n")
        return 0
    if not files or set(flags) - {"--check"}:
        sys.stderr.write(USAGE + "\n")
        return 2
    check, changed, broken = "--check" in flags, False, False
    for file in _below(files):
        try:
            changed |= _format(file, check=check)
        except LevierError as error:
            sys.stderr.write(f"levier: {error.message}\n")
            broken = True
    return 2 if broken else int(check and changed)


if __name__ == "__main__":
    sys.exit(main())
