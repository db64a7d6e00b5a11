"""The response to COVID-19 over the XML: research, ways, running and new activities, texts without codes, actors."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from tests.questions.over_xml.comparing import Table
from tests.questions.over_xml.counted import NOTE, ORGANISATION, Counted, Organisations, meant
from tests.questions.over_xml.dividing import five_digits, parts
from tests.questions.over_xml.money import COVID, PAID, SIDES, transactions

CEPI = {"NO-BRC-917687811", "XM-DAC-31006", "31006"}
ITM = {"BE-BCE_KBO-0410057701"}
GAVI = {"XM-DAC-47122", "47122"}
WHO = {"XM-DAC-928", "928"} | {
    before + code for before in ("XM-DAC-", "") for code in "41307 41143 41702 41321".split()
}
DOSES = re.compile(
    r"(donat|don de|dons de|schenk|geschonken)[^.]*(doses?|dosissen)"
    r"|(doses?|dosissen)[^.]*(donat|données|offertes|geschonken)",
    re.IGNORECASE,
)
NAMED = re.compile(r"COVID[- ]19", re.IGNORECASE)
CODES = ("EP-2020-000012-001", "HCOVD20")


def implementers(one: Counted, organisations: Organisations) -> set[str]:
    """Give the identifiers of the implementing organisations."""
    refs = (found.ref for found in one.activity.participations if found.role == "4" and found.ref)
    return {meant(ref, organisations).iri.removeprefix(ORGANISATION) for ref in refs}


def research(counted: Iterable[Counted], organisations: Organisations) -> Table:
    """By reporter, activity, route, link, year and currency: money for research, a whole or the part of the sector."""
    table = Table()
    for one in counted:
        by = implementers(one, organisations)
        of_sector = parts(five_digits(one.activity.sectors)).get("12182")
        routes = {"CEPI": bool(by & CEPI), "ITM": bool(by & ITM), "12182": of_sector is not None}
        if not any(routes.values()):
            continue
        part = Decimal(1) if routes["CEPI"] or routes["ITM"] else of_sector or Decimal()
        linked = str(f"{NOTE}covid-health/axis/3" in one.links).lower()
        for found, amount in transactions(one, SIDES):
            route = ", ".join(name for name, is_so in routes.items() if is_so)
            key = (one.reporter, one.iri, route, linked, found.year, found.currency)
            table.add(key, **{SIDES[found.kind]: amount * part})
    return table


def through(counted: Iterable[Counted], organisations: Organisations, note: str = "covid-health") -> Table:
    """By way, reporter and currency: the money of a note that went through COVAX, Gavi and the WHO."""
    table = Table()
    for one in counted:
        if not one.of_note(note):
            continue
        # Descriptions of target groups (type 3) are no title and speak of people.
        texts = [*one.activity.titles, *(text for kind, text in one.activity.descriptions if kind != "3")]
        covax = any("covax" in text.lower() for text in texts)
        doses = any(DOSES.search(text) for text in texts)
        by = implementers(one, organisations)
        rows = set()
        for found, amount in transactions(one, SIDES):
            to = {meant(found.receiver, organisations).iri.removeprefix(ORGANISATION)} if found.receiver else set()
            ways = {"COVAX": covax, "Gavi": bool((by | to) & GAVI), "WHO": bool((by | to) & WHO)}
            for key in [(way, one.reporter, found.currency) for way, is_so in ways.items() if is_so]:
                rows.add(key)
                table.add(key, **{SIDES[found.kind]: amount * one.claimed(note)})
        for key in rows:
            table.add(key, activities=1, namingDoses=int(doses))
    return table


def running_or_new(counted: Iterable[Counted], since: date = date(2020, 3, 1), note: str = "covid-health") -> Table:
    """By reporter and currency: the money of a note since a day, of activities that were running and of new ones."""
    table = Table()
    for one in counted:
        starts = one.activity.dates.get("2") or one.activity.dates.get("1")
        state = "undated" if not starts else "running" if min(starts) < since else "new"
        rows = set()
        for found, amount in transactions(one, PAID) if one.of_note(note) else ():
            if found.day is not None and found.day >= since:
                rows.add((one.reporter, found.currency))
                table.add((one.reporter, found.currency), **{state: amount * one.claimed(note)})
        for key in rows:
            table.add(key, **{f"{state}Activities": 1})
    return table


def by_text(counted: Iterable[Counted]) -> Table:
    """By activity, identifier, reporter, first text, sector and link: the texts that name COVID-19 without a code."""
    table = Table()
    for one in counted:
        own = one.activity
        scopes = {scope.code for scope in (*own.scopes, *(scope for each in own.transactions for scope in each.scopes))}
        if any(code.endswith(CODES) for code in scopes) or "COVID-19" in {tag.upper() for tag in own.tags}:
            continue
        texts = {*own.titles, *(text for _, text in own.descriptions)}
        texts |= {text for each in own.transactions for text in each.texts}
        if naming := {text for text in texts if NAMED.search(text)}:
            control = str(any(each.code == "12264" for each in five_digits(own.sectors))).lower()
            linked = str(any(one.of_note(note) for note in COVID)).lower()
            table.add((one.iri, own.identifier, one.reporter, min(naming), control, linked), texts=len(naming))
    return table


def actors(counted: Iterable[Counted], organisations: Organisations, note: str = "covid-health") -> Table:
    """By axis and implementing organisation: linked activities; which channel it is in is added up."""
    table = Table()
    for one in counted:
        for element in (element for element in one.links if element.startswith(f"{NOTE}{note}/")):
            names = set()
            for found in one.activity.participations:
                if found.role == "4":
                    name = meant(found.ref, organisations).name if found.ref else ""
                    names.add(name or min(found.names, default="") or found.ref or "(no name)")
            for name in names:
                table.add((element, name), activities=1)
    return table
