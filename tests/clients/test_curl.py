"""curl, as people paste it into a terminal."""

import json
import subprocess
from pathlib import Path

from tests.clients.conftest import CSV, NOTES, ROWS, TOKEN, program
from tests.serving import PATIENCE, Server


def curl(*arguments: str, code: int = 0) -> str:
    """Give what curl writes; the test fails where it ends with another code."""
    done = subprocess.run(
        [program("curl"), "-sS", "--noproxy", "*", *arguments], capture_output=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == code, done.stderr
    return done.stdout.decode()


def asked(server: Server, query: str = ROWS) -> tuple[str, ...]:
    return ("-G", f"{server.url}/sparql", "--data-urlencode", f"query={query}")


def test_a_table_comes_as_csv(server: Server) -> None:
    assert curl(*asked(server), "-H", "Accept: text/csv") == CSV
    assert curl(*asked(server), "-d", "format=csv") == CSV


def test_a_query_in_a_file_is_posted(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "rows.rq"
    file.write_text(ROWS, "utf-8")
    sent = ("-H", "Content-Type: application/sparql-query", "--data-binary", f"@{file}")

    assert curl(f"{server.url}/sparql", *sent, "-H", "Accept: text/csv") == CSV
    assert curl(f"{server.url}/sparql", "--data-urlencode", f"query@{file}", "-H", "Accept: text/csv") == CSV


def test_json_is_what_comes_unasked(server: Server) -> None:
    found = json.loads(curl(*asked(server)))

    assert [row["pages"]["value"] for row in found["results"]["bindings"]] == ["40", "12"]


def test_a_compressed_answer_is_the_same_and_smaller(server: Server) -> None:
    long = "SELECT ?p ?q ?r { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z } ORDER BY ?p ?q ?r"
    said = (*asked(server, long), "-H", "Accept: text/csv", "-w", "\n%{size_download}")
    plain, _, sent = curl(*said).rpartition("\n")
    unpacked, _, packed = curl(*said, "--compressed").rpartition("\n")

    assert plain == unpacked
    assert int(packed) < int(sent) / 5


def test_what_has_not_changed_is_not_sent_again(server: Server, tmp_path: Path) -> None:
    tag = str(tmp_path / "tag")
    first = curl(*asked(server), "-d", "format=csv", "--etag-save", tag)
    second = curl(*asked(server), "-d", "format=csv", "--etag-compare", tag, "-w", "%{http_code}")

    assert first == CSV
    assert second == "304"


def test_a_mistake_ends_curl_with_its_own_code_and_is_explained_where_asked(server: Server) -> None:
    assert not curl("-f", *asked(server, "SELECT"), code=22)
    assert json.loads(curl(*asked(server, "SELECT")))["code"] == "query-syntax"


def test_a_graph_is_put_and_fetched(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "one.ttl"
    file.write_text('<http://example.org/a> <http://example.org/b> "é" .\n', "utf-8")
    graph = f"{server.url}/graphs?graph=http://example.org/by-curl"
    token = ("-H", f"Authorization: Bearer {TOKEN}")

    assert curl("-T", str(file), "-H", "Content-Type: text/turtle", *token, graph, "-w", "%{http_code}") == "201"
    assert curl(graph, "-H", "Accept: application/n-triples").strip() == file.read_text("utf-8").strip()
    assert curl("-X", "DELETE", *token, graph, "-w", "%{http_code}", "-o", "-") == "200"
    assert curl(graph, "-o", str(tmp_path / "gone"), "-w", "%{http_code}") == "404"


def test_a_graph_is_not_changed_without_the_token(server: Server) -> None:
    graph = f"{server.url}/graphs?graph={NOTES}"

    assert curl("-X", "DELETE", graph, "-w", "\n%{http_code}").splitlines()[-1] == "401"
