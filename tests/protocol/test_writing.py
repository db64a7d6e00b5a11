"""Writing: for who knows the token, whole or not at all, and nowhere else."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from tests import serving
from tests.protocol.conftest import FORM, TOKEN, TURTLE, UPDATE, Target
from tests.serving import Server

_TRIPLE = "<http://example.org/s> <http://example.org/p> 1"
_INSERT = f"INSERT DATA {{ GRAPH <http://example.org/w> {{ {_TRIPLE} }} }}".encode()
_BODY = f"{_TRIPLE} .".encode()
_GRAPH = "/graphs?graph=http%3A%2F%2Fexample.org%2Fw"

_WRITES = {
    "update": ("POST", "/update", _INSERT, UPDATE),
    "update at the address of queries": ("POST", "/sparql", _INSERT, UPDATE),
    "update in a form": ("POST", "/sparql", urlencode({"update": _INSERT}).encode(), FORM),
    "PUT": ("PUT", _GRAPH, _BODY, TURTLE),
    "PUT direct": ("PUT", "/graphs/w", _BODY, TURTLE),
    "POST": ("POST", _GRAPH, _BODY, TURTLE),
    "POST a new graph": ("POST", "/graphs", _BODY, TURTLE),
    "DELETE": ("DELETE", _GRAPH, None, ""),
    "DELETE the default graph": ("DELETE", "/graphs?default", None, ""),
}
_NOT_KNOWN = {
    "none": "",
    "wrong": "Bearer something-else-than-the-token",
    "the start of it": f"Bearer {TOKEN[:-1]}",
    "more than it": f"Bearer {TOKEN}x",
    "empty": "Bearer ",
    "no scheme": TOKEN,
    "another scheme": f"Basic {TOKEN}",
    "beyond ASCII": "Bearer t\xf6ken",
}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service that is not writable, though it has a token."""
    store = tmp_path_factory.mktemp("reader")
    serving.write(store, "One")
    server = serving.start(store, token=TOKEN)
    yield server
    server.close()


@pytest.mark.parametrize("write", _WRITES)
@pytest.mark.parametrize("known", ["none", "wrong"])
def test_every_write_needs_the_token(service: Target, write: str, known: str) -> None:
    method, path, body, content_type = _WRITES[write]
    headers = {"Content-Type": content_type} if content_type else {}
    if _NOT_KNOWN[known]:
        headers["Authorization"] = _NOT_KNOWN[known]
    answer = service.server.send(method, path, body, headers)

    assert (401, "token-needed") == answer.problem
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert not service.truth("GRAPH <http://example.org/w> { ?s ?p ?o }")


@pytest.mark.parametrize("known", _NOT_KNOWN)
def test_only_the_token_itself_will_do(service: Target, known: str) -> None:
    headers = {"Content-Type": UPDATE} | ({"Authorization": _NOT_KNOWN[known]} if _NOT_KNOWN[known] else {})
    answer = service.server.send("POST", "/update", _INSERT, headers)

    assert (401, "token-needed") == answer.problem


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(target: Target, scheme: str) -> None:
    answer = target.server.send(
        "POST", "/update", _INSERT, {"Content-Type": UPDATE, "Authorization": f"{scheme} {TOKEN}"}
    )

    assert 204 == answer.status
    assert target.truth("GRAPH <http://example.org/w> { ?s ?p 1 }")


@pytest.mark.parametrize("write", _WRITES)
@pytest.mark.parametrize("token", ["", TOKEN])
def test_a_service_that_reads_only_takes_no_write(reader: Server, write: str, token: str) -> None:
    method, path, body, content_type = _WRITES[write]
    headers = {"Content-Type": content_type} if content_type else {}
    answer = reader.send(method, path, body, headers | ({"Authorization": f"Bearer {token}"} if token else {}))

    assert (403, "read-only") == answer.problem


def _post(target: Target, update: str, content_type: str = UPDATE, parameters: str = "") -> tuple[int, str]:
    return target.send("POST", "/update" + parameters, update.encode(), {"Content-Type": content_type}).problem


@pytest.mark.parametrize(
    "update",
    ["LOAD <http://127.0.0.1:9/x>", "LOAD SILENT <http://127.0.0.1:9/x> INTO GRAPH <http://example.org/w>",
     "CLEAR ALL ; load <file:///etc/hostname>",
     "INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
     "INSERT { ?s ?p ?o } WHERE { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }"],
)  # fmt: skip
def test_nothing_is_fetched(service: Target, update: str) -> None:
    service.update(_INSERT.decode())

    assert (403, "query-rejected") == _post(service, update)
    assert service.truth("GRAPH <http://example.org/w> { ?s ?p 1 }")


