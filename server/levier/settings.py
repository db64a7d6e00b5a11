"""The one typed settings object, and the table of settings that the command line, the docs and the tests read.

Every setting is a variable `LEVIER_<NAME>` and, where a command uses it, a flag of the same name
(`--query-timeout`, `LEVIER_QUERY_TIMEOUT`). A flag wins over a variable, a variable over the default.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from levier.errors import BadUsage


def _setting(  # the return type is that of dataclasses.field
    default: object, help_text: str, *, low: float | None = None, high: float | None = None, choices: str = ""
) -> Any:  # noqa: ANN401
    return field(default=default, metadata={"help": help_text, "low": low, "high": high, "choices": choices.split()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of Levier, typed, with a default that is safe to run with."""

    store: Path = _setting(Path(".levier"), "Folder of the store: its snapshots and the pointer to the current one.")
    host: str = _setting("127.0.0.1", "Address the HTTP service listens on.")
    port: int = _setting(8000, "Port the HTTP service listens on; 0 takes a free one.", low=0, high=65535)
    workers: int = _setting(
        2, "Processes of each of two kinds that answer HTTP requests: lanes, and fronts behind them.", low=1, high=64
    )
    query_timeout: int = _setting(60, "Seconds a query may run before it is given up.", low=1, high=3600)
    max_query_memory: int = _setting(
        2_000_000_000, "Bytes of memory a query may take over HTTP before it is given up.", low=1_000_000
    )
    max_query_length: int = _setting(100_000, "Characters a query may have over HTTP.", low=100)
    max_query_depth: int = _setting(100, "Brackets a query may have open at once over HTTP.", low=10, high=500)
    max_queries: int = _setting(8, "Queries that may run at a time over HTTP, in all processes together.", low=1)
    queue_timeout: float = _setting(1.0, "Seconds a query waits for its turn before it is sent away.", low=0)
    max_rows: int = _setting(20_000_000, "Rows a result may have over HTTP.", low=1)
    max_bytes: int = _setting(4_000_000_000, "Bytes a result may have over HTTP, before compression.", low=1)
    send_timeout: float = _setting(30.0, "Seconds a client may take to read the next part of an answer.", low=0.1)
    cache_bytes: int = _setting(64_000_000, "Bytes of answers that each process keeps to give again.", low=0)
    memory_bytes: int = _setting(
        64_000_000,
        "Bytes on disk up to which a snapshot is also held in memory, by each process that queries it.",
        low=0,
    )
    services: str = _setting("", "Addresses that SERVICE may ask, with spaces between them; none by default.")
    service_timeout: float = _setting(10.0, "Seconds that one address of SERVICE may take.", low=0.1)
    service_max_bytes: int = _setting(10_000_000, "Bytes that one address of SERVICE may answer.", low=1)
    writable: bool = _setting(False, "Take updates and graphs over HTTP from who knows the token.")
    token: str = _setting("", "What a client must know to write over HTTP; a variable only, never a flag.")
    writer: str = _setting("token", "Who writes over HTTP, as the provenance names whoever knows the token.")
    max_write_bytes: int = _setting(100_000_000, "Bytes an update or a graph sent over HTTP may have.", low=1)
    access_log: str = _setting("-", "File for a line of JSON per request; - is standard error, an empty name is none.")
    page_rows: int = _setting(100, "Rows that a page about a thing shows of what points to it.", low=1, high=10_000)
    registry: str = _setting(
        "https://dashboard.iatistandard.org/api",
        "The registry that `fetch` asks: the API of the IATI Dashboard, or one of CKAN (…/api/3/action).",
    )
    fetch_parallel: int = _setting(4, "Datasets to fetch at once.", low=1, high=16)
    fetch_per_host: int = _setting(2, "Datasets to fetch at once from one server.", low=1, high=8)
    fetch_retries: int = _setting(4, "Times to ask again where a server fails or does not answer.", low=0, high=20)
    fetch_timeout: float = _setting(60.0, "Seconds to wait for the next bytes of an http(s) address.", low=0.1)
    fetch_max_bytes: int = _setting(2_000_000_000, "Bytes that one http(s) address may have.", low=1)
    max_file_bytes: int = _setting(20_000_000_000, "Bytes that one aid file may have, unpacked.", low=1)
    max_record_bytes: int = _setting(
        16_000_000, "Bytes that one activity may have: it is held in memory, where it takes ten times as many.", low=1
    )
    alignment_threshold: float = _setting(
        0.5, "Confidence, 0 to 1, from which a link counts as levier:contributesTo.", low=0, high=1
    )
    short_term_months: int = _setting(
        12, "Planned months up to which an activity counts as short term: an assumption of ours.", low=1
    )
    medium_term_months: int = _setting(
        36,
        "Planned months up to which an activity counts as medium term, beyond it long: an assumption of ours.",
        low=1,
    )
    decisions: str = _setting(
        "", "File that keeps people's decisions on links; empty is decisions.ttl in the folder of the store."
    )
    review_margin: float = _setting(
        0.2,
        "How far from the threshold a confidence may be for `link --review` to call the link doubtful.",
        low=0,
        high=1,
    )
    endpoint: str = _setting("", "A SPARQL 1.1 endpoint (http or https) to ask instead of the store.")
    default_graph: str = _setting(
        "union",
        "What a query without GRAPH sees: the union of the named graphs, or (strict) the empty default graph.",
        choices="union strict",
    )
    keep_snapshots: int = _setting(3, "Snapshots that `levier snapshots prune` keeps besides the current one.", low=0)
    language: str = _setting("en", "Language of messages and labels.", choices="fr nl en")

    def __post_init__(self) -> None:
        for setting in SETTINGS:
            setting.check(getattr(self, setting.name))

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None, **overrides: object) -> Self:
        """Give the settings from `LEVIER_*` variables, with `overrides` (None: not given) on top.

        Raises BadUsage for a value that is not of the setting's type or out of its bounds.
        """
        env = os.environ if env is None else env
        values: dict[str, Any] = {s.name: s.parse(env[s.variable]) for s in SETTINGS if env.get(s.variable, "") != ""}
        values.update({name: value for name, value in overrides.items() if value is not None})
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table of settings."""

    name: str
    type: type
    default: object
    help: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]

    @property
    def variable(self) -> str:
        """The environment variable, `LEVIER_QUERY_TIMEOUT`."""
        return f"LEVIER_{self.name.upper()}"

    @property
    def flag(self) -> str:
        """The flag, `--query-timeout`."""
        return "--" + self.name.replace("_", "-")

    def parse(self, text: str) -> object:
        """Give the value that the text of a variable means."""
        try:
            return _TRUTH[text.lower()] if self.type is bool else self.type(text)
        except (ValueError, KeyError):
            raise BadUsage(f"{self.variable} is {text!r}; it must be {_TYPE_WORDS[self.type]}.") from None

    def check(self, value: Any) -> None:  # noqa: ANN401  # int, float, str or Path
        """Raise BadUsage where the value is out of the setting's bounds, or not among its choices."""
        if self.choices and value not in self.choices:
            raise BadUsage(f"{self.variable} ({self.flag}) is {value!r}; it must be {' or '.join(self.choices)}.")
        high_enough = self.low is None or value >= self.low
        low_enough = self.high is None or value <= self.high
        if not (high_enough and low_enough):  # NaN is neither
            bounds = f"at least {self.low}" if self.high is None else f"from {self.low} to {self.high}"
            raise BadUsage(f"{self.variable} ({self.flag}) is {value}; it must be {bounds}.")


_TYPE_WORDS = {int: "a whole number", float: "a number", str: "text", Path: "a path", bool: "true or false"}
_TRUTH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}

SETTINGS: tuple[Setting, ...] = tuple(
    Setting(
        name=f.name,
        type=type(f.default),
        default=f.default,
        help=f.metadata["help"],
        low=f.metadata["low"],
        high=f.metadata["high"],
        choices=tuple(f.metadata["choices"]),
    )
    for f in fields(Settings)
)
"""The table of settings, in the order of `Settings`."""
