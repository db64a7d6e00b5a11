"""Content negotiation: which form of an answer a client gets, from `format=` or its Accept header (RFC 9110 §12)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

import pyoxigraph as ox
from flask import Request
from werkzeug.datastructures import Accept, MIMEAccept
from werkzeug.http import parse_accept_header

from levier.web.problems import Problem

T = TypeVar("T")

Accepted = list[tuple[str, float]]
"""The ranges of an Accept header, with their qualities."""

_REMEMBERED = 512
"""Headers whose choice is remembered: clients send few."""
_EXACT = 2
"""How closely `text/csv` names a form; `text/*` is 1, `*/*` 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Form(Generic[T]):
    """One form an answer can take; no two are the same, so that they are told apart at once."""

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
    Form("application/n-quads", ox.RdfFormat.N_QUADS, ("nq", "nquads", "n-quads"), ("text/x-nquads", "text/nquads")),
    Form("application/trig", ox.RdfFormat.TRIG, ("trig",), ("application/x-trig",)),
    Form("application/rdf+xml", ox.RdfFormat.RDF_XML, ("rdf", "rdfxml", "rdf+xml", "xml"),
         ("application/xml", "text/xml")),
)  # fmt: skip
"""The forms of a graph, the first by default; every Turtle document is N3."""

HTML: Form[None] = Form("text/html", None, ("html",), ("application/xhtml+xml",))


def negotiate(request: Request, forms: tuple[Form[T], ...]) -> Form[T]:
    """Give the form that the request asks for; among equals the one named most closely, then the first of ours.

    Raises Problem `not-acceptable`, which lists what there is, where it accepts none of them.
    """
    found = choose(format_of(request.values.get("format", "")), request.headers.get("Accept", ""), forms)
    if isinstance(found, str):
        raise Problem("not-acceptable", found)
    return found


def prefers_html(request: Request, forms: Iterable[Form[Any]]) -> bool:
    """Tell whether the client would rather have a page than any of the forms: a browser, which names HTML, does."""
    return _prefers_html(format_of(request.values.get("format", "")), request.headers.get("Accept", ""), tuple(forms))


@lru_cache(_REMEMBERED)
def choose(wanted: str, accept: str, forms: tuple[Form[T], ...]) -> Form[T] | str:
    """Give the form for what `format_of` gives and Accept says, or in a sentence why there is none."""
    if wanted:
        named = next((form for form in forms if wanted in {*form.names, form.media_type}), None)
        return named or f"format={wanted} cannot be given here, but {_list(forms)}."
    accepted = _parse(accept)
    best = max(forms, key=lambda form: _score(accepted, form))
    if _score(accepted, best) <= (0, 0):
        return f"None of what you accept can be given here, but {_list(forms)}."
    return best


@lru_cache(_REMEMBERED)
def takes_gzip(accept_encoding: str) -> bool:
    """Tell whether who sends this header takes an answer compressed."""
    return parse_accept_header(accept_encoding, Accept).quality("gzip") > 0


@lru_cache(_REMEMBERED)
def _prefers_html(wanted: str, accept: str, forms: tuple[Form[Any], ...]) -> bool:
    if wanted:
        return wanted in HTML.names
    accepted = _parse(accept)
    page = _score(accepted, HTML)
    return page[1] == _EXACT and all(page >= _score(accepted, form) for form in forms)


def _parse(accept: str) -> Accepted:
    ranges = parse_accept_header(accept, MIMEAccept)
    return [(kind.partition(";")[0].strip().lower(), quality) for kind, quality in ranges]


def format_of(said: str) -> str:
    """Give what `format=` means; an unescaped `+` in an address arrives as a space."""
    return said.strip().lower().replace(" ", "+")


def _score(accepted: Accepted, form: Form[Any]) -> tuple[float, int]:
    """Give how much a client wants a form, 0 to 1, and how closely it names it; (0, 0) where it does not at all."""
    if not accepted:
        return (1.0, 0)
    own = _closest(accepted, form.media_type)
    others = (_closest(accepted, alias) for alias in form.aliases)
    # A range such as `text/*` means the types we would send, not the other names of a type that is not text.
    quality, closeness = max((own, *(found for found in others if found[1] == _EXACT)))
    return (quality, closeness) if quality > 0 else (0, 0)


def _closest(accepted: Accepted, kind: str) -> tuple[float, int]:
    """Give the quality of the range that names a media type most closely, and how closely (RFC 9110 §12.5.1)."""
    ranges = ("*/*", kind.partition("/")[0] + "/*", kind)
    closeness, quality = max(((ranges.index(name), q) for name, q in accepted if name in ranges), default=(0, 0))
    return (quality, closeness)


def _list(forms: Iterable[Form[Any]]) -> str:
    return ", ".join(f"{form.media_type} (format={form.names[0]})" for form in forms)
