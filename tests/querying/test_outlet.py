"""What is written is counted in every form, cut into chunks, compressed, and stopped where it is too long."""

import zlib
from itertools import pairwise

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from levier.errors import ResultTooLong
from levier.querying import Form, Outlet, Size
from levier.querying.counting import counter

_FORMS = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}


class Kept:
    """A sink that keeps what it gets."""

    def __init__(self) -> None:
        self.form: Form | None = None
        self.chunks: list[bytes] = []

    def head(self, said: Form) -> None:
        assert not self.chunks
        self.form = said

    def chunk(self, data: bytes, *, last: bool = False) -> None:  # noqa: ARG002  # as a Sink's
        self.chunks.append(data)

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)


def outlet(form: Form, rows: int = 10**9, size: int = 10**9) -> tuple[Outlet, Kept]:
    kept = Kept()
    return Outlet(kept, form, rows, size), kept  # type: ignore[arg-type]  # it has what a Sink has


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(ends)]


@pytest.mark.parametrize("media_type", _FORMS)
@given(
    texts=st.lists(st.text(alphabet='ab ",{}[]<>\n\r\t\\result', max_size=8), max_size=6),
    places=st.lists(st.integers(0)),
)
def test_rows_are_counted_however_the_bytes_are_cut(media_type: str, texts: list[str], places: list[int]) -> None:
    store = ox.Store()
    for number, text in enumerate(texts):
        store.add(ox.Quad(ox.NamedNode(f"http://e/{number}"), ox.NamedNode("http://e/p"), ox.Literal(text)))
    results = store.query("SELECT ?o ?s { ?s ?p ?o }")
    assert isinstance(results, ox.QuerySolutions)
    data = results.serialize(format=_FORMS[media_type])
    assert data is not None
    count = counter(media_type)

    assert len(texts) == sum(count(piece) for piece in cut(data, places))


@pytest.mark.parametrize("media_type", _FORMS)
def test_a_yes_or_no_has_no_rows(media_type: str) -> None:
    truth = ox.Store().query("ASK {}")
    assert isinstance(truth, ox.QueryBoolean)
    data = truth.serialize(format=_FORMS[media_type])
    assert data is not None

    assert counter(media_type)(data) <= 0


def test_a_short_answer_is_one_chunk_and_not_compressed() -> None:
    out, kept = outlet(Form("text/csv", gzip=True))
    out.write(b"a\r\n")
    out.write(b"1\r\n")

    assert (Size(1, 6), Form("text/csv", gzip=False), [b"a\r\n1\r\n"]) == (out.finish(), kept.form, kept.chunks)


def test_a_long_answer_comes_in_chunks_and_compressed_where_it_may() -> None:
    plain, kept = outlet(Form("text/csv"))
    pressed, small = outlet(Form("text/csv", gzip=True))
    for out in (plain, pressed):
        for number in range(30_000):
            out.write(b"%d\r\n" % number)
        out.finish()

    assert len(kept.chunks) > 1
    assert Form("text/csv", gzip=True) == small.form
    assert kept.body == zlib.decompress(small.body, wbits=31)


def test_an_empty_answer_has_a_head_too() -> None:
    out, kept = outlet(Form("application/n-triples"))

    assert (Size(0, 0), Form("application/n-triples")) == (out.finish(), kept.form)


@pytest.mark.parametrize(("rows", "size", "said"), [(2, 10**9, "2 rows"), (10**9, 8, "8 bytes")])
def test_a_result_that_is_too_long_is_refused(rows: int, size: int, said: str) -> None:
    out, _ = outlet(Form("text/csv"), rows, size)
    with pytest.raises(ResultTooLong, match=said):
        out.write(b"n\r\n1\r\n2\r\n3\r\n")
