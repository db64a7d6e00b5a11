"""SERVICE asks the servers that it may ask, within limits, and no other; whatever way it is written."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.querying.listener import LIMIT, Listener, listening

from levier.errors import BadUsage, LevierError, QueryRejected, QuerySyntaxError, ResultTooLong, ServiceFailed
from levier.graph import EmbeddedStore
from levier.graph.guard import service_clauses
from levier.querying.federation import Federation, federated

OK = "http://ok.example/sparql"
CLAUSE = f"SERVICE <{OK}> {{ ?s ?p ?o }}"


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as server:
        yield server


@pytest.fixture(scope="module")
def store() -> EmbeddedStore:
    """A store with five statements, one of them with the object that the listener's row has."""
    raw = ox.Store()
    raw.update('INSERT DATA { GRAPH <http://e/g> { <http://e/1> <http://e/p> "a", "z", 1, 1e5, true } }')
    return EmbeddedStore(raw)


def answered(store: EmbeddedStore, query: str, *allowed: str, timeout: float = 5.0) -> object:
    """Give the truth, or the rows as sorted lists of values."""
    with federated(query, Federation(allowed, timeout, LIMIT)) as text:
        results = store.query(text)
        if isinstance(results, ox.QueryBoolean):
            return bool(results)
        if isinstance(results, ox.QueryTriples):
            return sorted(str(triple) for triple in results)
        names = [variable.value for variable in results.variables]
        return sorted([value.value for name in names if (value := row[name]) is not None] for row in results)


# What is answered


def test_the_answers_of_another_server_are_joined_with_ours(store: EmbeddedStore, listener: Listener) -> None:
    query = f"SELECT ?s ?o {{ ?s <http://e/p> ?o SERVICE <{listener.at('rows')}> {{ ?x ?y ?o }} }}"

    assert [["http://e/1", "a"]] == answered(store, query, listener.at("rows"))
    assert b"SELECT * WHERE { ?x ?y ?o . }" == listener.asked[0][2]


@pytest.mark.parametrize(
    "clause",
    [
        "SERVICE <URL> { ?x ?y ?o }",
        "service silent <URL> { ?x ?y ?o }",
        "SERVICE#SERVICE <http://other.example/>\r<URL>{ ?x ?y ?o }",
        "SERVICESILENT#\n<URL> { ?x ?y ?o }",
        "SERVICE\t<URL> { ?x ?y ?o } FILTER(?o != 'SERVICE <http://other.example/>')",
        "SERVICE <URL> { ?x ?y ?o } ?s ?service ?o",
        "SERVICE <URL> { ?x ?y ?o } OPTIONAL { ?service <http://e/none> service:service }",
        ". ?s ?q 1e5SERVICE <URL> { ?x ?y ?o }",
        ". ?s ?q true . { SERVICE <URL> { ?x ?y ?o } } UNION { SERVICE <URL> { ?x ?y ?o } FILTER(false) }",
    ],
)
def test_however_it_is_written_it_asks_the_server_it_names(
    store: EmbeddedStore, listener: Listener, clause: str
) -> None:
    url = listener.at("rows")
    query = f"PREFIX service: <http://e/> SELECT DISTINCT ?o {{ ?s <http://e/p> ?o {clause.replace('URL', url)} }}"

    assert [["a"]] == answered(store, query, url)
    assert ["/rows"] == [path for path, *_ in listener.asked]


def test_names_may_contain_the_word_beside_a_service(store: EmbeddedStore, listener: Listener) -> None:
    """A name changes its meaning where it is changed in one place only: a prefix, a variable with GROUP BY."""
    query = (
        "PREFIX service: <http://e/> SELECT ?service (COUNT(*) AS ?n) "
        f"{{ ?service service:p ?o SERVICE <{listener.at('rows')}> {{ ?x ?y ?o }} }} GROUP BY ?service"
    )

    assert [["http://e/1", "1"]] == answered(store, query, listener.at("rows"))


def test_a_variable_that_looks_like_the_clause_is_left_alone(store: EmbeddedStore, listener: Listener) -> None:
    query = f"SELECT ?service {{ ?service <http://e/p> ?o SERVICE <{listener.at('rows')}> {{ ?x ?y ?o }} }}"

    assert [["http://e/1"]] == answered(store, query, listener.at("rows"))


def test_a_text_that_looks_like_the_clause_is_left_alone(store: EmbeddedStore, listener: Listener) -> None:
    clause = f"SERVICE <{listener.at('rows')}>"
    query = f"SELECT ?text {{ BIND('{clause}' AS ?text) {clause} {{ ?x ?y ?o }} # {clause}\n}}"

    assert [[clause]] == answered(store, query, listener.at("rows"))


