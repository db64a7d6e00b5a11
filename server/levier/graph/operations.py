"""Reads a SPARQL 1.1 Update as its operations: what each does, over which graphs, and where its pattern stands.

The engine takes an update whole, and says nothing of it; it also refuses a prologue after a semicolon, which the
grammar has (SPARQL 1.1, §19.8, rule 29). So an update is read here down to the braces of its templates and patterns,
by that grammar, and what is within braces is left to the engine. Keywords may touch what follows them, as the engine
has it (`CLEARALL`, `WITH<…>`).
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

import pyoxigraph as ox

from levier.terms import PREFIXES

Everything = Literal["", "ALL", "NAMED"]

_ESCAPED: Final = r"\\(?:[tbnrf\\\"']|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})"
_IRI: Final = r"<[^\x00-\x20<>\"{}|^`]*+>"
_NAME: Final = r"[\w.\-]*+:(?:[\w.\-:%]|\\.)*+"
_VARIABLE: Final = r"[?$][\w\xb7\u0300-\u036f\u203f\u2040]+"
_BLANK: Final = r"(?:[ \t\r\n]|\#[^\r\n]*+)*+"
_STRINGS: Final = rf"""
      \"{{3}}(?:\"{{0,2}}(?:[^\"\\]|{_ESCAPED}))*+\"{{3}} | '{{3}}(?:'{{0,2}}(?:[^'\\]|{_ESCAPED}))*+'{{3}}
    | \"(?:[^\"\\\r\n]|{_ESCAPED})*+\" | '(?:[^'\\\r\n]|{_ESCAPED})*+'
