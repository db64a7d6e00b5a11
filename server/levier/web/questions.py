"""`/questions`: the library as REST, and as pages with a form; openapi.py describes it to programs."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for

from levier.errors import BadParameter
from levier.questions import LANGUAGES, Choice, Parameter, Question, choices, find, questions, search
from levier.questions.parameters import PARSED
from levier.terms import ID
from levier.web.negotiation import Form, negotiate, prefers_html
from levier.web.replying import Asked, Reply, reply
from levier.web.service import fingerprint, observe, service, tagged

blueprint = Blueprint("questions", __name__)

LIST_FORMS: Final[tuple[Form[str], ...]] = (Form("application/json", "plain", ("json",)),)
ANSWER_FORMS: Final[tuple[Form[str], ...]] = (
    *LIST_FORMS,
    Form("text/csv", "csv", ("csv",)),
    Form("text/tab-separated-values", "tsv", ("tsv",)),
    Form("application/sparql-results+json", "json", ("srj",)),
)
"""The forms of an answer, the first by default."""
OUR_OWN: Final = ("format", "language", "limit", "offset")
"""What stands in an address beside the parameters of the question."""
_ON_A_PAGE: Final = 200
"""Rows of a page where none are asked for."""


@cache
def library() -> tuple[Question, ...]:
    """Give the questions; they are part of the program and do not change while it runs."""
    return questions()


@blueprint.route("/questions")
def index() -> Response:
    """List the questions: all, those of a `theme`, or those that have the words of `search`."""
    language = _language()
    words, theme = request.args.get("search", ""), request.args.get("theme", "")
    found = [one for one in (search(library(), words) if words.strip() else library()) if theme in {"", one.theme}]
    if prefers_html(request, LIST_FORMS):
        page = render_template("questions.html", questions=found, words=words, theme=theme, language=language)
        return _varied(tagged(Response(page), "html"))
    negotiate(request, LIST_FORMS)
    body = json.dumps({"questions": [_described(question, language) for question in found]}, ensure_ascii=False)
    return _varied(tagged(Response(body, content_type="application/json"), "json"))


@blueprint.route("/questions/<name>")
def question(name: str) -> Response:
    """Answer a question."""
    asked_for = next((one for one in library() if one.name == name), None) or find(name)
    if prefers_html(request, ANSWER_FORMS):
        return _page(asked_for)
    form = negotiate(request, ANSWER_FORMS)
    asked = _asked(asked_for, form.value)
    found = _ask(asked)
    response = Response(found.body, content_type=form.content_type)
    _link(response, asked, found.total)
    if not found.total:
        response.headers.add("Link", f'<{_address(asked, format="json")}>; rel="describedby"; type="application/json"')
    return _varied(tagged(response, form.names[0]))


def _page(asked_for: Question) -> Response:
    asked = _asked(asked_for, "html")
    asked = replace(asked, limit=asked.limit or _ON_A_PAGE)
    found = _ask(asked)
    language = asked.language
    page = render_template(
        "question.html",
        question=asked_for,
        language=language,
        asked=asked,
        reply=found,
        columns=[column for column in asked_for.columns if column.type != "key"],
        inputs=[(p, allowed(p, language), asked.given.get(p.name, "")) for p in asked_for.parameters],
        forms=[(form.names[0], _address(asked, whole=True, format=form.names[0])) for form in ANSWER_FORMS[:3]],
        steps=dict(_steps(asked, found.total)),
    )
    response = Response(page)
    _link(response, asked, found.total)
    return _varied(tagged(response, "html"))


def _ask(asked: Asked) -> Reply:
    observe(query=fingerprint(asked.name, json.dumps(sorted(asked.given.items()))))
    found = service().run(reply, asked)
    observe(rows=found.total)
    return found


def _asked(asked_for: Question, form: str) -> Asked:
    """Give what the address asks; raises BadParameter for what it cannot mean."""
    for name in request.args:
        if len(request.args.getlist(name)) > 1:
            raise BadParameter(f"{name} is given more than once.")
    given = {name: text for name, text in request.args.items() if name not in OUR_OWN and text.strip()}
    language = _language()
    if any(parameter.name == "language" for parameter in asked_for.parameters):
        given["language"] = request.args.get("language") or language
    limit = _number("limit", 1)
    offset = _number("offset", 0) or 0
    return Asked(asked_for.name, given, language, form, offset, limit, service().settings.max_rows, request.root_path)


def _language() -> str:
    """Give the language of the texts: the one asked for, or that of the service where they are not in it."""
    language = request.args.get("language", "").strip().lower()
    return language if language in LANGUAGES else service().settings.language


def _number(name: str, least: int) -> int | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise BadParameter(f"{name} is {text!r}; it must be a whole number from {least} on.")
    return int(text)


def _described(asked_for: Question, language: str) -> dict[str, Any]:
    return {
        "name": asked_for.name,
        "theme": asked_for.theme,
        "number": asked_for.number,
        "title": asked_for.title(language),
        "askedBy": asked_for.asked_by,
        "parameters": [_parameter(parameter, language) for parameter in asked_for.parameters],
        "columns": [
            {"name": column.name, "type": column.type, "unit": column.unit or None, "description": column.description}
            for column in asked_for.columns
        ],
        "caveats": list(asked_for.caveats[language]),
        "href": url_for("questions.question", name=asked_for.name, _external=True),
    }


def _parameter(parameter: Parameter, language: str) -> dict[str, Any]:
    described = {"name": parameter.name, "type": parameter.type, "default": parameter.default}
    described["description"] = parameter.description
    if parameter.type[0].isupper():
        return described | {"codes": f"{ID}code/{parameter.type}"}
    few = allowed(parameter, language)
    return described | ({"allowed": [choice.key for choice in few]} if few else {})


def allowed(parameter: Parameter, language: str) -> tuple[Choice, ...]:
    """Give what a parameter may be, as the snapshot in use has it; nothing for years and dates."""
    if parameter.type == "language":
        return tuple(Choice(code, "", code) for code in LANGUAGES)
    return () if parameter.type in PARSED else service().once(choices, parameter.type, language)


def _link(response: Response, asked: Asked, total: int) -> None:
    """Say where the other pages are (RFC 8288), and where the service is described."""
    response.headers.add("Link", f'<{url_for("openapi.document")}>; rel="service-desc"; type="application/json"')
    for relation, address in _steps(asked, total):
        response.headers.add("Link", f'<{address}>; rel="{relation}"')


def _steps(asked: Asked, total: int) -> Iterator[tuple[str, str]]:
    if asked.limit is None:
        return
    size, last = asked.limit, max(0, (total - 1) // asked.limit * asked.limit)
    yield "first", _address(asked, offset=0, limit=size)
    if asked.offset > 0:
        yield "prev", _address(asked, offset=max(0, min(asked.offset - size, last)), limit=size)
    if asked.offset + size < total:
        yield "next", _address(asked, offset=asked.offset + size, limit=size)
    yield "last", _address(asked, offset=last, limit=size)


def _address(asked: Asked, *, whole: bool = False, **others: str | int) -> str:
    """Give the address that was asked with something else in its place; `whole` for all of the rows."""
    kept = {name: text for name, text in request.args.items() if text.strip()}
    if whole:
        kept = {name: text for name, text in kept.items() if name not in {"limit", "offset"}}
    pairs = kept | {name: str(value) for name, value in others.items()}
    return url_for("questions.question", name=asked.name) + ("?" + urlencode(pairs) if pairs else "")


def _varied(response: Response) -> Response:
    response.vary.add("Accept")
    return response
