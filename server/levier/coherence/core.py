"""SHACL core asked as SPARQL: the queries that find, over a whole store at once, what does not meet a shape.

A shape has focus nodes and values (https://www.w3.org/TR/shacl/#validation-definition), and each of its constraints
becomes one query for those that break it:

- a *test* of one value (`sh:datatype`, `sh:pattern`, `sh:not` …) is an expression that is true where the value meets
  it; the query gives the values where it is not;
- what is said of all values of a node (`sh:minCount`, `sh:uniqueLang` …) is a query of its own. Inside another shape,
  as in `sh:not [ sh:path …; sh:minCount 1 ]`, counts and values asked for are expressions, too.

What has no query here is Untranslatable; the tests hold the rest to the W3C's suite.

Measured on disk: to scan a property and keep the values that fail takes 0.25 s for 110,000 of them, to go to each from
its node 1.1 s. So values are asked for before the focus nodes, unless the path repeats (`*`), which from all nodes
there are would not end. A test is asked once for each different value, 1,200 codes instead of 900,000: 1 s and not 7.
That takes a GROUP BY, for Oxigraph moves a FILTER into a SELECT DISTINCT.
To compare numbers takes less than that, and is done at each: 0.2 s instead of 0.45 for 150,000 amounts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

import pyoxigraph as ox

from levier.coherence.paths import Node, items, repeats, steps
from levier.terms import RDF, RDFS, SH, XSD

Shape = Node
Term = ox.NamedNode | ox.BlankNode | ox.Literal

_TESTS: Final = {
    "minExclusive": "{0} > {1}",
    "minInclusive": "{0} >= {1}",
    "maxExclusive": "{0} < {1}",
    "maxInclusive": "{0} <= {1}",
    "minLength": "!ISBLANK({0}) && STRLEN(STR({0})) >= {1}",
    "maxLength": "!ISBLANK({0}) && STRLEN(STR({0})) <= {1}",
}
"""Tests of a value {0} against a term {1}; an error counts as not met."""
_QUICK: Final = frozenset({"MinExclusive", "MinInclusive", "MaxExclusive", "MaxInclusive"})
"""Tests that take less than to find the different values."""
_FEW: Final = 20
"""So many terms are compared with a value one by one; more are looked up in a table."""
_KINDS: Final = {
    "IRI": "ISIRI({0})",
    "BlankNode": "ISBLANK({0})",
    "Literal": "ISLITERAL({0})",
    "BlankNodeOrIRI": "!ISLITERAL({0})",
    "BlankNodeOrLiteral": "!ISIRI({0})",
    "IRIOrLiteral": "!ISBLANK({0})",
}
_AMONG: Final = {"in": "SAMETERM({0}, {1})", "languageIn": "LANGMATCHES(LANG({0}), {1})"}
"""Tests of a value {0} against each term {1} of a list, of which one is enough."""
_JOINED: Final = {
    "and": (("", ""), " && ", ""),
    "or": (("", ""), " || ", ""),
    "xone": (("IF(", ", 1, 0)"), " + ", " = 1"),
}
"""Of a list of shapes: what stands around the test of each, between them, and at the end."""
_PLAIN: Final = frozenset({XSD + "string", RDF + "langString"})
"""Datatypes of which every text is a value, like all that are not XML Schema's."""
_CHECKED: Final = frozenset(
    XSD + name
    for name in (
        *("boolean", "date", "dateTime", "dayTimeDuration", "duration", "gDay", "gMonth", "gMonthDay", "gYear"),
        *("gYearMonth", "time", "yearMonthDuration"),
    )
)
"""Datatypes that Oxigraph can make a value of, or not, which tells whether a text is well-formed."""
_NUMBERS: Final = frozenset(XSD + name for name in ("decimal", "double", "float", "integer"))
"""Datatypes of which Oxigraph tells by itself whether a text is well-formed: it has no number of one that is not."""
_WHOLES: Final = frozenset({"uniqueLang", "lessThan", "lessThanOrEquals", "disjoint", "equals", "closed"})
_COUNTS: Final = frozenset({"minCount", "maxCount", "qualifiedMinCount", "qualifiedMaxCount", "qualifiedValueShape"})
_NO_CONSTRAINTS: Final = frozenset({
    *("deactivated", "defaultValue", "description", "flags", "group", "ignoredProperties", "message", "name", "order"),
    *("hasValue", "path", "property", "severity", "sparql"),
    *("prefixes", "select"),  # of a shape that is its own SPARQL-based constraint
    *("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf"),
})  # fmt: skip


