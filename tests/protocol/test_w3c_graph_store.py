"""The tests of the W3C manifest of the SPARQL 1.1 Graph Store HTTP Protocol, by their names there.

What a test sends and what must come back are those of `sparql/sparql11/http-rdf-update/manifest.ttl` of the W3C test
suite. There a test counts on what those before it left; here each first takes the steps that it needs, and one more
test takes all of them in the order of the manifest. Where the manifest cannot be meant as it is printed, a comment
says what was made of it.
"""

from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
from rdflib import Graph
from rdflib.compare import isomorphic
from tests.protocol.conftest import TURTLE, Target
from tests.serving import Answer

_UTF_8 = f"{TURTLE}; charset=utf-8"
_BOUNDARY = "a6fe4cd636164618814be9f8d3d1a0de"
_NEW = "$NEWPATH$"
"""Stands in a path for the address that the service gave to a new graph."""
_PREFIXES = "@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix v: <http://www.w3.org/2006/vcard/ns#> ."

_JOHN, _JANE = (
    f'{_PREFIXES} <PERSON> a foaf:Person ; foaf:businessCard [ a v:VCard ; v:fn "{name}" ] .'
    for name in ("John Doe", "Jane Doe")
)
_ALICE = f'{_PREFIXES} [] a foaf:Person ; foaf:businessCard [ a v:VCard ; v:given-name "Alice" ] .'
# The manifest leaves out the full stop at the end of these three, without which they are not Turtle.
_NAME, _FAMILY, _GIVEN = (
    f'{_PREFIXES} <PERSON> foaf:{name} "{value}" .'
    for name, value in (("name", "Jane Doe"), ("familyName", "Doe"), ("givenName", "Jane"))
)


@dataclass(frozen=True)
class Step:
    """One request, and what its answer must be."""

    method: str
    path: str
    status: int
    body: str = ""
    content_type: str = _UTF_8
    holds: tuple[str, ...] = ()
    """The graphs in Turtle that the answer must be the sum of."""

    def take(self, target: Target, made: list[str]) -> None:
        """Send it; `made` are the paths of the graphs that the service named, to which one may be added."""
        path = self.path.replace(_NEW, made[-1] if made else "")
        path = path.replace("$STORE$", quote(f"{target.url}/graphs", safe=""))
        headers = {"Accept": TURTLE} if self.method == "GET" else {}
        if self.body:
            headers["Content-Type"] = self.content_type
        body = _read(self.body, target).encode() if self.method in {"PUT", "POST"} else None
        answer = target.send(self.method, path, body, headers)

        assert self.status == answer.status, f"{self.method} {path}: {answer.status} {answer.body!r}"
        self._look(answer, target)
        if "Location" in answer.headers:
            made.append(answer.headers["Location"].removeprefix(target.url))

    def _look(self, answer: Answer, target: Target) -> None:
        if self.method == "HEAD":
            assert b"" == answer.body
        if self.holds:
            expected = Graph().parse(data=_read("\n".join(self.holds), target), format="turtle")

            assert TURTLE == answer.media_type
            assert isomorphic(expected, Graph().parse(data=answer.body, format="turtle")), answer.text


def _read(turtle: str, target: Target) -> str:
    return turtle.replace("<PERSON>", f"<{target.url}/graphs/person/1>")


def _parts(*files: str) -> str:
    parts = "".join(
        f"--{_BOUNDARY}\r\n"
        f'Content-Disposition: form-data; name="{number}.ttl"; filename="{number}.ttl"\r\n'
        f"Content-Type: {_UTF_8}\r\n\r\n{file}\r\n"
        for number, file in enumerate(files)
    )
    return f"{parts}--{_BOUNDARY}--\r\n"


_ONE = "/graphs/person/1.ttl"
_TWO = "/graphs/person/2.ttl"
_PUT_JOHN = Step("PUT", _ONE, 201, _JOHN)
_PUT_JANE = Step("PUT", "/graphs/person/1", 204, _JANE)
_PUT_DEFAULT = Step("PUT", "/graphs?default", 201, _ALICE)
_PUT_TWO = Step("PUT", _TWO, 201, _JOHN)
_DELETE = Step("DELETE", _TWO, 200)
_POST_NAME = Step("POST", _ONE, 200, _NAME)
_POST_PARTS = Step("POST", _ONE, 200, _parts(_FAMILY, _GIVEN), f"multipart/form-data; boundary={_BOUNDARY}")
_POST_NEW = Step("POST", "/graphs", 201, _ALICE)
_POST_NOTHING = Step("POST", _NEW, 200, "# no triple")


