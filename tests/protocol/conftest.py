"""The service under test: over its own engine, and over Virtuoso."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests import serving
from tests.protocol.virtuoso import virtuoso
from tests.serving import Answer, Server

TOKEN = "known-to-these-tests-only"  # noqa: S105
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
TURTLE = "text/turtle"

LONGEST = 5_000
"""Characters that the service under test takes as a query."""

DATA = """
    INSERT DATA {
        GRAPH <http://example.org/a> {
            <http://example.org/s> <http://example.org/p> 1 , "deux"@fr ; <http://example.org/q> <http://example.org/o>
        }
        GRAPH <http://example.org/b> { <http://example.org/t> <http://example.org/p> 3 }
    }
"""
"""The data of the tests that only read."""


_READING = {"GET", "HEAD", "OPTIONS", "QUERY"}


@dataclass
class Target:
    """A writable service whose token the tests know."""

    server: Server
    engine: str
    holds: str | None = None
    """The updates whose outcome is all that is in it; None where a test has written since."""

    @property
    def url(self) -> str:
        return self.server.url

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Give the answer to a request that says who asks."""
        if method not in _READING:
            self.holds = None
        return self.server.send(method, path, body, {"Authorization": f"Bearer {TOKEN}", **(headers or {})})

    def query(self, query: str, accept: str = "*/*", **more: str) -> Answer:
        """Give the answer to a query by GET; `more` goes into the address."""
        return self.server.send("GET", "/sparql?" + urlencode({"query": query, **more}), headers={"Accept": accept})

    def update(self, update: str) -> None:
        """Run an update; the test fails with what the service said where it is not done."""
        answer = self.send("POST", "/update", update.encode(), {"Content-Type": UPDATE})
        assert answer.status == 204, f"{update}: {answer.status} {answer.body!r}"

    def reset(self, updates: str) -> None:
        """Bring it to what updates make of an empty store, where it is not there yet."""
        if self.holds != updates:
            self.update(updates)
            self.holds = updates

    def truth(self, pattern: str) -> bool:
        """Tell whether there is a solution of a graph pattern."""
        return bool(self.query(f"ASK {{ {pattern} }}", "application/sparql-results+json").json["boolean"])


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty Virtuoso."""
    with virtuoso(tmp_path_factory.mktemp("virtuoso")) as address:
        yield address


def _serving(store: Path, engine: str, *flags: str) -> Iterator[Target]:
    server = serving.start(store, "--writable", "--max-query-length", str(LONGEST), *flags, token=TOKEN)
    try:
        yield Target(server, engine)
    finally:
        server.close()


@pytest.fixture(scope="session")
def over_its_own_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    yield from _serving(tmp_path_factory.mktemp("store"), "embedded")


@pytest.fixture(scope="session")
def over_virtuoso(tmp_path_factory: pytest.TempPathFactory, endpoint: str) -> Iterator[Target]:
    yield from _serving(tmp_path_factory.mktemp("store"), "virtuoso", "--endpoint", endpoint)


@pytest.fixture(params=["embedded", "virtuoso"])
def service(request: pytest.FixtureRequest) -> Target:
    """A service that has whatever the tests before left in it; both are started once in a session."""
    name = "over_its_own_engine" if request.param == "embedded" else "over_virtuoso"
    target: Target = request.getfixturevalue(name)
    return target


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The service over its own engine only, for what a server behind it does not have; it begins with `DATA`."""
    for target in _serving(tmp_path_factory.mktemp("store"), "embedded"):
        target.update(DATA)
        yield target


@pytest.fixture
def target(service: Target) -> Target:
    """A service without a triple."""
    service.reset("DROP ALL")
    return service


@pytest.fixture
def filled(service: Target) -> Target:
    """A service that has `DATA`, for tests that only read."""
    service.reset(f"DROP ALL ; {DATA}")
    return service
