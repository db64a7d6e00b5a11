"""Content negotiation: which form of an answer a client gets, from `format=` or its Accept header (RFC 9110 §12)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pyoxigraph as ox
from flask import Request

from levier.web.problems import Problem

T = TypeVar("T")

_EXACT = 2
"""How closely `text/csv` names a form; `text/*` is 1, `*/*` 0."""


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """One form an answer can take."""

    media_type: str
    value: T
    names: tuple[str, ...]
    """What `format=` may call it; the first is also the extension of a file of it."""
    aliases: tuple[str, ...] = ()
    """Other media types by which clients ask for it."""

    @property
    def content_type(self) -> str:
        """The media type, with the character set where it is text."""
        return self.media_type + ("; charset=utf-8" if self.media_type.startswith("text/") else "")


RESULT_FORMS: tuple[Form[ox.QueryResultsFormat], ...] = (
    Form("application/sparql-results+json", ox.QueryResultsFormat.JSON, ("json", "srj"), ("application/json",)),
    Form("application/sparql-results+xml", ox.QueryResultsFormat.XML, ("xml", "srx"), ("application/xml", "text/xml")),
    Form("text/csv", ox.QueryResultsFormat.CSV, ("csv",)),
    Form("text/tab-separated-values", ox.QueryResultsFormat.TSV, ("tsv",)),
)
"""The forms of the rows of a SELECT and of the truth of an ASK, the first by default."""

GRAPH_FORMS: tuple[Form[ox.RdfFormat], ...] = (
    Form("text/turtle", ox.RdfFormat.TURTLE, ("ttl", "turtle", "n3"),
         ("application/x-turtle", "application/turtle", "text/n3", "text/rdf+n3", "application/n3")),
    Form("application/n-triples", ox.RdfFormat.N_TRIPLES, ("nt", "ntriples", "n-triples"), ("text/plain",)),
    Form("application/ld+json", ox.RdfFormat.JSON_LD, ("jsonld", "json-ld", "json"),
         ("application/json", "application/x-json+ld")),
    Form("application/rdf+xml", ox.RdfFormat.RDF_XML, ("rdf", "rdfxml", "rdf+xml", "xml"),
         ("application/xml", "text/xml")),
)  # fmt: skip
"""The forms of a graph, the first by default; every Turtle document is N3."""

HTML: Form[None] = Form("text/html", None, ("html",), ("application/xhtml+xml",))


def negotiate(request: Request, forms: tuple[Form[T], ...]) -> Form[T]:
    """Give the form that the request asks for; among equals the one named most closely, then the first of ours.

    Raises Problem `not-acceptable`, which lists what there is, where it accepts none of them.
    """
    wanted = _format(request)
    if wanted:
        return _by_name(wanted, forms)
    best = max(forms, key=lambda form: _score(request, form))
    if _score(request, best) <= (0, 0):
        raise Problem("not-acceptable", f"None of what you accept can be given here, but {_list(forms)}.")
    return best


def prefers_html(request: Request, forms: Iterable[Form[Any]]) -> bool:
    """Tell whether the client would rather have a page than any of the forms: a browser, which names HTML, does."""
    wanted = _format(request)
    if wanted:
        return wanted in HTML.names
    page = _score(request, HTML)
    return page[1] == _EXACT and all(page >= _score(request, form) for form in forms)


def _format(request: Request) -> str:
    """Give what `format=` says; an unescaped `+` in an address arrives as a space."""
    return request.values.get("format", "").strip().lower().replace(" ", "+")


def _score(request: Request, form: Form[Any]) -> tuple[float, int]:
    """Give how much a client wants a form, 0 to 1, and how closely it names it; (0, 0) where it does not at all."""
    accepted = [(kind.partition(";")[0].strip().lower(), quality) for kind, quality in request.accept_mimetypes]
    if not accepted:
        return (1.0, 0)
    own = _closest(accepted, form.media_type)
    others = (_closest(accepted, alias) for alias in form.aliases)
    # A range such as `text/*` means the types we would send, not the other names of a type that is not text.
    quality, closeness = max((own, *(found for found in others if found[1] == _EXACT)))
    return (quality, closeness) if quality > 0 else (0, 0)


def _closest(accepted: list[tuple[str, float]], kind: str) -> tuple[float, int]:
    """Give the quality of the range that names a media type most closely, and how closely (RFC 9110 §12.5.1)."""
    ranges = ("*/*", kind.partition("/")[0] + "/*", kind)
    closeness, quality = max(((ranges.index(name), q) for name, q in accepted if name in ranges), default=(0, 0))
    return (quality, closeness)


def _by_name(wanted: str, forms: tuple[Form[T], ...]) -> Form[T]:
    for form in forms:
        if wanted in {*form.names, form.media_type}:
            return form
    raise Problem("not-acceptable", f"format={wanted} cannot be given here, but {_list(forms)}.")


def _list(forms: Iterable[Form[Any]]) -> str:
    return ", ".join(f"{form.media_type} (format={form.names[0]})" for form in forms)
