"""`/health`, and that a new snapshot is served without a restart."""

from flask.testing import FlaskClient

from levier.graph import Snapshots
from levier.settings import Settings

from .conftest import fill, serving


def test_health_names_the_snapshot(client: FlaskClient, settings: Settings) -> None:
    health = client.get("/health").get_json()

    assert ("ok", Snapshots(settings.store).require().version) == (health["status"], health["snapshot"])


def test_health_of_nothing_is_not_ok(empty_client: FlaskClient) -> None:
    response = empty_client.get("/health")

    assert (503, "snapshot-missing") == (response.status_code, response.get_json(force=True)["code"])


def test_a_problem_names_no_path_of_the_server(empty_client: FlaskClient, tmp_path: object) -> None:
    assert str(tmp_path) not in empty_client.get("/health").text


def test_a_new_snapshot_is_served_at_once(settings: Settings) -> None:
    store = settings.store.with_name("changing")
    versions = []
    with serving(Settings(store=store)) as app:
        client = app.test_client()
        for triples in (0, 1):
            with Snapshots(store).new() as draft:
                if triples:
                    fill(draft)
            versions.append(client.get("/health").get_json()["snapshot"])
            statements = client.get("/sparql?query=ASK{?s+?p+?o}&format=csv")

            assert (b"true" if triples else b"false") == statements.data
            assert versions[-1] in statements.headers["ETag"]

    assert 2 == len(set(versions))
