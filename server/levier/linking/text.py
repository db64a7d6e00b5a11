"""An explanation in readable words."""

from collections.abc import Iterator

from levier.linking.engine import Firing, Link
from levier.linking.explain import Explanation, Missed, looked_at
from levier.linking.model import Condition, Rule, best_label
from levier.linking.reading import Evidence, Fact
from levier.terms import ID, shorten

_CONTEXT = 40
_SHOWN = 4
_WORDS_SHOWN = 6


def render(explanation: Explanation, language: str = "en") -> str:
    """Give the explanation as lines of text; labels in the language, the rest in English."""
    return "\n".join(_Page(explanation, language).lines())


class _Page:
    def __init__(self, explanation: Explanation, language: str) -> None:
        self._it = explanation
        self._language = language

    def lines(self) -> Iterator[str]:
        facts = self._it.facts
        yield f"{facts.identifier or facts.iri}  {_shorten(facts.title, 100)}".rstrip()
        yield facts.iri
        yield self._answer()
        yield f"Looked at: {looked_at(facts)}."
        yield from self._gates()
        yield ""
        if self._it.links:
            yield f"Linked to {_count(len(self._it.links), 'element')}:"
        else:
            yield f"Not linked: no rule gives a confidence of {self._it.threshold:.2f} or more."
        for link in self._it.links:
            yield from self._link(link)
        if self._it.weak:
            yield ""
            yield f"Seen, but too weak to count (below {self._it.threshold:.2f}):"
            for link in self._it.weak:
                yield from self._link(link)
        yield from self._taken_over()
        if not self._it.links and not self._it.weak:
            yield from self._why_not()

    def _answer(self) -> str:
        """Give the answer in one sentence, as a person would."""
        if not self._it.links:
            if self._it.weak:
                link = self._it.weak[0]
                return f"It serves nothing that the rules are sure of; {self._named(link)} comes nearest."
            return "It serves nothing that the rules know of."
        said = [f"{_sureness(link.confidence)} {self._named(link)}" for link in self._it.links]
        return f"It {'; it '.join(said)}."

    def _named(self, link: Link) -> str:
        return f"{link.element.notation} ({_shorten(best_label(link.element.labels, self._language), 70)})"

    def _gates(self) -> Iterator[str]:
        gates = [gate for gate in self._it.gates if gate.own_evidence]
        if gates:
            yield ""
            yield "These rules hold, and others build on them:"
        for gate in gates:
            verb = ", which speaks against" if gate.rule.weakens else ""
            yield f"  {self._rule(gate.rule)}{verb}, {gate.confidence:.2f}:"
            yield from self._facts(gate.own_evidence, "    ")

    def _link(self, link: Link) -> Iterator[str]:
        label = best_label(link.element.labels, self._language)
        share = f", may claim {link.share:.0%} of its money" if link.share else ""
        donor = ", spent inside the donor country" if link.in_donor else ""
        yield f"  {link.element.notation}  {label}"
        yield f"      confidence {link.confidence:.2f}, {link.basis.lower()}{share}{donor}"
        if link.decision is not None:
            it = link.decision
            yield f"      {it.verdict.lower()} by {it.by} on {it.on:%Y-%m-%d}, whatever the rules say: “{it.why}”"
        for firing in link.firings:
            yield from self._firing(firing, "      ")
        for firing in link.against:
            yield f"      although {self._rule(firing.rule)} speaks against it, {firing.confidence:.2f}:"
            yield from self._facts(firing.own_evidence, "        ")

    def _taken_over(self) -> Iterator[str]:
        if self._it.inherited:
            yield ""
            yield "Taken over from other activities, too weak to count by itself:"
        for notation, confidence, identifier in self._it.inherited:
            yield f"  {notation}  confidence {confidence:.2f}, from {identifier}"

    def _firing(self, firing: Firing, indent: str) -> Iterator[str]:
        gate = f" × {firing.gate:.2f} for the rules it builds on" if firing.through else ""
        yield f"{indent}because {self._rule(firing.rule)}, {firing.rule.weight:.2f}{gate}:"
        yield from self._facts(firing.own_evidence, indent + "  ")

    def _rule(self, rule: Rule) -> str:
        return f"“{best_label(rule.labels, self._language, rule.slug)}” [{rule.slug}]"

    def _facts(self, evidence: list[Evidence], indent: str) -> Iterator[str]:
        """Give one line per fact: a text with the first of its words in context, or a code with its name."""
        by_fact: dict[tuple[str, str, str | None], list[Fact]] = {}
        for e in evidence:
            by_fact.setdefault((e.fact.on_property, e.fact.value, e.fact.language), []).append(e.fact)
        lines = [self._fact(together) for together in by_fact.values()]
        for line in lines[:_SHOWN]:
            yield f"{indent}- {line}"
        if len(lines) > _SHOWN:
            yield f"{indent}- and {_count(len(lines) - _SHOWN, 'more fact')}"

    def _fact(self, together: list[Fact]) -> str:
        first = together[0]
        where = shorten(first.on_property)
        if first.start is None or first.end is None:
            name = self._it.names.get(first.code or first.organisation or "", "")
            value = first.value.removeprefix(ID + "organisation/")
            return f"{where}: {value}{f' ({name})' if name else ''}"
        shown = f"{where}{_tag(first)}: {_in_context(first.value, first.start, first.end)}"
        others = dict.fromkeys(e.matched or "" for e in together[1:] if e.matched != first.matched)
        words = ", ".join(f"“{word}”" for word in list(others)[:_WORDS_SHOWN])
        return f"{shown}; also {words}" if words else shown

    def _why_not(self) -> Iterator[str]:
        yield ""
        if self._it.speechless:
            yield "It has neither a text nor a code that a rule could look at."
            return
        if not self._it.missed:
            yield "No fact of it speaks for any rule: no word and no code that the rules look for."
            return
        yield "The rules that came nearest:"
        for missed in self._it.missed:
            yield from self._missed(missed)

    def _missed(self, missed: Missed) -> Iterator[str]:
        elements = ", ".join(e.notation for e in missed.rule.elements)
        yield f"  {self._rule(missed.rule)} → {elements}"
        if missed.met:
            yield "    for it:"
            yield from self._facts(list(missed.met), "      ")
        for condition in missed.unmet:
            yield f"    lacking: {self._wanted(condition)}"
        if missed.gates:
            names = ", ".join(best_label(rule.labels, self._language, rule.slug) for rule in missed.gates)
            yield f"    lacking one of: {names}"
        if missed.against:
            yield "    against it:"
            yield from self._facts(list(missed.against), "      ")

    def _wanted(self, condition: Condition) -> str:
        where = ", ".join(shorten(iri) for iri in sorted(condition.properties))
        if condition.kind == "flag":
            return "the humanitarian flag" if condition.humanitarian else "no humanitarian flag"
        if condition.kind == "words":
            words = [f"“{term.text}”" for term in condition.words if term.language == self._language]
            words = words or [f"“{term.text}”" for term in condition.words]
            times = f" at least {condition.minimum} times" if condition.minimum > 1 else ""
            return f"in {where}{times} a word such as {', '.join(words[:_WORDS_SHOWN])}"
        if condition.kind == "organisation":
            return f"one of certain organisations in {where}"
        codes = [*sorted(condition.codes), *(f"{prefix}…" for prefix in condition.prefixes)]
        shown = [code.removeprefix(ID + "code/") for code in codes] + sorted(condition.code_values)
        return f"in {where} a code such as {', '.join(shown[:_WORDS_SHOWN])}"


def _sureness(confidence: float) -> str:
    """Say in words how sure a link is; the bounds are those of the reliability table of docs/linking.md."""
    words = {0.9: "almost certainly serves", 0.75: "very probably serves", 0.6: "probably serves"}
    return next((word for bound, word in words.items() if confidence >= bound), "may serve")


def _tag(fact: Fact) -> str:
    return f"@{fact.language}" if fact.language else ""


def _in_context(text: str, start: int, end: int) -> str:
    before, after = text[max(0, start - _CONTEXT) : start], text[end : end + _CONTEXT]
    left = "…" if start > _CONTEXT else ""
    right = "…" if end + _CONTEXT < len(text) else ""
    return " ".join(f"{left}{before}[{text[start:end]}]{after}{right}".split())


def _shorten(text: str, length: int) -> str:
    clean = " ".join(text.split())
    return clean if len(clean) <= length else clean[: length - 1].rstrip() + "…"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
