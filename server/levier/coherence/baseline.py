"""The baseline: a committed file of findings that are accepted for now, each with the reason and the day.

TOML, so that people can read, search and review it:

    [[accepted]]
    rule = "AID-010"
    node = "https://w3id.org/levier/id/activity/XM-DAC-2-10/XM-DAC-2-10-1"
    value = "80"
    file = "our-iati.xml"
    reason = "The sectors of 2019 are being reviewed."
    date = 2026-11-29
"""

import json
import os
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from levier.coherence.fingerprint import Fingerprint
from levier.coherence.naming import known_rule, nearest
from levier.errors import BadInput

DEFAULT: Final = Path("levier-baseline.toml")

_HEAD: Final = """\
# Findings of `levier check` that are accepted, each with the reason and the day.
# `levier check --write-baseline --reason "…"` adds those there are, and takes out what is stale.
"""
_KEYS: Final = ("rule", "node", "value", "content", "file", "reason", "date")
_NEEDED: Final = ("rule", "node", "reason", "date")


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted finding."""

    fingerprint: Fingerprint
    reason: str
    date: str
    """As ISO 8601 writes a day."""
    file: str = ""
    """Where it was when it was accepted, for people; nothing depends on it but what is stale."""


def read(path: Path, rules: Collection[str]) -> list[Entry]:
    """Read a baseline; raises BadInput, or BadUsage for an unknown rule, with the entry and the nearest name."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        hint = "`levier check --write-baseline --reason …` makes one."
        raise BadInput(f"{path}: there is no such baseline.", hint=hint) from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: not TOML ({error}).") from error
    for key in table:
        if key != "accepted":
            raise BadInput(f"{path}: nothing is known of {key}.", hint=nearest(key, ["accepted"]))
    entries = table.get("accepted", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadInput(f"{path}: entries must begin with [[accepted]].")
    return [_entry(entry, f"{path}: entry {number}", rules) for number, entry in enumerate(entries, 1)]


def written(entries: Iterable[Entry]) -> str:
    """Give the text of a baseline, in a fixed order, so that a change of it is small to review."""
    ordered = sorted(entries, key=lambda entry: entry.fingerprint)
    return _HEAD + "".join(f"\n[[accepted]]\n{_lines(entry)}" for entry in ordered)


def stale(entries: Sequence[Entry], met: Collection[Fingerprint], files: Sequence[str]) -> list[Entry]:
    """Give the entries that accept nothing any more.

    Where only some files were checked (`files`), of those alone, and of files that are gone.
    """
    checked = {os.path.normpath(file) for file in files}
    return [
        entry
        for entry in entries
        if entry.fingerprint not in met
        and (not files or not entry.file or os.path.normpath(entry.file) in checked or _is_gone(entry.file))
    ]


def renewed(
    old: Iterable[Entry], gone: Collection[Entry], new: Mapping[Fingerprint, str], reason: str, today: date
) -> list[Entry]:
    """Give the entries without those that are gone, and one for each new finding (its fingerprint and its file)."""
    kept = [entry for entry in old if entry not in gone]
    known = {entry.fingerprint for entry in kept}
    return kept + [Entry(one, reason, today.isoformat(), file) for one, file in new.items() if one not in known]


def _is_gone(file: str) -> bool:
    path = Path(file)
    return not path.exists() and not Path(file.partition("!")[0]).exists()


def _entry(table: dict[str, Any], where: str, rules: Collection[str]) -> Entry:
    for key in table:
        if key not in _KEYS:
            raise BadInput(f"{where}: nothing is known of {key}.", hint=nearest(key, _KEYS))
    for key in _NEEDED:
        if not str(table.get(key, "")).strip():
            raise BadInput(f"{where} has no {key}.", hint="Each entry says why it is accepted, and since when.")
    texts = {key: value.isoformat() if isinstance(value, date) else value for key, value in table.items()}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise BadInput(f"{where}: {key} is {value!r}; it must be text.")
    if not _is_day(texts["date"]):
        raise BadInput(f"{where}: date is {texts['date']!r}; it must be a day such as 2026-11-29.")
    rule = known_rule(texts["rule"], rules, f"{where}: ")
    known = Fingerprint(rule, texts["node"], texts.get("value", ""), texts.get("content", ""))
    return Entry(known, texts["reason"], texts["date"], texts.get("file", ""))


def _is_day(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _lines(entry: Entry) -> str:
    one = entry.fingerprint
    texts = {"rule": one.rule, "node": one.node, "value": one.value, "content": one.content, "file": entry.file}
    lines = [f"{key} = {_quoted(value)}" for key, value in {**texts, "reason": entry.reason}.items() if value]
    return "\n".join([*lines, f"date = {_day(entry.date)}", ""])


def _quoted(text: str) -> str:
    """Give a basic string of TOML: JSON's, but that DEL must be escaped and no pair of surrogates may be."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return _quoted(text)
