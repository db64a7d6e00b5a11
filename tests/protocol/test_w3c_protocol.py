"""The tests of the W3C manifest of the SPARQL 1.1 Protocol, by their names there.

What a test sends and what must come back are those of `sparql/sparql11/protocol/manifest.ttl` of the W3C test suite;
the data files that it names are one triple each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
from tests.protocol.conftest import FORM, QUERY, UPDATE, Target
from tests.serving import Answer

_DATA = [f"http://kasei.us/2009/09/sparql/data/data{number}.rdf" for number in range(4)]
_DOCUMENT = "http://xmlns.com/foaf/0.1/Document"
_RESOURCE = "http://purl.org/dc/terms/BibliographicResource"
_TEXTS = {"text/csv", "text/tab-separated-values"}


def _done(answer: Answer) -> None:
    assert 200 <= answer.status < 400, f"{answer.status} {answer.body!r}"


def _true(answer: Answer) -> None:
    _boolean(answer)
    truth = ox.parse_query_results(answer.body, _form(answer))
    assert isinstance(truth, ox.QueryBoolean)

    assert bool(truth)


def _boolean(answer: Answer) -> None:
    _done(answer)
    truth = ox.parse_query_results(answer.body, _form(answer))

    assert isinstance(truth, ox.QueryBoolean)


def _rows(answer: Answer) -> None:
    _done(answer)
    if answer.media_type not in _TEXTS:
        assert isinstance(ox.parse_query_results(answer.body, _form(answer)), ox.QuerySolutions)


def _graph(answer: Answer) -> None:
    _done(answer)
    form = ox.RdfFormat.from_media_type(answer.media_type)
    assert form is not None, answer.media_type
    list(ox.parse(answer.body, form))  # without a base: its IRIs must be absolute


def _resolved(answer: Answer) -> None:
    """See that <test> was read against a base, which is the service's own choice."""
    _done(answer)
    rows = ox.parse_query_results(answer.body, _form(answer))
    assert isinstance(rows, ox.QuerySolutions)
    (value,) = [row["o"] for row in rows]

    assert isinstance(value, ox.NamedNode)
    assert value.value.endswith("/test")
    assert "://" in value.value


def _refused(answer: Answer) -> None:
    assert 400 <= answer.status < 500, f"{answer.status} {answer.body!r}"
    assert 401 != answer.status  # it was refused for what it says, and not for who says it


def _form(answer: Answer) -> ox.QueryResultsFormat:
    form = ox.QueryResultsFormat.from_media_type(answer.media_type)
    assert form is not None, answer.media_type
    return form


@dataclass(frozen=True)
class Step:
    """One request, and what its answer must be."""

    check: Callable[[Answer], None]
    method: str = "POST"
    parameters: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    content_type: str = ""

    def take(self, target: Target) -> None:
        path = "/sparql/" + ("?" + urlencode(self.parameters) if self.parameters else "")
        headers = {"Content-Type": self.content_type} if self.content_type else {}
        self.check(target.send(self.method, path, self.body, headers))


def _graphs(name: str, *numbers: int) -> tuple[tuple[str, str], ...]:
    return tuple((name, _DATA[number]) for number in numbers)


def _get(check: Callable[[Answer], None], *parameters: tuple[str, str]) -> Step:
    return Step(check, "GET", parameters)


def _asked(check: Callable[[Answer], None], query: str, *parameters: tuple[str, str]) -> Step:
    return Step(check, parameters=parameters, body=query.encode(), content_type=QUERY)


def _updated(update: str, *parameters: tuple[str, str]) -> Step:
    return Step(_done, parameters=parameters, body=update.encode(), content_type=UPDATE)


def _posted(check: Callable[[Answer], None], text: str, content_type: str = FORM, encoding: str = "utf-8") -> Step:
    return Step(check, body=text.encode(encoding), content_type=content_type)


_NOTHING = _graphs("default-graph-uri", 0)
"""Data0 has no triple; no server is asked for it, since a graph that is not here is empty."""
_BOTH = f"ASK {{ <{_DATA[1]}> a ?one . <{_DATA[2]}> a ?two }}"
_BOTH_NAMED = f"GRAPH ?g1 {{ <{_DATA[1]}> a ?one }} GRAPH ?g2 {{ <{_DATA[2]}> a ?two }}"

