"""Divides the money of an activity over its sectors and places: by percentages, which the questions all read alike."""

from collections.abc import Sequence
from decimal import Decimal

from tests.questions.over_xml.counted import Counted
from tests.questions.over_xml.reading import Part, Transaction

WHOLE = Decimal(100)
IN_DONOR = {str(code) for code in range(93010, 93019)}
IN_DONOR_AID = {"H02", "H03", "H04", "H05", "H06"}


def parts(found: Sequence[Part], *, scaled: Sequence[Part] | None = None) -> dict[str, Decimal]:
    """Give the part of the whole that each code has: its percentage, or an even part where none has any.

    Percentages that make more than 100 with those of `scaled` (by default the same) are scaled down.
    """
    among = found if scaled is None else scaled
    points = sum((WHOLE if one.percentage is None else one.percentage for one in among), Decimal())
    of: dict[str, Decimal] = {}
    for one in found:
        own = WHOLE if one.percentage is None else one.percentage
        of[one.code] = of.get(one.code, Decimal()) + own / max(points, WHOLE)
    return of


def five_digits(found: Sequence[Part]) -> list[Part]:
    """Give the sectors of the purpose codes of the DAC."""
    return [one for one in found if one.vocabulary == "1" and one.code]


def places(counted: Counted, transaction: Transaction) -> dict[str, Decimal]:
    """Give the part of a transaction that goes to each country: its own, else those of its activity."""
    if transaction.countries or transaction.regions:
        return {one.code: Decimal(1) for one in transaction.countries if one.code}
    among = (*counted.activity.countries, *counted.activity.regions)
    return parts([one for one in counted.activity.countries if one.code], scaled=among)


def in_donor_by_sector(counted: Counted) -> Decimal | None:
    """Give the in-donor part of an activity by its sectors, or by their categories where it has none of five digits."""
    five = five_digits(counted.activity.sectors)
    three = [one for one in counted.activity.sectors if one.vocabulary == "2"]
    inside = sum((part for code, part in parts(five).items() if code in IN_DONOR), Decimal())
    if not five:
        inside = sum((part for code, part in parts(three).items() if code == "930"), Decimal())
    return inside or None


def in_donor(counted: Counted, transaction: Transaction) -> Decimal:
    """Give the in-donor part of a transaction: by what it says itself, else by what its activity says."""
    own = [one for one in transaction.sectors if one.vocabulary in {"1", "2"} and one.code]
    if IN_DONOR_AID & set(transaction.aid_types):
        return Decimal(1)
    if own:
        return Decimal(any(one.code in IN_DONOR | {"930"} for one in own))
    of_activity = in_donor_by_sector(counted)
    if of_activity is None and not transaction.aid_types and IN_DONOR_AID & set(counted.activity.aid_types):
        return Decimal(1)
    return of_activity or Decimal()


def outside_donor(counted: Counted, inside: Decimal) -> Decimal:
    """Give the part that the migration note may claim outside the in-donor part."""
    links = counted.of_note("migration")
    wide = sum((one.share for one in links if one.otherwise), Decimal())
    if any(one.in_donor for one in links):
        wide = min(wide, counted.claimed("migration") - (in_donor_by_sector(counted) or Decimal()))
    return max(Decimal(), min(wide, 1 - inside))
