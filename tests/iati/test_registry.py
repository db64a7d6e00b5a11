"""The registry: what a dataset and a publisher are, in both APIs, and the list of Belgian datasets."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.iati.site import JSON, Reply, Site, serving

from levier.errors import BadInput
from levier.iati.fetching.registry import Dataset, Registry, belgian_datasets, looked_up, registry, with_fallback
from levier.iati.fetching.retries import Retries
from levier.iati.fetching.transport import Transport


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def transport() -> Iterator[Transport]:
    with closing(Transport(5)) as transport:
        yield transport


@pytest.fixture
def dashboard(site: Site, transport: Transport) -> Registry:
    site.registers("be-dgd", {"be-dgd-1": "https://example.org/1.xml", "be-dgd-2": "https://example.org/2.xml"})
    site.registers("enabel", {"enabel-rw": "https://example.org/rw.xml"})
    return registry(site.registry, transport, Retries(0, lambda _: None))


@pytest.fixture
def ckan(site: Site, transport: Transport) -> Registry:
    def put(action: str, result: object) -> None:
        body = json.dumps({"help": "", "success": True, "result": result}).encode()
        site.put(f"/ckan/api/3/action/{action}", Reply(body, headers=JSON))

    package = {
        "name": "be-dgd-1",
        "organization": {"name": "be-dgd"},
        "resources": [{"url": "https://example.org/1.xml"}, {"url": "https://example.org/about.pdf"}],
    }
    put("package_list", ["be-dgd-1", "enabel-rw"])
    put("organization_list", ["be-dgd", "enabel"])
    put("package_show", package)
    put("package_search", {"count": 1, "results": [package]})
    return registry(f"{site.address}/ckan/api/3/action/", transport, Retries(0, lambda _: None))


KINDS = pytest.mark.parametrize("kind", ["dashboard", "ckan"])
FIRST = Dataset("be-dgd-1", "be-dgd", ("https://example.org/1.xml",))


@KINDS
def test_a_dataset_has_a_publisher_and_an_address(kind: str, request: pytest.FixtureRequest) -> None:
    source: Registry = request.getfixturevalue(kind)

    assert source.dataset("be-dgd-1") == FIRST


@KINDS
def test_a_name_that_the_registry_does_not_have_is_no_dataset_and_the_nearest_are_named(
    kind: str, request: pytest.FixtureRequest
) -> None:
    source: Registry = request.getfixturevalue(kind)

    assert (source.dataset("be-dgd1"), source.dataset("../../x")) == (None, None)
    assert source.near_dataset("BE-dgd1")[0] == "be-dgd-1"


@KINDS
def test_a_publisher_that_the_registry_does_not_have_is_told_from_one_without_datasets(
    kind: str, request: pytest.FixtureRequest
) -> None:
    source: Registry = request.getfixturevalue(kind)

    assert source.published_by("be-dgdd") is None
    assert source.near_publisher("be-dgdd")[0] == "be-dgd"


def test_the_datasets_of_a_publisher_are_read_page_by_page(
    dashboard: Registry, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("levier.iati.fetching.registry._PAGE", 1)
    found = dashboard.published_by("be-dgd")
    pages = [path for path in site.paths if "page=" in path]

    assert [one.name for one in found or []] == ["be-dgd-1", "be-dgd-2"]
    assert len(pages) == 2


def test_a_registry_that_passes_over_the_filter_does_not_give_others_datasets(
    dashboard: Registry, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = site.listed("datasets", {"page_size": "10"})
    monkeypatch.setattr(site, "listed", lambda *_: every)

    assert [one.name for one in dashboard.published_by("enabel") or []] == ["enabel-rw"]


def test_the_packages_of_a_publisher_are_read_from_ckan(ckan: Registry, site: Site) -> None:
    assert ckan.published_by("be-dgd") == [FIRST]


def test_a_registry_that_fails_for_a_moment_is_asked_again(site: Site, transport: Transport) -> None:
    waits: list[float] = []
    site.registers("be-dgd", {"be-dgd-1": "https://example.org/1.xml"})
    (whole,) = site._replies["/api/datasets/be-dgd-1/"]
    site.put("/api/datasets/be-dgd-1/", Reply(b"", 503), Reply(b"", 500), whole)

    assert registry(site.registry, transport, Retries(2, waits.append)).dataset("be-dgd-1") == FIRST
    assert waits == [1.0, 2.0]


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b"<html>", 200, r"/api/datasets/x/: the answer is not that of an IATI registry\."),
        (b'{"detail": "moved"}', 200, r"/api/datasets/x/: the answer is not that of an IATI registry\."),
        (
            b"",
            500,
            r"/api/datasets/x/: the registry cannot be asked \(the server answers 500 Internal Server Error\)\.",
        ),
    ],
)
def test_what_is_no_registry_is_said(site: Site, transport: Transport, body: bytes, status: int, sentence: str) -> None:
    site.put("/api/datasets/x/", Reply(body, status))

    with pytest.raises(BadInput, match=sentence):
        registry(site.registry, transport, Retries(0, lambda _: None)).dataset("x")


def test_a_registry_that_is_no_http_address_is_refused(transport: Transport) -> None:
    with pytest.raises(BadInput, match=r"^file:///etc: the registry's address is to be an http\(s\) address\.$"):
        registry("file:///etc", transport, Retries(0, lambda _: None))


def test_names_are_looked_up_some_at_once_and_given_in_their_order(dashboard: Registry) -> None:
    names = ["enabel-rw", "gone", "be-dgd-2", "be-dgd-1"]
    found = dict(looked_up(dashboard, names, at_once=3))

    assert list(found) == names
    assert [name for name, dataset in found.items() if dataset is None] == ["gone"]


def test_the_listed_address_of_a_dataset_comes_after_the_registry_s() -> None:
    listed = Dataset("be-dgd-1", "be-dgd", ("http://example.org/old.xml",))
    found = Dataset("be-dgd-1", "dgd", ("https://example.org/1.xml",))

    assert with_fallback(None, listed) == listed
    assert with_fallback(found, listed) == Dataset(
        "be-dgd-1", "dgd", ("https://example.org/1.xml", "http://example.org/old.xml")
    )
    assert with_fallback(listed, listed) == listed


def test_the_list_of_belgian_datasets_is_well_formed() -> None:
    listed = belgian_datasets()

    assert [one.name for one in listed] == sorted({one.name for one in listed})
    assert {one.addresses[0].partition("://")[0] for one in listed} <= {"http", "https"}


def test_the_list_of_belgian_datasets_is_that_of_the_registry(shared: Path) -> None:
    facts = json.loads((shared / "corpus" / "belgian-datasets-2026-08.json").read_text(encoding="utf-8"))
    expected = Counter((fact["dataset"], fact["pub"], (fact["url"],)) for fact in facts)

    assert expected == Counter((one.name, one.publisher, one.addresses) for one in belgian_datasets())
