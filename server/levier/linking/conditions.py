"""Reading the conditions of the linking rules and their lists of words, and refusing those that cannot be tested."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from levier.errors import BrokenData
from levier.graph import EmbeddedStore
from levier.linking.facts import DESCRIPTIONS, RESULT, RESULTS
from levier.linking.model import LANGUAGES, Condition, Kind, Term, WordList
from levier.linking.words import pattern
from levier.terms import IATI, ID, LEVIER, SKOS, shorten

HINT = "Mend the rules and build again; `levier check` with their file, or data/linking, names the line."

_KINDS: dict[str, Kind] = {
    "anyCode": "codes",
    "codePrefix": "codes",
    "anyCodeValue": "codes",
    "anyWord": "words",
    "anyWordOf": "words",
    "anyOrganisation": "organisation",
    "humanitarianFlag": "flag",
}
_ALLOWED = frozenset(_KINDS) | {
    "onProperty", "inCodeList", "exceptCode", "inVocabulary", "withoutVocabularyUri", "minimumPercentage", "inRole",
    "exceptWord", "exceptWordOf", "nearWordOf", "apartFromWordOf", "withinWords",
    "minimumOccurrences",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """A thing of the rules graph with all that is said of it, and how to complain about it."""

    iri: str
    values: dict[str, list[ox.NamedNode | ox.Literal]]

    def complain(self, message: str) -> BrokenData:
        """Give the error that names the thing."""
        return BrokenData(f"{self.iri.removeprefix(ID)}: {message}", hint=HINT)

    def all(self, name: str) -> list[str]:
        """Give every value of a term of Levier, sorted."""
        return sorted(value.value for value in self.values.get(LEVIER + name, []))

    def one(self, name: str) -> str | None:
        """Give the one value, or None; raises BrokenData where there are several."""
        found = self.all(name)
        if len(found) > 1:
            raise self.complain(f"levier:{name} is stated {len(found)} times; once is meant.")
        return found[0] if found else None

    def flag(self, name: str) -> bool | None:
        """Give the truth value, or None."""
        text = self.one(name)
        if text not in {None, "true", "false", "1", "0"}:
            raise self.complain(f"levier:{name} is {text!r}; it must be true or false.")
        return None if text is None else text in {"true", "1"}

    def labels(self) -> dict[str, str]:
        """Give the names by language."""
        found = self.values.get(SKOS + "prefLabel", [])
        return {v.language or "": v.value for v in found if isinstance(v, ox.Literal)}


def node(store: EmbeddedStore, iri: str) -> Node:
    """Give a thing with all that the store says of it."""
    values: dict[str, list[ox.NamedNode | ox.Literal]] = {}
    for quad in store.raw.quads_for_pattern(ox.NamedNode(iri), None, None):
        if isinstance(quad.object, (ox.NamedNode, ox.Literal)):
            values.setdefault(quad.predicate.value, []).append(quad.object)
    return Node(iri, values)


_WHOLE: Final = 100


class Conditions:
    """Reads conditions; a list of words that several share is read once."""

    def __init__(self, store: EmbeddedStore) -> None:
        self._store = store
        self._lists: dict[str, WordList] = {}

    def read(self, iri: str) -> Condition:
        """Give a condition; raises BrokenData, which names it, where it cannot be tested."""
        stated = node(self._store, iri)
        if not stated.values:
            raise stated.complain("is named as a condition but nothing is said of it.")
        kind = _kind(stated)
        return Condition(
            iri=iri,
            kind=kind,
            properties=_properties(stated, kind),
            codes=frozenset(code.casefold() for code in stated.all("anyCode")),
            code_values=frozenset(code.casefold() for code in stated.all("anyCodeValue")),
            prefixes=_prefixes(stated),
            except_codes=frozenset(code.casefold() for code in stated.all("exceptCode")),
            vocabularies=frozenset(stated.all("inVocabulary")),
            without_vocabulary_uri=stated.flag("withoutVocabularyUri") or False,
            minimum_percentage=_percentage(stated),
            lists=tuple(self._words(stated, "anyWord")),
            except_lists=tuple(self._words(stated, "exceptWord")),
            near=tuple(self._shared(stated, "nearWordOf")),
            apart=tuple(self._shared(stated, "apartFromWordOf")),
            within=_whole(stated, "withinWords", None, 0),
            minimum=_whole(stated, "minimumOccurrences", 1, 1) or 1,
            organisations=frozenset(stated.all("anyOrganisation")),
            roles=frozenset(stated.all("inRole")),
            humanitarian=stated.flag("humanitarianFlag") is not False,
        )

    def _words(self, stated: Node, name: str) -> Iterator[WordList]:
        own = _terms(stated, name)
        if own:
            yield WordList(f"{stated.iri}#{name}", own)
        yield from self._shared(stated, f"{name}Of")

    def _shared(self, stated: Node, name: str) -> Iterator[WordList]:
        for iri in stated.all(name):
            if iri not in self._lists:
                self._lists[iri] = self._list(stated, name, iri)
            yield self._lists[iri]

    def _list(self, stated: Node, name: str, iri: str) -> WordList:
        listed = node(self._store, iri)
        if not listed.values:
            raise stated.complain(f"levier:{name} names {iri.removeprefix(ID)}, of which nothing is said.")
        terms = _terms(listed, "word")
        if not terms:
            raise listed.complain("is a list of words without a word (levier:word).")
        return WordList(iri, terms)


def _kind(stated: Node) -> Kind:
    names = {p.removeprefix(LEVIER) for p in stated.values if p.startswith(LEVIER)}
    strange = sorted(names - _ALLOWED)
    if strange:
        raise stated.complain(f"levier:{strange[0]} is not something a condition can test.")
    kinds = {_KINDS[name] for name in names if name in _KINDS}
    if len(kinds) != 1:
        what = "tests nothing" if not kinds else f"tests {' and '.join(sorted(kinds))} at once"
        raise stated.complain(f"{what}; a condition tests codes, words, an organisation or the humanitarian flag.")
    return kinds.pop()


def _properties(stated: Node, kind: Kind) -> frozenset[str]:
    named = stated.all("onProperty")
    if not named and kind != "flag":
        raise stated.complain("does not say on which property (levier:onProperty).")
    strange = [iri for iri in named if not iri.startswith(IATI)]
    if strange:
        raise stated.complain(f"levier:onProperty is {shorten(strange[0])}, which is not a term of iati:.")
    every_description = DESCRIPTIONS if IATI + "description" in named else frozenset()
    return frozenset(named) | every_description | (RESULTS if RESULT in named else frozenset())


def _whole(stated: Node, name: str, default: int | None, low: int) -> int | None:
    text = stated.one(name)
    if text is None:
        return default
    if not text.isdigit() or int(text) < low:
        raise stated.complain(f"levier:{name} is {text!r}; it must be a whole number from {low}.")
    return int(text)


def _percentage(stated: Node) -> float:
    text = stated.one("minimumPercentage") or "0"
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= _WHOLE:
        raise stated.complain(f"levier:minimumPercentage is {text!r}; it must be a number from 0 to 100.")
    return value


def _prefixes(stated: Node) -> tuple[str, ...]:
    prefixes = stated.all("codePrefix")
    code_list = stated.one("inCodeList")
    if prefixes and code_list is None:
        raise stated.complain("has levier:codePrefix without levier:inCodeList, so the prefix would fit any list.")
    return tuple(f"{code_list}/{prefix}".casefold() for prefix in prefixes)


def _terms(stated: Node, name: str) -> tuple[Term, ...]:
    terms = []
    for value in stated.values.get(LEVIER + name, []):
        language = value.language if isinstance(value, ox.Literal) else None
        if language not in LANGUAGES:
            known = ", ".join(sorted(LANGUAGES))
            raise stated.complain(
                f"levier:{name} {value.value!r} is in language {language}; it must be one of {known}."
            )
        if not pattern(value.value):
            raise stated.complain(f"levier:{name} {value.value!r} has no letter or digit.")
        if "*" in value.value.strip()[1:-1]:
            raise stated.complain(f"levier:{name} {value.value!r} has * inside; it may stand at the start or the end.")
        if "~" in value.value.removesuffix("~") or ("*" in value.value and "~" in value.value):
            raise stated.complain(f"levier:{name} {value.value!r} has ~, which may end a term that has no *.")
        terms.append(Term(value.value, language))
    return tuple(sorted(terms, key=lambda term: (term.language, term.text)))