@pytest.mark.parametrize(
    ("update", "using"),
    [
        ("INSERT { ?s ?p ?o } USING <http://example.org/a> WHERE { ?s ?p ?o }", "using-graph-uri"),
        ("INSERT { ?s ?p ?o } USING NAMED <http://example.org/a> WHERE { ?s ?p ?o }", "using-graph-uri"),
        ("WITH <http://example.org/a> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "using-named-graph-uri"),
        ("CLEAR DEFAULT ; WITH <http://example.org/a> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "using-graph-uri"),
    ],
)
def test_the_graphs_of_an_update_are_named_in_one_place(service: Target, update: str, using: str) -> None:
    assert (400, "using-conflict") == _post(service, update, parameters=f"?{using}=http%3A%2F%2Fexample.org%2Fb")


@pytest.mark.parametrize(
    ("update", "content_type", "problem"),
    [
        ("CLEAR XYZ", UPDATE, (400, "query-syntax")),
        ("ASK {}", UPDATE, (400, "query-syntax")),
        ("update=CLEAR+XYZ", FORM, (400, "query-syntax")),
        ("update=CLEAR+DEFAULT&update=CLEAR+NAMED", FORM, (400, "one-query")),
        ("using-graph-uri=http%3A%2F%2Fe%2F", FORM, (400, "one-query")),
        ("CLEAR DEFAULT", "text/plain", (415, "unsupported-media-type")),
        ("CLEAR DEFAULT", "", (415, "unsupported-media-type")),
        ("ASK {}", "application/sparql-query", (415, "unsupported-media-type")),
        ("CLEAR DEFAULT", f"{UPDATE}; charset=UTF-16", (415, "unsupported-media-type")),
    ],
)
def test_what_is_wrong_with_an_update_is_told(
    service: Target, update: str, content_type: str, problem: tuple[int, str]
) -> None:
    assert problem == _post(service, update, content_type)


def test_an_update_in_another_encoding_is_told(service: Target) -> None:
    answer = service.send("POST", "/update", "# é\nCLEAR DEFAULT".encode("latin-1"), {"Content-Type": UPDATE})

    assert (400, "not-utf-8") == answer.problem


def test_a_relative_graph_is_no_graph_to_use(service: Target) -> None:
    assert (400, "bad-graph-iri") == _post(service, "CLEAR DEFAULT", parameters="?using-graph-uri=a")


def test_an_update_is_never_made_by_get(service: Target) -> None:
    asked = service.send("GET", "/sparql?update=CLEAR%20ALL")
    updated = service.send("GET", "/update?update=CLEAR%20ALL")

    assert (400, "update-by-get") == asked.problem
    assert updated.status in {400, 405}


def test_the_steps_of_an_update_build_on_each_other(target: Target) -> None:
    target.update("""
        PREFIX ex: <http://example.org/>
        INSERT DATA { GRAPH ex:a { ex:s ex:p 1 , 2 , 3 } } ;
        DELETE DATA { GRAPH ex:a { ex:s ex:p 1 } } ;
        DELETE WHERE { GRAPH ex:a { ex:s ex:p 2 } } ;
        COPY ex:a TO ex:b ; MOVE ex:b TO ex:c ; ADD ex:a TO ex:d ;
        INSERT { GRAPH ex:d { ?s ex:q ?o } } WHERE { GRAPH ex:c { ?s ex:p ?o } } ;
        CREATE GRAPH ex:e ; DROP GRAPH ex:e ; CLEAR GRAPH ex:a
    """)
    rows = target.query("SELECT ?g ?p ?o { GRAPH ?g { <http://example.org/s> ?p ?o } } ORDER BY ?g ?p", format="csv")
    expected = [f"http://example.org/{row}" for row in ("c,http://example.org/p,3", "d,http://example.org/p,3",
                                                        "d,http://example.org/q,3")]  # fmt: skip

    assert expected == rows.text.split()[1:]


def test_each_step_of_an_update_may_have_its_own_names(target: Target) -> None:
    target.update("""
        PREFIX one: <http://example.org/>
        INSERT DATA { GRAPH one:w { one:s one:p "a ; # in a string" } } ;  # a comment ; in the middle
        BASE <http://base.example/> PREFIX two: <http://example.org/>
        INSERT DATA { GRAPH two:w { two:s two:q <x> } } ;
    """)

    assert target.truth("GRAPH <http://example.org/w> { ?s <http://example.org/p> 'a ; # in a string' }")
    assert target.truth("GRAPH <http://example.org/w> { ?s <http://example.org/q> <http://base.example/x> }")


def test_a_graph_that_is_not_there_is_cleared_all_the_same(target: Target) -> None:
    target.update("CLEAR GRAPH <http://example.org/none> ; DROP SILENT GRAPH <http://example.org/none>")


@pytest.mark.parametrize("clear", ["DROP ALL", "CLEAR ALL", "DROP NAMED", "CLEAR NAMED"])
def test_all_graphs_are_emptied(target: Target, clear: str) -> None:
    target.update(_INSERT.decode())
    target.update(clear)

    assert not target.truth("GRAPH <http://example.org/w> { ?s ?p ?o }")


def test_of_an_update_that_fails_nothing_is_done(embedded: Target) -> None:
    update = _INSERT.decode().replace("example.org/w", "example.org/half")
    answer = embedded.send(
        "POST", "/update", f"{update} ; CREATE GRAPH <http://example.org/a>".encode(), {"Content-Type": UPDATE}
    )

    assert 400 <= answer.status < 500, answer.body
    assert not embedded.truth("GRAPH <http://example.org/half> { ?s ?p ?o }")
