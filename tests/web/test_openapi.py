"""`/openapi.json` is OpenAPI 3.1, and what is answered is what it says."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from levier.questions import Question, questions
from levier.web.problems import CODES


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    return dict(client.get("/openapi.json").get_json())


def test_the_document_validates(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.name)
def test_a_question_is_described_with_its_parameters(document: dict[str, Any], question: Question) -> None:
    parameters = document["paths"][f"/questions/{question.name}"]["get"]["parameters"]
    named = [parameter["name"] for parameter in parameters if "name" in parameter]

    assert [parameter.name for parameter in question.parameters] == named[: len(question.parameters)]
    assert {"format", "language"} <= set(named)
    assert len(named) == len(set(named))


def test_a_choice_of_the_graph_is_described(document: dict[str, Any]) -> None:
    parameters = document["paths"]["/questions/compact-objectives"]["get"]["parameters"]
    language = next(parameter for parameter in parameters if parameter.get("name") == "language")

    assert ["fr", "nl", "en"] == language["schema"]["enum"]


def test_every_code_of_a_problem_is_described(document: dict[str, Any]) -> None:
    assert sorted(CODES) == document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]


@pytest.mark.parametrize("name", [question.name for question in questions()])
def test_an_answer_is_as_it_is_described(client: FlaskClient, document: dict[str, Any], name: str) -> None:
    described = document["paths"][f"/questions/{name}"]["get"]["responses"]["200"]["content"]["application/json"]
    answer = client.get(f"/questions/{name}").get_json()

    assert [] == [error.message for error in Draft202012Validator(described["schema"]).iter_errors(answer)]


def test_the_list_is_as_it_is_described(client: FlaskClient, document: dict[str, Any]) -> None:
    listed = client.get("/questions").get_json()
    validator = Draft202012Validator({"type": "array", "items": document["components"]["schemas"]["Question"]})

    assert [] == [error.message for error in validator.iter_errors(listed["questions"])]
