"""Which organisation a reference means: the identifier behind the ways in which files write it.

References are matched through data: the aliases of the actors' file and of `data/organisations`, the publisher list,
the registers and the DAC channel codes. What matches nothing stays what it is, and a Belgian enterprise number is
mended only if its check digit holds.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pyoxigraph as ox

from levier.iati import bundled
from levier.resources import folder
from levier.terms import ID, LEVIER

_DAC: Final = "XM-DAC-"
_ENTERPRISE: Final = "BE-BCE_KBO-"
_STEPS: Final = 5
"""Repairs of one reference; two are the most that was ever seen."""

_DASHES: Final = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_SPACED_PREFIX: Final = re.compile(r"\w\w\s*-\s*\w+\s*-\s*")
_EDGES: Final = " \t\r\n\u00a0.,;:'\"()[]<>|"
_NUMBER: Final = re.compile(r"[A-Za-z0-9][\w./-]*")
_CHANNEL: Final = re.compile(rf"(?:{_DAC})?([0-9]{{5}})")
_DUNS: Final = re.compile(r"(XI-DUNS)-([0-9]{7,8})")
_BELGIAN: Final = re.compile(
    r"BE[\W_]*(?:BCE[\W_]*KB[O0]|KB[O0][\W_]*BCE|BCE|KB[O0])?[\W_]*(?P<prefixed>[0-9][0-9\s./-]{7,14})"
    r"|(?P<dotted>[01]?[0-9]{3}\.[0-9]{3}\.[0-9]{3})",
    re.IGNORECASE,
)
_ORGANISATION_CHANNELS: Final = ("21", "30", "31", "41", "42", "43", "44", "45", "46", "47")
"""First digits of the channel codes that are organisations; the others are kinds, as are those that end in 00."""
_NOT_ONE_ORGANISATION: Final = frozenset({"46012"})
"""The IDB, IDB Invest and a fund in the channel codes, but IDB Invest alone in the publisher list."""
_ONE_OF_A_HUNDRED: Final = frozenset({"43000", "44000", "45000"})
"""Codes that end in 00 and are organisations: the IMF, the World Bank Group, the WTO."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An organisation as a file refers to it."""

    identifier: str
    """The normalised identifier: what the address of the organisation ends with."""
    repair: str = ""
    """The kinds of repair, joined by `+`: alias, channel-code, prefix-misspelt, dotted-number, leading-zeros,
    letter-case, number-format, noise; empty where it stays as written."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What references are matched with."""

    aliases: dict[str, str]
    active: frozenset[str]
    """The publisher list, without what is withdrawn from it."""
    listed: frozenset[str]
    """The whole publisher list, its own misprints mended."""
    by_key: dict[str, str]
    """The same by `_key`, where the key belongs to one organisation only."""
    channels: frozenset[str]
    """The channel codes that are organisations."""
    registers: dict[str, int]
    """Prefix and number of digits (0: not known)."""
    by_letters: dict[str, str]
    """The same prefixes by their letters and digits alone."""
    misspelt: dict[str, str]


@lru_cache(maxsize=1 << 16)
def organisation(ref: str) -> Reference:
    """Give the normalised identifier of a reference, and why it was changed; asked again of its answer, it agrees."""
    identifier, repairs = ref, list[str]()
    for _ in range(_STEPS):  # a repair may leave noise, or bring to light what another one mends
        better, found = _better(identifier, _known())
        if better == identifier:
            break
        identifier = better
        repairs += found
    noise = ["noise"] if not repairs and identifier != ref else []
    return Reference(identifier, "+".join(dict.fromkeys(repairs or noise)))


def checked(identifier: str) -> bool | None:
    """Tell whether the check digit of a Belgian enterprise number holds; None where it is no such number.

    The last two digits are 97 less the remainder of the first eight by 97 (FPS Economy, Crossroads Bank).
    """
    digits = _enterprise_digits(identifier)
    return None if digits is None else _holds(digits)


def has_register(identifier: str) -> bool:
    """Tell whether an identifier, of an organisation or an activity, begins with a prefix of the registers."""
    return any(prefix in _known().registers for prefix in _prefixes(identifier))


