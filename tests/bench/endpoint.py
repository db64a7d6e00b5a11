"""The service beside its peers, on the same data: `oxigraph serve`, and rdflib-endpoint."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from statistics import median, quantiles
from time import sleep

from tests.bench.figures import Figure
from tests.bench.load import SECONDS, Load, ask, each_alone, kept_alive, meanwhile
from tests.bench.servers import Server, servers

from levier.build import Plan, build, sample
from levier.graph import EmbeddedStore, Snapshots
from levier.iati import sources
from levier.settings import Settings
from levier.terms import IATI

_SMALL = """SELECT ?t ?value ?date WHERE {{ <{activity}> <{iati}transaction> ?t .
  ?t <{iati}value> ?value . OPTIONAL {{ ?t <{iati}transactionDate> ?date }} }} ORDER BY ?t LIMIT 20 {comment}"""
_HEAVY = """SELECT ?p (COUNT(*) AS ?n) (COUNT(DISTINCT ?o) AS ?values) (MAX(STRLEN(STR(?o))) AS ?longest) WHERE {{
  ?s ?p ?o }} GROUP BY ?p ORDER BY DESC(?n) {comment}"""
_ENDLESS = """SELECT (COUNT(*) AS ?n) WHERE {{ ?a <{iati}value> ?x . ?b <{iati}value> ?y . FILTER(?x > ?y) }}
{comment}"""
_MARKED = "#N0\n"
_FIRSTS = 5
"""Heavy queries that are asked one after the other, no two the same."""


_ROUNDS = 2
"""Times that each server is measured, in turn with the others: what else the machine does meets them alike."""
_GOALS = {"small, distinct": 0.5, "small, repeated": 1.0, "heavy, repeated": 5.0}
_CLIENTS: dict[str, Callable[[Load, int], float | None]] = {
    "a connection each": each_alone,
    "kept alive": kept_alive,
}
_SLOW = "rdflib-endpoint"
"""A server that is asked fewer heavy queries."""


@dataclass
class Measured:
    """What one server does."""

    rates: dict[str, float] = field(default_factory=dict)
    """Answers a second, the best of the rounds, by the kind of query and of client."""
    costs: dict[str, float] = field(default_factory=dict)
    """Seconds of processor time for an answer, the least of the rounds."""
    firsts: list[float] = field(default_factory=list)
    """Seconds of heavy queries that nobody asked before."""
    slowest: float = 0
    """Milliseconds of the 99th of a hundred small queries while two that do not end soon run."""


def endpoint(_: Path) -> Iterator[Figure]:
    """Measure each server by itself, and compare."""
    with tempfile.TemporaryDirectory(prefix="levier-bench-") as folder, ExitStack() as stack:
        place = Path(folder)
        activities = _data(place)
        running: list[Server] = []
        for name, start in servers(place).items():
            if isinstance(start, str):
                yield Figure(name, f"not installed: {start}")
            else:
                running.append(stack.enter_context(start()))
        answers = {server.name: _rows(server, activities) for server in running}
        assert len(set(answers.values())) == 1, f"the servers do not agree: {answers}"
        yield from _compare(_measure(running, activities))


def _data(place: Path) -> tuple[str, ...]:
    """Build the sample, and write it as N-Quads; gives some activities that have transactions."""
    store = place / "store"
    build(Settings(store=store), Plan(sources([sample()]), illustrative=True))
    opened = Snapshots(store).open()
    assert isinstance(opened, EmbeddedStore)
    opened.raw.dump(str(place / "data.nq"))
    query = f"SELECT DISTINCT ?a {{ ?a <{IATI}transaction> ?t }} ORDER BY ?a LIMIT 40"
    return tuple(row["a"].value for row in opened.select(query))


def _measure(running: list[Server], activities: tuple[str, ...]) -> dict[str, Measured]:
    found = {server.name: Measured() for server in running}
    small = [_SMALL.format(activity=one, iati=IATI, comment=_MARKED) for one in activities]
    kinds = {
        "small, distinct": tuple(small),
        "small, repeated": (small[0].replace(_MARKED, ""),),
        "heavy, repeated": (_HEAVY.format(iati=IATI, comment=""),),
    }
    for number in range(_FIRSTS):
        for server in running:
            if server.name != _SLOW or number == 0:
                heavy = Load(server.url, (_HEAVY.format(iati=IATI, comment=_MARKED),))
                found[server.name].firsts.append(ask(heavy, number)[0])
    for (kind, queries), round_ in product(kinds.items(), range(_ROUNDS)):
        for server in running:
            _ask_all(server, queries, kind, round_, found[server.name])
    for server in running:
        if server.name != _SLOW:
            found[server.name].slowest = _beside(server, kinds["small, distinct"])
    return found


def _ask_all(server: Server, queries: tuple[str, ...], kind: str, round_: int, found: Measured) -> None:
    """Measure one kind of query by both kinds of clients; no two rounds ask the same distinct queries."""
    load = Load(server.url, queries)
    if server.name == _SLOW and kind.startswith("heavy"):
        # It answers them one at a time, and cannot stop those that nobody waits for any more.
        found.rates |= {f"{kind}, {name}": 1 / min(found.firsts) for name in _CLIENTS}
        return
    ask(load, 0)
    for place, (name, client) in enumerate(_CLIENTS.items()):
        before = server.processor()
        rate = client(load, 10**8 * (2 * round_ + place + 1))
        if rate is None:
            continue
        what = f"{kind}, {name}"
        found.rates[what] = max(rate, found.rates.get(what, 0))
        cost = (server.processor() - before) / (rate * SECONDS)
        found.costs[what] = min(cost, found.costs.get(what, cost))
        print(f"  {server.name}: {what}: {rate:,.0f}/s, {cost * 1e6:,.0f} µs", file=sys.stderr, flush=True)


def _beside(server: Server, small: tuple[str, ...]) -> float:
    """Give the 99th percentile of small queries, in milliseconds, while two heavy ones run all the time."""
    endless, load = Load(server.url, (_ENDLESS.format(iati=IATI, comment=_MARKED),)), Load(server.url, small)

    def run(number: int) -> None:
        try:
            ask(endless, number)
        except RuntimeError:
            return  # stopped at a limit: another follows

    with meanwhile([run, run]):
        sleep(1)
        times: list[float] = []
        while sum(times) < SECONDS:
            times.append(ask(load, 5 * 10**8 + len(times))[0])
    return quantiles(times, n=100)[98] * 1000


def _compare(found: dict[str, Measured]) -> Iterator[Figure]:
    ours, engine, python = (found.get(name) for name in ("levier serve", "oxigraph serve", _SLOW))
    assert ours is not None
    for kind, rate in ours.rates.items():
        goal = _GOALS[kind.rpartition(",")[0]]
        others = {name: one.rates[kind] for name, one in found.items() if kind in one.rates}
        yield Figure(
            f"{kind}: answers a second", ", ".join(f"{name} {_rounded(value)}" for name, value in others.items())
        )
        if engine is not None:
            yield Figure.ratio("… against Oxigraph", rate / engine.rates[kind], at_least=goal)
        if python is not None and kind in python.rates:
            yield Figure.ratio("… against rdflib-endpoint", rate / python.rates[kind], at_least=10)
        costs = ", ".join(f"{name} {one.costs[kind] * 1e6:,.0f}" for name, one in found.items() if kind in one.costs)
        yield Figure("… processor time of the server for an answer, µs", costs)
    firsts = {name: median(one.firsts) for name, one in found.items()}
    yield Figure("a first heavy query", ", ".join(f"{name} {first * 1000:,.1f} ms" for name, first in firsts.items()))
    if engine is not None:
        yield Figure.ratio("… against Oxigraph", median(ours.firsts) / median(engine.firsts), at_most=1)
    if python is not None:
        yield Figure.ratio("… rdflib-endpoint against ours", median(python.firsts) / median(ours.firsts), at_least=10)
    if engine is not None:
        yield Figure("the same beside two heavy ones: Oxigraph, 99th percentile", f"{engine.slowest:.1f} ms")
    yield Figure.ratio("small queries beside two heavy ones, 99th percentile, ms", ours.slowest, at_most=50)


def _rounded(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 1 else f"{rate:.2f}"


def _rows(server: Server, activities: tuple[str, ...]) -> int:
    """Give how many rows the queries have together: a fast wrong answer is none."""
    queries = [_SMALL.format(activity=one, iati=IATI, comment="") for one in activities]
    queries.append(_HEAVY.format(iati=IATI, comment=""))
    load = Load(server.url, tuple(queries))
    return sum(len(json.loads(ask(load, number)[1])["results"]["bindings"]) for number in range(len(queries)))
