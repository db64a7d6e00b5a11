"""The HTTP service: an application factory, a blueprint per area."""

from flask import Flask, Response, request

from levier.querying import Places
from levier.settings import Settings
from levier.web import (
    graphs,
    health,
    metrics,
    openapi,
    pages,
    problems,
    questions,
    sparql,
    things,
    update,
    vocabulary,
    wellknown,
)
from levier.web.cached import Cached
from levier.web.express import Express
from levier.web.headers import ALWAYS, ASK_EACH_TIME
from levier.web.links import href
from levier.web.metrics import EXTENSION, Metrics
from levier.web.observed import Observed
from levier.web.problems import FAULT, Problem, from_ours, on_the_wire
from levier.web.quick import Quick, elsewhere
from levier.web.service import Service

__all__ = [
    "FAULT",
    "Cached",
    "Express",
    "Observed",
    "Problem",
    "Quick",
    "Service",
    "create_app",
    "elsewhere",
    "from_ours",
    "on_the_wire",
]

_AREAS = (sparql, update, graphs, things, vocabulary, pages, questions, openapi, wellknown, health, metrics)
_BYTES_PER_CHARACTER = 12
"""What one character of a query may take in a form: four bytes of UTF-8, each written `%XX`."""
_OTHER_FIELDS = 16_384
"""Bytes left for the graphs and the format beside the query."""
_FIELDS = 1_000
"""Fields that a form may have."""

_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""A page loads nothing from elsewhere, and runs no script that stands in it."""


def create_app(settings: Settings, places: Places | None = None) -> Flask:
    """Make the application that serves the snapshot in use of a store.

    Several processes that share `places` run no more queries at a time, together, than there are.
    """
    app = Flask(__name__)
    app.json.sort_keys = app.json.ensure_ascii = False  # type: ignore[attr-defined]  # the default provider has them
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["href"] = lambda iri: href(iri, request.root_path)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_query_length * _BYTES_PER_CHARACTER + _OTHER_FIELDS
    app.config["MAX_FORM_MEMORY_SIZE"] = app.config["MAX_CONTENT_LENGTH"]
    app.config["MAX_FORM_PARTS"] = _FIELDS
    places = places or Places(settings.max_queries)
    here = app.extensions["levier"] = Service(settings, places)
    app.extensions[EXTENSION] = Metrics.of(here)
    for area in _AREAS:
        app.register_blueprint(area.blueprint)
    problems.register(app)
    app.after_request(_finish)
    return app


def _finish(response: Response) -> Response:
    """Open reading to any origin without credentials, answer 304 where nothing changed, shut pages off from others."""
    headers = response.headers
    for name, value in ALWAYS:
        headers[name] = value
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Headers"] = "Accept, Authorization, Content-Type, If-None-Match"
        headers["Access-Control-Allow-Methods"] = headers.get("Allow", "GET, HEAD, OPTIONS")
        headers["Access-Control-Max-Age"] = "86400"
    if response.mimetype == "text/html":
        headers["Content-Security-Policy"] = _PAGE_POLICY
        headers["Referrer-Policy"] = "no-referrer"
    if "ETag" in headers and request.method in {"GET", "HEAD"}:
        headers.setdefault(*ASK_EACH_TIME)
        if response.status_code == 200:  # noqa: PLR2004  # OK
            response.make_conditional(request)
            headers.pop("Date")  # the server's to say: an answer that is given again has another
    return response