def _better(ref: str, known: _Known) -> tuple[str, list[str]]:
    """Give a reference mended as it is, or else without noise if that makes it known; at least trimmed."""
    trimmed = _INVISIBLE.sub("", ref).strip()
    for text in (trimmed, _plain(trimmed)):
        identifier, repairs = _mended(text, known)
        if repairs or identifier in known.listed or _is_registered(identifier, known):
            return identifier, repairs
    return trimmed, []


def _mended(text: str, known: _Known) -> tuple[str, list[str]]:
    repairs: list[str] = []
    for _ in range(_STEPS):
        found = next((step for rule in _RULES if (step := rule(text, known)) and step[0] != text), None)
        if found is None:
            break
        text = found[0]
        repairs.append(found[1])
    return text, list(dict.fromkeys(repairs))


def _plain(text: str) -> str:
    """Give the text with plain dashes, without white space in its prefix and without what may cling to its ends."""
    text = _DASHES.sub("-", text).strip(_EDGES)
    prefix = _SPACED_PREFIX.match(text)
    return re.sub(r"\s", "", prefix[0]) + text[prefix.end() :] if prefix else text


def _is_registered(text: str, known: _Known) -> bool:
    """Tell whether the text is a prefix of the registers and something that may be a number."""
    prefix = next((prefix for prefix in _prefixes(text) if prefix in known.registers), None)
    return prefix is not None and _NUMBER.fullmatch(text[len(prefix) + 1 :]) is not None


def _prefixes(text: str) -> list[str]:
    """Give what may be the prefix, the longest first."""
    cuts = [cut for cut, sign in enumerate(text) if sign == "-"][:3]
    return [text[:cut] for cut in reversed(cuts)]


Step = tuple[str, str] | None
"""A better identifier and the kind of repair."""


def _alias(text: str, known: _Known) -> Step:
    """Follow an alias of the data; a channel code that is one is so with the prefix as well."""
    target = known.aliases.get(text)
    if target is None and (code := _CHANNEL.fullmatch(text)):
        target = known.aliases.get(code[1])
    return (target, "alias") if target else None


def _channel_code(text: str, known: _Known) -> Step:
    """Prefix a bare channel code, but of no organisation that itself reports by the bare code (2.01, S78)."""
    whole = _DAC + text
    if whole not in known.active and (text not in known.channels or text in known.listed):
        return None
    return (whole, "channel-code") if _CHANNEL.fullmatch(text) and text not in _NOT_ONE_ORGANISATION else None


def _enterprise_number(text: str, _: _Known) -> Step:
    """Write out a Belgian enterprise number, however prefix and digits are written, if the check digit holds."""
    digits = _enterprise_digits(text)
    if digits is None or not _holds(digits):
        return None
    if not text.startswith(_ENTERPRISE):
        return _ENTERPRISE + digits, "dotted-number" if text[0].isdigit() else "prefix-misspelt"
    return _ENTERPRISE + digits, "leading-zeros" if text[len(_ENTERPRISE) :].isdigit() else "dotted-number"


def _enterprise_digits(text: str) -> str | None:
    match = _BELGIAN.fullmatch(text)
    if match is None:
        return None
    digits = re.sub(r"\D", "", match["prefixed"] or match["dotted"])
    return digits.zfill(10) if re.fullmatch("[01]?[0-9]{9}", digits) else None


def _holds(digits: str) -> bool:
    return int(digits[8:]) == 97 - int(digits[:8]) % 97


def _letter_case(text: str, known: _Known) -> Step:
    """Write a prefix of the registers in its letter case: what follows it may differ by case alone."""
    for prefix in _prefixes(text):
        right = known.by_letters.get(_letters(prefix))
        if right and right != prefix and right.casefold() == prefix.casefold():
            return right + text[len(prefix) :], "letter-case"
    return None


def _misspelt_prefix(text: str, known: _Known) -> Step:
    """Mend a prefix that `prefixes.tsv` knows, where the publisher list has the organisation."""
    for prefix in _prefixes(text):
        if prefix in known.misspelt:
            meant = _listed(known.misspelt[prefix] + text[len(prefix) :], known)
            return (meant, "prefix-misspelt") if meant else None
    return None


