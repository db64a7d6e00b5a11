"""Asks the graph what a stranger wrote: checked, refused where it reaches out, and with errors a person can read."""

from levier.graph import Dataset, QueryResults, refuse_federation
from levier.web.problems import Problem
from levier.web.service import service


def ask(text: str, dataset: Dataset) -> QueryResults:
    """Give the answer to a query that came over HTTP.

    Raises Problem where it is empty or too long, QueryRejected for SERVICE and LOAD, and QuerySyntaxError with a
    message of one sentence.
    """
    _check(text)
    refuse_federation(text)
    return service().store().query(text, dataset)


def _check(text: str) -> None:
    limit = service().settings.max_query_length
    if len(text) > limit:
        raise Problem("query-too-long", f"The query has {len(text):,} characters; {limit:,} are the limit.")
    if not text.strip():
        raise Problem("one-query", "The query is empty.")
