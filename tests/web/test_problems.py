"""Every error has one shape, a stable code, and no stack trace."""

import logging
from http import HTTPStatus

import pytest
from flask import Flask
from flask.testing import FlaskClient

from levier.errors import BrokenData
from levier.settings import Settings
from levier.web import Problem, create_app, on_the_wire
from levier.web.problems import CODES

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_a_problem_has_the_members_of_rfc_9457(client: FlaskClient) -> None:
    problem = client.get("/nowhere").get_json(force=True)

    assert {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "not-found",
        "detail": "There is nothing at this address.",
        "hint": "The front page lists what is here.",
    } == problem


def test_a_browser_gets_a_page(client: FlaskClient) -> None:
    response = client.get("/nowhere", headers={"Accept": BROWSER})

    assert (404, "text/html") == (response.status_code, response.mimetype)
    assert "<h1>There is nothing at this address.</h1>" in response.text


def test_a_method_that_is_not_taken_names_those_that_are(client: FlaskClient) -> None:
    response = client.put("/sparql")

    assert (405, "method-not-allowed") == (response.status_code, response.get_json(force=True)["code"])
    assert {"GET", "HEAD", "OPTIONS", "POST", "QUERY"} == set(response.headers["Allow"].split(", "))


@pytest.mark.parametrize("fault", [ZeroDivisionError("secret"), BrokenData("/secret/file.ttl:3: not Turtle")])
def test_a_fault_of_ours_tells_strangers_nothing_and_the_log_all(
    settings: Settings, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    app: Flask = create_app(settings)

    @app.route("/fault")
    def fail() -> str:
        raise fault

    with caplog.at_level(logging.ERROR):
        response = app.test_client().get("/fault")

    assert (500, "fault") == (response.status_code, response.get_json(force=True)["code"])
    assert "secret" not in response.text
    assert "secret" in caplog.text


@pytest.mark.parametrize(("code", "status"), CODES.items())
def test_every_code_has_a_status_that_http_knows_as_an_error(code: str, status: int) -> None:
    assert HTTPStatus(status) >= 400
    assert Problem(code, "x").status == status


def test_a_problem_can_be_told_without_a_request() -> None:
    head, _, body = on_the_wire(Problem("address-too-long", "Trop long, désolé.")).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 414 ")
    assert f"Content-Length: {len(body)}".encode() in head
    assert "désolé".encode() in body