@dataclass(frozen=True)
class Case:
    """A test of the manifest: its request, and those that it needs before it."""

    step: Step
    after: tuple[Step, ...] = field(default=())


_JANE_THERE = (_PUT_JOHN, _PUT_JANE)
_CASES = {
    "put__initial_state": Case(_PUT_JOHN),
    # The manifest prints a path as the value of `graph`, which has to be an absolute IRI (§4.2).
    "get_of_put__initial_state": Case(
        Step("GET", "/graphs?graph=$STORE$%2Fperson%2F1.ttl", 200, holds=(_JOHN,)), (_PUT_JOHN,)
    ),
    "put__graph_already_in_store": Case(_PUT_JANE, (_PUT_JOHN,)),
    "get_of_put__graph_already_in_store": Case(Step("GET", "/graphs/person/1", 200, holds=(_JANE,)), _JANE_THERE),
    "put__default_graph": Case(_PUT_DEFAULT),
    "get_of_put__default_graph": Case(Step("GET", "/graphs?default", 200, holds=(_ALICE,)), (_PUT_DEFAULT,)),
    # The manifest sends Turtle as Turtle here; that the body is not what its Content-Type says is in the name only.
    "put__mismatched_payload": Case(Step("PUT", "/graphs?default", 400, _JANE, "application/rdf+xml"), (_PUT_DEFAULT,)),
    # The manifest never makes the graph that it deletes.
    "delete__existing_graph": Case(_DELETE, (_PUT_TWO,)),
    "get_of_delete__existing_graph": Case(Step("GET", _TWO, 404), (_PUT_TWO, _DELETE)),
    "delete__nonexistent_graph": Case(Step("DELETE", _TWO, 404), (_PUT_TWO, _DELETE)),
    "post__existing_graph": Case(_POST_NAME, _JANE_THERE),
    "get_of_post__existing_graph": Case(Step("GET", _ONE, 200, holds=(_JANE, _NAME)), (*_JANE_THERE, _POST_NAME)),
    "post__multipart_formdata": Case(_POST_PARTS, (*_JANE_THERE, _POST_NAME)),
    "get_of_post__multipart_formdata": Case(
        Step("GET", _ONE, 200, holds=(_JANE, _NAME, _FAMILY, _GIVEN)), (*_JANE_THERE, _POST_NAME, _POST_PARTS)
    ),
    "post__create__new_graph": Case(_POST_NEW),
    "get_of_post__create__new_graph": Case(Step("GET", _NEW, 200, holds=(_ALICE,)), (_POST_NEW,)),
    # The manifest has no test of the request that does nothing: a graph without a triple is posted.
    "get_of_post__after_noop": Case(Step("GET", _NEW, 200, holds=(_ALICE,)), (_POST_NEW, _POST_NOTHING)),
    "head_on_an_existing_graph": Case(Step("HEAD", _ONE, 200), (_PUT_JOHN,)),
    "head_on_a_nonexisting_graph": Case(Step("HEAD", "/graphs/person/4.ttl", 404)),
}

_UNPRINTED = {"delete__existing_graph": (_PUT_TWO,), "get_of_post__after_noop": (_POST_NOTHING,)}
"""Steps that tests of the manifest need, and that are in none of it."""


def test_all_nineteen_are_here() -> None:
    assert 19 == len(_CASES)


@pytest.mark.parametrize("name", _CASES)
def test_graph_store(target: Target, name: str) -> None:
    made: list[str] = []
    for step in (*_CASES[name].after, _CASES[name].step):
        step.take(target, made)


def test_the_manifest_from_its_first_test_to_its_last(target: Target) -> None:
    made: list[str] = []
    for name, case in _CASES.items():
        for step in (*_UNPRINTED.get(name, ()), case.step):
            step.take(target, made)

    assert 1 == len(made)
