"""What is asked, and whom: a SPARQL endpoint elsewhere, or the snapshot in use of a store."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pyoxigraph as ox

from levier.client.frames import Described, pandas_frame, polars_frame, typed
from levier.client.labels import labels
from levier.errors import BadUsage, EndpointFailed
from levier.graph import RemoteStore, Snapshots, Store
from levier.questions import LANGUAGES, Column, Row, answer, find, questions, search
from levier.settings import Settings

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

T = TypeVar("T")

_FIRST_PAUSE: Final = 0.5
"""Seconds before the second try; each pause is twice the one before."""


class Client:
    """Asks a SPARQL endpoint, or the snapshot in use of a local store; nothing is sent before the first question."""

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        store: str | Path | None = None,
        language: str = "en",
        timeout: int = 60,
        retries: int = 2,
    ) -> None:
        """Make a client of an `endpoint`, an address of SPARQL, or of a `store`: a folder, `.levier` by default.

        `language` (fr, nl or en) is that of titles and labels, `timeout` is in seconds, `retries` is how often an
        endpoint that does not answer is asked again. Raises BadUsage where both are given, or a value cannot be meant.
        """
        if language not in LANGUAGES:
            raise BadUsage(f"language is {language!r}; it must be {', '.join(LANGUAGES)}.")
        if timeout <= 0:
            raise BadUsage(f"timeout is {timeout!r}; it must be more than 0 seconds.")
        if endpoint is not None and store is not None:
            raise BadUsage("Client takes an endpoint or a store, not both.")
        chosen = Settings() if store is None else Settings(store=Path(store))
        self._store: Store = (
            Snapshots(chosen.store).open() if endpoint is None else RemoteStore(endpoint, timeout=timeout)
        )
        self._retries = 0 if endpoint is None else retries
        self.language = language

    def questions(self, words: str = "") -> "pd.DataFrame":
        """Give the questions of the library, or those that have the words, with their parameters."""
        known = search(questions(), words) if words.strip() else questions()
        rows = [
            (one.name, one.theme, one.title(self.language), ", ".join(p.name for p in one.parameters)) for one in known
        ]
        columns = [Column(name, "text", "", name) for name in ("name", "theme", "title", "parameters")]
        return pandas_frame(columns, [tuple(map(ox.Literal, row)) for row in rows])

    def ask(self, question: str, **parameters: object) -> "pd.DataFrame":
        """Answer a question of the library as a table of pandas, by its name and its parameters.

        Beside a column of IRIs stands one with their labels (`reporter`, `reporterLabel`).
        `frame.attrs` has what a reader must know: `title`, `parameters`, `columns` (with units), `caveats`, and
        `missing`, the sentence that says what the data lack where there is no row. Raises UnknownQuestion,
        BadParameter and EndpointFailed.
        """
        described = self.describe(question, **parameters)
        frame = pandas_frame(*self._labelled(described))
        frame.attrs.update(described.attributes())
        return frame

    def ask_polars(self, question: str, **parameters: object) -> "pl.DataFrame":
        """Answer a question as a table of polars; amounts are exact decimals there."""
        described = self.describe(question, **parameters)
        return polars_frame(*self._labelled(described))

    def describe(self, question: str, **parameters: object) -> Described:
        """Answer a question as rows of RDF terms, with all that is said of it; needs neither pandas nor polars."""
        asked = find(question)
        given = {name: str(value) for name, value in parameters.items() if value is not None}
        if any(parameter.name == "language" for parameter in asked.parameters):
            given.setdefault("language", self.language)
        language = given.get("language", self.language)
        found = self._try(lambda: answer(self._store, asked, given, language if language != "de" else self.language))
        return Described(found)

    def query(self, text: str) -> "pd.DataFrame":
        """Answer a SELECT as a table of pandas, typed by the datatypes of what is found.

        The prefixes of `levier.terms.PREFIXES` need no declaration. Raises QuerySyntaxError and EndpointFailed, and
        BadUsage for another kind of query.
        """

        def run() -> tuple[list[str], list[tuple[Any, ...]]]:
            found = self._store.query(text)
            if not isinstance(found, ox.QuerySolutions):
                raise BadUsage("Client.query takes a SELECT.")
            names = [variable.value for variable in found.variables]
            return names, [tuple(row[name] for name in names) for row in found]

        names, rows = self._try(run)
        return pandas_frame(typed(names, rows), rows)

    def _labelled(self, described: Described) -> tuple[list[Column], list[Row]]:
        """Give columns and rows with a column of labels after each one of IRIs."""
        at = [index for index, column in enumerate(described.columns) if column.type == "iri"]
        iris = {term.value for row in described.rows for index in at if isinstance(term := row[index], ox.NamedNode)}
        names = self._try(lambda: labels(self._store, sorted(iris), self.language))
        columns: list[Column] = []
        rows: list[list[Any]] = [[] for _ in described.rows]
        for index, column in enumerate(described.columns):
            columns.append(column)
            for target, row in zip(rows, described.rows, strict=True):
                target.append(row[index])
            if index in at:
                columns.append(Column(f"{column.name}Label", "text", "", f"The name of {column.name}"))
                for target, row in zip(rows, described.rows, strict=True):
                    term = row[index]
                    target.append(names.get(term.value) if isinstance(term, ox.NamedNode) else None)
        return columns, [tuple(row) for row in rows]

    def _try(self, run: Callable[[], T]) -> T:
        """Run it, and again after a pause where the endpoint does not answer."""
        for attempt in range(self._retries):
            try:
                return run()
            except EndpointFailed as error:
                if not error.again:
                    raise
                time.sleep(_FIRST_PAUSE * 2**attempt)
        return run()
