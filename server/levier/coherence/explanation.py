"""One rule told whole: what it says, why, where that stands, how grave it is, what to do, and an example that fails."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cache
from textwrap import indent, wrap
from typing import Final

import pyoxigraph as ox

from levier import resources
from levier.coherence.catalogue import Catalogue, load_catalogue
from levier.coherence.listing import anchor, as_list, blanked, find_rule, list_as_json, ruleset, title
from levier.coherence.rule import Rule
from levier.terms import ID, shorten

_FOAF_PAGE: Final = "http://xmlns.com/foaf/0.1/page"
_WIDTH: Final = 110
_MARK: Final = "  # finding"
"""Ends the lines of a failing dataset where its findings must be placed."""
_WORDS: Final = {
    "fr": {"what": "Dit", "clause": "Fondement", "severity": "Gravité", "on": "Porte sur", "path": "Champ",
           "fix": "Remède", "ruleset": "Règles de la norme IATI", "example": "Un exemple qui échoue",
           "page": "Page"},
    "nl": {"what": "Zegt", "clause": "Grond", "severity": "Ernst", "on": "Kijkt naar", "path": "Veld", "fix": "Remedie",
           "ruleset": "Regels van de IATI-standaard", "example": "Een voorbeeld dat faalt", "page": "Pagina"},
    "en": {"what": "Says", "clause": "Clause", "severity": "Severity", "on": "Looks at", "path": "Field", "fix": "Fix",
           "ruleset": "Rules of the IATI standard", "example": "An example that fails", "page": "Page"},
}  # fmt: skip


def about_rules(wanted: str | None, form: str, language: str, chosen: Collection[str] | None = None) -> str:
    """Give one rule told whole, or the list of all, or of those chosen, where none is wanted; the list also as JSON.

    Raises BadUsage for an unknown rule, with the nearest ones.
    """
    catalogue = load_catalogue()
    if wanted is not None:
        return explained(catalogue, find_rule(catalogue, wanted), language)
    if chosen is not None:
        catalogue = replace(catalogue, rules={name: rule for name, rule in catalogue.rules.items() if name in chosen})
    return list_as_json(catalogue, language) if form == "json" else as_list(catalogue, language)


def explained(catalogue: Catalogue, rule: Rule, language: str) -> str:
    """Give all that there is to say of a rule, as text."""
    words, colon = _WORDS[language], " :" if language == "fr" else ":"
    told = {
        words["what"]: blanked(rule.messages[language]),
        words["fix"]: rule.fixes[language],
        words["severity"]: rule.severity.word,
        words["on"]: looks_at(rule),
        words["path"]: rule.path or "",
        words["clause"]: "\n".join(clauses(rule)),
        words["ruleset"]: ", ".join(ruleset(catalogue, rule)),
        words["page"]: anchor(rule),
    }
    lines = [f"{rule.id}  {title(rule, language)}", ""]
    for word, text in told.items():
        lines += list(_indented(f"{word}{colon} ", text))
    lines += ["", f"{words['example']}{colon}", "", indent("\n".join(example(rule)), "    ")]
    return "\n".join(lines) + "\n"


def _indented(head: str, text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from wrap(
            line, _WIDTH, initial_indent=head, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )
        head = "    "


def looks_at(rule: Rule) -> str:
    """Give the nodes a rule looks at: classes, and what has or is the value of a property."""
    forms = {"targetClass": "{}", "targetSubjectsOf": "{} …", "targetObjectsOf": "… {}"}
    return ", ".join(forms[target.kind].format(shorten(target.term)) for target in rule.targets)


def clauses(rule: Rule) -> list[str]:
    """Give the sources of a rule: addresses, terms of the ontology, sources of the facts with their page."""
    return [_clause(source) for source in rule.sources]


def _clause(source: str) -> str:
    if not source.startswith(f"{ID}source/"):
        return shorten(source)
    page = _pages().get(source)
    return shorten(source) + (f" ({page})" if page else "")


@cache
def _pages() -> dict[str, str]:
    """Give the page on the web of each source of the facts."""
    quads = ox.parse(path=str(resources.folder("data") / "sources.ttl"), format=ox.RdfFormat.TURTLE)
    return {
        quad.subject.value: quad.object.value
        for quad in quads
        if quad.predicate.value == _FOAF_PAGE
        and isinstance(quad.subject, ox.NamedNode)
        and isinstance(quad.object, ox.NamedNode)
    }


def example(rule: Rule) -> list[str]:
    """Give the smallest data that break a rule, in Turtle without prefixes; nothing where they are not at hand."""
    path = resources.folder("examples") / rule.id / "fail.ttl"
    if not path.is_file():
        return []
    statements = path.read_text(encoding="utf-8").replace(_MARK, "").strip().split("\n\n")
    kept = [text for text in statements if not text.startswith("PREFIX") and "levsh:expectedFocus" not in text]
    return "\n\n".join(kept).splitlines()
