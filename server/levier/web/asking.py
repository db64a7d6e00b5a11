"""Makes of what a stranger wrote a query that an engine may be given."""

import re
from typing import Final

from levier.graph import Dataset
from levier.graph.syntax import depth
from levier.querying import Query
from levier.web.problems import Problem
from levier.web.service import Service

_VOLATILE: Final = re.compile(r"\b(?:NOW|RAND|UUID|STRUUID|BNODE|SERVICE)\b", re.IGNORECASE | re.ASCII)


def make_query(
    here: Service, text: str, dataset: Dataset, rows_as: str = "", graph_as: str = "", *, gzip: bool = False
) -> Query:
    """Give the query with the service's limits; raises Problem where it is empty, too long or too deep."""
    chosen = here.settings
    check(text, chosen.max_query_length, chosen.max_query_depth, "query")
    return Query(text, dataset, rows_as, graph_as, gzip, chosen.max_rows, chosen.max_bytes, here.federation)


def check(text: str, longest: int, deepest: int, what: str) -> None:
    """Raise Problem where a query or update is empty, too long, or has too many brackets open at once."""
    if len(text) > longest:
        raise Problem("query-too-long", f"The {what} has {len(text):,} characters; {longest:,} are the limit.")
    if not text.strip():
        raise Problem("one-query", f"The {what} is empty.")
    if sum(map(text.count, "([{")) > deepest and depth(text) > deepest:
        raise Problem("query-too-deep", f"The {what} has more than {deepest} brackets open at once.")


def is_volatile(text: str) -> bool:
    """Tell whether the answer to a query may differ from one time to the next over the same data."""
    low = text.lower()  # a word is found in a fraction of the time of the pattern, and most queries have none
    some = "now" in low or "rand" in low or "uuid" in low or "bnode" in low or "service" in low
    return some and _VOLATILE.search(text) is not None
