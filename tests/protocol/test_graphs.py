"""The graph store beyond the W3C tests: how a graph is named, what it is sent as, and what is refused."""

from urllib.parse import quote

import pyoxigraph as ox
import pytest
from tests.protocol.conftest import TURTLE, Target

_NAME = "http://example.org/g"
_GRAPH = "/graphs?graph=" + quote(_NAME, safe="")
_TRIPLE = "<http://example.org/s> <http://example.org/p> <http://example.org/o> ."
_OTHER = _TRIPLE.replace("/o>", "/z>")
_BODIES = {
    "text/turtle": "PREFIX ex: <http://example.org/> ex:s ex:p ex:o .",
    "application/n-triples": _TRIPLE,
    "application/n-quads": _TRIPLE,
    "application/trig": f"{{ {_TRIPLE} }}",
    "application/rdf+xml": (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://example.org/">'
        '<rdf:Description rdf:about="http://example.org/s"><ex:p rdf:resource="http://example.org/o"/>'
        "</rdf:Description></rdf:RDF>"
    ),
    "application/ld+json": '{"@id": "http://example.org/s", "http://example.org/p": {"@id": "http://example.org/o"}}',
}


def _triples(target: Target, path: str) -> list[str]:
    answer = target.server.send("GET", path, headers={"Accept": "application/n-triples"})
    assert 200 == answer.status, answer.body
    return sorted(answer.text.splitlines())


def _status(target: Target, method: str, path: str, body: str | None = None, content_type: str = TURTLE) -> int:
    headers = {} if body is None else {"Content-Type": content_type}
    return target.send(method, path, None if body is None else body.encode(), headers).status


@pytest.mark.parametrize("content_type", _BODIES)
def test_a_graph_is_taken_in_every_form(target: Target, content_type: str) -> None:
    assert 201 == _status(target, "PUT", _GRAPH, _BODIES[content_type], content_type)
    assert [_TRIPLE] == _triples(target, _GRAPH)


@pytest.mark.parametrize("bare", ["/graphs", "/graphs/"])
def test_both_addresses_of_the_store_do(target: Target, bare: str) -> None:
    address = f"{bare}?graph={quote(_NAME, safe='')}"

    assert 201 == _status(target, "PUT", address, _TRIPLE)
    assert [_TRIPLE] == _triples(target, address)
    assert 200 == _status(target, "HEAD", address)
    assert 200 == _status(target, "DELETE", address)
    assert 404 == _status(target, "GET", address)


def test_a_graph_is_made_replaced_and_added_to(target: Target) -> None:
    assert 201 == _status(target, "POST", _GRAPH, _TRIPLE)
    assert 200 == _status(target, "POST", _GRAPH, _OTHER)
    assert [_TRIPLE, _OTHER] == _triples(target, _GRAPH)
    assert 204 == _status(target, "PUT", _GRAPH, _OTHER)
    assert [_OTHER] == _triples(target, _GRAPH)


def test_the_default_graph_is_always_there(target: Target) -> None:
    assert [] == _triples(target, "/graphs?default")
    assert 201 == _status(target, "PUT", "/graphs?default", _TRIPLE)
    assert 204 == _status(target, "PUT", "/graphs?default", _TRIPLE)
    assert [_TRIPLE] == _triples(target, "/graphs?default")
    assert 200 == _status(target, "DELETE", "/graphs?default")
    assert [] == _triples(target, "/graphs?default")


def test_a_query_finds_what_was_put_and_a_graph_has_what_was_inserted(target: Target) -> None:
    _status(target, "PUT", _GRAPH, _TRIPLE)
    target.update("INSERT DATA { GRAPH <http://example.org/h> { <http://example.org/s> a <http://example.org/C> } }")

    assert target.truth(f"GRAPH <{_NAME}> {{ {_TRIPLE} }}")
    assert 1 == len(_triples(target, "/graphs?graph=http://example.org/h"))


@pytest.mark.parametrize("path", ["person/1", "a%20b/%C3%A9", "x.y", "deep/er/still"])
def test_the_address_itself_names_a_graph(target: Target, path: str) -> None:
    assert 201 == _status(target, "PUT", f"/graphs/{path}", "<> <http://example.org/p> 1 .")
    (triple,) = ox.parse(target.server.send("GET", f"/graphs/{path}.nt").body, ox.RdfFormat.N_TRIPLES)

    assert isinstance(triple.subject, ox.NamedNode)
    assert f"{target.url}/graphs/{path}" == triple.subject.value or "%20" in path
    assert target.truth(f"GRAPH <{triple.subject.value}> {{ <{triple.subject.value}> ?p 1 }}")
    assert 200 == _status(target, "DELETE", f"/graphs/{path}")


