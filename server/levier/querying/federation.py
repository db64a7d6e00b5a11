"""SERVICE: refused, unless its server is on the list of whoever runs this one, and then obeyed within limits.

The engine would ask any address, by itself and without limits. So a query with a SERVICE is rewritten to ask a relay
that lives for this query, and the relay asks the server.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from levier.errors import BadUsage, QueryRejected, ServiceFailed
from levier.graph.guard import ServiceClause, refuse_federation, refuse_load, service_clauses
from levier.querying.relay import Relay

_NEVER_IN_AN_ADDRESS: Final = frozenset('<>"{}|^`\\ #')


@dataclass(frozen=True, slots=True)
class Federation:
    """Which servers SERVICE may name, and what they may take; raises BadUsage for what is no address of a server."""

    allowed: tuple[str, ...] = ()
    """http(s) addresses, to the letter. One with a name must lead to the public Internet; with a number, anywhere."""
    timeout: float = 10.0
    """Seconds for each answer as a whole."""
    max_bytes: int = 10_000_000
    """Bytes that each answer may have, decompressed."""

    def __post_init__(self) -> None:
        for address in self.allowed:
            if not _is_address(address):
                hint = "Give the http:// or https:// address of a SPARQL server, in ASCII, without user and fragment."
                raise BadUsage(f"{address}: SERVICE cannot be allowed to ask this.", hint=hint)


@contextmanager
def federated(text: str, federation: Federation | None) -> Iterator[str]:
    """Give the query that the engine may be asked in place of this one; its results must be read within the block.

    Raises QueryRejected for a LOAD and for a SERVICE that is not allowed, QuerySyntaxError, and at the end of the
    block ServiceFailed, where a server did not answer and its SERVICE is not SILENT.
    """
    if federation is None or not federation.allowed:
        refuse_federation(text)
        yield text
        return
    refuse_load(text)
    clauses = service_clauses(text)
    if not clauses:
        yield text
        return
    _refuse_others(clauses, federation)
    with Relay([clause.address for clause in clauses], federation.timeout, federation.max_bytes) as relay:
        try:
            yield _rewritten(text, clauses, relay)
        except ConnectionError:  # the client's: the relay answers the engine, whatever happens
            raise
        except (OSError, RuntimeError) as error:  # what the engine raises for SERVICE
            _raise_failure(clauses, relay, error)
            raise
        # The engine passes over some failures, as within EXISTS, and its answer is then wrong.
        _raise_failure(clauses, relay, None)


def _refuse_others(clauses: list[ServiceClause], federation: Federation) -> None:
    for clause in clauses:
        if clause.address not in federation.allowed:
            message = f"SERVICE is refused here for <{clause.address}>: it is not among the servers that may be asked."
            hint = "An address must be the same to the letter. They are: " + ", ".join(federation.allowed) + "."
            raise QueryRejected(message, hint=hint)


def _rewritten(text: str, clauses: list[ServiceClause], relay: Relay) -> str:
    parts: list[str] = []
    end = 0
    for place, clause in enumerate(clauses):
        parts += [text[end : clause.place[0]], relay.address(place)]
        end = clause.place[1]
    return "".join([*parts, text[end:]])


def _raise_failure(clauses: list[ServiceClause], relay: Relay, cause: Exception | None) -> None:
    for place, reason in relay.failures.items():
        clause = clauses[place]
        if not clause.silent:
            message = f"SERVICE <{clause.address}> failed: the server {reason}."
            raise ServiceFailed(message, hint="With SERVICE SILENT the query goes on without it.") from cause


def _is_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return (
        good
        and "@" not in parts.netloc
        and address.isascii()
        and address.isprintable()
        and not _NEVER_IN_AN_ADDRESS & set(address)
    )
