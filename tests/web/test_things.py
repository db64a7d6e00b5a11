"""`/id/…`: redirection by negotiation, data, and pages that are bounded and safe."""

import re

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from levier.terms import BASE, ID

from .conftest import ACTIVITY

NOTE = "/id/note/migration"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "extension"),
    [
        (BROWSER, "html"),
        ("*/*", "ttl"),
        ("text/turtle", "ttl"),
        ("application/ld+json", "jsonld"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "rdf"),
        ("text/html;q=0.3, application/rdf+xml;q=0.7", "rdf"),
    ],
)
def test_a_thing_redirects_to_what_the_client_reads(client: FlaskClient, accept: str, extension: str) -> None:
    response = client.get(NOTE, headers={"Accept": accept})

    assert (303, f"{NOTE}.{extension}", "Accept") == (response.status_code, response.location, response.headers["Vary"])


def test_a_thing_that_no_form_fits_is_not_acceptable(client: FlaskClient) -> None:
    assert client.get(NOTE, headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize(
    ("extension", "form", "media_type"),
    [
        ("ttl", ox.RdfFormat.TURTLE, "text/turtle"),
        ("nt", ox.RdfFormat.N_TRIPLES, "application/n-triples"),
        ("jsonld", ox.RdfFormat.JSON_LD, "application/ld+json"),
        ("rdf", ox.RdfFormat.RDF_XML, "application/rdf+xml"),
    ],
)
def test_data_has_the_thing_and_its_parts(
    client: FlaskClient, extension: str, form: ox.RdfFormat, media_type: str
) -> None:
    response = client.get(f"{ACTIVITY}.{extension}")
    subjects = {quad.subject.value.removeprefix(BASE) for quad in ox.parse(response.data, format=form)}
    parts = {f"{ACTIVITY[1:]}{part}" for part in ("", "/transaction/1", "/document-link/1")}

    assert (media_type, {*parts, "id/common/sample/sector/0f"}) == (response.mimetype, subjects)


@pytest.mark.parametrize(
    "path",
    [
        ACTIVITY,
        "/id/activity/BE-1/BE-1-a%2fb%20%c3%a9",
        "/id/activity/BE-1/BE-1-a%2Fb%20é",
        "/id/activity/BE%2D1/BE-1-a%2Fb%20%C3%A9",
    ],
)
def test_an_identifier_is_found_however_it_is_escaped(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers={"Accept": BROWSER})

    assert (303, f"{ACTIVITY}.html") == (response.status_code, response.location)


@pytest.mark.parametrize(
    "path", ["/id/note/none", "/id/note/none.ttl", "/id/note/migration.pdf", "/id/a b<c>", "/id/.ttl"]
)
def test_what_the_graph_does_not_know_is_not_found(client: FlaskClient, path: str) -> None:
    response = client.get(path)

    assert (404, "unknown-thing") == (response.status_code, response.get_json(force=True)["code"])


def test_data_is_tagged_and_not_sent_twice(client: FlaskClient) -> None:
    tag = client.get(f"{NOTE}.ttl").headers["ETag"]

    assert client.get(f"{NOTE}.ttl", headers={"If-None-Match": tag}).status_code == 304


def test_a_page_names_the_thing_its_kind_and_its_words(client: FlaskClient) -> None:
    page = client.get(f"{NOTE}.html").text

    assert "<h1>Migration as a lever</h1>" in page
    assert '<span lang="fr">La migration comme levier</span>' in page
    assert ">strategy note</a>" in page
    assert ">note/migration</small>" in page


def test_a_page_shows_what_points_to_the_thing(client: FlaskClient) -> None:
    page = client.get("/id/note/migration/objective/3.html").text

    assert f'href="{ACTIVITY}"' in page
    assert ">contributes to</a>" in page


def test_a_page_shows_the_facts_of_a_part_without_a_name(client: FlaskClient) -> None:
    page = client.get(f"{ACTIVITY}.html").text

    assert re.search(r">transaction 1</a>.*<small>value</small> <span>12\.5</span>", page, re.DOTALL)


def test_a_page_shows_the_facts_of_what_activities_have_in_common(client: FlaskClient) -> None:
    page = client.get(f"{ACTIVITY}.html").text

    assert re.search(r"/id/common/sample/sector/0f.*>Saúde</a>.*<span>40\.5</span>", page, re.DOTALL)


def test_a_page_is_bounded(client: FlaskClient) -> None:
    """The activity has three transactions, and the page shows two values of a property (`page_rows`)."""
    page = client.get(f"{ACTIVITY}.html").text

    assert page.count("/transaction/") == 2
    assert "and 1 more, which the data below has." in page


def test_an_example_is_marked_as_no_fact(client: FlaskClient) -> None:
    assert "example, no fact" in client.get("/id/round/2024.html").text
    assert "example, no fact" not in client.get(f"{NOTE}.html").text


def test_no_text_of_the_data_becomes_markup(client: FlaskClient) -> None:
    page = client.get(f"{ACTIVITY}.html").text

    assert "<script>alert" not in page
    assert "<h1>&lt;script&gt;alert(&#39;title&#39;)&lt;/script&gt;</h1>" in page


@pytest.mark.parametrize("path", [f"{NOTE}.html", f"{ACTIVITY}/document-link/1.html", f"{ACTIVITY}.html"])
def test_only_addresses_of_the_web_become_links(client: FlaskClient, path: str) -> None:
    addresses = re.findall(r'href="([^"]*)"', client.get(path).text)

    assert any(address.startswith("https://example.org/") for address in addresses)
    assert all(address.startswith(("/", "#", "http://", "https://")) for address in addresses)


def test_a_page_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    response = client.get(f"{NOTE}.html")
    loaded = re.findall(r'(?:src|rel="stylesheet" href)="([^"]*)"', response.text)

    assert loaded
    assert all(address.startswith("/static/") for address in loaded)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_every_link_to_a_thing_of_ours_leads_somewhere(client: FlaskClient) -> None:
    page = client.get("/id/note/migration/objective/3.html").text
    ours = [address for address in re.findall(r'href="(/id/[^"]*)"', page) if not address.endswith("/note/migration")]

    assert ID.endswith("/id/")
    assert {200, 303} >= {client.get(address).status_code for address in ours}
