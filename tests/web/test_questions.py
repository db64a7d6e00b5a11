"""`/questions`: the library as REST and as pages."""

import csv
import html
import io
import re
import urllib.parse
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from tests.web.conftest import serving
from werkzeug.test import TestResponse

from levier.build import Plan, build, sample
from levier.iati import sources
from levier.questions import LANGUAGES, questions
from levier.settings import Settings

PLANS = "plans-without-result"
"""A question that the illustrative plan has rows for."""
MONEY = "money-per-objective"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of a service of the bundled sample, with the illustrative plans and rounds."""
    chosen = Settings(store=tmp_path_factory.mktemp("built"))
    build(chosen, Plan(sources([str(sample())]), illustrative=True))
    with serving(chosen) as app:
        yield app.test_client()


def links(response: TestResponse) -> dict[str, str]:
    """Give the addresses of the Link headers by their relations."""
    found = re.findall(r'<([^>]*)>; rel="([a-z-]+)"', ", ".join(response.headers.getlist("Link")))
    return {relation: address for address, relation in found}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_list_has_every_question_with_its_parameters(client: FlaskClient) -> None:
    listed = client.get("/questions").get_json()["questions"]

    assert [question.name for question in questions()] == [one["name"] for one in listed]
    assert all(one["title"] == question.title("en") for one, question in zip(listed, questions(), strict=True))
    assert all({"name", "type", "default", "description"} <= set(p) for one in listed for p in one["parameters"])


def test_the_list_says_what_a_parameter_may_be(built: FlaskClient) -> None:
    listed = {one["name"]: one for one in built.get("/questions").get_json()["questions"]}
    parameters = {p["name"]: p for p in listed[MONEY]["parameters"]}
    country = {p["name"]: p for p in listed["lost-partner-status"]["parameters"]}["country"]

    assert {"H1", "H2", "H3", "H4", "M1", "M2", "M3", "M4", "S"} <= set(parameters["objective"]["allowed"])
    assert "allowed" not in parameters["year"]
    assert "https://w3id.org/levier/id/code/Country" == country["codes"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_speaks_three_languages(client: FlaskClient, language: str) -> None:
    listed = client.get(f"/questions?language={language}").get_json()["questions"]

    assert [question.title(language) for question in questions()] == [one["title"] for one in listed]


@pytest.mark.parametrize("words", ["pays donateur", "ASYLUM refug", "donorland", "DÉPENSÉE"])
def test_the_list_is_searched_by_words(client: FlaskClient, words: str) -> None:
    found = client.get("/questions", query_string={"search": words}).get_json()["questions"]

    assert "in-donor-share" in [one["name"] for one in found]
    assert len(found) < len(questions())


def test_the_list_is_narrowed_by_theme(client: FlaskClient) -> None:
    found = client.get("/questions?theme=covid").get_json()["questions"]

    assert {"covid"} == {one["theme"] for one in found}


def test_the_page_of_the_list_links_to_every_question(client: FlaskClient) -> None:
    page = client.get("/questions", headers={"Accept": "text/html"}).text

    assert all(f'href="/questions/{question.name}"' in page for question in questions())


def test_an_answer_comes_as_json_with_what_it_means(built: FlaskClient) -> None:
    answer = built.get(f"/questions/{MONEY}?objective=M3").get_json()

    assert MONEY == answer["name"]
    assert "https://w3id.org/levier/id/note/migration/objective/3" == answer["parameters"]["objective"]
    assert answer["parameters"]["year"] is None
    assert [column["name"] for column in answer["columns"]] == list(answer["rows"][0])
    assert answer["total"] == len(answer["rows"])
    assert answer["caveats"]


def test_numbers_are_numbers_in_json(built: FlaskClient) -> None:
    rows = built.get(f"/questions/{MONEY}").get_json()["rows"]

    assert all(isinstance(row["year"], int | None) for row in rows)
    assert {float} == {type(row["disbursed"]) for row in rows if row["disbursed"] is not None}


def test_an_answer_is_the_same_in_every_form(built: FlaskClient) -> None:
    plain = built.get(f"/questions/{MONEY}").get_json()["rows"]
    table = rows(built.get(f"/questions/{MONEY}?format=csv").text)
    tabs = built.get(f"/questions/{MONEY}", headers={"Accept": "text/tab-separated-values"}).text.splitlines()
    exact = built.get(f"/questions/{MONEY}?format=srj").get_json()["results"]["bindings"]

    assert len(plain) == len(table) == len(tabs) - 1 == len(exact) > 0
    assert [row["notation"] for row in plain] == [row["notation"] for row in table]
    assert [float(row["disbursed"]) for row in table] == [row["disbursed"] for row in plain]


def test_csv_is_what_the_command_prints_with_the_line_ends_of_the_standard(built: FlaskClient) -> None:
    response = built.get(f"/questions/{PLANS}?format=csv")

    assert "text/csv; charset=utf-8" == response.content_type
    assert response.text.endswith("\r\n")
    assert "\r\n" in response.text.removesuffix("\r\n")


def test_a_browser_gets_a_page_with_form_table_and_caveats(built: FlaskClient) -> None:
    page = html.unescape(built.get(f"/questions/{MONEY}?year=2020", headers={"Accept": "text/html"}).text)

    assert '<option value="M3">M3: ' in page
    assert 'name="year" value="2020"' in page
    assert "format=csv" in page
    assert "<th" in page


def test_the_keys_of_rows_are_links_on_the_page_and_no_columns(built: FlaskClient) -> None:
    page = built.get("/questions/compact-objectives", headers={"Accept": "text/html"}).text

    assert 'href="/id/note/migration/objective/1"' in page
    assert "id/note/migration/objective/1</a>" not in page


def test_a_long_answer_is_read_page_by_page(built: FlaskClient) -> None:
    whole = rows(built.get("/questions/completeness?format=csv").text)
    address: str | None = "/questions/completeness?format=csv&limit=2"
    read = []
    while address:
        response = built.get(address)
        read += rows(response.text)
        address = links(response).get("next")

    assert len(whole) > 2
    assert whole == read


def test_the_links_name_the_first_and_the_last_page(built: FlaskClient) -> None:
    total = built.get("/questions/completeness").get_json()["total"]
    found = links(built.get("/questions/completeness?limit=2&offset=2"))
    offsets = {relation: urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["offset"]
               for relation, address in found.items() if relation != "service-desc"}  # fmt: skip

    assert {"first": ["0"], "prev": ["0"], "last": [str((total - 1) // 2 * 2)]} == {
        relation: offset for relation, offset in offsets.items() if relation != "next"
    }


def test_all_rows_come_at_once_unless_fewer_are_asked_for(built: FlaskClient) -> None:
    response = built.get("/questions/completeness")

    assert {"service-desc"} == set(links(response))
    assert response.get_json()["total"] == len(response.get_json()["rows"])


def test_the_page_is_cut_and_leads_on(built: FlaskClient) -> None:
    page = built.get("/questions/completeness?limit=1", headers={"Accept": "text/html"}).text

    assert 1 == page.count("<tbody>\n<tr>")
    assert 'rel="next"' in page


def test_a_question_without_an_answer_says_what_is_missing(client: FlaskClient) -> None:
    question = next(one for one in questions() if one.name == PLANS)
    answer = client.get(f"/questions/{PLANS}").get_json()
    page = html.unescape(client.get(f"/questions/{PLANS}", headers={"Accept": "text/html"}).text)

    assert ([], question.empty["en"]) == (answer["rows"], answer["missing"])
    assert question.empty["en"] in page


def test_a_table_without_rows_leads_to_what_is_missing(client: FlaskClient) -> None:
    response = client.get(f"/questions/{PLANS}?format=csv")
    leads = links(response)["describedby"]

    assert 1 == len(response.text.splitlines())
    assert client.get(leads).get_json()["missing"]


def test_an_empty_field_of_the_form_is_not_given(built: FlaskClient) -> None:
    assert built.get(f"/questions/{MONEY}?year=&objective=").get_json()["parameters"]["year"] is None


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (f"/questions/{MONEY}?year=21", "a year such as"),
        (f"/questions/{MONEY}?objective=M9", "Allowed"),
        (f"/questions/{MONEY}?color=red", "no parameter 'color'"),
        (f"/questions/{MONEY}?year=2020&year=2021", "more than once"),
        (f"/questions/{MONEY}?limit=0", "limit"),
        (f"/questions/{MONEY}?limit=many", "limit"),
        (f"/questions/{MONEY}?limit=²", "limit"),
        (f"/questions/{MONEY}?offset=-1", "offset"),
        ("/questions/lost-partner-status?country=XX", "code/Country"),
    ],
)
def test_what_cannot_be_meant_is_told(built: FlaskClient, address: str, told: str) -> None:
    problem = built.get(address)

    assert (400, "bad-parameter") == (problem.status_code, problem.get_json(force=True)["code"])
    assert told in problem.get_json(force=True)["detail"] + problem.get_json(force=True).get("hint", "")


@pytest.mark.parametrize(
    "injected",
    [
        "2021 } DELETE WHERE { ?s ?p ?o }",
        "2021 }\nVALUES ?year { 2020",
        '"2021"',
        "UNDEF",
        "<https://w3id.org/levier/id/note/migration>",
        "} #",
    ],
)
def test_nothing_that_is_given_becomes_part_of_a_query(built: FlaskClient, injected: str) -> None:
    problem = built.get(f"/questions/{MONEY}", query_string={"year": injected})

    assert (400, "bad-parameter") == (problem.status_code, problem.get_json(force=True)["code"])


def test_an_unknown_question_suggests_the_nearest(client: FlaskClient) -> None:
    problem = client.get("/questions/money-per-objectiv")

    assert (404, "unknown-question") == (problem.status_code, problem.get_json(force=True)["code"])
    assert MONEY in problem.get_json(force=True)["hint"]


def test_a_form_that_there_is_not_is_told(client: FlaskClient) -> None:
    assert 406 == client.get(f"/questions/{MONEY}?format=pdf").status_code


def test_an_answer_is_of_the_snapshot(built: FlaskClient) -> None:
    response = built.get(f"/questions/{MONEY}")
    again = built.get(f"/questions/{MONEY}", headers={"If-None-Match": response.headers["ETag"]})
    other = built.get(f"/questions/{MONEY}?format=csv")

    assert 304 == again.status_code
    assert response.headers["ETag"] != other.headers["ETag"]
    assert "Accept" in response.headers["Vary"]


def test_an_answer_that_is_too_long_is_refused(settings: Settings) -> None:
    with serving(replace(settings, max_rows=1)) as app:
        problem = app.test_client().get("/questions/note-in-force?date=2026-01-01")

    assert (503, "result-too-long") == (problem.status_code, problem.get_json(force=True)["code"])
