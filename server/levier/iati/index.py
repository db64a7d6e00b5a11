"""What a run knows of every activity, in a database on disk: memory stays the same however many there are.

The processes of a run write to the one database, each file's activities under the number of the file. When all are
read, `choose` decides which of several reports of an activity counts (`_CHOICE` is the rule), and the rest is asked.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from levier.iati.activity import Converted, Kind
from levier.iati.report import problem_json
from levier.iati.sink import Tally

NAME: Final = "index.sqlite3"

_JSON: Final = json.JSONEncoder(ensure_ascii=False)
_BATCH: Final = 500
"""Activities that wait in memory to be written."""
_PATIENCE: Final = 600.0
"""Seconds that a process waits for another to end its writing, which takes milliseconds."""

_SCHEMA: Final = """
CREATE TABLE activity (
    source INTEGER, number INTEGER,
    iri TEXT, identifier TEXT, reporter TEXT, line INTEGER, kind TEXT, updated TEXT, secondary INTEGER,
    start INTEGER, length INTEGER, triples INTEGER,
    read INTEGER, made INTEGER, converted INTEGER, repaired INTEGER, kept INTEGER, dropped INTEGER,
    problems TEXT,
    PRIMARY KEY (source, number)
) WITHOUT ROWID;
CREATE TABLE file (source INTEGER PRIMARY KEY, dataset TEXT, generated TEXT);
CREATE TABLE organisation (identifier TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE extension (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE rate (currency TEXT, date TEXT, PRIMARY KEY (currency, date)) WITHOUT ROWID;
"""

_CHOICE: Final = """
CREATE TABLE known AS
SELECT identifier, MIN(iri) AS iri FROM activity
WHERE kind = 'activity' AND NOT secondary AND reporter <> '' AND identifier <> ''
GROUP BY identifier HAVING COUNT(DISTINCT iri) = 1;
CREATE UNIQUE INDEX known_identifier ON known (identifier);
CREATE TABLE report AS
WITH own_file AS (
    SELECT source, MIN(reporter) = MAX(reporter) AND MIN(reporter) <> '' AS own FROM activity GROUP BY source
), converted AS (
    SELECT source, number, activity.iri, COALESCE(known.iri, activity.iri) AS about, secondary, updated
    FROM activity LEFT JOIN known ON known.identifier = activity.identifier
        AND kind = 'activity' AND (secondary OR reporter = '')
    WHERE triples > 0
), several AS (
    SELECT about FROM converted GROUP BY about HAVING COUNT(*) > 1
), criteria AS (
    SELECT source, number, about AS iri, iri = about AS by_reporter,
        own AND NOT secondary AND iri = about AS own, updated, generated
    FROM several JOIN converted USING (about) JOIN own_file USING (source) JOIN file USING (source)
), ranked AS (
    SELECT *, ROW_NUMBER() OVER best AS place,
        own = FIRST_VALUE(own) OVER best AND by_reporter AS same_own,
        updated = FIRST_VALUE(updated) OVER best AND generated = FIRST_VALUE(generated) OVER best AS same_age,
        FIRST_VALUE(source) OVER best AS of_source, FIRST_VALUE(number) OVER best AS of_number
    FROM criteria
    WINDOW best AS (PARTITION BY iri ORDER BY by_reporter DESC, own DESC, updated DESC, generated DESC, source, number)
)
SELECT source, number, iri, of_source, of_number,
    CASE WHEN place = 1 THEN 0 ELSE ROW_NUMBER() OVER (PARTITION BY source, place > 1 ORDER BY number) END AS copy,
    CASE WHEN place = 1 THEN '' WHEN NOT same_own THEN 'ReporterOwnFile' WHEN NOT same_age THEN 'NewestReport'
        ELSE 'FirstMet' END AS reason
FROM ranked;
CREATE UNIQUE INDEX report_place ON report (source, number);
CREATE INDEX report_of ON report (iri);
"""
"""Which reports are of one activity: those of the same reporter and identifier, and of that identifier alone those of
who reports for another or does not say who reports, where one reporter is known to have it. Which of them counts: first
the reporter's before any other, then that in the reporter's own file (a file all of whose
activities have one and the same reporter, who does not say to report for another), then the one updated last, then
that of the file generated last, then the one met first. `copy` numbers the others within their dataset; `reason` is
the first of these that tells a copy from the report that counts."""

_TOUCHED: Final = """
SELECT activity.number, start, length, report.iri, activity.iri, copy,
    NOT EXISTS (SELECT 1 FROM report AS other WHERE other.iri = report.iri AND other.source = report.source
        AND other.copy BETWEEN 1 AND report.copy - 1),
    reason,
    (SELECT GROUP_CONCAT(DISTINCT other.reason) FROM report AS other WHERE other.iri = report.iri AND other.copy > 0)
FROM report JOIN activity USING (source, number)
WHERE report.source = ? ORDER BY activity.number
"""

_TOLD: Final = """
SELECT identifier, activity.iri, line, kind, triples, read, made, converted, repaired, kept, dropped, problems,
    COALESCE(copy, 0), reason, (SELECT dataset FROM file WHERE file.source = report.of_source)
FROM activity LEFT JOIN report ON report.source = activity.source AND report.number = activity.number
WHERE activity.source = ? ORDER BY activity.number
"""


@dataclass(frozen=True, slots=True)
class Touched:
    """A report of an activity that has several, and where it stands in its file's spool."""

    number: int
    start: int
    length: int
    iri: str
    """Of the activity that it is a report of."""
    written: str
    """The IRI that its lines speak of: another one where a secondary reporter wrote them."""
    copy: int
    """Which copy of its dataset it is, from 1; 0 for the report that counts."""
    first: bool
    """Whether its dataset has no earlier copy of the activity."""
    reasons: tuple[str, ...]
    """Why another one counts; of the report that counts, why it does rather than its copies."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be told of one activity."""

    identifier: str
    iri: str
    line: int
    kind: Kind
    triples: int
    tally: Tally
    problems: str
    """A JSON array of `problem_json`."""
    copy: int
    reason: str
    """Of a copy: why another report counts."""
    dataset: str
    """Of a copy: where the report that counts stands."""

    @property
    def outcome(self) -> str:
        """What became of it."""
        if not self.triples:
            return "set-aside"
        return "copy" if self.copy else "converted"


class Index:
    """The database of a run, as one process sees it."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=_PATIENCE)
        # It dies with the run: nothing need survive a crash.
        self._connection.execute("PRAGMA synchronous = OFF")

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make the database of a new run."""
        index = cls(path)
        index._connection.executescript(_SCHEMA)
        return index

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def add_file(self, source: int, dataset: str, generated: str) -> None:
        """Enter a file; `generated` as it states it."""
        with self._connection:
            self._connection.execute("INSERT INTO file VALUES (?, ?, ?)", (source, dataset, comparable(generated)))

    def rows(self, source: int) -> "Rows":
        """Give what takes the activities of a file."""
        return Rows(self._connection, source)

    def choose(self) -> None:
        """Decide, of the activities that are reported several times, which report counts."""
        self._connection.executescript(_CHOICE)

    def copies(self) -> dict[int, int]:
        """Give the number of copies of each file that has some."""
        return dict(self._connection.execute("SELECT source, MAX(copy) FROM report WHERE copy > 0 GROUP BY source"))

    def touched(self, source: int) -> Iterator[Touched]:
        """Give the activities of a file that are reported several times, in the order of the file."""
        for row in self._connection.execute(_TOUCHED, (source,)):
            number, start, length, iri, written, copy, first, reason, reasons = row
            why = tuple(sorted((reason or reasons).split(",")))
            yield Touched(number, start, length, iri, written, copy, bool(first), why)

    def touched_files(self) -> set[int]:
        """Give the files with an activity that is reported several times."""
        return {source for (source,) in self._connection.execute("SELECT DISTINCT source FROM report")}

    def told(self, source: int) -> Iterator[Told]:
        """Give what is to be told of each activity of a file, in its order."""
        for row in self._connection.execute(_TOLD, (source,)):
            identifier, iri, line, kind, triples, *tally = row[:11]
            problems, copy, reason, dataset = row[11:]
            yield Told(
                identifier, iri, line, kind, triples, Tally(*tally), problems, copy, reason or "",
                dataset if copy else "",
            )  # fmt: skip

    def recount(self, source: int, triples: list[tuple[int, int]]) -> None:
        """Enter how many triples activities of a file became in the end: pairs of their numbers and that."""
        with self._connection as connection:
            connection.executemany(
                "UPDATE activity SET triples = ? WHERE source = ? AND number = ?",
                [(count, source, number) for number, count in triples],
            )

    def organisations(self) -> Iterator[str]:
        """Give the identifiers of the organisations that the activities name, sorted."""
        for (identifier,) in self._connection.execute("SELECT identifier FROM organisation ORDER BY identifier"):
            yield identifier

    def extensions(self) -> Iterator[str]:
        """Give the names outside the standard that the files use, sorted."""
        for (name,) in self._connection.execute("SELECT name FROM extension ORDER BY name"):
            yield name

    def rates(self) -> Iterator[tuple[str, str]]:
        """Give currency and value date of the exchange rates used, sorted."""
        yield from self._connection.execute("SELECT currency, date FROM rate ORDER BY currency, date")


class Rows:
    """Takes the activities of one file, and writes them some hundred at a time."""

    def __init__(self, connection: sqlite3.Connection, source: int) -> None:
        self._connection = connection
        self._source = source
        self._number = 0
        self._place = 0
        self._waiting: list[tuple[object, ...]] = []
        self._organisations: set[str] = set()
        self._extensions: set[str] = set()
        self._rates: set[tuple[str, str]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._write()

    def add(self, converted: Converted) -> None:
        """Enter the next activity of the file; its lines follow those of the one before in the spool."""
        known, tally, length = converted.identity, converted.tally, len(converted.lines)
        problems = _JSON.encode([problem_json(one) for one in converted.problems]) if converted.problems else "[]"
        self._waiting.append(
            (
                self._source, self._number,
                known.iri, known.identifier, known.reporter, known.line, known.kind, comparable(known.updated),
                known.secondary, self._place, length, converted.triples,
                tally.read, tally.made, tally.converted, tally.repaired, tally.kept, tally.dropped, problems,
            )
        )  # fmt: skip
        self._organisations |= converted.organisations
        self._extensions |= converted.extensions
        self._rates |= converted.rates
        self._number += 1
        self._place += length
        if len(self._waiting) >= _BATCH:
            self._write()

    def name_extensions(self, names: set[str]) -> None:
        """Enter names outside the standard that stand in no activity."""
        self._extensions |= names

    def _write(self) -> None:
        with self._connection as connection:
            marks = ", ".join("?" * 19)
            connection.executemany(f"INSERT INTO activity VALUES ({marks})", self._waiting)  # noqa: S608  # marks
            connection.executemany(
                "INSERT OR IGNORE INTO organisation VALUES (?)", [(one,) for one in self._organisations]
            )
            connection.executemany("INSERT OR IGNORE INTO extension VALUES (?)", [(one,) for one in self._extensions])
            connection.executemany("INSERT OR IGNORE INTO rate VALUES (?, ?)", list(self._rates))
        for taken in (self._waiting, self._organisations, self._extensions, self._rates):
            taken.clear()


def comparable(moment: str) -> str:
    """Give a date and time, as IATI states it, in a form that sorts by time; empty where it is none.

    Without a time zone it is taken as UTC.
    """
    try:
        parsed = datetime.fromisoformat(moment.strip())
    except ValueError:
        return ""
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC).isoformat(timespec="microseconds")
    except OverflowError:  # the first or the last day that there is
        return ""
