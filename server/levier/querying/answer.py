"""What an engine does with a query: evaluates it and writes the answer, row by row, in the form its client takes."""

from typing import NamedTuple

import pyoxigraph as ox

from levier.errors import NotAcceptable
from levier.graph import Dataset, QueryResults, Store
from levier.graph.guard import refuse_federation
from levier.querying.engine import Sink
from levier.querying.federation import Federation, federated
from levier.querying.outlet import Form, Outlet, Size


class Query(NamedTuple):
    """A query with all that its answer depends on; picklable."""

    text: str
    dataset: Dataset
    rows_as: str
    """The media type for rows and truth; empty where the client takes none of them."""
    graph_as: str
    """The media type for a graph; empty where the client takes none of them."""
    gzip: bool = False
    """Whether the client takes it compressed."""
    max_rows: int = 10_000_000
    max_bytes: int = 4_000_000_000
    federation: Federation | None = None
    """None where SERVICE is refused, whatever it names."""


def answer(store: Store, sink: Sink, query: Query) -> Size:
    """Send the answer to a query, and give its size.

    Raises QuerySyntaxError, QueryRejected for SERVICE and LOAD, NotAcceptable where it has no form that the client
    takes, and ResultTooLong.
    """
    if query.federation is None:
        refuse_federation(query.text)
        return _answer(store, sink, query, query.text)
    with federated(query.text, query.federation) as text:
        return _answer(store, sink, query, text)


def _answer(store: Store, sink: Sink, query: Query, text: str) -> Size:
    results = store.query(text, query.dataset)
    form = Form(_form(results, query), query.gzip)
    outlet = Outlet(sink, form, query.max_rows, query.max_bytes)
    write(results, form.media_type, outlet)
    return outlet.finish()


def write(results: QueryResults, media_type: str, outlet: Outlet) -> None:
    """Serialise results into an outlet; raises what its `write` raises."""
    if isinstance(results, ox.QueryTriples):
        results.serialize(outlet, format=ox.RdfFormat.from_media_type(media_type))  # type: ignore[arg-type]
    else:
        results.serialize(outlet, format=ox.QueryResultsFormat.from_media_type(media_type))  # type: ignore[arg-type]


def _form(results: QueryResults, query: Query) -> str:
    wanted = query.graph_as if isinstance(results, ox.QueryTriples) else query.rows_as
    if not wanted:
        raise NotAcceptable("None of the forms that this answer has is acceptable.")
    return wanted
