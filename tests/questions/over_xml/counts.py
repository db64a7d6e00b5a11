"""Counts of activities over the XML: what is missing, what is linked, what runs, who names whom."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from tests.questions.over_xml.comparing import Table
from tests.questions.over_xml.counted import NOTE, Counted, note_of
from tests.questions.over_xml.dividing import places
from tests.questions.over_xml.money import PAID, is_humanitarian, transactions


def span(one: Counted) -> tuple[int | None, int | None]:
    """Give the years of the start and the end: the actual ones, or else the planned ones."""
    dates = one.activity.dates
    starts, ends = dates.get("2") or dates.get("1"), dates.get("3" if "4" not in dates else "4")
    return min(starts).year if starts else None, max(ends).year if ends else None


def completeness(counted: Iterable[Counted]) -> Table:
    """By reporter and note: the activities without a field; the note is empty for all of them."""
    table = Table()
    for one in counted:
        own = one.activity
        has = {
            "withoutSector": own.sectors or any(each.sectors for each in own.transactions),
            "withoutReceiverRef": any(each.role == "4" and each.ref for each in own.participations)
            or any(each.receiver for each in own.transactions),
            "withoutResult": own.results["result"],
            "withoutPlace": own.countries
            or own.regions
            or any(each.countries or each.regions for each in own.transactions),
            "withoutMoney": own.transactions,
            "withoutStart": own.dates.get("1") or own.dates.get("2"),
        }
        for note in {"", *(NOTE + note_of(element) for element in one.links)}:
            table.add((one.reporter, note), activities=1, **{name: not found for name, found in has.items()})
    return table


def for_evaluation(counted: Iterable[Counted]) -> Table:
    """By reporter: the activities with what an evaluation needs."""
    table = Table()
    for one in counted:
        objective = any(kind == "2" for kind, _ in one.activity.descriptions)
        results = one.activity.results
        table.add(
            (one.reporter,),
            activities=1,
            withObjective=objective,
            withResult=results["result"] > 0,
            withIndicator=results["result/indicator"] > 0,
            withBaseline=results["result/indicator/baseline"] > 0,
            withTarget=results["result/indicator/period/target"] > 0,
            withActual=results["result/indicator/period/actual"] > 0,
            withObjectiveAndTarget=objective
            and results["result/indicator/baseline"] > 0
            and results["result/indicator/period/target"] > 0,
        )
    return table


def twice(counted: Sequence[Counted]) -> Table:
    """By the activity of who pays and of who is paid, and their reporters: the statements that name each other."""
    table = Table()
    by_identifier: dict[str, list[Counted]] = defaultdict(list)
    for one in counted:
        by_identifier[one.activity.identifier].append(one)

    def add(identifier: str, one: Counted, *, paid: bool) -> None:
        for other in by_identifier.get(identifier, []) if identifier else []:
            payer, receiver = (one, other) if paid else (other, one)
            if payer.reporter and receiver.reporter and payer.reporter != receiver.reporter:
                key = (payer.iri, payer.reporter, receiver.iri, receiver.reporter)
                table.add(key, linksFromPayer=int(paid), linksFromPaid=int(not paid))

    for one in counted:
        for each in one.activity.transactions:
            add(each.receiver_activity, one, paid=True)
            add(each.provider_activity, one, paid=False)
        for part in one.activity.participations:
            if part.role in {"1", "4"}:
                add(part.activity, one, paid=part.role == "4")
    return table


def without_activity(counted: Sequence[Counted], elements: Iterable[str], since: int) -> Table:
    """By element and year: those in which no linked activity runs, with the activities linked in any year."""
    table = Table()
    years = {day.year for one in counted for kind in "24" for day in one.activity.dates.get(kind, ())}
    for element in elements:
        linked = [one for one in counted if element in one.links]
        spans = [(start, end or 9999) for start, end in map(span, linked) if start is not None]
        for year in sorted(year for year in years if year >= since):
            if not any(start <= year <= end for start, end in spans):
                table.add((element, str(year)), linkedAtAnyTime=len(linked))
    return table


def lost_partners(counted: Iterable[Counted], ends: Mapping[str, int]) -> Table:
    """By country: what became of its activities after a partnership's end."""
    table = Table()
    for country in ends:
        table.add((country,), activities=0)
    for one in counted:
        start, end = span(one)
        for country in {each.code for each in one.activity.countries} & ends.keys():
            last = ends[country]
            column = "undated"
            if end is not None and end <= last:
                column = "endedBefore"
            elif start is not None and start > last:
                column = "startedAfter"
            elif start is not None and end is not None:
                column = "ranOn"
            table.add((country,), activities=1, **{column: 1})
    return table


def nexus(counted: Iterable[Counted]) -> Table:
    """By country, objective, reporter and currency: humanitarian and other money, where both meet."""
    found, kinds = Table(), defaultdict[tuple[str, str], dict[str, set[str]]](lambda: {"h": set(), "d": set()})
    for one in counted:
        for transaction, amount in transactions(one, PAID) if one.links else ():
            flagged = is_humanitarian(one, transaction)
            for country, part in places(one, transaction).items():
                for element, link in one.links.items():
                    kinds[country, element]["h" if flagged else "d"].add(one.iri)
                    column = "humanitarian" if flagged else "development"
                    claimed = {column: amount * part * link.share}
                    found.add((country, element, one.reporter, transaction.currency), **claimed)
    table = Table()
    for (country, element, reporter, currency), row in found.rows.items():
        both = kinds[country, element]
        if both["h"] and both["d"]:
            counts = {"humanitarianActivities": len(both["h"]), "developmentActivities": len(both["d"])}
            figures: dict[str, Decimal | int] = {**row, **counts, "both": len(both["h"] & both["d"])}
            table.add((country, element, reporter, currency), **figures)
    return table
