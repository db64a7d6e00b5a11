"""The mapping between IATI XML 2.03 and the graph, read from the table `mapping.tsv` beside this module.

The table is the only place that says which element or attribute becomes which term. Its head comment explains the
columns; `Row` is one line of it. Nothing here knows XML or RDF libraries: `levier.iati.plan` compiles the rows for the
way into the graph, `levier.iati.writing.forms` reads them the other way for the way back to XML.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import zip_longest
from typing import Literal, get_args

Kind = Literal[
    "node", "shared", "party", "dated",
    "narrative", "code", "currency", "amount", "measure", "position", "organisation", "identifier",
    "language", "selects",
    "string", "date", "dateTime", "decimal", "integer", "boolean", "anyURI",
]  # fmt: skip

NODE_KINDS = frozenset({"node", "shared", "party", "dated"})
"""The kinds of an element that makes a node."""

ELEMENT_KINDS = NODE_KINDS | {"narrative"}
"""The kinds that stand on an element; the others stand on an attribute or on the text of an element."""

ABSENT = "-"
"""In the column `when`: the attribute is not given."""

FILE_CLASS = "File"
ACTIVITY_CLASS = "Activity"
ORGANISATION_CLASS = "Organisation"

RECORDS = {"iati-activity": ACTIVITY_CLASS, "iati-organisation": ORGANISATION_CLASS}
"""The elements that a file repeats, and the class of each."""

_COLUMNS = ("class", "path", "kind", "term", "value", "when")


@dataclass(frozen=True, slots=True)
class When:
    """The condition of a row: an attribute with one of some values, a surrounding element, or the last resort."""

    attribute: str = ""
    """`@vocabulary`, or `../@vocabulary` of the element around it; empty: no attribute decides."""
    values: tuple[str, ...] = ()
    inside: str = ""
    """The node stands in an element of this name."""
    otherwise: bool = False


ALWAYS = When()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: where in the XML, what kind of thing, which term."""

    cls: str
    """The class of the node the row is about, without namespace; `File` for the dataset itself."""
    path: tuple[str, ...]
    """The steps from that node's element: element names, ending in `@attribute`, `text()` or an element."""
    kind: Kind
    term: str
    value: str
    """The code list, or the class of the node that the element makes."""
    when: When

    @property
    def place(self) -> str:
        """The path as it stands in the table."""
        return "/".join(self.path)


@cache
def rows() -> tuple[Row, ...]:
    """Give the rows of the table, in its order."""
    text = files("levier.iati").joinpath("mapping.tsv").read_text(encoding="utf-8")
    return tuple(parse(text))


def parse(text: str) -> Iterator[Row]:
    """Give the rows of a table as text. Raises ValueError that names the line for a row that cannot be meant."""
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    if not lines or tuple(lines[0][1].split("\t")) != _COLUMNS:
        raise ValueError(f"mapping.tsv: the first row must name the columns {', '.join(_COLUMNS)}.")
    for number, line in lines[1:]:
        try:
            yield _row(line.split("\t"))
        except ValueError as error:
            raise ValueError(f"mapping.tsv, line {number}: {error}") from None


def _row(cells: list[str]) -> Row:
    if len(cells) > len(_COLUMNS):
        raise ValueError(f"{len(cells)} columns where there are {len(_COLUMNS)}.")
    given = dict(zip_longest(_COLUMNS, cells, fillvalue=""))
    path = tuple(given["path"].split("/"))
    kind = next((known for known in get_args(Kind) if known == given["kind"]), None)
    if kind is None:
        raise ValueError(f"unknown kind {given['kind']!r}.")
    if not given["class"] or not all(path):
        raise ValueError("class and path must be given.")
    stands_on_element = not (path[-1].startswith("@") or path[-1] == "text()")
    if stands_on_element != (kind in ELEMENT_KINDS):
        raise ValueError(f"kind {kind!r} cannot stand at {given['path']!r}.")
    return Row(given["class"], path, kind, given["term"], given["value"], _when(given["when"]))


def _when(text: str) -> When:
    if not text:
        return ALWAYS
    if text == "otherwise":
        return When(otherwise=True)
    if text.startswith("in "):
        return When(inside=text.removeprefix("in "))
    attribute, equals, values = text.partition("=")
    if not equals or not attribute.removeprefix("../").startswith("@"):
        raise ValueError(f"cannot read the condition {text!r}.")
    return When(attribute=attribute, values=tuple(values.split(",")))