@pytest.mark.parametrize(
    ("extension", "media_type"),
    [
        ("ttl", "text/turtle"),
        ("nt", "application/n-triples"),
        ("nq", "application/n-quads"),
        ("trig", "application/trig"),
        ("rdf", "application/rdf+xml"),
        ("jsonld", "application/ld+json"),
    ],
)
def test_an_extension_chooses_the_form_and_not_the_graph(target: Target, extension: str, media_type: str) -> None:
    _status(target, "PUT", "/graphs/person/1", _TRIPLE)
    answer = target.server.send("GET", f"/graphs/person/1.{extension}")
    indirect = f"/graphs?graph={target.url}/graphs/person/1.{extension}"
    form = ox.RdfFormat.from_extension(extension)

    assert (200, media_type) == (answer.status, answer.media_type)
    assert form is not None
    assert 1 == len(list(ox.parse(answer.body, form)))
    assert [_TRIPLE] == _triples(target, indirect)


def test_a_new_graph_is_at_the_address_that_is_given(target: Target) -> None:
    made = [target.send("POST", bare, _TRIPLE.encode(), {"Content-Type": TURTLE}) for bare in ("/graphs", "/graphs/")]
    places = [answer.headers["Location"] for answer in made]

    assert [201, 201] == [answer.status for answer in made]
    assert 2 == len(set(places))
    assert [[_TRIPLE]] * 2 == [_triples(target, place.removeprefix(target.url)) for place in places]
    assert target.truth(f"GRAPH <{places[0]}> {{ {_TRIPLE} }}")


def _multipart(*files: tuple[str, str]) -> tuple[str, str]:
    parts = "".join(
        f'--cut\r\nContent-Disposition: form-data; name="file"; filename="{number}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n{body}\r\n"
        for number, (content_type, body) in enumerate(files)
    )
    return f"{parts}--cut--\r\n", "multipart/form-data; boundary=cut"


def test_files_in_several_forms_are_merged(target: Target) -> None:
    body, content_type = _multipart((TURTLE, _TRIPLE), ("application/n-triples", _OTHER))

    assert 201 == _status(target, "POST", _GRAPH, body, content_type)
    assert 200 == _status(target, "POST", _GRAPH, body, content_type)
    assert [_TRIPLE, _OTHER] == _triples(target, _GRAPH)


def test_blank_nodes_of_two_files_are_two(target: Target) -> None:
    file = (TURTLE, "_:x <http://example.org/p> 1 .")

    assert 201 == _status(target, "POST", _GRAPH, *_multipart(file, file))
    assert 2 == len(_triples(target, _GRAPH))


def test_of_files_one_of_which_is_broken_none_is_taken(target: Target) -> None:
    body, content_type = _multipart((TURTLE, _TRIPLE), (TURTLE, "<s> <p"))
    answer = target.send("POST", _GRAPH, body.encode(), {"Content-Type": content_type})

    assert (400, "not-rdf") == answer.problem
    assert 404 == _status(target, "GET", _GRAPH)


def test_a_broken_body_changes_nothing(target: Target) -> None:
    _status(target, "PUT", _GRAPH, _TRIPLE)
    answer = target.send("PUT", _GRAPH, f"{_TRIPLE} <s> <p".encode(), {"Content-Type": TURTLE})

    assert (400, "not-rdf") == answer.problem
    assert [_TRIPLE] == _triples(target, _GRAPH)


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/trig", f"<http://example.org/other> {{ {_TRIPLE} }}"),
        ("application/n-quads", f"{_TRIPLE.removesuffix(' .')} <http://example.org/other> ."),
    ],
)
def test_a_body_with_graphs_of_its_own_is_refused(target: Target, method: str, content_type: str, body: str) -> None:
    answer = target.send(method, _GRAPH, body.encode(), {"Content-Type": content_type})

    assert (400, "not-rdf") == answer.problem
    assert not target.truth("GRAPH <http://example.org/other> { ?s ?p ?o }")


@pytest.mark.parametrize(
    "query",
    [
        "graph=person/1",
        "graph=/graphs/person/1",
        "graph=%23x",
        "graph=",
        "graph=http%3A%2F%2Fexample.org%2Fa%20b",
        "graph=http%3A%2F%2Fexample.org%2Fa%3E",
        "graph=http%3A%2F%2Fe%2Fa&graph=http%3A%2F%2Fe%2Fb",
        "graph=http%3A%2F%2Fe%2Fa&default",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_exactly_one_graph_is_named_and_wholly(service: Target, method: str, query: str) -> None:
    body, headers = (_TRIPLE.encode(), {"Content-Type": TURTLE}) if method == "PUT" else (None, {})

    assert (400, "bad-graph-iri") == service.send(method, f"/graphs?{query}", body, headers).problem


@pytest.mark.parametrize("content_type", ["application/pdf", "text/html", "application/sparql-query", ""])
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_what_is_no_form_of_rdf_is_not_taken(service: Target, method: str, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = service.send(method, _GRAPH, _TRIPLE.encode(), headers)

    assert (415, "unsupported-media-type") == answer.problem


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("path", ["/graphs?graph=http%3A%2F%2Fexample.org%2Fnone", "/graphs/none", "/graphs/none.ttl"])
def test_a_graph_that_is_not_there_is_not_found(service: Target, method: str, path: str) -> None:
    assert (404, "unknown-graph") == service.send(method, path).problem
