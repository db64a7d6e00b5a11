"""The pages a person reads: what is in the graph, and a place to ask it."""

from dataclasses import dataclass
from time import perf_counter

from flask import Blueprint, Response, render_template, request

from levier.errors import LevierError
from levier.questions import Question, find
from levier.terms import PREFIXES
from levier.web.asking import make_query
from levier.web.description import count_all
from levier.web.overview import look_over
from levier.web.problems import Problem, from_ours
from levier.web.questions import library
from levier.web.service import service, tagged
from levier.web.tables import Table, ask_table

blueprint = Blueprint("pages", __name__)

_FIRST_QUERY = """SELECT ?notation ?label (COUNT(DISTINCT ?activity) AS ?activities)
WHERE {
  ?note a levier:StrategyNote .
  ?element skos:topConceptOf ?note ;
           skos:notation ?notation ;
           skos:prefLabel ?label .
  FILTER(LANG(?label) = "en")
  OPTIONAL { ?activity levier:contributesTo ?element }
}
GROUP BY ?notation ?label
ORDER BY ?notation"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of asking: a table, or the problem that there was."""

    table: Table | None = None
    problem: Problem | None = None
    seconds: float = 0.0


@blueprint.route("/")
def front() -> Response:
    """Say what is in the graph."""
    here = service()
    language = here.settings.language
    page = render_template(
        "front.html",
        overview=here.once(look_over, language),
        triples=here.once(count_all),
        snapshot=here.in_use().snapshot,
        endpoint=here.settings.endpoint,
        questions=library(),
        language=language,
    )
    return tagged(Response(page), "html")


@blueprint.route("/query", methods=["GET", "POST"])
def query() -> Response:
    """Give a text area, the questions as examples, and the table of results of what was asked."""
    question = _question(request.args.get("question", ""))
    text = request.values.get("query") or (_without_header(question.text) if question else "")
    outcome = _ask(text) if text.strip() else Outcome()
    page = render_template(
        "query.html",
        text=text or _FIRST_QUERY,
        question=question,
        outcome=outcome,
        questions=library(),
        prefixes=PREFIXES,
        language=service().settings.language,
    )
    return Response(page, status=outcome.problem.status if outcome.problem else 200)


def _question(name: str) -> Question | None:
    return find(name) if name else None


def _ask(text: str) -> Outcome:
    began = perf_counter()
    try:
        query = make_query(service(), text, service().dataset())
        table = service().run(ask_table, query, request.root_path)
    except Problem as problem:
        return Outcome(problem=problem)
    except LevierError as error:
        return Outcome(problem=from_ours(error))
    return Outcome(table=table, seconds=perf_counter() - began)


def _without_header(text: str) -> str:
    """Give a question's query without the comment lines at its head: the page says what they say."""
    lines = text.splitlines()
    first = next(n for n, line in enumerate(lines) if not line.startswith("#"))
    return "\n".join(lines[first:])