class Untranslatable(Exception):
    """A shape that says what there is no query for here."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query for what breaks one constraint."""

    component: str
    """Of the constraint, such as `MinCount`."""
    text: str
    """A SELECT of `?this`, the focus node, and of `?value` where it is a value that breaks it."""


def questions(shapes: ox.Dataset, shape: Shape, focus: str, *, few: bool = False) -> list[Question]:
    """Give the queries of a shape, whose focus nodes a pattern binds to `?this`; raises Untranslatable.

    `few`: there are few focus nodes, and their values are looked up.
    """
    reader = _Reader(shapes, few=few)
    if reader.off(shape):
        return []
    values = reader.values(shape, focus)
    if few and reader.path(shape) is None:
        reader.looked_at = f"{{ SELECT (?this AS ?value) {{ {focus} }} }} "
    tests = []
    for name, flags, test in reader.tests(shape, "?value"):
        failing = f"{flags} FILTER (!{test})"
        if reader.path(shape) is None:
            query = f"SELECT DISTINCT ?this ?value {{ {values} {failing} }}"
        elif name in _QUICK:
            query = _of(focus, f"SELECT ?this ?value {{ {values} {failing} }} GROUP BY ?this ?value")
        else:  # a value that fails is tested once, however many nodes have it, which are looked up then
            each = f"{{ {{ SELECT ?value {{ {values} }} GROUP BY ?value }} {failing} }}"
            query = _of(focus, f"{each} {reader.values(shape, focus, apart=False)}")
        tests.append(Question(name, query))
    return [*tests, *reader.wholes(shape, focus, values)]


def _of(focus: str, broken: str) -> str:
    """Give the query for what is broken, of the focus nodes alone."""
    return f"SELECT DISTINCT ?this ?value {{ {{ {broken} }} FILTER EXISTS {{ {focus} }} }}"


def _without(focus: str, values: str) -> str:
    """Give the query for the focus nodes that have no such values."""
    return f"SELECT DISTINCT ?this {{ {{ {focus} }} MINUS {{ {values} }} }}"


