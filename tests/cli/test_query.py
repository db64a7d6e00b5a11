"""`levier query`: SELECT, ASK and CONSTRUCT in their forms, and what is refused."""

import io
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest

from levier.cli import run
from levier.graph import Snapshots

DATA = """
PREFIX ex: <https://example.org/>
ex:g1 { ex:a ex:amount 1234567.5 ; ex:name "a \\"quoted\\", name|bar"@en ; ex:year 2021 }
ex:g2 { ex:b ex:amount 20000 }
"""
AMOUNTS = "SELECT ?s ?o WHERE { ?s <https://example.org/amount> ?o } ORDER BY ?s"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("query") / "store"
    with Snapshots(root).new() as draft:
        draft.store.raw.load(DATA.encode(), format=ox.RdfFormat.TRIG)
    return root


def written(folder: Path, text: str) -> Path:
    path = folder / "query.rq"
    path.write_text(text, encoding="utf-8")
    return path


def query(store: Path, file: Path | str, *more: str) -> int:
    return run(["query", str(file), "--store", str(store), *more])


def test_a_select_is_a_table_with_readable_numbers(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = query(store, written(tmp_path, AMOUNTS))
    out, err = capsys.readouterr()

    assert 0 == code
    assert [
        "s                                 o",
        "https://example.org/a  1,234,567.50",
        "https://example.org/b        20,000",
    ] == out.splitlines()
    assert "2 rows." in err


def test_a_year_keeps_no_separator(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query(store, written(tmp_path, "SELECT ?y WHERE { ?s <https://example.org/year> ?y }"))

    assert "2021" == capsys.readouterr().out.splitlines()[1].strip()


def test_csv_is_exact(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query(store, written(tmp_path, AMOUNTS), "--format", "csv")

    assert "s,o\nhttps://example.org/a,1234567.5\nhttps://example.org/b,20000\n" == capsys.readouterr().out


@pytest.mark.parametrize(
    ("form", "native"),
    [
        ("json", ox.QueryResultsFormat.JSON),
        ("tsv", ox.QueryResultsFormat.TSV),
        ("xml", ox.QueryResultsFormat.XML),
    ],
)
def test_the_standard_forms_are_read_back_as_the_same_terms(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, native: ox.QueryResultsFormat
) -> None:
    text = 'SELECT ?o ?none WHERE { { ?s ?p ?o } UNION { BIND("tab\\tline\\nend" AS ?o) } } ORDER BY STR(?o)'
    direct = Snapshots(store).open().select(text)
    expected = [(row["o"], row["none"]) for row in direct]

    query(store, written(tmp_path, text), "--format", form)
    parsed = ox.parse_query_results(capsys.readouterr().out, native)
    assert isinstance(parsed, ox.QuerySolutions)
    actual = [(row["o"], row["none"]) for row in parsed]

    assert expected == actual


def test_no_rows_are_still_well_formed_json(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query(store, written(tmp_path, "SELECT ?s WHERE { ?s <x:y> ?o }"), "--format", "json")

    assert {"head": {"vars": ["s"]}, "results": {"bindings": []}} == json.loads(capsys.readouterr().out)


def test_markdown_escapes_what_would_break_the_table(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query(store, written(tmp_path, "SELECT ?n WHERE { ?s <https://example.org/name> ?n }"), "--format", "markdown")

    assert '| a "quoted", name\\|bar |' == capsys.readouterr().out.splitlines()[2]


@pytest.mark.parametrize(("pattern", "expected"), [("?s ?p ?o", "true"), ("?s <x:y> ?o", "false")])
def test_an_ask_says_true_or_false(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], pattern: str, expected: str
) -> None:
    code = query(store, written(tmp_path, f"ASK {{ {pattern} }}"))

    assert 0 == code
    assert expected == capsys.readouterr().out.strip()


def test_an_ask_in_json_and_xml_is_the_standard_form(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, "ASK { ?s ?p ?o }")
    query(store, file, "--format", "json")
    as_json = capsys.readouterr().out
    query(store, file, "--format", "xml")
    as_xml = capsys.readouterr().out

    assert json.loads(as_json)["boolean"] is True
    assert "true" == ET.fromstring(as_xml).findtext("{http://www.w3.org/2005/sparql-results#}boolean")  # noqa: S314  # our own output


@pytest.mark.parametrize(
    ("form", "native"),
    [
        ("turtle", ox.RdfFormat.TURTLE),
        ("ntriples", ox.RdfFormat.N_TRIPLES),
        ("jsonld", ox.RdfFormat.JSON_LD),
    ],
)
def test_a_construct_gives_rdf(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, native: ox.RdfFormat
) -> None:
    file = written(tmp_path, "CONSTRUCT { ?s skos:notation ?o } WHERE { ?s <https://example.org/amount> ?o }")
    code = query(store, file, "--format", form)
    triples = {str(quad.triple) for quad in ox.parse(capsys.readouterr().out, native)}

    assert 0 == code
    assert {
        '<https://example.org/a> <http://www.w3.org/2004/02/skos/core#notation> "1234567.5"^^<http://www.w3.org/2001/XMLSchema#decimal>',
        '<https://example.org/b> <http://www.w3.org/2004/02/skos/core#notation> "20000"^^<http://www.w3.org/2001/XMLSchema#integer>',
    } == triples


def test_the_query_may_come_from_standard_input(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"ASK { ?s ?p ?o }")))
    code = query(store, "-")

    assert 0 == code
    assert "true" == capsys.readouterr().out.strip()


def test_an_error_at_the_end_is_shown_at_the_last_line(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query(store, written(tmp_path, "SELECT ?s\nWHERE { ?s ?p ?o\n"))
    excerpt, mark = capsys.readouterr().err.splitlines()[-2:]

    assert "  2: WHERE { ?s ?p ?o" == excerpt
    assert mark.index("^") == len(excerpt)


def test_a_syntax_error_shows_the_line_and_the_place(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = query(store, written(tmp_path, "SELECT ?s\nWHERE { ?s ?p }\nLIMIT 1\n"))
    out, err = capsys.readouterr()

    assert 2 == code
    assert "" == out
    assert "not SPARQL 1.1" in err
    assert "LIMIT 1" in err or "WHERE { ?s ?p }" in err
    assert "^" in err


@pytest.mark.parametrize(
    ("text", "form", "told"),
    [
        (AMOUNTS, "turtle", "SELECT gives rows"),
        ("ASK { ?s ?p ?o }", "turtle", "ASK gives true or false"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "csv", "CONSTRUCT gives triples"),
        ("SELECT * WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "csv", "SERVICE is refused"),
        ("INSERT DATA { <x:a> <x:b> <x:c> }", "csv", "This is an update (INSERT)"),
        ("   \n", "csv", "holds no query"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, form: str, told: str
) -> None:
    code = query(store, written(tmp_path, text), "--format", form)
    out, err = capsys.readouterr()

    assert 2 == code
    assert "" == out
    assert told in err


def test_a_file_that_is_missing_or_no_text_is_named(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bytes.rq").write_bytes(b"SELECT \xff")

    assert 2 == query(store, tmp_path / "missing.rq")
    assert "missing.rq: cannot be read" in capsys.readouterr().err
    assert 2 == query(store, tmp_path / "bytes.rq")
    assert "bytes.rq: is not UTF-8" in capsys.readouterr().err


class _Endpoint(BaseHTTPRequestHandler):
    """Answers every query with one row."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"from afar"}}]}}'
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_another_endpoint_can_be_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with HTTPServer(("127.0.0.1", 0), _Endpoint) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/sparql"
        code = run(["query", str(written(tmp_path, "SELECT ?x {}")), "--endpoint", address, "--format", "csv"])
        thread.join()

    assert 0 == code
    assert "x\nfrom afar\n" == capsys.readouterr().out


def test_an_endpoint_that_is_down_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with HTTPServer(("127.0.0.1", 0), _Endpoint) as server:
        address = f"http://127.0.0.1:{server.server_port}/sparql"
    code = run(["query", str(written(tmp_path, "ASK {}")), "--endpoint", address])

    assert 2 == code
    assert address in capsys.readouterr().err