_QUERIES = {
    "query_post_form": [Step(_true, parameters=_NOTHING, body=b"query=ASK%20%7B%7D", content_type=FORM)],
    "query_dataset_default_graphs_get": [_get(_true, ("query", _BOTH), *_graphs("default-graph-uri", 1, 2))],
    "query_dataset_default_graphs_post": [_asked(_true, _BOTH, *_graphs("default-graph-uri", 1, 2))],
    "query_dataset_named_graphs_post": [
        _asked(_true, f"ASK {{ {_BOTH_NAMED} }}", *_graphs("named-graph-uri", 1, 2)),
    ],
    "query_dataset_named_graphs_get": [
        _get(_true, ("query", f"ASK {{ {_BOTH_NAMED} }}"), *_graphs("named-graph-uri", 1, 2)),
    ],
    "query_dataset_full": [
        _asked(
            _true,
            f"ASK {{ <{_DATA[3]}> a ?three {_BOTH_NAMED} }}",
            *_graphs("default-graph-uri", 3),
            *_graphs("named-graph-uri", 1, 2),
        ),
    ],
    # The manifest escapes the & between the two parameters too, which makes them one graph of an odd name.
    "query_multiple_dataset": [
        _asked(_true, f"ASK FROM <{_DATA[3]}> {{ {_BOTH_NAMED} }}", *_graphs("named-graph-uri", 1, 2)),
    ],
    "query_get": [_get(_true, ("query", "ASK {}"), *_NOTHING)],
    "query_content_type_select": [_asked(_rows, "SELECT (1 AS ?value) {}", *_NOTHING)],
    "query_content_type_ask": [_asked(_boolean, "ASK {}", *_NOTHING)],
    "query_content_type_describe": [_asked(_graph, "DESCRIBE <http://example.org/>", *_NOTHING)],
    "query_content_type_construct": [_asked(_graph, "CONSTRUCT { <s> <p> 1 } WHERE {}", *_NOTHING)],
    "query_post_direct": [_posted(_true, "ASK {}", QUERY)],
    "bad_query_method": [
        Step(_refused, "PUT", (("query", "ASK {}"), *_NOTHING), body=b"", content_type=FORM),
    ],
    "bad_multiple_queries": [_get(_refused, ("query", "ASK {}"), ("query", "SELECT * {}"))],
    "bad_query_wrong_media_type": [_posted(_refused, "ASK {}", "text/plain")],
    "bad_query_missing_form_type": [_posted(_refused, "query=ASK%20%7B%7D", "")],
    "bad_query_missing_direct_type": [_posted(_refused, "ASK {}", "")],
    "bad_query_non_utf8": [_posted(_refused, "ASK {}", f"{QUERY}; charset=UTF-16", "utf-16")],
    "bad_query_syntax": [_get(_refused, ("query", "ASK {"))],
}


def _document(number: int) -> str:
    return f"GRAPH <{_DATA[number]}> {{ <{_DATA[number]}> a <{_DOCUMENT}> }}"


def _copy(graph: str, where: str) -> str:
    """Give an update that empties the store, fills it, and notes in a graph which documents it then sees."""
    inserted = "".join(map(_document, (1, 2, 3)))
    return f"DROP ALL ; INSERT DATA {{ {inserted} }} ; INSERT {{ GRAPH <{graph}> {{ {where} }} }}"


def _seen(graph: str) -> Step:
    """Ask whether the first two documents were noted in a graph, and the third not."""
    noted = " ".join(f"<{_DATA[number]}> a <{_RESOURCE}> ." for number in (1, 2))
    unnoted = f"GRAPH <{graph}> {{ <{_DATA[3]}> a <{_RESOURCE}> }}"
    return _asked(_true, f"ASK {{ GRAPH <{graph}> {{ {noted} }} FILTER NOT EXISTS {{ {unnoted} }} }}")


_ONE, _MANY, _NAMED, _FULL = (
    f"http://example.org/protocol-update-dataset-{name}test/" for name in ("", "graphs-", "named-graphs-", "full-")
)
_NOTED = f"?s a <{_RESOURCE}>"
_BASE = "http://example.org/protocol-base-test/"

