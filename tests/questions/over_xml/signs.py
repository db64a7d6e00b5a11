"""Counts of linked activities over the XML: signs of alignment, target groups, who implements, what notes share."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from tests.questions.over_xml.comparing import Table
from tests.questions.over_xml.counted import NOTE, Counted, Organisations, meant, note_of
from tests.questions.over_xml.reading import Participation

ID = "https://w3id.org/levier/id/"
PUBLIC = {"10", "11", "15"}
NATIONAL = {"22", "24"}
FEDERAL = {f"{ID}organisation/XM-DAC-2-10", f"{ID}organisation/BE-BCE_KBO-0264814354"}
GROUPS_OF_TYPES = dict.fromkeys(("21", "22", "23", "24"), "stakeholder-group/ngos") | {
    "40": "stakeholder-group/international-organisations",
    "80": "stakeholder-group/academics",
}
NAMED: Mapping[str, str] = {
    "children": "child(ren)?|girls?|boys?|enfants?|filles?|garçons?|kind(eren)?|meisjes?|jongens?|niños|niñas",
    "displaced-people": "displaced|displacement|idps?|déplacée?s?|ontheemden?|desplazad[ao]s?",
    "host-communities": "host communit(y|ies)|communautés? (d[’']accueil|hôtes?)|gastgemeenschap(pen)?|"
    "comunidades de acogida",
    "informal-workers": "informal (workers?|economy|sector)|secteur informel|économie informelle|"
    "travailleu(r|se)s informel(le)?s|informele (werknemers|economie|sector)|economía informal",
    "migrants": "migrants?|immigrants?|migranten|personnes migrantes|migrantes",
    "refugees": "refugees?|asylum seekers?|réfugiée?s?|demandeurs d[’']asile|vluchtelingen|asielzoekers|refugiad[ao]s",
    "rural-families": "rural (famil(y|ies)|households?|communit(y|ies))|small-?holders?|familles rurales|"
    "ménages ruraux|petits exploitants|plattelandsgezinnen|familias rurales",
    "women": "wom[ae]n|girls?|femmes?|filles?|vrouwen|meisjes|mujeres|niñas",
}


def types(part: Participation, organisations: Organisations) -> set[str]:
    """Give the type that an activity states of an organisation, or else those of its record."""
    if part.kind:
        return {part.kind}
    return set(meant(part.ref, organisations).types) if part.ref else set()


def aligned(counted: Iterable[Counted], organisations: Organisations) -> Table:
    """By note and reporter: linked activities with the signs that they follow countries and partners."""
    table = Table()
    for one in counted:
        own = one.activity
        scopes = (*own.scopes, *(scope for each in own.transactions for scope in each.scopes))
        of = set[str]().union(*(types(part, organisations) for part in own.participations if part.role == "4"))
        signs = {
            "withCountryBudget": own.has_country_budget,
            "withAppeal": any(scope.kind == "2" for scope in scopes),
            "withGovernment": bool(of & PUBLIC),
            "withPartnersOfTheCountry": bool(of & NATIONAL),
        }
        for note in {note_of(element) for element in one.links}:
            table.add((NOTE + note, one.reporter), activities=1, withoutSign=not any(signs.values()), **signs)
    return table


def target_groups(counted: Iterable[Counted], groups: Iterable[str], note: str = "covid-socioeconomic") -> Table:
    """By target group: the activities of a note that name it, and those that do so in their aim or title."""
    table = Table()
    linked = [one for one in counted if one.of_note(note)]
    for group in groups:
        table.add((group,), activities=0, asTarget=0, linked=len(linked))
    for name, words in NAMED.items():
        pattern = re.compile(f"(?<![a-zà-ÿ])({words})(?![a-zà-ÿ])", re.IGNORECASE)
        for one in linked:
            own = one.activity
            aims = (*own.titles, *(text for kind, text in own.descriptions if kind == "3"))
            if any(pattern.search(text) for text in (*own.titles, *(text for _, text in own.descriptions))):
                table.add((f"{ID}target-group/{name}",), activities=1, asTarget=any(map(pattern.search, aims)))
    return table


def implementing(
    counted: Iterable[Counted], organisations: Organisations, heard: Iterable[str], note: str = "migration"
) -> Table:
    """By group of stakeholders or type: the organisations that implement activities of a note, and the activities.

    Those of `heard` have a row in any case.
    """
    who: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for one in counted:
        for part in one.activity.participations if one.of_note(note) else ():
            if part.role == "4" and part.ref:
                for kind in types(part, organisations):
                    names, activities = who[ID + GROUPS_OF_TYPES.get(kind, f"code/OrganisationType/{kind}")]
                    names.add(meant(part.ref, organisations).iri)
                    activities.add(one.iri)
    table = Table()
    for key in heard:
        table.add((key,), organisations=0, activities=0)
    for key, (names, activities) in who.items():
        table.add((key,), organisations=len(names), activities=len(activities))
    return table


def federated(counted: Sequence[Counted], organisations: Organisations, entities: Iterable[str]) -> Table:
    """By objective and entity: the linked activities that it reports or funds, beside those of federal reporters."""
    table, among = Table(), set(entities)
    federal = defaultdict[str, int](int)
    for one in counted:
        for element in one.links if one.reporter in FEDERAL else ():
            federal[element] += 1
    for one in counted:
        funding = {meant(part.ref, organisations).iri for part in one.activity.participations if part.role == "1"}
        for entity in among & {one.reporter, *funding}:
            for element in one.links:
                table.add((element, entity), activities=1)
    for (element, _), row in table.rows.items():
        row["federalActivities"] += federal[element]
    return table


def with_indicator(counted: Iterable[Counted], elements: Iterable[str]) -> Table:
    """By objective: the linked activities, and those that publish a result with an indicator."""
    table = Table()
    for element in elements:
        table.add((element,), aidActivities=0, aidWithIndicator=0)
    for one in counted:
        for element in one.links.keys() & {key for (key,) in table.rows}:
            table.add((element,), aidActivities=1, aidWithIndicator=one.activity.results["result/indicator"] > 0)
    return table


def shared(counted: Iterable[Counted], notes: Iterable[str]) -> Table:
    """By pair of notes, in the order of their addresses: the activities of each, and of both."""
    of: dict[str, set[str]] = {note: set() for note in notes}
    for one in counted:
        for note in {note_of(element) for element in one.links}:
            of[note].add(one.iri)
    table = Table()
    for note, other in combinations(sorted(of), 2):
        both = len(of[note] & of[other])
        table.add((NOTE + note, NOTE + other), sharedActivities=both, noteActivities=len(of[note]),
                  otherActivities=len(of[other]))  # fmt: skip
    return table
