"""`/openapi.json`: the service as OpenAPI 3.1 describes it, each question of the library as an address of its own."""

import json
from typing import Any, Final

from flask import Blueprint, Response, request

from levier import __version__
from levier.questions import LANGUAGES, Column, Parameter, Question
from levier.web.negotiation import GRAPH_FORMS, RESULT_FORMS
from levier.web.problems import CODES, MEDIA_TYPE
from levier.web.questions import ANSWER_FORMS, allowed, library
from levier.web.service import service, tagged

blueprint = Blueprint("openapi", __name__)

Schema = dict[str, Any]

_JSON_TYPES: Final = {"integer": "integer", "decimal": "number", "boolean": "boolean"}
_PAGING: Final = ("limit", "offset")


@blueprint.route("/openapi.json")
def document() -> Response:
    """Describe the service to programs."""
    language = service().settings.language
    body = {
        "openapi": "3.1.0",
        "info": {
            "title": "Levier",
            "version": __version__,
            "description": "Strategy notes of the Belgian Development Cooperation, and the aid to carry them out",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": request.url_root.rstrip("/")}],
        "paths": {
            "/questions": {"get": _index(language)},
            **{f"/questions/{question.name}": {"get": _answer(question, language)} for question in library()},
            "/sparql": {"get": _sparql()},
            "/health": {"get": _health()},
        },
        "components": {"schemas": {"Problem": _PROBLEM, "Question": _QUESTION}, "parameters": _SHARED},
    }
    text = json.dumps(body, ensure_ascii=False)
    return tagged(Response(text, content_type="application/json"), "openapi")


def _index(language: str) -> Schema:
    themes = sorted({question.theme for question in library()})
    listed = {"type": "object", "required": ["questions"], "properties": {"questions": _list_of("Question")}}
    return {
        "operationId": "questions",
        "summary": "The questions of the library",
        "tags": ["questions"],
        "parameters": [
            _query("search", {"type": "string"}, "Words, or their beginnings, in any of the languages"),
            _query("theme", {"type": "string", "enum": themes}, "The theme"),
            _query("language", {"enum": list(LANGUAGES), "default": language}, "The language of the texts"),
        ],
        "responses": {"200": _ok("The questions", {"application/json": {"schema": listed}}), "default": _FAILED},
    }


def _answer(question: Question, language: str) -> Schema:
    own = [_described(parameter, language) for parameter in question.parameters]
    if all(parameter.name != "language" for parameter in question.parameters):
        own.append(_query("language", {"enum": list(LANGUAGES), "default": language}, "The language of the texts"))
    tables = {form.media_type: {"schema": {"type": "string"}} for form in ANSWER_FORMS[1:3]}
    exact = {ANSWER_FORMS[3].media_type: {"schema": {"type": "object"}}}
    return {
        "operationId": question.name,
        "summary": question.title(language),
        "description": "\n".join(question.caveats[language]),
        "tags": [question.theme],
        "parameters": [
            *own,
            *({"$ref": f"#/components/parameters/{name}"} for name in _PAGING),
            _query("format", {"enum": [form.names[0] for form in ANSWER_FORMS]}, "The form, before Accept"),
        ],
        "responses": {
            "200": _ok("The answer", {"application/json": {"schema": _result(question)}, **tables, **exact}),
            "default": _FAILED,
        },
    }


def _described(parameter: Parameter, language: str) -> Schema:
    schema: Schema = {"type": "string"}
    if parameter.type == "year":
        schema = {"type": "integer", "minimum": 1000, "maximum": 2999}
    elif parameter.type == "date":
        schema = {"type": "string", "format": "date"}
    elif parameter.type[0].islower() and (few := allowed(parameter, language)):
        schema = {"type": "string", "enum": [choice.key for choice in few]}
    if parameter.default != "any" and parameter.default in schema.get("enum", [parameter.default]):
        schema["default"] = parameter.default
    more = f" (a code of the list {parameter.type})" if parameter.type[0].isupper() else ""
    return _query(parameter.name, schema, parameter.description + more)


def _result(question: Question) -> Schema:
    return {
        "type": "object",
        "required": ["name", "title", "parameters", "columns", "rows", "total", "offset", "missing", "caveats"],
        "properties": {
            "name": {"const": question.name},
            "title": {"type": "string"},
            "parameters": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
            "columns": {"type": "array", "items": {"type": "object"}},
            "rows": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": [column.name for column in question.columns],
                    "properties": {column.name: _cell(column) for column in question.columns},
                    "additionalProperties": False,
                },
            },
            "total": {"type": "integer", "description": "Rows in all"},
            "offset": {"type": "integer"},
            "missing": {"type": ["string", "null"], "description": "Where there is no row: what that means"},
            "caveats": {"type": "array", "items": {"type": "string"}},
        },
    }


def _cell(column: Column) -> Schema:
    unit = f" ({column.unit})" if column.unit else ""
    return {"type": [_JSON_TYPES.get(column.type, "string"), "null"], "description": column.description + unit}


def _sparql() -> Schema:
    kinds = [form.media_type for form in RESULT_FORMS] + [form.media_type for form in GRAPH_FORMS]
    forms = {kind: {"schema": {"type": "string"}} for kind in kinds}
    return {
        "operationId": "sparql",
        "summary": "The query operation of the SPARQL 1.1 Protocol",
        "tags": ["sparql"],
        "parameters": [
            _query("query", {"type": "string"}, "A SPARQL 1.1 query; without one, the description of the service"),
            _query("timeout", {"type": "number", "exclusiveMinimum": 0}, "Seconds, where they are to be fewer"),
        ],
        "responses": {"200": _ok("The answer", forms), "default": _FAILED},
    }


def _health() -> Schema:
    return {
        "operationId": "health",
        "summary": "Whether there is something to serve",
        "tags": ["service"],
        "responses": {"200": _ok("There is", {"application/json": {"schema": {"type": "object"}}}), "default": _FAILED},
    }


def _query(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _list_of(name: str) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


def _ok(description: str, content: Schema) -> Schema:
    return {"description": description, "content": content}


_FAILED: Final[Schema] = {
    "description": "What was wrong, with a code that stays (RFC 9457)",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_PROBLEM: Final[Schema] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": sorted(CODES)},
        "detail": {"type": "string"},
        "hint": {"type": "string"},
    },
}
_QUESTION: Final[Schema] = {
    "type": "object",
    "required": ["name", "title", "parameters"],
    "properties": {
        "name": {"type": "string"},
        "theme": {"type": "string"},
        "number": {"type": "integer"},
        "title": {"type": "string"},
        "askedBy": {"type": "string"},
        "parameters": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "type", "default", "description"],
                "properties": {
                    "name": {"type": "string"},
                    "type": {"type": "string"},
                    "default": {"type": "string"},
                    "description": {"type": "string"},
                    "allowed": {"type": "array", "items": {"type": "string"}},
                    "codes": {
                        "type": "string",
                        "format": "uri",
                        "description": "The list of what is allowed",
                    },
                },
            },
        },
        "columns": {"type": "array", "items": {"type": "object"}},
        "caveats": {"type": "array", "items": {"type": "string"}},
        "href": {"type": "string", "format": "uri"},
    },
}
_SHARED: Final[Schema] = {
    "limit": _query("limit", {"type": "integer", "minimum": 1}, "Rows at most; all where it is not given"),
    "offset": _query("offset", {"type": "integer", "minimum": 0, "default": 0}, "Rows to leave out before"),
}
