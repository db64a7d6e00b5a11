"""The page of the rules, docs/rules.md: `python -m levier.coherence.catalogue_page > docs/rules.md`."""

import sys
from collections.abc import Iterator
from typing import Final

from levier.coherence.catalogue import Catalogue, load_catalogue
from levier.coherence.explanation import clauses, example, looks_at
from levier.coherence.listing import FAMILIES, families, ruleset, title
from levier.coherence.rule import Rule

_HEAD: Final = """\
# The coherence rules

Made by `make pages` from the shapes in `shapes/` and the datasets in `tests/shapes/`; change those. `levier check`
applies the rules, `levier check --list` lists them, and `levier check --explain RULE` tells one of them in French,
Dutch or English. A rule in SPARQL (SHACL-SPARQL) says so; the others are in SHACL core. “Ruleset” are the numbers of
the rules of the IATI standard’s own ruleset 2.03 that a rule covers; all of that ruleset is covered.

The example of each rule is the smallest that breaks it. A violation breaks what is mandatory, a warning what is
recommended; an info is a hint."""


def page(catalogue: Catalogue) -> Iterator[str]:
    """Give the lines of the page."""
    yield _HEAD
    yield ""
    for name, rules in families(catalogue):
        yield f"- [{name}](#{name.lower()}): {FAMILIES[name]['en']} ({len(rules)})"
    for name, rules in families(catalogue):
        yield f"\n## {name}\n\n{FAMILIES[name]['en']}.\n"
        yield "| rule | severity | says |\n|---|---|---|"
        yield from (f"| [{r.id}](#{r.id.lower()}) | {r.severity.word} | {_cell(title(r, 'en'))} |" for r in rules)
        for rule in rules:
            yield from _section(catalogue, rule)


def _section(catalogue: Catalogue, rule: Rule) -> Iterator[str]:
    yield f"\n### {rule.id}\n"
    yield f"{_shown(rule.messages['en'])}\n"
    yield f"- fix: {rule.fixes['en']}"
    yield f"- fr: {_shown(rule.messages['fr'])} {rule.fixes['fr']}"
    yield f"- nl: {_shown(rule.messages['nl'])} {rule.fixes['nl']}"
    yield f"- severity: {rule.severity.word}"
    yield f"- looks at: `{looks_at(rule)}`" + (f", field `{rule.path}`" if rule.path else "")
    yield f"- clause: {', '.join(_linked(clause) for clause in clauses(rule))}"
    if numbers := ruleset(catalogue, rule):
        yield f"- ruleset: {', '.join(numbers)}"
    yield f"- shape: `{rule.shape.rpartition('#')[2]}` in `shapes/{rule.file}`" + (", in SPARQL" if rule.select else "")
    yield "\n```turtle"
    yield from example(rule)
    yield "```"


def _shown(message: str) -> str:
    return message.replace("{?value}", "*value*").replace("{$this}", "*thing*")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _linked(clause: str) -> str:
    return f"<{clause}>" if clause.startswith("http") else clause


if __name__ == "__main__":
    sys.stdout.write("\n".join(page(load_catalogue())) + "\n")