_UPDATES = {
    "update_dataset_default_graph": [
        _updated(
            f"CLEAR ALL ; INSERT DATA {{ {_document(1)} }} ; "
            f"INSERT {{ GRAPH <{_ONE}> {{ {_NOTED} }} }} WHERE {{ ?s a <{_DOCUMENT}> }}",
            *_graphs("using-graph-uri", 1),
        ),
        _asked(_true, f"ASK {{ GRAPH <{_ONE}> {{ <{_DATA[1]}> a <{_RESOURCE}> }} }}"),
    ],
    "update_dataset_default_graphs": [
        _updated(
            f"{_copy(_MANY, _NOTED)} WHERE {{ ?s a <{_DOCUMENT}> }}",
            *_graphs("using-graph-uri", 1, 2),
        ),
        _seen(_MANY),
    ],
    "update_dataset_named_graphs": [
        _updated(
            f"{_copy(_NAMED, _NOTED)} WHERE {{ GRAPH ?g {{ ?s a <{_DOCUMENT}> }} }}",
            *_graphs("using-named-graph-uri", 1, 2),
        ),
        _seen(_NAMED),
    ],
    "update_dataset_full": [
        _updated(
            f"{_copy(_FULL, '?s <http://example.org/in> ?in')} WHERE {{ "
            f"{{ GRAPH ?g {{ ?s a <{_DOCUMENT}> }} BIND(?g AS ?in) }} UNION "
            f'{{ ?s a <{_DOCUMENT}> . BIND("default" AS ?in) }} }}',
            *_graphs("using-graph-uri", 1),
            *_graphs("using-named-graph-uri", 2),
        ),
        _asked(
            _true,
            f"""ASK {{
                GRAPH <{_FULL}> {{
                    <{_DATA[1]}> <http://example.org/in> "default" .
                    <{_DATA[2]}> <http://example.org/in> <{_DATA[2]}> .
                }}
                FILTER NOT EXISTS {{ GRAPH <{_FULL}> {{ <{_DATA[3]}> ?p ?o }} }}
            }}""",
        ),
    ],
    "update_post_form": [_posted(_done, "update=CLEAR+ALL")],
    "update_post_direct": [_posted(_done, "CLEAR ALL", UPDATE)],
    "update_base_uri": [
        _updated(
            f"CLEAR GRAPH <{_BASE}> ; INSERT DATA {{ "
            f"GRAPH <{_BASE}> {{ <http://example.org/s> <http://example.org/p> <test> }} }}"
        ),
        _asked(_resolved, f"SELECT ?o {{ GRAPH <{_BASE}> {{ <http://example.org/s> <http://example.org/p> ?o }} }}"),
    ],
    "bad_update_get": [_get(_refused, ("update", "CLEAR ALL"))],
    "bad_multiple_updates": [_posted(_refused, "update=CLEAR%20NAMED&update=CLEAR%20DEFAULT")],
    "bad_update_wrong_media_type": [_posted(_refused, "CLEAR NAMED", "text/plain")],
    "bad_update_missing_form_type": [_posted(_refused, "update=CLEAR%20NAMED", "")],
    "bad_update_non_utf8": [_posted(_refused, "CLEAR NAMED", f"{UPDATE}; charset=UTF-16", "utf-16")],
    "bad_update_syntax": [_posted(_refused, "update=CLEAR%20XYZ")],
    "bad_update_dataset_conflict": [
        Step(
            _refused,
            parameters=(("using-named-graph-uri", "http://example/people"),),
            body=b"""
                PREFIX foaf: <http://xmlns.com/foaf/0.1/>
                WITH <http://example/addresses>
                DELETE { ?person foaf:givenName 'Bill' } INSERT { ?person foaf:givenName 'William' }
                WHERE { ?person foaf:givenName 'Bill' }
            """,
            content_type=UPDATE,
        ),
    ],
}


@pytest.fixture
def documents(service: Target) -> Target:
    """A service with the documents that the queries of the manifest ask for."""
    service.reset(f"DROP ALL ; INSERT DATA {{ {''.join(map(_document, (1, 2, 3)))} }}")
    return service


def test_all_thirty_four_are_here() -> None:
    assert 34 == len(_QUERIES) + len(_UPDATES)


@pytest.mark.parametrize("name", _QUERIES)
def test_query(documents: Target, name: str) -> None:
    for step in _QUERIES[name]:
        step.take(documents)


@pytest.mark.parametrize("name", _UPDATES)
def test_update(target: Target, name: str) -> None:
    for step in _UPDATES[name]:
        step.take(target)
