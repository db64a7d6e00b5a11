"""What comes in as IATI XML 2.0x comes out again, element by element: of the corpus, and of any record."""

import multiprocessing
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree
from tests.iati.generate import filled, records
from tests.iati.roundtrip import compared, round_trip

_PROCESSES = 2
_SETTINGS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=300,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("tag", ["iati-activity", "iati-organisation"])
def test_every_place_of_the_table_comes_back(tag: str) -> None:
    assert ([], True) == compared(etree.fromstring(etree.tostring(filled(tag))))


@_SETTINGS
@given(records("iati-activity"))
def test_any_activity_comes_back_and_is_accounted_for(xml: str) -> None:
    assert ([], True) == compared(etree.fromstring(xml))


@_SETTINGS
@given(records("iati-organisation"))
def test_any_organisation_record_comes_back_and_is_accounted_for(xml: str) -> None:
    assert ([], True) == compared(etree.fromstring(xml))


@pytest.mark.corpus
def test_every_record_of_version_2_in_the_corpus_comes_back_and_is_accounted_for(shared: Path) -> None:
    """Largest files first, so that the processes end together."""
    files = [path for path in (shared / "corpus" / "iati").rglob("*") if path.name.endswith((".xml", ".xml.gz"))]
    files.sort(key=lambda path: path.stat().st_size, reverse=True)
    start = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(_PROCESSES) as pool:
        found = list(pool.imap_unordered(round_trip, files))
    seconds = time.perf_counter() - start
    total = sum(trip.records for trip in found)
    print(f"{total:,} records of {len(found)} files to RDF and back in {seconds:.0f} s on {_PROCESSES} processes")
    unlike = [(trip.path.name, line, difference) for trip in found for line, difference in trip.unlike]
    unbalanced = [(trip.path.name, line) for trip in found for line in trip.unbalanced]

    assert ([], []) == (unlike[:10], unbalanced[:10])
    assert total > 20_000
