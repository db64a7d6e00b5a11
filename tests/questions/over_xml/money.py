"""Sums of money by the questions on notes, objectives, channels and countries, over the XML."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from tests.questions.over_xml.comparing import Table
from tests.questions.over_xml.counted import NOTE, Counted
from tests.questions.over_xml.dividing import five_digits, in_donor, outside_donor, parts, places
from tests.questions.over_xml.reading import Transaction

SIDES = {"2": "committed", "3": "disbursed", "4": "spent"}
PAID = {"3", "4"}
COVID = ("covid-health", "covid-socioeconomic")


def transactions(one: Counted, kinds: Iterable[str]) -> Iterator[tuple[Transaction, Decimal]]:
    """Give the transactions of some types whose amount is a number, and the amount."""
    for found in one.activity.transactions:
        if found.kind in kinds and found.amount is not None:
            yield found, found.amount


def is_humanitarian(one: Counted, transaction: Transaction) -> bool:
    """Tell whether a transaction says that it is humanitarian, or else its activity."""
    own = transaction.humanitarian
    return bool(one.activity.humanitarian if own is None else own)


def per_objective(counted: Iterable[Counted]) -> Table:
    """By objective, year, reporter and currency; the channels are added up."""
    table = Table()
    for one in counted:
        for element, link in one.links.items():
            rows = set()
            for found, amount in transactions(one, SIDES):
                key = (element, found.year, one.reporter, found.currency)
                rows.add(key)
                table.add(key, **{SIDES[found.kind]: amount * link.share})
            for key in rows:
                table.add(key, activities=1)
    return table


def core_or_earmarked(counted: Iterable[Counted]) -> Table:
    """By objective, reporter and currency: what is core and what is earmarked."""
    table = Table()
    for one in counted:
        for element, link in one.links.items():
            for found, amount in transactions(one, PAID):
                group = funding(min(found.aid_types or one.activity.aid_types, default=""))
                claimed = amount * link.share
                table.add((element, one.reporter, found.currency), **{group: claimed, "total": claimed})
    return table


def funding(aid_type: str) -> str:
    """Give the column of an aid type."""
    groups = {"A01": "core", "A02": "core", "B01": "core", "B02": "core", "B03": "programmes", "B04": "programmes"}
    return groups.get(aid_type[:3], "projects" if aid_type[:3] == "C01" else "other" if aid_type else "notStated")


def in_donor_share(counted: Iterable[Counted]) -> Table:
    """By reporter, year and currency: what is spent inside the donor country, and elsewhere under migration."""
    table = Table()
    for one in counted:
        for found, amount in transactions(one, PAID):
            inside = in_donor(one, found)
            outside = outside_donor(one, inside)
            if inside or outside:
                key = (one.reporter, found.year, found.currency)
                table.add(key, inDonor=amount * inside, elsewhere=amount * outside, total=amount * (inside + outside))
    return table


def without_in_donor(counted: Iterable[Counted]) -> Table:
    """By reporter, currency and year: migration money with and without in-donor costs, and the change of a year."""
    table, years = Table(), in_donor_share(counted).rows
    for (reporter, year, currency), row in years.items():
        figures = {"with": row["total"], "without": row["elsewhere"]}
        before = years.get((reporter, str(int(year) - 1), currency)) if year else None
        if before is not None:
            figures["changeWith"] = row["total"] - before["total"]
            figures["changeWithout"] = row["elsewhere"] - before["elsewhere"]
        table.add((reporter, currency, year), **figures)
    return table


def other_crises(counted: Iterable[Counted]) -> Table:
    """By reporter, year and currency: humanitarian money for COVID-19, and for all else."""
    table = Table()
    for one in counted:
        side = "covid" if any(one.of_note(note) for note in COVID) else "other"
        for found, amount in transactions(one, PAID):
            if is_humanitarian(one, found):
                table.add((one.reporter, found.year, found.currency), **{side: amount})
    return table


def by_sector(counted: Iterable[Counted], note: str = "covid-health") -> Table:
    """By reporter, year, currency and side: the money of a note for control, health systems, emergencies and other."""
    table = Table()
    for one in counted:
        links, claimed = one.of_note(note), one.claimed(note)
        if not links:
            continue
        sectors = five_digits(one.activity.sectors)
        resting = frozenset[str]().union(*(link.sectors for link in links if 0 < link.share < Decimal("0.999")))
        some = [sector for sector in sectors if sector.code in resting]
        of_activity = parts(sectors)
        # Shares have four decimals: a whole in three parts makes 0.9999.
        if claimed < Decimal("0.999") and (whole := sum(parts(some).values(), Decimal())):
            of_activity = {code: part / whole for code, part in parts(some).items()}
        for found, amount in transactions(one, SIDES):
            own = five_digits(found.sectors)
            row = {"control": Decimal(), "systems": Decimal(), "humanitarian": Decimal(), "total": amount * claimed}
            for code, part in ({one.code: Decimal(1) / len(own) for one in own} if own else of_activity).items():
                if group := _group(code):
                    row[group] += amount * claimed * part
            row["other"] = row["total"] - row["control"] - row["systems"] - row["humanitarian"]
            table.add((one.reporter, found.year, found.currency, SIDES[found.kind]), **row)
    return table


def _group(code: str) -> str:
    if code == "12264":
        return "control"
    return {"121": "systems", "720": "humanitarian"}.get(code[:3], "")


def to_countries(counted: Iterable[Counted], groups: Mapping[str, set[str]], note: str = "migration") -> Table:
    """By reporter and currency: all of the money of a note, and what goes to each group of countries."""
    table = Table()
    for one in counted:
        for found, amount in transactions(one, PAID) if one.of_note(note) else ():
            claimed, where = amount * one.claimed(note), places(one, found)
            parts_of = {
                name: claimed * sum((part for code, part in where.items() if code in group), Decimal())
                for name, group in groups.items()
            }
            table.add((one.reporter, found.currency), total=claimed, **parts_of)
    return table


def to_countries_by_note(counted: Sequence[Counted], groups: Mapping[str, set[str]], notes: Iterable[str]) -> Table:
    """By note, reporter and currency: the same for several notes."""
    table = Table()
    for note in notes:
        for key, row in to_countries(counted, groups, note).rows.items():
            table.add((NOTE + note, *key), **row)
    return table
