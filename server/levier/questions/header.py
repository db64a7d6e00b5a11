"""Reads the comment lines at the head of a `.rq` file: what a question says of itself.

A line is `# key: value` or, where the value is in a language, `# key@en: value`. A key may stand on several lines.
The file stays plain SPARQL 1.1, which any other client runs as it stands.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from levier.errors import BrokenData

LANGUAGES = ("fr", "nl", "en")

_LINE = re.compile(r"#\s*(?P<key>[a-z-]+)(?:@(?P<language>[a-z]{2}))?:\s*(?P<value>.*\S)\s*$")
_PARAMETER = re.compile(r'(?P<name>\w+)\s+(?P<type>[\w-]+)\s+default\s+(?P<default>\S+)\s+"(?P<description>[^"]+)"$')
_COLUMN = re.compile(r'(?P<name>\w+)\s+(?P<type>\w+)(?:\s+(?P<unit>[^\s"]+))?\s+"(?P<description>[^"]+)"$')
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_COLUMN_TYPES = frozenset({"key", "iri", "text", "integer", "decimal", "date", "boolean"})

ANY = "any"
"""The default of a parameter that narrows nothing until it is given: `VALUES ?name { UNDEF }` in the query."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What may be given to a question: a name, what kind of value, and the value it has when none is given.

    `type` is `element`, `note`, `year`, `date`, `language` or, with a capital, the name of a code list (`Country`).
    """

    name: str
    type: str
    default: str
    description: str


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of the answer holds; `unit` is empty where it has none.

    `type` is `text`, `integer`, `decimal`, `date`, `boolean`, `iri`, or `key`: the IRI of the thing that the columns
    after it name, for programs rather than for people.
    """

    name: str
    type: str
    unit: str
    description: str

    @property
    def heading(self) -> str:
        """The name as words: `linkedAtAnyTime` is a name for programs."""
        return _HUMP.sub(" ", self.name).lower()


@dataclass(frozen=True, slots=True)
class Header:
    """The lines of a header by key, and by key and language."""

    where: str
    plain: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    worded: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def one(self, key: str) -> str:
        """Give the only value of a key; BrokenData where there is none or more than one."""
        values = self.plain.get(key, ())
        if len(values) != 1:
            raise BrokenData(f"{self.where}: expected one line “# {key}: …”, found {len(values)}.")
        return values[0]

    def in_languages(self, key: str) -> dict[str, tuple[str, ...]]:
        """Give the values of a key in every language; BrokenData where the languages do not have equally many."""
        values = {language: self.worded.get((key, language), ()) for language in LANGUAGES}
        if len({len(lines) for lines in values.values()}) > 1:
            counts = ", ".join(f"{language} {len(lines)}" for language, lines in values.items())
            raise BrokenData(f"{self.where}: “# {key}@…” must stand in every language equally often, found {counts}.")
        return values

    def one_in_languages(self, key: str) -> dict[str, str]:
        """Give the only value of a key in every language."""
        values = self.in_languages(key)
        if len(values["en"]) != 1:
            raise BrokenData(f"{self.where}: expected one line “# {key}@en: …”, found {len(values['en'])}.")
        return {language: lines[0] for language, lines in values.items()}

    def parameters(self) -> tuple[Parameter, ...]:
        """Give the parameters in their order."""
        return tuple(
            Parameter(**self._parts(_PARAMETER, "parameter", line)) for line in self.plain.get("parameter", ())
        )

    def columns(self) -> tuple[Column, ...]:
        """Give the columns in their order; BrokenData for a type that is not one of ours."""
        columns = tuple(Column(**self._parts(_COLUMN, "column", line)) for line in self.plain.get("column", ()))
        for column in columns:
            if column.type not in _COLUMN_TYPES:
                allowed = ", ".join(sorted(_COLUMN_TYPES))
                raise BrokenData(f"{self.where}: column {column.name} has type {column.type!r}; allowed: {allowed}.")
        return columns

    def _parts(self, pattern: re.Pattern[str], key: str, line: str) -> dict[str, str]:
        match = pattern.match(line)
        if match is None:
            raise BrokenData(f"{self.where}: cannot read “# {key}: {line}”.")
        return {name: value or "" for name, value in match.groupdict().items()}


def read_header(text: str, where: str) -> Header:
    """Give the header of a `.rq` text: its comment lines up to the first line that is not one.

    `where` names the file in messages.
    """
    plain: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    worded: defaultdict[tuple[str, str], tuple[str, ...]] = defaultdict(tuple)
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("#"):
            break
        match = _LINE.match(line)
        if match is None:
            raise BrokenData(f"{where}:{number}: a header line must read “# key: value”, found {line!r}.")
        key, language, value = match.group("key", "language", "value")
        if language is None:
            plain[key] += (value,)
        else:
            worded[key, language] += (value,)
    return Header(where, dict(plain), dict(worded))