def test_ask_and_construct_are_answered_too(store: EmbeddedStore, listener: Listener) -> None:
    pattern = f"{{ ?s <http://e/p> ?o SERVICE <{listener.at('rows')}> {{ ?x ?y ?o }} }}"

    assert answered(store, "ASK " + pattern, listener.at("rows")) is True
    assert ['<http://e/1> <http://e/q> "a"'] == answered(
        store, "CONSTRUCT { ?s <http://e/q> ?o } " + pattern, listener.at("rows")
    )


def test_each_row_of_an_exists_does_not_ask_again(store: EmbeddedStore, listener: Listener) -> None:
    query = f"SELECT ?o {{ ?s ?p ?o FILTER EXISTS {{ SERVICE <{listener.at('rows')}> {{ ?x ?y ?o }} }} }}"
    answered(store, query, listener.at("rows"))

    assert 1 == len(listener.asked)


def test_our_own_prefixes_need_no_declaration(listener: Listener) -> None:
    query = f"ASK {{ SERVICE <{listener.at('rows')}> {{ ?x a skos:Concept }} }}"

    assert answered(EmbeddedStore.in_memory(), query, listener.at("rows")) is True


# What is passed on as it is


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o }",
        "SELECT ?service { ?service a <http://example.org/SERVICE> }",
        f'SELECT * {{ ?s ?p "{CLAUSE}" }} # {CLAUSE}',
        f"SELECT * {{ ?s ?p '''{CLAUSE}\n'''\n # {CLAUSE}\n}}",
        f"PREFIX x: <http://e/> SELECT * {{ ?s x:service <{OK}> . ?service <{OK}> x:SERVICE }}",
        "PREFIX service: <http://e/> SELECT ?service { ?service service:a service:b.service } GROUP BY ?service",
        "SELECT * { ?s",  # not SPARQL: the engine's to say
    ],
)
def test_a_query_without_a_service_is_the_same_and_has_no_relay(query: str) -> None:
    before = threading.active_count()
    with federated(query, Federation((OK,))) as text:
        assert query == text
        assert before == threading.active_count()


# What is refused


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (f"SELECT * {{ {CLAUSE} SERVICE <http://other.example/> {{ ?s ?p ?o }} }}", "for <http://other.example/>"),
        (f"SELECT * {{ SERVICE <{OK}/> {{ ?s ?p ?o }} }}", f"for <{OK}/>"),
        (f"SELECT * {{ SERVICE <{OK.upper()}> {{ ?s ?p ?o }} }}", "for <HTTP"),
        ("BASE <http://ok.example/> SELECT * { SERVICE <sparql> { ?s ?p ?o } }", "for <sparql>"),
        (f"BASE <{OK}> SELECT * {{ SERVICE <> {{ ?s ?p ?o }} }}", "for <>"),
        ("ASK { SERVICE <file:///etc/hostname> { ?s ?p ?o } }", "for <file:"),
        (f"SELECT * {{ SERVICE <{OK}> {{ SERVICE <http://other.example/> {{ ?s ?p ?o }} }} }}", "for <http://other"),
        (f"SELECT * {{ BIND(<{OK}> AS ?w) SERVICE ?w {{ ?s ?p ?o }} }}", "an IRI in angle brackets"),
        (f"SELECT * {{ {CLAUSE} SERVICE SILENT ?o {{ ?s ?p ?o }} }}", "an IRI in angle brackets"),
        ("PREFIX : <http://ok.example/> SELECT * { SERVICE:sparql { ?s ?p ?o } }", "an IRI in angle brackets"),
        ("PREFIX a: <http://ok.example/> SELECT * { SERVICEa:sparql { ?s ?p ?o } }", "an IRI in angle brackets"),
        ("SELECT * { SERVICE skos:x { ?s ?p ?o } }", "an IRI in angle brackets"),
        (f"SELECT * {{ SERVICE <{OK.replace('k', chr(92) + 'u006B')}> {{ ?s ?p ?o }} }}", "an IRI in angle brackets"),
        (f"SELECT * {{ \\u0053ERVICE <{OK}> {{ ?s ?p ?o }} }}", "its letters escaped"),
        ("LOAD <http://ok.example/sparql>", "LOAD is refused here"),
        ("LOAD <http://ok.example/service>", "LOAD is refused here"),
    ],
)
def test_what_is_not_on_the_list_is_refused_by_name(query: str, reason: str) -> None:
    with (
        pytest.raises(QueryRejected, match=re.escape(reason) + ".*"),
        federated(query, Federation((OK,))),
    ):
        pytest.fail("the query would have been answered")