class _Reader:
    """Reads shapes and says their constraints in SPARQL."""

    def __init__(self, shapes: ox.Dataset, *, few: bool) -> None:
        self._shapes = shapes
        self._few = few
        self._variables: Iterator[str] = (f"?v{number}" for number in count())
        self._within: list[Shape] = []
        self.looked_at = ""
        """A pattern that binds `?value` to all it may be, where that is little."""

    def off(self, shape: Shape) -> bool:
        return self._is_true(shape, "deactivated")

    def path(self, shape: Shape) -> Node | None:
        return next(self._nodes(shape, "path"), None)

    def values(self, shape: Shape, focus: str, value: str = "?value", *, apart: bool = True) -> str:
        """Give the pattern for the values of a shape: of all nodes, or of the few focus nodes, or where that must end.

        `apart`: to find all of them at once (see `steps`).
        """
        path = self.path(shape)
        if path is None:
            same = f"FILTER (SAMETERM(?this, {value}))"
            return f"{{ {focus} }} {'BIND (?this AS ?value)' if value == '?value' else same}"
        given = self._few or repeats(self._shapes, path)
        values = self._steps(path, "?this", value, apart=apart and not given)
        return f"{{ {focus} }} {values}" if given else values

    def _steps(self, path: Node, start: str, end: str, *, apart: bool = True) -> str:
        return steps(self._shapes, path, start, end, self._variables, apart=apart)

    def tests(self, shape: Shape, value: str) -> Iterator[tuple[str, str, str]]:
        """Give each constraint on one value: its component, flags, and an expression that is true where it is met."""
        for quad in self._shapes.quads_for_subject(shape):
            name, term = quad.predicate.value.removeprefix(SH), quad.object
            if not quad.predicate.value.startswith(SH) or name in _NO_CONSTRAINTS | _COUNTS | _WHOLES:
                continue
            if not isinstance(term, ox.Triple):
                flags, test = self._test(shape, name, term, value)
                yield name[0].upper() + name[1:], flags, f"COALESCE({test}, false)"

    def _test(self, shape: Shape, name: str, term: Term, value: str) -> tuple[str, str]:
        if name in _TESTS:
            return "", _TESTS[name].format(value, _said(term))
        if name in _AMONG:
            return self._among(name, term, value)
        if name == "class":
            return self._flag(value, f"?class <{RDFS}subClassOf>* {_said(term)} . {value} <{RDF}type> ?class")
        if name in {"node", "not"}:
            flags, test = self.conforms(term, value)
            return flags, f"!{test}" if name == "not" else test
        if name in _JOINED:
            before, between, after = _JOINED[name]
            found = [self.conforms(item, value) for item in self._list(term)]
            tests = between.join(f"{before[0]}{test}{before[1]}" for _, test in found)
            return " ".join(flags for flags, _ in found), tests + after
        return "", _of_literal(name, term, "".join(flag.value for flag in self._all(shape, "flags")), value)

    def _among(self, name: str, head: Term, value: str) -> tuple[str, str]:
        """Give the test of a value against a list: its terms one by one, or a table of them where they are many."""
        terms = [_said(item) for item in self._list(head)]
        if name == "in" and len(terms) > _FEW:
            return self._flag(value, f"VALUES {value} {{ {' '.join(terms)} }}")
        return "", " || ".join(_AMONG[name].format(value, term) for term in terms) or "false"

    def _flag(self, node: str, pattern: str, having: str = "") -> tuple[str, str]:
        """Give a clause that finds the nodes that have something, of the whole store or of few, and whether one has it.

        As EXISTS it would be asked for each node, and a path of several steps from all nodes each time.
        """
        flag, among = next(self._variables), self.looked_at if node == "?value" else ""
        return (
            f"OPTIONAL {{ SELECT {node} (true AS {flag}) {{ {among}{pattern} }} GROUP BY {node} {having} }}",
            f"BOUND({flag})",
        )

    def wholes(self, shape: Shape, focus: str, values: str) -> Iterator[Question]:
        """Give the query for each constraint on all values of a node."""
        yield from self._numbers(shape, focus, values)
        for term in self._all(shape, "hasValue"):
            yield Question("HasValue", _without(focus, self.values(shape, focus, _said(term))))
        if self._is_true(shape, "uniqueLang"):
            group = (
                f"SELECT ?this {{ {values} FILTER (LANG(?value) != '') }} GROUP BY ?this (LCASE(LANG(?value)) AS ?l)"
            )
            yield Question("UniqueLang", _of(focus, f"{group} HAVING (COUNT(DISTINCT ?value) > 1)"))
        for name, sign in (("lessThan", "<"), ("lessThanOrEquals", "<=")):
            for term in self._all(shape, name):
                other = f"{{ SELECT ?this ?other {{ ?this {term} ?other }} }}"
                both = f"{{ SELECT ?this ?value {{ {values} }} }} {other}"
                broken = f"SELECT ?this ?value {{ {both} FILTER (!COALESCE(?value {sign} ?other, false)) }}"
                yield Question(name[0].upper() + name[1:], _of(focus, f"{broken} GROUP BY ?this ?value"))
        for term in self._all(shape, "disjoint"):
            yield Question("Disjoint", _of(focus, f"{values} ?this {term} ?value ."))
        for term in self._all(shape, "equals"):
            yield Question("Equals", _of(focus, f"{values} MINUS {{ ?this {term} ?value }}"))
            yield Question("Equals", _of(focus, f"?this {term} ?value . MINUS {{ {values} }}"))
        if self._is_true(shape, "closed"):
            broken = f"{{ {focus} }} ?this ?p ?value . FILTER (?p NOT IN ({self._open(shape)}))"
            yield Question("Closed", _of(focus, broken))

    def _numbers(self, shape: Shape, focus: str, values: str) -> Iterator[Question]:
        for name, least, most, inner in self._counts(shape):
            counted = f"SELECT ?this {{ {self._counted(inner, '?value', values)} }}"
            if least:
                few = "" if least == 1 else f"GROUP BY ?this {_at_least(least, '?value')}"
                yield Question(f"{name}MinCount", _without(focus, f"{counted} {few}"))
            if most is not None:  # to tell values apart is dear: it is left to the few nodes that have many
                some = "" if self._few or not most else _some_repeat(counted)
                many = f"{some} {{ {counted} GROUP BY ?this HAVING (COUNT(*) > {most}) }}"
                again = self._counted(inner, "?value", self.values(shape, focus, apart=False))
                grouped = f"SELECT ?this {{ {many} {again} }} GROUP BY ?this {_at_least(most + 1, '?value')}"
                yield Question(f"{name}MaxCount", _of(focus, grouped))

    def conforms(self, shape: Term, node: str) -> tuple[str, str]:
        """Give flags, and the expression that is true where a node, a variable, conforms to a shape."""
        if not isinstance(shape, Node) or shape in self._within:
            raise Untranslatable(f"{shape} is within itself, or no shape")
        if self.off(shape):
            return "", "true"
        names = {quad.predicate.value.removeprefix(SH) for quad in self._shapes.quads_for_subject(shape)}
        if names & (_WHOLES | {"sparql"}):
            raise Untranslatable(f"{shape}: {', '.join(sorted(names & _WHOLES))} inside another shape")
        self._within.append(shape)
        path = self.path(shape)
        value = node if path is None else next(self._variables)
        found = [(flags, test) for _, flags, test in self.tests(shape, value)]
        found += [self.conforms(inner, value) for inner in self._nodes(shape, "property")]
        if path is None:
            found += [("", f"SAMETERM({node}, {_said(term)})") for term in self._all(shape, "hasValue")]
        elif repeats(self._shapes, path):
            raise Untranslatable(f"{shape}: a path that repeats inside another shape")
        else:
            found = [*self._each(found, node, self._steps(path, node, value)), *self._has(shape, node, path)]
        self._within.pop()
        return " ".join(flags for flags, _ in found), f"({' && '.join(test for _, test in found) or 'true'})"

    def _each(self, found: list[tuple[str, str]], node: str, values: str) -> Iterator[tuple[str, str]]:
        """Give what is true where each value of a node passes the tests that were found."""
        if found:
            flags, tests = " ".join(flags for flags, _ in found), " && ".join(test for _, test in found)
            clause, failing = self._flag(node, f"{values} {flags} FILTER (!({tests}))")
            yield clause, f"!{failing}"

    def _has(self, shape: Shape, node: str, path: Node) -> Iterator[tuple[str, str]]:
        """Give what a property shape inside another asks of all values of a node."""
        value = next(self._variables)
        values = self._steps(path, node, value)
        for term in self._all(shape, "hasValue"):
            yield self._flag(node, self._steps(path, node, _said(term)))
        for _, least, most, inner in self._counts(shape):
            counted = self._counted(inner, value, values)
            if least:
                yield self._flag(node, counted, _at_least(least, value))
            if most is not None:
                clause, more = self._flag(node, counted, _at_least(most + 1, value))
                yield clause, f"!{more}"

    def _counted(self, inner: Shape | None, value: str, values: str) -> str:
        """Give the pattern for the values that count: all, or those that conform to a shape."""
        if inner is None:
            return values
        flags, test = self.conforms(inner, value)
        return f"{values} {flags} FILTER {test}"

    def _counts(self, shape: Shape) -> Iterator[tuple[str, int, int | None, Shape | None]]:
        """Give what is counted: a prefix of the component, the least and the most, and the shape of what counts."""
        kinds = [
            ("", "m", None),
            *(("Qualified", "qualifiedM", inner) for inner in self._nodes(shape, "qualifiedValueShape")),
        ]
        for name, start, inner in kinds:
            least = [int(number.value) for number in self._all(shape, f"{start}inCount")]
            most = [int(number.value) for number in self._all(shape, f"{start}axCount")]
            yield name, max(least, default=0), min(most) if most else None, inner

    def _open(self, shape: Shape) -> str:
        """Give the properties that a closed shape allows."""
        ignored = [item for head in self._all(shape, "ignoredProperties") for item in self._list(head)]
        paths = [path for inner in self._nodes(shape, "property") for path in self._nodes(inner, "path")]
        return ", ".join(str(node) for node in (*ignored, *paths) if isinstance(node, ox.NamedNode))

    def _all(self, shape: Shape, name: str) -> Iterator[Term]:
        predicate = ox.NamedNode(SH + name)
        for quad in self._shapes.quads_for_subject(shape):
            if quad.predicate == predicate and not isinstance(quad.object, ox.Triple):
                yield quad.object

    def _is_true(self, shape: Shape, name: str) -> bool:
        return any(value.value == "true" for value in self._all(shape, name))

    def _nodes(self, shape: Shape, name: str) -> Iterator[Node]:
        return (term for term in self._all(shape, name) if isinstance(term, Node))

    def _list(self, head: Term) -> list[Term]:
        return [item for item in items(self._shapes, head) if isinstance(item, Term)]


