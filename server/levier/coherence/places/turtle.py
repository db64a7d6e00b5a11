"""An index of the places in a Turtle file: where each subject, predicate and object of its statements stands.

No RDF library tells that. The engine has read the file already, so its syntax is right, and this reader need not say
what is wrong: where it does not understand, it keeps what it has. N-Triples is read alike, being Turtle.
"""

import contextlib
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin

from levier.terms import RDF, XSD

_TOKEN: Final = re.compile(
    r"""
      (?P<skip>[ \t\r\n]+|\#[^\r\n]*)
    | (?P<iri><[^\x00-\x20<>"{}|^`]*>)
    | (?P<text>\"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3} | '{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
              | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*')
    | (?P<at>@[A-Za-z]+(?:-[A-Za-z0-9-]+)*)
    | (?P<blank>_:\w(?:[\w\-·]|\.(?=[\w\-·.]))*)
    | (?P<name>(?:\w(?:[\w\-·]|\.(?=[\w\-·.]))*)?:(?:[\w\-·:]|%[0-9A-Fa-f]{2}|\\.|\.(?=[\w\-·:%\\.]))*)
    | (?P<number>[+-]?(?:\d+(?:\.\d*)?[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?|\d+\.\d+|\d+))
    | (?P<word>[A-Za-z]+)
    | (?P<mark>\^\^|[\[\](),;.])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_ESCAPED: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_FIRST, _REST, _NIL = f"{RDF}first", f"{RDF}rest", f"{RDF}nil"


@dataclass(frozen=True, slots=True)
class Term:
    """A subject, predicate or object, and the offset of the character it begins at."""

    text: str
    """The IRI, `_:n` for a blank node of this file, or the text of a literal."""
    offset: int
    datatype: str = ""
    """Of a literal only; empty for other terms."""

    @property
    def is_blank(self) -> bool:
        """Whether it is a blank node."""
        return not self.datatype and self.text.startswith("_:")


@dataclass(frozen=True, slots=True)
class Statement:
    """A triple with the places of its terms."""

    subject: Term
    predicate: Term
    object: Term


@dataclass(slots=True)
class TurtleIndex:
    """The statements of one file."""

    text: str
    statements: list[Statement] = field(default_factory=list)
    by_subject: dict[str, list[Statement]] = field(default_factory=lambda: defaultdict(list))
    by_object: dict[str, list[Statement]] = field(default_factory=lambda: defaultdict(list))
    _starts: list[int] = field(default_factory=list)

    def add(self, statement: Statement) -> None:
        """Add a statement."""
        self.statements.append(statement)
        self.by_subject[statement.subject.text].append(statement)
        if not statement.object.datatype:
            self.by_object[statement.object.text].append(statement)

    def position(self, offset: int) -> tuple[int, int]:
        """Give line and column, from 1, of an offset."""
        if not self._starts:
            self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", self.text))]
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Give a line, without its end."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")


def index(text: str, base: str) -> TurtleIndex:
    """Give the index of a Turtle or N-Triples file from its text and its own IRI."""
    made = TurtleIndex(text)
    with contextlib.suppress(_LostError, RecursionError):
        _Reader(made, base).read()
    return made


class _LostError(Exception):
    """Something this reader does not know, such as a triple term of RDF 1.2."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    offset: int


def _tokens(text: str) -> Iterator[_Token]:
    at = 1 if text.startswith("\ufeff") else 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            break
        if match.lastgroup != "skip":
            yield _Token(match.lastgroup, match[0], at)
        at = match.end()
    yield _Token("end", "", len(text))


class _Reader:
    """Reads by the grammar of Turtle 1.1 (https://www.w3.org/TR/turtle/#sec-grammar)."""

    def __init__(self, made: TurtleIndex, base: str) -> None:
        self._made = made
        self._base = base
        self._prefixes: dict[str, str] = {}
        self._blanks = 0
        self._stream = _tokens(made.text)
        self._token = next(self._stream)

    def read(self) -> None:
        while self._token.kind != "end":
            if not self._directive():
                self._triples()
                self._expect(".")

    def _next(self) -> _Token:
        token = self._token
        self._token = next(self._stream, _Token("end", "", len(self._made.text)))
        return token

    def _take(self, mark: str) -> bool:
        found = self._token.kind == "mark" and self._token.text == mark
        if found:
            self._next()
        return found

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise _LostError

    def _directive(self) -> bool:
        word = self._token.text.lower()
        if self._token.kind not in {"at", "word"} or word.lstrip("@") not in {"prefix", "base"}:
            return False
        self._next()
        if word.endswith("prefix"):
            name = self._next().text.removesuffix(":")
            self._prefixes[name] = self._iri(self._next())
        else:
            self._base = self._iri(self._next())
        if word.startswith("@"):
            self._expect(".")
        return True

    def _triples(self) -> None:
        if self._token.text == "[" and self._token.kind == "mark":
            subject = self._property_list()
            if self._token.text == "." and self._token.kind == "mark":
                return
        else:
            subject = self._term()
        self._predicates(subject)

    def _predicates(self, subject: Term) -> None:
        while True:
            predicate = self._verb()
            while True:
                self._made.add(Statement(subject, predicate, self._term()))
                if not self._take(","):
                    break
            if not self._take(";"):
                return
            while self._take(";"):
                pass
            if self._token.kind == "mark" and self._token.text in {".", "]"}:
                return

    def _verb(self) -> Term:
        if self._token.kind == "word" and self._token.text == "a":
            return Term(RDF + "type", self._next().offset)
        return self._term()

    def _term(self) -> Term:
        token = self._token
        if token.kind == "mark":
            return self._property_list() if token.text == "[" else self._collection()
        self._next()
        match token.kind:
            case "iri" | "name":
                return Term(self._iri(token), token.offset)
            case "blank":
                return Term(f"_:={token.text[2:]}", token.offset)
            case "text":
                return self._literal(token)
            case "number":
                return Term(token.text, token.offset, _number_type(token.text))
            case "word" if token.text in {"true", "false"}:
                return Term(token.text, token.offset, XSD + "boolean")
        raise _LostError

    def _literal(self, token: _Token) -> Term:
        quotes = 3 if token.text[:3] in {'"""', "'''"} else 1
        text, datatype = _unescaped(token.text[quotes:-quotes]), XSD + "string"
        if self._token.kind == "at":
            self._next()
            datatype = RDF + "langString"
        elif self._take("^^"):
            datatype = self._iri(self._next())
        return Term(text, token.offset, datatype)

    def _blank(self, offset: int) -> Term:
        self._blanks += 1
        return Term(f"_:{self._blanks}", offset)

    def _property_list(self) -> Term:
        offset = self._token.offset
        self._expect("[")
        node = self._blank(offset)
        if not self._take("]"):
            self._predicates(node)
            self._expect("]")
        return node

    def _collection(self) -> Term:
        offset = self._token.offset
        self._expect("(")
        items: list[Term] = []
        while not self._take(")"):
            items.append(self._term())
        rest = Term(_NIL, offset)
        for number, item in reversed(list(enumerate(items))):
            node = self._blank(item.offset if number else offset)
            self._made.add(Statement(node, Term(_FIRST, item.offset), item))
            self._made.add(Statement(node, Term(_REST, item.offset), rest))
            rest = node
        return rest

    def _iri(self, token: _Token) -> str:
        if token.kind == "iri":
            iri = _unescaped(token.text[1:-1])
            return iri if _ABSOLUTE.match(iri) else urljoin(self._base, iri)  # urljoin would drop an empty fragment
        if token.kind != "name":
            raise _LostError
        prefix, _, local = token.text.partition(":")
        if prefix not in self._prefixes:
            raise _LostError
        return self._prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    sign = match[1]
    return chr(int(sign[1:], 16)) if sign[0] in "uU" and len(sign) > 1 else _ESCAPED.get(sign, sign)


def _number_type(text: str) -> str:
    if "e" in text.lower():
        return XSD + "double"
    return XSD + ("decimal" if "." in text else "integer")
