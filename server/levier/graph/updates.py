"""SPARQL 1.1 Update before and while the engine does it: what is refused, which graphs it sees, which it changes.

Three things that the engine does not have are added here, operation by operation:

- the union of all graphs as what a pattern is matched with, so that an update sees what a query sees;
- `using-graph-uri` and `using-named-graph-uri` (SPARQL 1.1 Protocol, §2.2.3);
- the graphs that were changed, also where a variable names them.

Where one of the first and the last is needed, the pattern is asked as a query, its solutions are kept as statements of
a graph of their own, and the templates are filled from that graph, which then goes. Blank nodes remain what they are.
"""

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import pyoxigraph as ox

from levier.errors import BadParameter, QueryRejected, QuerySyntaxError, UnknownGraph, UpdateFailed, UsingConflict
from levier.graph.operations import Operation, Unreadable, read
from levier.graph.syntax import readable_update
from levier.terms import BASE, GRAPH

_WORD: Final = re.compile("service|load", re.IGNORECASE)
_LETTER: Final = {
    "SERVICE": re.compile("s(?=ervice)", re.IGNORECASE),
    "LOAD": re.compile("l(?=oad)", re.IGNORECASE),
}
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_LAST_CODE_POINT: Final = 0x10FFFF
_REFUSED: Final = {
    "SERVICE": "SERVICE is refused here: this graph answers from itself and asks no other server.",
    "LOAD": "LOAD is refused here: this graph never fetches a document.",
}
_HINT: Final = "Fetch the data yourself and send it."
_STOP: Final = "DROP GRAPH <urn:levier:none> ;"
"""An operation that fails in an empty store: behind it the engine reads an update and does nothing of it."""
_ROW: Final = ox.NamedNode("urn:levier:row")


def check_update(text: str, base: str = BASE) -> list[Operation]:
    """Give the operations of an update; nothing is done or fetched.

    Raises QuerySyntaxError where it is not SPARQL 1.1, and QueryRejected where it has a LOAD or a SERVICE, whatever
    way they are written. `base` is what its relative IRIs are read against.
    """
    if _hidden(text):
        message = "LOAD and SERVICE are refused here: such a word has letters that are escaped (\\u…)."
        raise QueryRejected(message, hint="Write the word with its own letters.")
    try:
        operations = read(text, base)
    except Unreadable as error:
        raise QuerySyntaxError(_why(text, error.start, text[error.start :], error.base, error.prefixes)) from None
    for operation in operations:
        _check(text, operation)
    return operations


def with_using(text: str, using: Sequence[str], using_named: Sequence[str], base: str = BASE) -> str:
    """Give an update that says in USING what its request says in `using-graph-uri` and `using-named-graph-uri`.

    Raises UsingConflict where it has USING or WITH itself, BadParameter where a graph is no IRI, and what
    `check_update` raises.
    """
    operations = check_update(text, base)
    if not (using or using_named):
        return text
    parts: list[str] = []
    end = 0
    for operation in operations:
        parts += [text[end : operation.start], using_text(operation, using, using_named)]
        end = operation.start + len(operation.text)
    return "".join([*parts, text[end:]])


def using_text(operation: Operation, using: Sequence[str], using_named: Sequence[str]) -> str:
    """Give one operation with these graphs in its USING; raises UsingConflict and BadParameter as `with_using`."""
    if operation.chooses_graphs:
        message = "The update says USING or WITH, and the request names graphs to use: only one of them may."
        raise UsingConflict(message, hint="Leave out using-graph-uri and using-named-graph-uri.")
    clauses = [f"USING {_node(iri)}" for iri in using] + [f"USING NAMED {_node(iri)}" for iri in using_named]
    if operation.verb != "MODIFY":
        return operation.text
    return "\n".join([operation.head, *clauses, f"WHERE {operation.pattern}"])


