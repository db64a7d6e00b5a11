"""Fetching many datasets: resumed, conditional, patient, polite, and told in a manifest."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.iati.fetcher import Fetcher
from tests.iati.site import XML, Reply, Site, redirect, serving

from levier.errors import BadInput
from levier.iati import sources
from levier.iati.fetching.fetch import Fetching
from levier.iati.fetching.registry import Dataset
from levier.settings import Settings

LONG = XML + b" " * 3_000_000
NEWER = XML.replace(b"2.03", b"2.02")


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def fetcher(tmp_path: Path) -> Fetcher:
    return Fetcher(tmp_path / "aid")


def test_a_dataset_is_a_file_of_its_publisher_and_the_folder_is_aid_data(site: Site, fetcher: Fetcher) -> None:
    fetcher.one(site.put("/1.xml", Reply()), name="be-dgd-1", publisher="be-dgd")
    found = sources([fetcher.folder])

    assert fetcher.read("be-dgd/be-dgd-1.xml") == XML
    assert [(source.key, source.problem) for source in found] == [("be-dgd/be-dgd-1", "")]
    assert [Path(name).name for name in found.passed_over] == ["MANIFEST.json"]


def test_the_manifest_says_what_each_file_is(site: Site, fetcher: Fetcher) -> None:
    place = site.put("/moved.xml", Reply(etag='"1"', modified="Sat, 22 Aug 2026 10:00:00 GMT"))
    address = site.put("/1.xml", redirect("/moved.xml"))
    fetcher.one(address)
    entry = fetcher.manifest["datasets"]["d"]

    assert entry.pop("fetched") == entry.pop("checked") != ""
    assert fetcher.manifest["started"] <= fetcher.manifest["finished"]
    assert entry == {
        "name": "d",
        "publisher": "p",
        "file": "p/d.xml",
        "url": address,
        "finalUrl": place,
        "status": "fetched",
        "httpStatus": 200,
        "etag": '"1"',
        "lastModified": "Sat, 22 Aug 2026 10:00:00 GMT",
        "bytes": len(XML),
        "sha256": hashlib.sha256(XML).hexdigest(),
    }


def test_one_that_fails_stops_no_other(site: Site, fetcher: Fetcher) -> None:
    good, gone = site.put("/1.xml", Reply()), f"{site.address}/gone.xml"
    done = fetcher.fetch([Dataset("gone", "p", (gone,)), Dataset("d", "p", (good,)), Dataset("nowhere", "p", ())])

    assert {name: entry.status for name, entry in done.items()} == {
        "gone": "failed",
        "d": "fetched",
        "nowhere": "failed",
    }
    assert done["gone"].error == f"{gone}: the server answers 404 Not Found"
    assert done["nowhere"].error == "the registry gives no address for it"
    assert fetcher.manifest["datasets"]["gone"]["httpStatus"] == 404


def test_what_is_not_there_is_asked_for_once(site: Site, fetcher: Fetcher) -> None:
    fetcher.one(f"{site.address}/gone.xml")

    assert (site.paths, fetcher.waits) == (["/gone.xml"], [])


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_server_that_fails_for_a_moment_is_asked_again_later_each_time(
    site: Site, fetcher: Fetcher, status: int
) -> None:
    failing = [Reply(b"", status)] * 3
    entry = fetcher.one(site.put("/1.xml", *failing, Reply()))

    assert (entry.status, fetcher.waits) == ("fetched", [1.0, 2.0, 4.0])


def test_a_server_that_goes_on_failing_is_given_up(site: Site, fetcher: Fetcher) -> None:
    address = site.put("/1.xml", Reply(b"", 500))
    entry = fetcher.one(address, fetch_retries=2)

    assert entry.error == f"{address}: the server answers 500 Internal Server Error"
    assert len(site.paths) == 3


def test_a_server_is_given_the_time_that_it_asks_for(site: Site, fetcher: Fetcher) -> None:
    fetcher.one(site.put("/1.xml", Reply(b"", 429, {"Retry-After": "7"}), Reply()))

    assert fetcher.waits == [7.0]


def test_a_server_that_asks_for_more_than_ten_minutes_is_left_alone(site: Site, fetcher: Fetcher) -> None:
    entry = fetcher.one(site.put("/1.xml", Reply(b"", 503, {"Retry-After": "86400"}), Reply()))

    assert (entry.status, fetcher.waits, len(site.paths)) == ("failed", [], 1)


def test_a_server_that_does_not_answer_in_time_is_asked_again(site: Site, fetcher: Fetcher) -> None:
    entry = fetcher.one(site.put("/1.xml", Reply(hangs=True), Reply()), fetch_timeout=0.2)

    assert (entry.status, fetcher.waits) == ("fetched", [1.0])


def test_a_server_that_is_not_there_is_said(fetcher: Fetcher) -> None:
    entry = fetcher.one("http://127.0.0.1:1/x.xml", fetch_retries=1)

    assert entry.error == "http://127.0.0.1:1/x.xml: Connection refused"
    assert fetcher.waits == [1.0]


def test_a_file_that_breaks_off_is_continued_where_it_broke_off(site: Site, fetcher: Fetcher) -> None:
    address = site.put(
        "/1.xml", Reply(LONG, etag='"1"', ranges=True, cut=2_000_000), Reply(LONG, etag='"1"', ranges=True)
    )
    entry = fetcher.one(address)
    second = site.asked[1].headers

    assert (second["Range"], second["If-Range"]) == ("bytes=2000000-", '"1"')
    assert (entry.status, entry.http_status, fetcher.read()) == ("fetched", 206, LONG)
    assert fetcher.files == ["MANIFEST.json", "p/d.xml"]


def test_a_file_that_breaks_off_each_time_never_appears_under_its_name(site: Site, fetcher: Fetcher) -> None:
    address = site.put("/1.xml", Reply(LONG, cut=2_000_000))
    entry = fetcher.one(address, fetch_retries=1)

    assert entry.error == f"{address}: it ends after 2,000,000 bytes, {len(LONG) - 2_000_000:,} too early"
    assert not (fetcher.folder / "p/d.xml").exists()


def test_a_later_run_continues_a_half_written_file(site: Site, fetcher: Fetcher) -> None:
    modified = "Sat, 22 Aug 2026 10:00:00 GMT"
    address = site.put("/1.xml", Reply(LONG, modified=modified, ranges=True, cut=2_000_000))
    fetcher.one(address, fetch_retries=0)
    site.put("/1.xml", Reply(LONG, modified=modified, ranges=True))
    entry = fetcher.one(address)

    assert (entry.http_status, fetcher.read()) == (206, LONG)


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(Reply(NEWER, etag='"2"', ranges=True), id="changed since"),
        pytest.param(Reply(NEWER, etag='"1"'), id="no ranges"),
        pytest.param(Reply(NEWER, 206, {"Content-Range": "bytes 0-9/70"}, etag='"1"'), id="another part"),
        pytest.param(Reply(NEWER, 206, {"Content-Range": "bytes 2000000-2000069/2000070"}, etag='"2"'), id="lies"),
        pytest.param(Reply(b"", 416), id="shorter now"),
    ],
)
def test_a_half_written_file_that_cannot_be_continued_is_fetched_anew(
    site: Site, fetcher: Fetcher, later: Reply
) -> None:
    address = site.put("/1.xml", Reply(LONG, etag='"1"', cut=2_000_000))
    fetcher.one(address, fetch_retries=0)
    site.put("/1.xml", later, Reply(NEWER))
    entry = fetcher.one(address)

    assert (entry.status, fetcher.read()) == ("fetched", NEWER)


def test_a_part_that_is_less_than_the_rest_is_not_taken_for_the_whole(site: Site, fetcher: Fetcher) -> None:
    address = site.put("/1.xml", Reply(LONG, etag='"1"', cut=2_000_000))
    fetcher.one(address, fetch_retries=0)
    part = Reply(b" " * 10, 206, {"Content-Range": f"bytes 2000000-2000009/{len(LONG)}"}, etag='"1"')
    site.put("/1.xml", part, Reply(LONG, etag='"1"', ranges=True))
    entry = fetcher.one(address)

    assert (entry.status, fetcher.read()) == ("fetched", LONG)
    assert site.asked[-1].headers["Range"] == "bytes=2000010-"


@pytest.mark.parametrize(
    "reply", [Reply(etag='"1"'), Reply(etag='W/"1"'), Reply(modified="Sat, 22 Aug 2026 10:00:00 GMT")]
)
def test_a_file_that_did_not_change_is_not_sent_again(site: Site, fetcher: Fetcher, reply: Reply) -> None:
    address = site.put("/1.xml", reply)
    first = fetcher.one(address)
    second = fetcher.one(address)

    assert (second.status, second.http_status, second.sha256) == ("unchanged", 304, first.sha256)
    assert second.fetched == first.fetched


def test_a_file_that_changed_is_fetched_again(site: Site, fetcher: Fetcher) -> None:
    address = site.put("/1.xml", Reply(etag='"1"'))
    fetcher.one(address)
    site.put("/1.xml", Reply(NEWER, etag='"2"'))
    entry = fetcher.one(address)

    assert (entry.status, entry.etag, fetcher.read()) == ("fetched", '"2"', NEWER)


def test_a_file_that_was_changed_or_removed_here_is_fetched_again(site: Site, fetcher: Fetcher) -> None:
    address = site.put("/1.xml", Reply(etag='"1"'))
    fetcher.one(address)
    (fetcher.folder / "p/d.xml").write_bytes(b"x" * len(XML))
    changed = fetcher.one(address).status
    (fetcher.folder / "p/d.xml").unlink()

    assert (changed, fetcher.one(address).status, fetcher.read()) == ("fetched", "fetched", XML)


def test_a_dataset_that_fails_now_keeps_the_file_of_before(site: Site, fetcher: Fetcher) -> None:
    address = site.put("/1.xml", Reply(etag='"1"'))
    first = fetcher.one(address)
    site.put("/1.xml", Reply(b"", 404))
    failed = fetcher.one(address)
    site.put("/1.xml", Reply(etag='"1"'))

    assert (failed.status, failed.sha256, fetcher.read()) == ("failed", first.sha256, XML)
    assert fetcher.one(address).status == "unchanged"


def test_an_interrupted_run_is_gone_on_with_and_what_it_fetched_is_not_asked_for_again(
    site: Site, fetcher: Fetcher
) -> None:
    """The files are without ETag and date: it is the manifest that tells that they came in this run."""
    datasets = [Dataset(str(n), "p", (site.put(f"/{n}.xml", Reply(hangs=n == 2)),)) for n in range(4)]
    with closing(Fetching(fetcher.folder, Settings(fetch_parallel=1))) as fetching:
        run = fetching.run(datasets)
        begun = [next(run).name, next(run).name]
        site.hanging.wait(5)
        run.close()
    before = fetcher.manifest
    site.asked.clear()
    site.put("/2.xml", Reply())
    done = fetcher.fetch(datasets)

    assert (begun, list(before["datasets"]), before["finished"]) == (["0", "1"], ["0", "1"], None)
    assert {entry.status for entry in done.values()} == {"fetched"}
    assert sorted(site.paths) == ["/2.xml", "/3.xml"]
    assert fetcher.manifest["started"] == before["started"]


def test_a_run_interrupted_more_than_a_day_ago_is_begun_anew(site: Site, fetcher: Fetcher) -> None:
    address = site.put("/1.xml", Reply())
    fetcher.one(address)
    held = fetcher.manifest | {"started": "2026-01-01T00:00:00+00:00", "finished": None}
    (fetcher.folder / "MANIFEST.json").write_text(json.dumps(held), encoding="utf-8")
    fetcher.one(address)

    assert site.paths == ["/1.xml", "/1.xml"]


def test_a_run_that_came_to_its_end_asks_for_every_file_again(site: Site, fetcher: Fetcher) -> None:
    address = site.put("/1.xml", Reply())
    fetcher.one(address)
    fetcher.one(address)

    assert site.paths == ["/1.xml", "/1.xml"]


def test_the_next_address_is_tried_where_one_fails(site: Site, fetcher: Fetcher) -> None:
    second = site.put("/2.xml", Reply())
    entry = fetcher.one(f"{site.address}/gone.xml", "ftp://127.0.0.1/x.xml", second)

    assert (entry.status, entry.url) == ("fetched", second)


def test_only_http_is_spoken_after_a_redirection_too(site: Site, fetcher: Fetcher) -> None:
    address = site.put("/1.xml", redirect("file:///etc/hostname"))
    entry = fetcher.one(address)

    assert entry.error == f"{address}: it redirects to file:///etc/hostname, which is no http(s) address"
    assert fetcher.waits == []


def test_redirections_in_a_circle_end(site: Site, fetcher: Fetcher) -> None:
    address = site.put("/1.xml", redirect("/1.xml"))

    assert fetcher.one(address).error == f"{address}: it redirects more than 10 times"


def test_a_password_is_said_to_its_server_and_stands_nowhere(site: Site, fetcher: Fetcher) -> None:
    site.put("/1.xml", redirect("/2.xml"))
    site.put("/2.xml", Reply())
    fetcher.one(site.address.replace("//", "//user:secret@") + "/1.xml")

    assert [one.headers.get("Authorization", "") for one in site.asked] == ["Basic dXNlcjpzZWNyZXQ=", ""]
    assert b"secret" not in fetcher.read("MANIFEST.json")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "the server gives an empty file"),
        (b"\n<!DOCTYPE html><title>Not found</title>", "the server gives an HTML page, not IATI XML"),
        (LONG, "more than 1,000,000 bytes"),
    ],
)
def test_what_cannot_be_the_dataset_is_not_kept(site: Site, fetcher: Fetcher, body: bytes, sentence: str) -> None:
    address = site.put("/1.xml", Reply(body, etag='"1"'))
    entry = fetcher.one(address, fetch_max_bytes=1_000_000)

    assert (entry.error, fetcher.files, len(site.paths)) == (f"{address}: {sentence}", ["MANIFEST.json"], 1)


@pytest.mark.parametrize(
    ("publisher", "name"), [("..", "d"), ("p", "../../x"), ("p", ".hidden"), ("", "d"), ("p", "a/b")]
)
def test_a_name_cannot_lead_out_of_the_folder(site: Site, fetcher: Fetcher, publisher: str, name: str) -> None:
    entry = fetcher.one(site.put("/1.xml", Reply()), name=name, publisher=publisher)

    assert entry.error.endswith("cannot be the name of a file")
    assert (site.paths, fetcher.files) == ([], ["MANIFEST.json"])


def test_a_dataset_that_went_to_another_publisher_is_there_once(site: Site, fetcher: Fetcher) -> None:
    address = site.put("/1.xml", Reply())
    fetcher.one(address)
    fetcher.one(address, publisher="q")

    assert fetcher.files == ["MANIFEST.json", "q/d.xml"]


@pytest.mark.parametrize(("parallel", "per_host", "most"), [(1, 2, 1), (4, 2, 2), (4, 1, 1)])
def test_as_many_are_fetched_at_once_as_is_allowed_and_no_more(
    site: Site, fetcher: Fetcher, parallel: int, per_host: int, most: int
) -> None:
    too_many = threading.Barrier(most + 1, timeout=0.5)
    datasets = [Dataset(str(n), "p", (site.put(f"/{n}.xml", Reply(meets=too_many)),)) for n in range(8)]
    done = fetcher.fetch(datasets, fetch_parallel=parallel, fetch_per_host=per_host)

    assert {entry.status for entry in done.values()} == {"fetched"}
    assert site.most_at_once == most


def test_the_proxy_that_the_environment_names_is_used(
    site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", site.address)
    site.put("http://iati.invalid/1.xml", Reply())

    assert fetcher.one("http://iati.invalid/1.xml").status == "fetched"


def test_a_file_that_is_no_manifest_is_not_overwritten(fetcher: Fetcher) -> None:
    fetcher.folder.mkdir()
    (fetcher.folder / "MANIFEST.json").write_text("[]", encoding="utf-8")

    with pytest.raises(BadInput, match=r"MANIFEST\.json: is no manifest of fetched datasets"):
        fetcher.one("http://127.0.0.1:1/x.xml")
    assert fetcher.read("MANIFEST.json") == b"[]"


def test_two_runs_do_not_write_into_one_folder(site: Site, fetcher: Fetcher) -> None:
    datasets = [Dataset(str(n), "p", (site.put(f"/{n}.xml", Reply()),)) for n in range(2)]
    with closing(Fetching(fetcher.folder, Settings())) as first, closing(first.run(datasets)) as run:
        next(run)

        with pytest.raises(BadInput, match="another run fetches into it"):
            fetcher.fetch(datasets)
