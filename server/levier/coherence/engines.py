"""The engines that apply the rules to a store: the fast one by default, pySHACL as the reference.

Both give the same findings; the tests hold them to it.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Final, Protocol

import pyoxigraph as ox

from levier.coherence import setwise
from levier.coherence.catalogue import Catalogue
from levier.coherence.core import Untranslatable
from levier.coherence.finding import Finding, distinct, plain_value
from levier.errors import BadUsage, LevierError
from levier.graph import EmbeddedStore

_THREADS: Final = 2


class EngineFailed(LevierError):
    """An engine that is not installed, or that gave up: a fault of ours, not of the data."""

    code = "engine-failed"
    exit_code = 3
    status = 500


class Engine(Protocol):
    """Applies rules to the union of a store's graphs."""

    name: str

    def run(self, catalogue: Catalogue, store: EmbeddedStore) -> list[Finding]:
        """Give the findings, each once, sorted by rule, node and value; raises EngineFailed."""
        ...


class FastEngine:
    """Oxigraph, asked what the rules become (see `setwise`); the `shacl` engine (Rust) for those that have no query."""

    name = "fast"

    def run(self, catalogue: Catalogue, store: EmbeddedStore) -> list[Finding]:
        """Give the findings; two rules are asked at a time, in threads: Oxigraph lets others work meanwhile."""
        with _failing_as(self.name):
            asked = dict[str, list[str]]()
            left = set[str]()
            for rule in catalogue:
                try:
                    asked[rule.id] = setwise.queries_of(rule, catalogue.shapes, store)
                except Untranslatable:
                    left.add(rule.id)
            with ThreadPoolExecutor(_THREADS) as pool:
                found = pool.map(lambda rule: list(setwise.findings_of(rule, asked.get(rule.id, []), store)), catalogue)
                return distinct(chain(*found, self._by_library(catalogue, left, store)))

    def _by_library(self, catalogue: Catalogue, left: set[str], store: EmbeddedStore) -> Iterator[Finding]:
        """Give the findings of the rules that are left, by way of a temporary file."""
        if not left:
            return
        import shacl  # noqa: PLC0415  # its absence is told apart from other faults, and most checks need no library

        asked = any(catalogue.rules[one].select is not None for one in left)
        shapes = shacl.Shapes.from_text(catalogue.text(sparql=asked), format="ntriples")
        rules = catalogue.by_shape()
        with _union_file(store) as data:
            for result in shapes.validate_file(str(data)).results:
                rule = rules[_bare(result.source_shape or "")]
                if rule.id in left:
                    focus = _bare(result.focus_node)
                    value = None if result.value is None else _plain(result.value)
                    yield Finding(rule, focus, None if value == focus else value)


class ReferenceEngine:
    """pySHACL, without its extensions and without the network: slow, and the measure of the other."""

    name = "pyshacl"

    def run(self, catalogue: Catalogue, store: EmbeddedStore) -> list[Finding]:
        """Give the findings; the whole data is held in memory."""
        with _failing_as(self.name), _union_file(store) as data:
            return distinct(self._results(catalogue, data))

    def _results(self, catalogue: Catalogue, data: Path) -> Iterator[Finding]:
        import pyshacl  # noqa: PLC0415  # see FastEngine
        import rdflib  # noqa: PLC0415

        with _literals_as_written(), _queries_read_once():
            graph = rdflib.Graph().parse(data, format="nt")
            shapes = rdflib.Graph().parse(data=catalogue.text(sparql=True), format="nt")
            _, report, _ = pyshacl.validate(
                graph, shacl_graph=shapes, inference="none", advanced=False, meta_shacl=False, do_owl_imports=False
            )
        if not isinstance(report, rdflib.Graph):
            raise EngineFailed(f"pySHACL gave up: {report}")
        rules = catalogue.by_shape()
        for result in report.objects(None, rdflib.SH.result):  # what sh:detail adds below is of inner shapes
            rule = rules[str(report.value(result, rdflib.SH.sourceShape))]
            focus = _rdflib_text(report.value(result, rdflib.SH.focusNode))
            value = _rdflib_text(report.value(result, rdflib.SH.value))
            yield Finding(rule, focus or "", None if value == focus else value)