@pytest.mark.parametrize("query", [f"ASK {{ {CLAUSE} }}", "SELECT * { SERVICE ?x { ?s ?p ?o } }"])
def test_with_an_empty_list_every_service_is_refused(query: str) -> None:
    with pytest.raises(QueryRejected, match="asks no other server"), federated(query, Federation()):
        pytest.fail("the query would have been answered")


def test_a_mistake_beside_a_service_is_shown_where_the_client_made_it() -> None:
    with (
        pytest.raises(QuerySyntaxError, match="line 2, column"),
        federated(f"SELECT * {{ {CLAUSE}\n ?s ?? }}", Federation((OK,))),
    ):
        pytest.fail("the query would have been answered")


@pytest.mark.parametrize(
    "address",
    ["", "ok.example", "ftp://ok.example/", "http://", "http://u:p@ok.example/", OK + "#x", OK + " ", OK + "é"],
)
def test_what_is_no_address_of_a_server_cannot_be_allowed(address: str) -> None:
    with pytest.raises(BadUsage, match="cannot be allowed"):
        Federation((address,))


# What fails


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("redirect", "answers 307, a redirection, and none is followed"),
        ("much", "gives more than 10,000 bytes"),
        ("bomb", "gives more than 10,000 bytes"),
        ("nothing", "gave no whole answer within 1.5 seconds"),
        ("drops", "gave no whole answer within 1.5 seconds"),
        ("error", "answers with the HTTP status 500"),
        ("broken", "gives rows that are broken"),
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        "SELECT * { SERVICE <URL> { ?x ?y ?o } }",
        "ASK { SERVICE <URL> { ?x ?y ?o } }",
        "SELECT * { { ?s ?p ?o } UNION { SERVICE <URL> { ?x ?y ?o } } }",
        "ASK { ?s ?p ?o FILTER EXISTS { SERVICE <URL> { ?x ?y ?o } } }",  # the engine alone says true
    ],
)
def test_a_server_that_fails_is_named_with_the_reason(
    store: EmbeddedStore, listener: Listener, path: str, reason: str, form: str
) -> None:
    url = listener.at(path)
    began = monotonic()
    with pytest.raises(ServiceFailed, match=re.escape(f"SERVICE <{url}> failed: the server {reason}.")):
        answered(store, form.replace("URL", url), url, listener.at("rows"), timeout=1.5)

    assert monotonic() - began < 2
    assert ["/" + path] == [asked for asked, *_ in listener.asked]


@pytest.mark.parametrize("path", ["redirect", "much", "nothing", "error", "page", "broken", "short"])
def test_a_silent_service_that_fails_is_passed_over(store: EmbeddedStore, listener: Listener, path: str) -> None:
    url = listener.at(path)
    query = f"SELECT ?o {{ VALUES ?o {{ 1 }} SERVICE SILENT <{url}> {{ ?x ?y ?z }} }}"

    assert [["1"]] == answered(store, query, url, timeout=1.5)