def _at_least(number: int, value: str) -> str:
    """Give the end of a query that groups nodes with their values: none where one value is enough."""
    return "" if number == 1 else f"HAVING (COUNT(DISTINCT {value}) >= {number})"


def _some_repeat(counted: str) -> str:
    """Give a pattern that has no solution where no node comes twice; what it is joined with is then not looked at.

    Measured: to count the different nodes among 112,000 takes 0.02 s, to group them 0.09.
    """
    return f"{{ SELECT (COUNT(*) AS ?all) {{ {{ {counted} }} }} HAVING (COUNT(*) > COUNT(DISTINCT ?this)) }}"


def _of_literal(name: str, term: Term, flags: str, value: str) -> str:
    match name:
        case "nodeKind":
            return _KINDS[term.value.removeprefix(SH)].format(value)
        case "datatype":
            return _datatype(term.value, value)
        case "pattern":
            return f"!ISBLANK({value}) && REGEX(STR({value}), {term}, {ox.Literal(flags)})"
    raise Untranslatable(f"sh:{name}")


def _datatype(datatype: str, value: str) -> str:
    same = f"DATATYPE({value}) = <{datatype}>"
    if datatype in _NUMBERS:
        return f"{same} && ISNUMERIC({value})"
    if datatype in _CHECKED:
        return f"{same} && STRLEN(STR(<{datatype}>(STR({value})))) > 0"
    if datatype.startswith(XSD) and datatype not in _PLAIN:
        raise Untranslatable(f"sh:datatype <{datatype}>")
    return same


def _said(term: Term) -> str:
    if isinstance(term, ox.BlankNode):
        raise Untranslatable("a blank node as a value")
    return str(term)