"""
_PLAIN: Final = rf"\#[^\r\n]*+ | {_IRI} | {_STRINGS} | \\."
"""What may have a brace, a quote or a keyword in it that means nothing: comments, IRIs, strings, escapes in names."""

_BLANKS: Final = re.compile(_BLANK)
_BETWEEN: Final = re.compile(rf"(?: [^{{}}\"'<\#\\]++ | {_PLAIN} | [<\"'\\] )++", re.VERBOSE | re.DOTALL)
"""All up to the next brace that counts."""
_PARTS: Final = re.compile(
    rf"""
      graph{_BLANK}(?:(?P<variable>{_VARIABLE})|(?P<name>{_IRI}|{_NAME})){_BLANK}(?P<graph>{{)(?!\|)
    | (?P<used>{_VARIABLE}) | (?P<open>{{) | (?P<close>}}) | (?P<blank>[\s.]++|\#[^\r\n]*+)
    | {_PLAIN} | [^{{}}\"'<\#\\?$gG\s.]++ | .
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
"""The parts of a template: a brace that follows a name there opens a GRAPH."""
_REFERENCE: Final = re.compile(rf"{_IRI}|{_NAME}")
_PREFIX: Final = re.compile(r"([\w.\-]*+):")
_VERSION: Final = re.compile(_STRINGS, re.VERBOSE)


class Unreadable(Exception):
    """What stands at `start` is no operation; `base` and `prefixes` are those that hold there."""

    def __init__(self, start: int, base: str, prefixes: dict[str, str]) -> None:
        super().__init__(start)
        self.start = start
        self.base = base
        self.prefixes = prefixes


class _NotThere(Exception):
    """The grammar asks for something else at this place."""


@dataclass(frozen=True, slots=True)
class Template:
    """What DELETE, INSERT or their DATA say in braces."""

    text: str
    graphs: frozenset[str]
    """The graphs that it names."""
    graph_variables: frozenset[str]
    """The variables in the place of a graph, without `?`."""
    variables: frozenset[str]
    bare: bool
    """Whether it has a statement outside GRAPH."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of an update."""

    verb: str
    """`INSERT DATA`, `DELETE DATA`, `MODIFY` (also DELETE WHERE), or the first word of another."""
    text: str
    """The operation alone, without its prologue."""
    start: int
    """Where it begins in the update, in characters."""
    base: str
    prefixes: dict[str, str]
    silent: bool = False
    targets: frozenset[str | None] = frozenset()
    """The graphs that a management operation changes; None is the default graph."""
    everything: Everything = ""
    templates: tuple[Template, ...] = ()
    with_graph: str | None = None
    using: tuple[str, ...] = ()
    using_named: tuple[str, ...] = ()
    head: str = ""
    """Of a MODIFY: all before its USING and WHERE; DELETE WHERE has its template written out."""
    pattern: str = ""
    """Of a MODIFY: its group graph pattern, with its braces."""

    @property
    def chooses_graphs(self) -> bool:
        """Tell whether it says itself what its pattern is matched with: WITH, USING or USING NAMED."""
        return self.with_graph is not None or bool(self.using or self.using_named)

    def named(self) -> frozenset[str | None]:
        """Give the graphs that it may change and names; None is the default graph."""
        named: set[str | None] = set(self.targets)
        for template in self.templates:
            named |= template.graphs
            if template.bare:
                named.add(self.with_graph)
        return frozenset(named)


def read(text: str, base: str) -> list[Operation]:
    """Give the operations of an update, in order; `base` is what its relative IRIs are read against.

    Raises Unreadable where it is no update. What is within braces is not looked at.
    """
    return _Reader(text, base).operations()


class _Reader:
    """Goes through the text by the grammar, from left to right, and never back."""

    def __init__(self, text: str, base: str) -> None:
        self.text = text
        self.at = 0
        self.base = base
        self.prefixes = dict(PREFIXES)

    def operations(self) -> list[Operation]:
        found: list[Operation] = []
        start = 0
        try:
            while True:
                start = self._blank()
                self._prologue()
                start = self.at
                if start == len(self.text):
                    return found
                found.append(self._operation())
                if self._blank() < len(self.text):
                    start = self.at
                    self._take(";")
        except _NotThere:
            raise Unreadable(start, self.base, self.prefixes) from None

    def _prologue(self) -> None:
        while True:
            if self._word("BASE"):
                self.base = self._iri()
            elif self._word("PREFIX"):
                name = self._match(_PREFIX)[1]
                self.prefixes = {**self.prefixes, name: self._iri()}
            elif self._word("VERSION"):
                self._match(_VERSION)
            else:
                return

    def _operation(self) -> Operation:
        start = self.at
        for verb, read_rest in (
            ("CLEAR", self._clear),
            ("DROP", self._clear),
            ("CREATE", self._create),
            ("COPY", self._transfer),
            ("MOVE", self._transfer),
            ("ADD", self._transfer),
            ("LOAD", self._load),
        ):
            if self._word(verb):
                return read_rest(verb, start)
        return self._data(start) or self._modify(start)

    def _clear(self, verb: str, start: int) -> Operation:
        silent = self._option("SILENT")
        for word in ("ALL", "NAMED"):
            if self._word(word):
                everything: Everything = "ALL" if word == "ALL" else "NAMED"
                return self._made(verb, start, silent=silent, everything=everything)
        return self._made(verb, start, silent=silent, targets=frozenset({self._graph(keyword=True)}))

    def _create(self, verb: str, start: int) -> Operation:
        silent = self._option("SILENT")
        self._expect("GRAPH")
        return self._made(verb, start, silent=silent, targets=frozenset({self._iri()}))

    def _transfer(self, verb: str, start: int) -> Operation:
        silent = self._option("SILENT")
        source = self._graph()
        self._expect("TO")
        target = self._graph()
        targets = frozenset({source, target}) if verb == "MOVE" else frozenset({target})
        return self._made(verb, start, silent=silent, targets=targets)

    def _load(self, verb: str, start: int) -> Operation:
        silent = self._option("SILENT")
        self._iri()
        target: str | None = None
        if self._word("INTO"):
            self._expect("GRAPH")
            target = self._iri()
        return self._made(verb, start, silent=silent, targets=frozenset({target}))

    def _data(self, start: int) -> Operation | None:
        """Give an INSERT DATA or DELETE DATA, or None where there is none."""
        for verb in ("INSERT", "DELETE"):
            if self._word(verb):
                if self._word("DATA"):
                    return self._made(f"{verb} DATA", start, templates=(self._template(),))
                self.at = start
        return None

    def _modify(self, start: int) -> Operation:
        with_graph = self._iri() if self._word("WITH") else None
        templates = []
        if self._word("DELETE"):
            if with_graph is None and self._word("WHERE"):
                return self._delete_where(start)
            templates.append(self._template())
            if self._word("INSERT"):
                templates.append(self._template())
        else:
            self._expect("INSERT")
            templates.append(self._template())
        head = self.text[start : self.at]
        using: dict[bool, list[str]] = {False: [], True: []}
        while self._word("USING"):
            named = self._option("NAMED")
            using[named].append(self._iri())
        self._expect("WHERE")
        return self._made(
            "MODIFY",
            start,
            templates=tuple(templates),
            with_graph=with_graph,
            using=tuple(using[False]),
            using_named=tuple(using[True]),
            head=head.rstrip(),
            pattern=self._block(),
        )

    def _delete_where(self, start: int) -> Operation:
        template = self._template()
        head = f"DELETE {template.text}"
        return self._made("MODIFY", start, templates=(template,), head=head, pattern=template.text)

    def _made(self, verb: str, start: int, **found: object) -> Operation:
        text = self.text[start : self.at]
        return Operation(
            verb=verb,
            text=text,
            start=start,
            base=self.base,
            prefixes=self.prefixes,
            **found,  # type: ignore[arg-type]
        )

    def _template(self) -> Template:
        return _template(self._block(), self.base, self.prefixes)

    def _block(self) -> str:
        """Read what stands in braces, with them."""
        start = self._blank()
        self._take("{")
        depth = 1
        while depth:
            between = _BETWEEN.match(self.text, self.at)
            self.at = between.end() if between else self.at
            if self.at == len(self.text):
                raise _NotThere
            depth += 1 if self.text[self.at] == "{" else -1
            self.at += 1
        return self.text[start : self.at]

    def _graph(self, *, keyword: bool = False) -> str | None:
        """Read DEFAULT or an IRI, before which GRAPH may stand or, with `keyword`, must."""
        if self._word("DEFAULT"):
            return None
        if keyword:
            self._expect("GRAPH")
        else:
            self._option("GRAPH")
        return self._iri()

    def _iri(self) -> str:
        return _resolved(self._match(_REFERENCE)[0], self.base, self.prefixes)

    def _option(self, word: str) -> bool:
        """Read a word where it is not the beginning of a prefixed name."""
        name = _PREFIX.match(self.text, self._blank())
        return (name is None or name[1] not in self.prefixes) and self._word(word)

    def _word(self, word: str) -> bool:
        """Read a keyword where it stands next."""
        start = self._blank()
        found = self.text[start : start + len(word)].upper() == word
        self.at = start + len(word) * found
        return found

    def _expect(self, word: str) -> None:
        if not self._word(word):
            raise _NotThere

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self.text, self._blank())
        if found is None:
            raise _NotThere
        self.at = found.end()
        return found

    def _take(self, character: str) -> None:
        if not self.text.startswith(character, self._blank()):
            raise _NotThere
        self.at += len(character)

    def _blank(self) -> int:
        found = _BLANKS.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at


def _template(text: str, base: str, prefixes: dict[str, str]) -> Template:
    graphs, graph_variables, variables = set(), set(), set()
    depth, bare = 0, False
    for part in _PARTS.finditer(text):
        if part["graph"] or part["open"]:
            depth += 1
        elif part["close"]:
            depth -= 1
        elif depth == 1 and part["blank"] is None:
            bare = True
        variable = part["variable"] or part["used"]
        if variable:
            variables.add(variable[1:])
        if part["variable"]:
            graph_variables.add(variable[1:])
        if part["name"]:
            graphs.add(_resolved(part["name"], base, prefixes))
    return Template(text, frozenset(graphs), frozenset(graph_variables), frozenset(variables), bare)


def _resolved(name: str, base: str, prefixes: dict[str, str]) -> str:
    """Give the IRI that a reference or a prefixed name stands for; the engine reads it as it reads Turtle."""
    prefix = "" if name.startswith("<") else name.partition(":")[0]
    if not name.startswith("<") and prefix not in prefixes:
        raise _NotThere
    declared = "" if name.startswith("<") else f"PREFIX {prefix}: <{prefixes[prefix]}>\n"
    turtle = f"{declared}<x:x> <x:x> {name} ."
    try:
        (quad,) = ox.parse(turtle.encode("utf-8", "surrogatepass"), ox.RdfFormat.TURTLE, base_iri=base)
    except (SyntaxError, ValueError):
        raise _NotThere from None
    if not isinstance(quad.object, ox.NamedNode):
        raise _NotThere
    return quad.object.value