def perform(
    store: ox.Store, operation: Operation, *, union: bool, using: Sequence[str] = (), using_named: Sequence[str] = ()
) -> frozenset[str | None]:
    """Do one operation; give the graphs that it may have changed, None for the default graph.

    With `union`, a pattern that does not say which graphs it is matched with is matched with all of them together.
    Clearing a graph that is not there is done at once (§3.1.3 leaves it open). Raises UnknownGraph where one is
    dropped, UpdateFailed where one is made twice, and what `using_text` raises.
    """
    changed = operation.named() | _all_graphs(store, operation)
    text = using_text(operation, using, using_named) if using or using_named else operation.text
    if operation.verb == "CLEAR" and not operation.silent:
        text = re.sub("^clear", "CLEAR SILENT", text, flags=re.IGNORECASE)
    dataset = _dataset(operation, union=union, using=using, using_named=using_named)
    variables = frozenset[str]().union(*(template.graph_variables for template in operation.templates))
    asks = operation.verb == "MODIFY" and ("use_default_graph_as_union" in dataset or bool(variables))
    if not asks:
        _run(store, operation, text)
        return changed
    return changed | _perform_rows(store, operation, dataset, variables)


def _check(text: str, operation: Operation) -> None:
    """Have the engine read an operation; raises QuerySyntaxError and QueryRejected."""
    if operation.verb == "LOAD":
        raise QueryRejected(_REFUSED["LOAD"], hint=_HINT)
    if not _is_read(operation):
        raise QuerySyntaxError(_why(text, operation.start, operation.text, operation.base, operation.prefixes))
    if not _WORD.search(operation.text):
        return
    for word, letter in _LETTER.items():
        if letter.search(operation.text) and not _is_read(_renamed(operation, letter)):
            raise QueryRejected(_REFUSED[word], hint=_HINT)


def _is_read(operation: Operation) -> bool:
    """Tell whether the engine takes an operation for one."""
    return _mistake(operation.text, operation.base, operation.prefixes) is None


def _renamed(operation: Operation, letter: re.Pattern[str]) -> Operation:
    """Give an operation in which a word begins with x, as `guard` has it.

    Names and strings stay what they are to the parser; a keyword is none any more, and no other begins so.
    """
    prefixes = {letter.sub("x", name): iri for name, iri in operation.prefixes.items()}
    return replace(operation, text=letter.sub("x", operation.text), prefixes=prefixes)


def _mistake(text: str, base: str, prefixes: dict[str, str]) -> str | None:
    """Give the engine's message where it does not take the text for operations; nothing is done or fetched.

    The operation before them fails, in a store that is empty, and the engine reads the whole first (measured).
    """
    try:
        ox.Store().update(_STOP + text, base_iri=base, prefixes=prefixes)
    except SyntaxError as error:
        return str(error)
    except RuntimeError:
        return None
    raise AssertionError("the engine has dropped a graph that is not there")


def _why(text: str, start: int, wrong: str, base: str, prefixes: dict[str, str]) -> str:
    """Say in one sentence why what begins at `start` is no update; the engine finds the place."""
    before = re.sub(r"[^\n]", " ", text[:start])
    message = _mistake(before + wrong, base, prefixes)
    if message is None:  # by itself it is one: a semicolon is missing before it
        lines = text[:start].split("\n")
        return readable_update(text, wrong, f"error at {len(lines)}:{len(lines[-1]) + 1}: expected ;", prefixes)
    if "\n" not in before:  # it stands on the line of the other operation
        message = re.sub(r"(?<=error at 1:)\d+", lambda column: str(int(column[0]) - len(_STOP)), message)
    return readable_update(text, wrong, message, prefixes)


def _hidden(text: str) -> bool:
    """Tell whether SERVICE or LOAD stands there in escapes (§19.2): the engine does not read them, others do."""
    return "\\" in text and len(_WORD.findall(_ESCAPE.sub(_unescaped, text))) > len(_WORD.findall(text))


