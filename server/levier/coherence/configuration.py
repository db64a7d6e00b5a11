"""What a team has settled for its checks: `levier.toml`, or the table `[tool.levier]` of `pyproject.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from levier.coherence.catalogue import Catalogue
from levier.coherence.naming import known_rule, nearest, selected
from levier.coherence.rule import LANGUAGES, Severity
from levier.coherence.thresholds import RuleSetting, Threshold
from levier.errors import BadInput, BadUsage

OWN: Final = "levier.toml"
SHARED: Final = "pyproject.toml"
OFF: Final = "off"

_KEYS: Final = ("files", "select", "ignore", "baseline", "fail_on", "language", "rules")
_RULE_KEYS: Final = ("severity", "warn_if", "error_if")


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings of one file; what is not there is None or empty, and the flags and defaults hold."""

    path: Path | None = None
    files: tuple[Path, ...] = ()
    """What is checked where no FILES are given."""
    chosen: frozenset[str] | None = None
    """The rules that hold; None for all."""
    baseline: Path | None = None
    fail_on: Severity | None = None
    language: str | None = None
    rules: Mapping[str, RuleSetting] = field(default_factory=dict)


def find(start: Path) -> Path | None:
    """Give the file that holds in a folder: the nearest upwards, no further than the root of the git repository."""
    for folder in (start, *start.parents):
        if (folder / OWN).is_file():
            return folder / OWN
        shared = folder / SHARED
        if shared.is_file() and _table_of(shared) is not None:
            return shared
        if (folder / ".git").exists():
            return None
    return None


def load(path: Path | None, catalogue: Catalogue) -> Configuration:
    """Read the settings of a file; none without one.

    Raises BadInput for a file that is not TOML, a key or a value that cannot be meant, and BadUsage for an unknown
    rule, each with file, key and the nearest name.
    """
    if path is None:
        return Configuration()
    table = (_table_of(path) or {}) if path.name == SHARED else _read(path)
    return _Reader(path, table, catalogue).configuration()


def choose(select: tuple[str, ...], ignore: tuple[str, ...], catalogue: Catalogue, where: str = "") -> frozenset[str]:
    """Give the rules that are selected (all, where none is named) and not ignored."""
    chosen = selected(select, catalogue, where) if select else set(catalogue.rules)
    return frozenset(chosen - selected(ignore, catalogue, where))


def _table_of(shared: Path) -> dict[str, Any] | None:
    """Give the table `[tool.levier]` of a `pyproject.toml`, or None where it has none."""
    tools = _read(shared).get("tool")
    table = tools.get("levier") if isinstance(tools, dict) else None
    if table is None or isinstance(table, dict):
        return table
    raise BadInput(f"{shared}: tool.levier is {table!r}; it must be a table, [tool.levier].")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: not TOML ({error}).") from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error}).") from error


class _Reader:
    def __init__(self, path: Path, table: dict[str, Any], catalogue: Catalogue) -> None:
        self._path = path
        self._table = table
        self._catalogue = catalogue

    def configuration(self) -> Configuration:
        self._know(self._table, _KEYS, "")
        rules = {name: self._rule(name, table) for name, table in self._tables("rules").items()}
        off = tuple(name for name, setting in rules.items() if setting is None)
        select, ignore = self._texts("select"), (*self._texts("ignore"), *off)
        baseline, fail_on = self._text("baseline"), self._text("fail_on")
        return Configuration(
            path=self._path,
            files=tuple(self._path.parent / name for name in self._texts("files")),
            chosen=choose(select, ignore, self._catalogue, f"{self._path}: ") if select or ignore else None,
            baseline=self._path.parent / baseline if baseline else None,
            fail_on=self._severity("fail_on", fail_on) if fail_on else None,
            language=self._language(),
            rules={name: setting for name, setting in rules.items() if setting is not None},
        )

    def _rule(self, name: str, table: dict[str, Any]) -> RuleSetting | None:
        known_rule(name, self._catalogue.rules, f"{self._path}: ")
        self._know(table, _RULE_KEYS, f"rules.{name}.")
        texts = {key: self._text_of(value, f"rules.{name}.{key}") for key, value in table.items()}
        if texts.get("severity") == OFF:
            return None
        severity = texts.get("severity")
        return RuleSetting(
            severity=self._severity(f"rules.{name}.severity", severity) if severity else None,
            warn_if=self._threshold(f"rules.{name}.warn_if", texts.get("warn_if")),
            error_if=self._threshold(f"rules.{name}.error_if", texts.get("error_if")),
        )

    def _threshold(self, key: str, text: str | None) -> Threshold | None:
        if text is None:
            return None
        try:
            return Threshold.of(text)
        except ValueError as error:
            raise BadInput(f"{self._path}: {key} {error}") from None

    def _severity(self, key: str, word: str) -> Severity:
        try:
            return Severity.of(word)
        except BadUsage:
            known = [severity.word for severity in Severity] + ([OFF] if key.startswith("rules.") else [])
            raise BadInput(f"{self._path}: {key} is {word!r}.", hint=nearest(word, known)) from None

    def _language(self) -> str | None:
        language = self._text("language")
        if language is not None and language not in LANGUAGES:
            raise BadInput(f"{self._path}: language is {language!r}; it must be {', '.join(LANGUAGES)}.")
        return language

    def _know(self, table: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
        for key in table:
            if key not in keys:
                raise BadInput(f"{self._path}: nothing is known of {where}{key}.", hint=nearest(key, keys))

    def _tables(self, key: str) -> dict[str, dict[str, Any]]:
        value = self._table.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
            raise BadInput(f"{self._path}: {key} must be tables, such as [{key}.AID-010].")
        return value

    def _texts(self, key: str) -> tuple[str, ...]:
        value = self._table.get(key, [])
        if not isinstance(value, list):
            raise BadInput(f"{self._path}: {key} must be a list of texts.")
        return tuple(self._text_of(one, key) for one in value)

    def _text(self, key: str) -> str | None:
        return self._text_of(self._table[key], key) if key in self._table else None

    def _text_of(self, value: object, key: str) -> str:
        if not isinstance(value, str):
            raise BadInput(f"{self._path}: {key} is {value!r}; it must be text.")
        return value