ENGINES: Final[dict[str, Callable[[], Engine]]] = {"fast": FastEngine, "pyshacl": ReferenceEngine}
"""By the name that `levier check --engine` takes."""


def engine(name: str) -> Engine:
    """Give the engine of a name; raises BadUsage for another name."""
    if name not in ENGINES:
        raise BadUsage(f"{name!r} is no engine; it must be {' or '.join(ENGINES)}.")
    return ENGINES[name]()


def write_union(store: EmbeddedStore, path: Path) -> None:
    """Write all named graphs of a store to one N-Triples file, graph by graph."""
    with path.open("wb") as stream:
        for name in store.graphs():
            store.raw.dump(stream, ox.RdfFormat.N_TRIPLES, from_graph=ox.NamedNode(name))


@contextmanager
def _union_file(store: EmbeddedStore) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="levier-check-") as folder:
        path = Path(folder) / "data.nt"
        write_union(store, path)
        yield path


@contextmanager
def _failing_as(name: str) -> Iterator[None]:
    """Turn whatever goes wrong in an engine into EngineFailed, which says which engine."""
    try:
        yield
    except LevierError:
        raise
    except ImportError as error:
        raise EngineFailed(
            f"The {name} engine cannot be loaded ({error}).", hint="Install Levier again, or choose another --engine."
        ) from error
    except Exception as error:  # engines raise what they like
        raise EngineFailed(
            f"The {name} engine failed ({type(error).__name__}: {error}).", hint="Try another --engine, and report it."
        ) from error


@contextmanager
def _literals_as_written() -> Iterator[None]:
    """Have rdflib keep the spelling of literals: it is a switch of the whole library, put back afterwards."""
    import rdflib  # noqa: PLC0415

    before = rdflib.NORMALIZE_LITERALS
    rdflib.NORMALIZE_LITERALS = False
    try:
        yield
    finally:
        rdflib.NORMALIZE_LITERALS = before


@contextmanager
def _queries_read_once() -> Iterator[None]:
    """Have rdflib read each query text once: pySHACL hands it the same text for every node, as if it were new.

    Measured on 56,000 statements: of 270 s in SPARQL rules, 207 went into reading 3,000 times what are 54 texts. What
    is evaluated, and by whom, stays the same; rdflib's own `prepareQuery` lets the algebra of a query be used again.
    """
    from rdflib.plugins.sparql import processor  # noqa: PLC0415
    from rdflib.plugins.sparql.sparql import Query  # noqa: PLC0415

    module = vars(processor)
    parse, translate = module["parseQuery"], module["translateQuery"]

    @lru_cache(maxsize=1024)
    def read(text: str, base: str | None, namespaces: tuple[tuple[str, str], ...]) -> Query:
        query: Query = translate(parse(text), base, dict(namespaces))
        return query

    def translated(text: str, base: str | None = None, namespaces: Mapping[str, object] | None = None) -> Query:
        return read(text, base, tuple((prefix, str(iri)) for prefix, iri in (namespaces or {}).items()))

    module.update(parseQuery=str, translateQuery=translated)
    try:
        yield
    finally:
        module.update(parseQuery=parse, translateQuery=translate)


def _bare(term: str) -> str:
    return term[1:-1] if term.startswith("<") else term


def _plain(term: str) -> str:
    """Give the IRI or the text of a term in N-Triples syntax."""
    if not term.startswith('"'):
        return _bare(term)
    quad = next(iter(ox.parse(f"<a:a> <a:a> {term} .", format=ox.RdfFormat.N_TRIPLES)))
    literal = quad.object
    return plain_value(literal.value, literal.datatype.value) if isinstance(literal, ox.Literal) else term


def _rdflib_text(term: object) -> str | None:
    import rdflib  # noqa: PLC0415

    if isinstance(term, rdflib.Literal):
        return plain_value(str(term), str(term.datatype or ""))
    if isinstance(term, rdflib.BNode):
        return f"_:{term}"
    return None if term is None else str(term)
