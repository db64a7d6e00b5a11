"""The rules by family: what `levier check --list` and the page of the rules show, and how one is found by its name."""

import difflib
import json
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

import pyoxigraph as ox

from levier.coherence.catalogue import Catalogue
from levier.coherence.rule import Rule
from levier.errors import BadUsage
from levier.terms import SHAPES

FAMILIES: Final = {
    "NOTE": {"fr": "Les notes stratégiques et leurs éléments", "nl": "De strategienota’s en hun elementen",
             "en": "The strategy notes and their elements"},
    "PLAN": {"fr": "Plans d’action, activités, résultats, indicateurs",
             "nl": "Actieplannen, activiteiten, resultaten, indicatoren",
             "en": "Action plans, activities, results, indicators"},
    "ROUND": {"fr": "La plateforme commune, ses suivis annuels, les rapports",
              "nl": "Het gemeenschappelijke platform, zijn jaarlijkse rondes, de verslagen",
              "en": "The common platform, its annual rounds, the reports"},
    "ACTOR": {"fr": "Acteurs, identifiants, rôles", "nl": "Actoren, identificatoren, rollen",
              "en": "Actors, identifiers, roles"},
    "AID": {"fr": "Activités d’aide", "nl": "Hulpactiviteiten", "en": "Aid activities"},
    "MONEY": {"fr": "Montants, dates, sommes", "nl": "Bedragen, datums, sommen", "en": "Amounts, dates, sums"},
    "LINK": {"fr": "Liens entre l’aide et les notes", "nl": "Koppelingen tussen hulp en nota’s",
             "en": "Links between aid and notes"},
    "COHERE": {"fr": "Cohérence", "nl": "Coherentie", "en": "Coherence"},
    "TERM": {"fr": "Style de l’ontologie", "nl": "Stijl van de ontologie", "en": "Style of the ontology"},
}  # fmt: skip
"""What the rules of each family are about, in the order in which they are shown."""

_FOOT: Final = {
    "fr": "{n} règles ; `levier check --explain RÈGLE` en dit une en entier.",
    "nl": "{n} regels; `levier check --explain REGEL` vertelt er een in haar geheel.",
    "en": "{n} rules; `levier check --explain RULE` tells one of them whole.",
}

PAGE: Final = "docs/rules.md"
"""The page of the rules, with one section per rule."""

_ENDS: Final = (" ; ", "; ", " : ", ": ", ". ")
"""What ends the title of a rule within its message: clause and cause come after."""
_FIELDS: Final = re.compile(r"\s?\([^)]*\)")


def family(rule: Rule) -> str:
    """Give the family of a rule, such as `NOTE`."""
    return rule.id.rpartition("-")[0]


def families(catalogue: Catalogue) -> Iterator[tuple[str, list[Rule]]]:
    """Give the families in their order, each with its rules in order."""
    order = list(FAMILIES)
    rules = sorted(catalogue, key=lambda rule: (order.index(family(rule)), rule.id))
    for name, members in groupby(rules, key=family):
        yield name, list(members)


def title(rule: Rule, language: str) -> str:
    """Give what a rule says in one clause: its message without the fields, up to where it gives reasons."""
    message = _FIELDS.sub("", blanked(rule.messages[language]))
    cuts = [message.find(end) for end in _ENDS]
    return message[: min((cut for cut in cuts if cut > 0), default=len(message))].rstrip(". ")


def blanked(message: str) -> str:
    """Give a message with an ellipsis where a finding has the value or the thing."""
    return message.replace("{?value}", "…").replace("{$this}", "…")


def anchor(rule: Rule) -> str:
    """Give the address of a rule on the page of the rules: `docs/rules.md#note-001`."""
    return f"{PAGE}#{rule.id.lower()}"


def ruleset(catalogue: Catalogue, rule: Rule) -> list[str]:
    """Give the numbers of the rules of the IATI standard’s ruleset that a rule covers, in order."""
    quads = catalogue.shapes.quads_for_subject(ox.NamedNode(rule.shape))
    numbers = [
        quad.object.value
        for quad in quads
        if quad.predicate.value == SHAPES + "rulesetRule" and isinstance(quad.object, ox.Literal)
    ]
    return sorted(numbers, key=lambda number: [int(part) for part in number.split(".")])


def find_rule(catalogue: Catalogue, wanted: str) -> Rule:
    """Give the rule of an identifier, in any letter case; raises BadUsage, with the nearest, where there is none."""
    rule = catalogue.rules.get(wanted.strip().upper())
    if rule is not None:
        return rule
    near = difflib.get_close_matches(wanted.strip().upper(), list(catalogue.rules), n=3, cutoff=0.4)
    raise BadUsage(
        f"{wanted!r} is no rule." + (f" The nearest: {', '.join(near)}." if near else ""),
        hint="`levier check --list` shows them all.",
    )


def as_list(catalogue: Catalogue, language: str) -> str:
    """Give the rules by family as text: identifier, severity, title."""
    lines: list[str] = []
    for name, rules in families(catalogue):
        lines += [f"{name}  {FAMILIES[name][language]}"]
        lines += [f"  {rule.id:<11} {rule.severity.word:<10} {title(rule, language)}" for rule in rules]
        lines.append("")
    lines.append(_FOOT[language].format(n=len(catalogue)))
    return "\n".join(lines) + "\n"


def list_as_json(catalogue: Catalogue, language: str) -> str:
    """Give the rules as a JSON object with `rules`, each with its family, severity, title, message, fix and sources."""
    document = {
        "rules": [
            {
                "rule": rule.id,
                "family": name,
                "severity": rule.severity.word,
                "title": title(rule, language),
                "message": rule.messages[language],
                "help": rule.fixes[language],
                "path": rule.path,
                "sources": list(rule.sources),
                "ruleset": ruleset(catalogue, rule),
                "page": anchor(rule),
            }
            for name, rules in families(catalogue)
            for rule in rules
        ]
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