def test_a_name_that_leads_inside_is_not_asked(
    store: EmbeddedStore, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = socket.getaddrinfo("127.0.0.1", None, type=socket.SOCK_STREAM)
    real = socket.getaddrinfo

    def look_up(host: str, *arguments: Any, **options: Any) -> list[Any]:  # noqa: ANN401  # as in socket
        return inside if host == "inside.example" else real(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    url = listener.at("rows", "inside.example")
    with pytest.raises(ServiceFailed, match="a name that leads to an address which is not public"):
        answered(store, f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}", url)

    assert [] == listener.asked


def test_another_error_of_the_block_is_left_as_it_is(store: EmbeddedStore, listener: Listener) -> None:
    """The client that hangs up, and a limit of ours, are no failure of the other server."""
    url = listener.at("error")

    def fail(raised: Exception) -> None:
        with federated(f"ASK {{ SERVICE <{url}> {{ ?s ?p ?o }} }}", Federation((url,))) as text:
            with pytest.raises(OSError, match="502"):
                store.query(text)
            raise raised

    for raised in (ResultTooLong("too long"), BrokenPipeError()):
        with pytest.raises(type(raised)):
            fail(raised)


def test_the_relay_is_gone_after_the_block(store: EmbeddedStore, listener: Listener) -> None:
    url = listener.at("rows")
    before = {thread for thread in threading.enumerate() if not thread.daemon}
    with federated(f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}", Federation((url,))) as text:
        store.query(text)  # its rows are not read
    left = {thread for thread in threading.enumerate() if not thread.daemon} - before

    assert set() == left
    with pytest.raises(OSError, match="refused"):
        list(store.query(text))  # type: ignore[arg-type]  # a SELECT gives rows


# No text reaches a server that is not on the list


def _wholes(port: int) -> list[str]:
    """Give what a query may be made of: what is on the list (`rows`), what is not, and what looks like either."""
    rows, page = (f"http://127.0.0.1:{port}/{path}" for path in ("rows", "page"))
    good, bad = f"SERVICE <{rows}> {{ ?s ?p ?o }}", f"SERVICE <{page}> {{ ?s ?p ?o }}"
    asking = [
        good,
        good.lower(),
        f"SERVICE SILENT <{rows}> {{}}",
        f"OPTIONAL {{ {good} }}",
        f"FILTER EXISTS {{ {good} }}",
    ]
    quoted = [f"FILTER(?o != {mark}{bad}{mark})" for mark in ("'", '"', "'''", '"""')]
    names = [
        "?service ?SERVICE ?o .",
        f"?s a:service <{page}> .",
        f"?service <{page}> service:x .",
        "?s ?p a:b.SERVICE .",
    ]
    rest = [
        "?s ?p ?o .",
        "?s ?p 1e5 .",
        "?s ?p a:b.SERVICE .",
        "FILTER(?o<?p)",
        "VALUES ?x { 'a' \"b\" }",
        "BIND(1 AS ?x)",
    ]
    return [*asking * 2, *quoted, *names, *rest, f"# {bad}\n", f"#\\u000a{bad}\r", "{ } UNION", "GRAPH ?service { }"]


def _noise(port: int) -> list[str]:
    """Give what deceives a reader, wherever it comes to stand."""
    page = f"<http://127.0.0.1:{port}/page>"
    words = [
        "SERVICE",
        "SERVICE ",
        f"SERVICE {page} {{}}",
        f"SERVICE#>\n{page}{{}}",
        "SERVICE:page {}",
        "SERVICEa:page{}",
    ]
    words += ["SERVICE SILENT ?o {}", "1e5", "true", "a:b.", "a:.", "a:", f"{page}", f"{page} {{}}", "\\u0053ERVICE"]
    return [
        *words,
        *"\"'#\n\r\t \\<>.;,{}()?$@^*",
        '"""',
        "'''",
        "\\u0022",
        "\\uD800",
        "\\q",
        "\x0c",
        "\u2028",
        "silent",
    ]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_text_reaches_a_server_that_is_not_on_the_list(
    store: EmbeddedStore, listener: Listener, data: st.DataObject
) -> None:
    parts = data.draw(st.lists(st.sampled_from(_wholes(listener.server_port)), min_size=1, max_size=5))
    body = " ".join(parts)
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(body)))
        body = body[:place] + data.draw(st.sampled_from(_noise(listener.server_port))) + body[place:]
    form = data.draw(st.sampled_from(["SELECT *", "ASK", "CONSTRUCT { ?s a ?service }"]))
    here = listener.at("")
    query = f"PREFIX a: <{here}> PREFIX SERVICE: <{here}> PREFIX service: <{here}> {form} {{ {body} }}"
    with suppress(LevierError, OSError, RuntimeError):  # refused, or failed: only what was asked counts
        answered(store, query, listener.at("rows"))

    assert {"/rows"} >= {path for path, *_ in listener.asked}


@given(
    before=st.text(st.sampled_from(" \n\r\t#x<>'\""), max_size=6),
    after=st.text(st.sampled_from(" \n\r\t#x<>'\""), max_size=6),
)
def test_what_stands_between_the_word_and_the_address_deceives_nobody(before: str, after: str) -> None:
    """Each clause that is found is one whose address the engine reads in the same place."""
    query = f"SELECT * {{ SERVICE{before}<{OK}>{after}<http://other.example/> {{ ?s ?p ?o }} }}"
    try:
        clauses = service_clauses(query)
    except LevierError:
        return
    for clause in clauses:
        begin, end = clause.place

        assert query[begin - 1 : end + 1] == f"<{clause.address}>"
        with pytest.raises(QuerySyntaxError):  # without it there is no query any more
            service_clauses(query[: begin - 1] + query[end + 1 :])
