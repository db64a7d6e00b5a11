"""The activities that other activities name: found by their identifier, or proposed where it almost fits.

A related activity, a participation, a provider and a receiver may name an activity. Where an activity of the store has
that very identifier, `levier:refersTo` says so. A near miss is only proposed (`levier:mayReferTo`, with
`levier:nearMissBecause`). A shorter or longer identifier is no near miss: most are those of parents and children.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import pyoxigraph as ox

from levier.graph import EmbeddedStore
from levier.iati.identity import has_register, organisation
from levier.terms import IATI, ID, LEVIER, graph_iri

REFERENCES_GRAPH: Final = graph_iri("references")

_ACTIVITIES: Final = ID + "activity/"
_PREDICATES: Final = ("activityId", "providerActivityId", "receiverActivityId")
_SIGNS: Final = re.compile("[\\s\\-_/\u00ad\u200b-\u200f\u2010-\u2015\u2060\u2212\ufeff]+")
_LONGEST: Final = 26
"""Characters that the reference of an organisation in front of an identifier may have: `KE-NCB-OP-218-051-924-84`."""
_MOST: Final = 3
"""Candidates of one near miss; where there are more, the identifier says too little."""
_SHORTEST: Final = 8
"""Letters and digits that an identifier needs, to be compared without its signs."""

SHARED, CASE, SIGNS, CASE_AND_SIGNS, PREFIX, BARE = (
    "shared identifier", "letter case", "signs", "letter case and signs", "organisation prefix", "prefix left out",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReferenceReport:
    """How many of the identifiers that activities name were found."""

    resolved: int
    """Those that one activity of the store has."""
    own: int
    """Of the resolved, those that name the very activity in which they stand."""
    proposed: int
    """Near misses, with one to three candidates each."""
    unresolved: int
    """All others: most name activities that are not in the store."""


@dataclass(slots=True)
class _Found:
    """What one stated identifier leads to: activities, each with the reason why it is only a proposal, or none."""

    activities: dict[str, str]

    @property
    def is_certain(self) -> bool:
        return list(self.activities.values()) == [""]


def refer(store: EmbeddedStore) -> ReferenceReport:
    """Resolve every identifier of an activity that an activity of the store states, into `REFERENCES_GRAPH`.

    Copies (`levier:ActivityCopy`) neither refer nor are referred to. What the graph held before is replaced.
    """
    index = _Index(store)
    store.clear(REFERENCES_GRAPH)
    triples: dict[ox.Triple, None] = {}
    resolved = own = proposed = unresolved = 0
    for node, stated in _statements(store):
        found = index.find(stated, node)
        resolved += found.is_certain
        own += found.is_certain and node.startswith(f"{next(iter(found.activities))}/")
        proposed += bool(found.activities) and not found.is_certain
        unresolved += not found.activities
        triples.update(dict.fromkeys(_triples(node, found)))
    store.load_bytes(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"", REFERENCES_GRAPH)
    return ReferenceReport(resolved, own, proposed, unresolved)


def _statements(store: EmbeddedStore) -> Iterator[tuple[str, str]]:
    """Give each node of an activity that names an activity, and the identifier as it is stated there, trimmed."""
    for predicate in _PREDICATES:
        yield from _literals(store, predicate)
    for quad in store.raw.quads_for_pattern(None, ox.NamedNode(IATI + "relatedActivity"), None, None):
        node = quad.object
        if isinstance(node, ox.NamedNode) and node.value.startswith(_ACTIVITIES):
            yield from _literals(store, "ref", node)


def _literals(store: EmbeddedStore, name: str, node: ox.NamedNode | None = None) -> Iterator[tuple[str, str]]:
    for quad in store.raw.quads_for_pattern(node, ox.NamedNode(IATI + name), None, None):
        subject, value = quad.subject, quad.object
        if isinstance(subject, ox.NamedNode) and isinstance(value, ox.Literal):
            text = value.value.strip()
            if text and subject.value.startswith(_ACTIVITIES):
                yield subject.value, text


def _triples(node: str, found: _Found) -> Iterator[ox.Triple]:
    subject = ox.NamedNode(node)
    for activity, because in found.activities.items():
        name = "mayReferTo" if because else "refersTo"
        yield ox.Triple(subject, ox.NamedNode(LEVIER + name), ox.NamedNode(activity))
        if because:
            yield ox.Triple(subject, ox.NamedNode(LEVIER + "nearMissBecause"), ox.Literal(because))


class _Index:
    """The activities of the store by their identifiers: as they are, without signs, with the organisation mended."""

    def __init__(self, store: EmbeddedStore) -> None:
        self._store = store
        self._exact: dict[str, list[str]] = {}
        for activity, identifier in _literals(store, "iatiIdentifier"):
            self._exact.setdefault(identifier, []).append(activity)
        self._folded: dict[str, list[str]] = {}
        self._mended: dict[str, list[str]] = {}
        for identifier in self._exact:
            self._folded.setdefault(_folded(identifier), []).append(identifier)
            for mended in _mended(identifier):
                self._mended.setdefault(mended, []).append(identifier)
        self._known: dict[str, dict[str, str]] = {}

    def find(self, stated: str, node: str) -> _Found:
        """Give the activities that an identifier, stated by a node, means or may mean."""
        if stated in self._exact:
            return self._exactly(stated, node)
        near = self._known.get(stated)
        if near is None:
            near = self._known[stated] = self._by_prefix(stated) or self._by_signs(stated)
        near = near or self._by_organisation(stated, node)
        activities = {one: why for identifier, why in near.items() for one in self._exact[identifier]}
        return _Found(activities if len(activities) <= _MOST else {})

    def _exactly(self, stated: str, node: str) -> _Found:
        """Choose among activities of one identifier: the one it stands in, else the one of its own reporter."""
        activities = self._exact[stated]
        own = [one for one in activities if node.startswith(f"{one}/")]
        reported = [one for one in activities if stated.startswith(_reporter(one) + "-")]
        for choice in (activities, own, reported):
            if len(choice) == 1:
                return _Found({choice[0]: ""})
        return _Found(dict.fromkeys(activities, SHARED) if len(activities) <= _MOST else {})

    def _by_prefix(self, stated: str) -> dict[str, str]:
        """Find identifiers that are the same once the organisation in front is written in the normal way."""
        found = list(self._mended.get(stated, ()))
        for mended in _mended(stated):
            found += [mended] if mended in self._exact else []
            found += self._mended.get(mended, ())
        return dict.fromkeys(found, PREFIX)

    def _by_signs(self, stated: str) -> dict[str, str]:
        """Find identifiers that differ in case, white space, dashes, underscores and slashes alone."""
        folded = _folded(stated)
        found = self._folded.get(folded, ()) if len(folded) >= _SHORTEST else ()
        return {identifier: _difference(stated, identifier) for identifier in found}

    def _by_organisation(self, stated: str, node: str) -> dict[str, str]:
        """Find an identifier stated without its prefix: that of the reporter, or of the organisation of the node.

        What has the prefix of another organisation lacks none; one that has the same prefix may lack a second one.
        """
        reporter = _reporter(node)
        if stated.startswith(reporter + "-"):
            prefixes = {reporter}
        else:
            prefixes = set() if has_register(stated) else {reporter, *self._organisations(ox.NamedNode(node))}
        whole = (f"{prefix}-{stated}" for prefix in sorted(prefixes))
        return {identifier: BARE for identifier in whole if identifier in self._exact}

    def _organisations(self, node: ox.NamedNode) -> Iterator[str]:
        """Give the references of the organisation of a node, as stated and normalised."""
        yield from (reference for _, reference in _literals(self._store, "ref", node))
        for quad in self._store.raw.quads_for_pattern(node, ox.NamedNode(IATI + "organisation"), None, None):
            if isinstance(quad.object, ox.NamedNode):
                yield unquote(quad.object.value.rpartition("/")[2])


def _reporter(iri: str) -> str:
    """Give the reporter of the activity that an address is of, or lies below."""
    return unquote(iri.removeprefix(_ACTIVITIES).partition("/")[0])


def _mended(identifier: str) -> list[str]:
    """Give the identifier with an organisation in front of it written in the normal way, where that changes it."""
    cuts = [sign.start() for sign in re.finditer("-", identifier[:_LONGEST])]
    normal = ((cut, identifier[:cut], organisation(identifier[:cut]).identifier) for cut in cuts)
    return [prefix + identifier[cut:] for cut, written, prefix in normal if prefix != written]


def _folded(identifier: str) -> str:
    return _SIGNS.sub("", identifier).casefold()


def _difference(stated: str, identifier: str) -> str:
    if stated.casefold() == identifier.casefold():
        return CASE
    return SIGNS if _SIGNS.sub("", stated) == _SIGNS.sub("", identifier) else CASE_AND_SIGNS