def _unescaped(match: re.Match[str]) -> str:
    point = int(match[1] or match[2], 16)
    return chr(point) if point <= _LAST_CODE_POINT else match[0]


def _node(iri: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(iri)
    except ValueError:
        raise BadParameter(f"{iri!r} is not the IRI of a graph.") from None


def _all_graphs(store: ox.Store, operation: Operation) -> frozenset[str | None]:
    """Give the graphs that a CLEAR or DROP of ALL or NAMED changes."""
    if not operation.everything:
        return frozenset()
    named = [graph.value for graph in store.named_graphs() if isinstance(graph, ox.NamedNode)]
    return frozenset([*named, None] if operation.everything == "ALL" else named)


def _dataset(operation: Operation, *, union: bool, using: Sequence[str], using_named: Sequence[str]) -> dict[str, Any]:
    """Give what the engine is told of the graphs that a pattern is matched with, where it is asked as a query."""
    if using or using_named or operation.using or operation.using_named:
        return {
            "default_graph": [_node(iri) for iri in using or operation.using],
            "named_graphs": [_node(iri) for iri in using_named or operation.using_named],
        }
    if operation.with_graph is not None:
        return {"default_graph": [_node(operation.with_graph)]}
    return {"use_default_graph_as_union": True} if union else {}


def _perform_rows(
    store: ox.Store, operation: Operation, dataset: dict[str, Any], graph_variables: frozenset[str]
) -> frozenset[str | None]:
    """Do a MODIFY from the solutions of its pattern; give the graphs that its variables named."""
    names = sorted(frozenset[str]().union(*(template.variables for template in operation.templates)))
    asked = f"SELECT {' '.join(f'?{name}' for name in names) or '*'} WHERE {operation.pattern}"
    rows = ox.NamedNode(f"{GRAPH}rows-{secrets.token_hex(8)}")
    try:
        solutions = store.query(asked, base_iri=operation.base, prefixes=operation.prefixes, **dataset)
    except SyntaxError as error:
        raise QuerySyntaxError(readable_update(asked, asked, str(error), operation.prefixes)) from None
    store.bulk_extend(_rows(solutions, names, rows))  # type: ignore[arg-type]  # a SELECT gives solutions
    kept = [f"OPTIONAL {{ ?levier_row {_predicate(place)} ?{name} }}" for place, name in enumerate(names)]
    where = f"{{ ?levier_row {_ROW} true {' '.join(kept)} }}"
    _run(store, operation, f"{operation.head}\nUSING {rows} WHERE {where}")
    found = {
        quad.object.value
        for name in graph_variables
        for quad in store.quads_for_pattern(None, _predicate(names.index(name)), None, rows)
        if isinstance(quad.object, ox.NamedNode)
    }
    store.remove_graph(rows)
    return frozenset(found)


def _rows(solutions: ox.QuerySolutions, names: Sequence[str], graph: ox.NamedNode) -> Iterator[ox.Quad]:
    """Give each solution as the statements of a blank node: that it is one, and its values."""
    predicates = [(name, _predicate(place)) for place, name in enumerate(names)]
    for solution in solutions:
        row = ox.BlankNode()
        yield ox.Quad(row, _ROW, ox.Literal(True), graph)
        for name, predicate in predicates:
            value = solution[name]
            if value is not None:
                yield ox.Quad(row, predicate, value, graph)


def _predicate(place: int) -> ox.NamedNode:
    return ox.NamedNode(f"urn:levier:variable:{place}")


def _run(store: ox.Store, operation: Operation, text: str) -> None:
    """Have the engine do an operation; raises UnknownGraph and UpdateFailed."""
    try:
        store.update(text, base_iri=operation.base, prefixes=operation.prefixes)
    except RuntimeError as error:
        message = f"Nothing of the update was done: {str(error).strip().rstrip('.')}."
        raise (UnknownGraph if operation.verb == "DROP" else UpdateFailed)(message) from None