def _lost_zeros(text: str, known: _Known) -> Step:
    """Give a D-U-N-S number its zeros back: all have nine digits, and spreadsheets drop those in front."""
    found = _DUNS.fullmatch(text)
    return (f"{found[1]}-{found[2].zfill(known.registers[found[1]])}", "leading-zeros") if found else None


def _number_format(text: str, known: _Known) -> Step:
    """Find what differs from the publisher list in signs, white space, letter case and zeros in front alone."""
    meant = None if text in known.listed or text in known.aliases else _listed(text, known)
    return (meant, "number-format") if meant else None


_RULES: Final[tuple[Callable[[str, _Known], Step], ...]] = (
    _alias, _channel_code, _enterprise_number, _letter_case, _misspelt_prefix, _lost_zeros, _number_format,
)  # fmt: skip


def _listed(text: str, known: _Known) -> str | None:
    if text in known.listed:
        return text
    key = _key(text, known.by_letters, known.registers)
    return known.by_key.get(key) if key else None


def _key(text: str, by_letters: dict[str, str], registers: dict[str, int]) -> str | None:
    """Give prefix and number in a form that does without signs, case and zeros; None without a known prefix.

    Numbers of the DAC keep their dashes: 2-10 is not 21-0.
    """
    tokens = re.split(r"[\W_]+", text.strip())
    for size in range(min(3, len(tokens) - 1), 0, -1):
        prefix = by_letters.get(_letters("".join(tokens[:size])))
        if prefix:
            number = ("-" if prefix + "-" == _DAC else "").join(tokens[size:]).casefold()
            return f"{prefix}-{number.lstrip('0') if registers[prefix] and number.isdecimal() else number}"
    return None


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).upper()


@cache
def _known() -> _Known:
    """Read what references are matched with, once."""
    data = folder("data")
    reporters = bundled.table("organisations", "reporters.tsv")
    registers = {row["prefix"]: int(row["digits"] or 0) for row in bundled.table("organisations", "registers.tsv")}
    by_letters = {_letters(prefix): prefix for prefix in registers}
    misspelt = {row["written"]: row["meant"] for row in bundled.table("organisations", "prefixes.tsv")}
    aliases = _aliases((data / "actors.ttl", data / "organisations" / "aliases.ttl"))
    bare = _Known(aliases, frozenset(), frozenset(), {}, frozenset(), registers, by_letters, misspelt)
    statuses = {_tidy(row["identifier"], bare): row["status"] for row in reporters}
    active = frozenset(name for name, status in statuses.items() if status == "active")
    by_key = _by_key(active, bare) | _by_key(statuses.keys() - active, bare, but=_by_key(active, bare))
    return _Known(aliases, active, frozenset(statuses), by_key, _channels(), registers, by_letters, misspelt)


def _tidy(identifier: str, known: _Known) -> str:
    """Mend an identifier of the publisher list by what it says itself."""
    for rule in (_enterprise_number, _letter_case):
        if step := rule(identifier, known):
            identifier = step[0]
    return identifier


def _by_key(identifiers: Iterable[str], known: _Known, but: Iterable[str] = ()) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for identifier in sorted(identifiers):
        if key := _key(identifier, known.by_letters, known.registers):
            found.setdefault(key, []).append(identifier)
    return {key: names[0] for key, names in found.items() if len(names) == 1 and key not in but}


def _aliases(paths: Iterable[Path]) -> dict[str, str]:
    """Give the aliases and the identifiers that they stand for: the last part of the organisation's address."""
    alias, start = ox.NamedNode(LEVIER + "alias"), ID + "organisation/"
    found: dict[str, str] = {}
    for path in paths:
        for triple in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
            subject, name = triple.subject, triple.object
            if triple.predicate == alias and isinstance(subject, ox.NamedNode) and isinstance(name, ox.Literal):
                found[name.value] = unquote(subject.value.removeprefix(start))
    return found


def _channels() -> frozenset[str]:
    """Give the channel codes that are one organisation each."""
    codes = bundled.codes("CRSChannelCode")
    return frozenset(code for code in codes - _NOT_ONE_ORGANISATION if _is_organisation(code))


def _is_organisation(code: str) -> bool:
    return code in _ONE_OF_A_HUNDRED or (code.startswith(_ORGANISATION_CHANNELS) and not code.endswith("00"))
