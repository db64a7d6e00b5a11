"""Updates are read as the engine reads them: what is refused, what USING adds, what they see and change."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from levier.errors import BadParameter, LevierError, QueryRejected, QuerySyntaxError, UpdateFailed, UsingConflict
from levier.graph import check_update, with_using
from levier.graph.updates import perform
from levier.terms import BASE, PREFIXES

E = "http://example.org/"
PREFIX = f"PREFIX e: <{E}> "
DATA = f"""
    <{E}s> <{E}p> 0 , <{E}d> .
    GRAPH <{E}a> {{ <{E}s> <{E}p> 1 , _:b . _:b <{E}p> 5 }}
    GRAPH <{E}b> {{ <{E}s> <{E}p> 2 . <{E}t> <{E}q> 3 }}
"""

AWAY = "<http://127.0.0.1:PORT/x>"
PATTERN = f"SERVICE{AWAY}{{ ?s ?p ?o }}"
GUILTY = [
    f"LOAD {AWAY}",
    f"load silent {AWAY} INTO GRAPH <{E}g>",
    f"LOAD{AWAY}INTO GRAPH<{E}g>",
    "PREFIX : <http://127.0.0.1:PORT/> LOAD:x",
    "PREFIX LOAD: <http://127.0.0.1:PORT/> LOADLOAD:x",
    f"CLEAR SILENT ALL;LOAD {AWAY}",
    f"CLEAR SILENT ALL; # ;\n  # LOAD\nLOAD#>\n SILENT # \n{AWAY};",
    f'INSERT DATA {{ <{E}s> <{E}p> "}} ; #" }} ; LOAD {AWAY}',
    f"INSERT DATA {{ <{E}s> <{E}p> '''}}' ; ''' }};LOAD {AWAY}",
    f"PREFIX e: <{E}> INSERT DATA {{ e:s e:it\\'s 1 . e:s e:p\\#q 2 }} ; LOAD SILENT {AWAY}",
    f"INSERT {{ ?s ?p ?o }} WHERE {{ {PATTERN} }}",
    f"INSERT {{ ?s ?p ?o }} WHERE {{ {PATTERN.replace('SERVICE', 'SERVICE SILENT ')} }}",
    f"CREATE GRAPH <{E}n> ; DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p 1e5{PATTERN} }}",
    f"DELETE {{ ?s ?p ?o }} WHERE {{ SELECT * WHERE {{ {{ {PATTERN} }} UNION {{ }} }} }}",
    f'DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p "a\\u0022" {PATTERN} FILTER(?p != "b") }}',
]
INNOCENT = [
    "",
    "# LOAD",
    ";".join(f"INSERT DATA {{ <{E}{word}> <{E}p> '{word} <x>' }} # {word}\n" for word in ("LOAD", "SERVICE", "load")),
    f"PREFIX load: <{E}> PREFIX service: <{E}> INSERT DATA {{ load:service service:load load:LOAD.SERVICE }}",
    "DELETE { ?load ?service 1 } WHERE { ?load ?service 1 FILTER(?load<?service) }",
    f"INSERT DATA {{ <{E}s> <{E}p> 'unload'@en-service }}",
]


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[int, list[str]]]:
    """The port of a server on loopback, and the paths that were asked of it."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_error(500)

        do_POST = do_GET  # noqa: N815  # the name that the base class calls

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, paths
        server.shutdown()


def filled() -> ox.Store:
    store = ox.Store()
    store.update(f"INSERT DATA {{ {DATA} }}")
    store.update(f"INSERT DATA {{ <{E}s> <{E}p> true , 'a\"' , 1e5 }}")
    return store


def content(store: ox.Store) -> ox.Dataset:
    dataset = ox.Dataset(store)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def done(text: str, *, union: bool = False) -> tuple[ox.Store, set[str | None]]:
    """Give a store after an update, and the graphs that it is said to have changed."""
    store = filled()
    changed: set[str | None] = set()
    for operation in check_update(text):
        changed |= perform(store, operation, union=union)
    return store, changed


@pytest.mark.parametrize("text", GUILTY)
def test_an_update_that_reaches_out_is_refused_and_nothing_is_asked(text: str, asked: tuple[int, list[str]]) -> None:
    port, paths = asked
    before = len(paths)

    with pytest.raises(QueryRejected, match="refused here"):
        check_update(text.replace("PORT", str(port)))

    assert before == len(paths)


@pytest.mark.parametrize("text", GUILTY)
def test_each_refused_update_is_one_that_the_engine_obeys(text: str, asked: tuple[int, list[str]]) -> None:
    """Without the guard, the request arrives: what is refused is refused for a reason."""
    port, paths = asked
    before = len(paths)
    try:
        filled().update(text.replace("PORT", str(port)))
    except OSError:
        assert len(paths) > before
    else:
        assert "silent" in text.lower()
        assert len(paths) > before


def test_hidden_words_are_refused_for_the_sake_of_engines_that_read_them() -> None:
    with pytest.raises(QueryRejected, match="escaped"):
        check_update(f"\\u004cOAD <{E}x>")


@pytest.mark.parametrize("text", INNOCENT)
def test_an_innocent_update_passes_and_is_done(text: str) -> None:
    done(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT * { ?s ?p ?o }", r"^This is a query \(SELECT\); only updates are done here\.$"),
        ("PREFIX e: <http://e/> ASK {}", r"^This is a query \(ASK\)"),
        ("CLEAR ALL ; CONSTRUCT WHERE { ?s ?p ?o }", r"^This is a query \(CONSTRUCT\)"),
        ("CLEAR XYZ", r"^The update is not SPARQL 1\.1: the mistake is at or before line 1, column"),
        ("CLEAR ALL ;\n\n CLEAR XYZ", r"at or before line 3, column"),
        ("CLEAR ALL\nCLEAR ALL", r"at or before line 2, column 1, at “CLEAR ALL”\.$"),
        ("CLEAR ALL ;; CLEAR ALL", r"^The update is not SPARQL 1\.1"),
        ("INSERT DATA { nope:x a 1 }", r"the prefix nope: is not declared\.$"),
        ("INSERT DATA { <http://e/s> <http://e/p> ?x }", r"ariables are not allowed in INSERT DATA"),
        ("INSERT DATA { <http://e/s> <http://e/p> 1", r"where it ends"),
        ("INSERT { ?s ?p 1 } { ?s ?p 2 }", r"^The update is not SPARQL 1\.1"),
        ("PREFIX <http://e/> CLEAR ALL", r"^The update is not SPARQL 1\.1"),
    ],
)
def test_what_is_no_update_is_told_so(text: str, said: str) -> None:
    with pytest.raises(QuerySyntaxError, match=said):
        check_update(text)


def test_a_prologue_may_stand_before_each_operation() -> None:
    """SPARQL 1.1, §19.8, rule 29: the engine itself refuses it."""
    text = f"""
        BASE <{E}> INSERT DATA {{ GRAPH <g> {{ <s> <p> 1 }} }} ;
        PREFIX e: <x/> BASE <x/> PREFIX f: <y/> INSERT DATA {{ GRAPH <g> {{ e:s f:p 2 }} }} ;
        PREFIX e: <{E}other/>
    """
    store, changed = done(text)

    assert {f"{E}g", f"{E}x/g"} == changed
    assert store.query(f"ASK {{ GRAPH <{E}x/g> {{ <{E}x/s> <{E}x/y/p> 2 }} }}")


def test_relative_iris_are_read_against_the_base() -> None:
    store, changed = done("INSERT DATA { GRAPH <g> { <s> <p> <o> } }")

    assert {BASE + "g"} == changed
    assert store.query(f"ASK {{ GRAPH <{BASE}g> {{ ?s ?p <{BASE}o> }} }}")


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("INSERT DATA { e:s e:p 9 }", {None}),
        ("INSERT DATA { GRAPH e:n { e:s e:p 9 } GRAPHe:m {} }", {f"{E}n", f"{E}m"}),
        ("INSERT DATA { e:s e:p 'GRAPH <x> {' GRAPH # <x> {\n e:n { e:s e:p 9 } }", {None, f"{E}n"}),
        ("WITH e:a DELETE { ?s ?p 1 } WHERE { ?s ?p 1 }", {f"{E}a"}),
        ("WITH e:a INSERT { GRAPH e:c { ?s ?p ?o } } WHERE { ?s ?p ?o }", {f"{E}c"}),
        ("DELETE WHERE { GRAPH ?g { e:t ?p ?o } }", {f"{E}b"}),
        ("DELETE { GRAPH $g { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o FILTER(?o = 1) } }", {f"{E}a"}),
        ("INSERT { GRAPH ?o { ?s ?p ?o } } WHERE { ?s ?p ?o FILTER(isIRI(?o)) }", {f"{E}d"}),
        ("COPY e:a TO e:c ", {f"{E}c"}),
        ("MOVE GRAPH e:a TO DEFAULT", {f"{E}a", None}),
        ("ADD DEFAULT TO e:c ", {f"{E}c"}),
        ("CREATE GRAPH e:c ; CLEAR DEFAULT ; DROP GRAPH e:b ", {f"{E}c", None, f"{E}b"}),
        ("CLEAR NAMED", {f"{E}a", f"{E}b"}),
        ("DROP ALL", {f"{E}a", f"{E}b", None}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("union", [False, True])
def test_the_graphs_that_change_are_known(text: str, changed: set[str | None], union: bool) -> None:
    _, found = done(PREFIX + text, union=union)

    assert changed == found


@pytest.mark.parametrize(
    "text",
    [
        "DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { GRAPH ?g { ?s e:q ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }",
        "INSERT { GRAPH ?g { ?s e:q [ e:r ?o ; e:r ?o ] } } WHERE { GRAPH ?g { ?s ?p ?o } }",
        "WITH e:a INSERT { GRAPH ?s { ?s ?p ?o } ?s ?unbound 1 . ?s e:q ?o } WHERE { ?s ?p ?o OPTIONAL { ?o ?x ?y } }",
        "DELETE { GRAPH ?g { ?s ?p ?o } } USING e:b USING NAMED e:a WHERE { ?s ?p 2 GRAPH ?g { ?s ?p ?o } }",
        "INSERT { GRAPH ?g { ?s ?p ?o } } USING e:b USING e:a WHERE { ?s ?p ?o BIND(?p AS ?g) }",
        "DELETE WHERE { GRAPH ?g { ?s ?p ?o . ?o ?p ?x } }",
        "INSERT { GRAPH ?é { ?é ?é ?é } } WHERE { BIND(e:s AS ?é) }",
    ],
)
def test_an_update_done_from_its_solutions_does_what_the_engine_does(text: str) -> None:
    direct = filled()
    direct.update(PREFIX + text)

    assert content(direct) == content(done(PREFIX + text)[0])


def test_with_the_union_a_pattern_sees_all_graphs_that_it_does_not_choose() -> None:
    seen = f"INSERT {{ GRAPH <{E}n> {{ <{E}s> <{E}n> ?o }} }} {{}} WHERE {{ ?s ?p ?o FILTER(isNumeric(?o) && ?o < 9) }}"

    def numbers(chosen: str, *, union: bool) -> list[str]:
        store, _ = done(seen.replace("{}", chosen), union=union)
        return sorted(str(quad.object).split('"')[1] for quad in store if quad.graph_name == ox.NamedNode(f"{E}n"))

    assert ["0", "1", "2", "3", "5"] == numbers("", union=True)
    assert ["0"] == numbers("", union=False)
    assert ["2", "3"] == numbers(f"USING <{E}b>", union=True)


def test_with_the_union_a_blank_node_stays_the_one_that_it_is() -> None:
    store, changed = done(
        f"INSERT {{ GRAPH <{E}a> {{ ?o <{E}q> 7 }} }} WHERE {{ ?s ?p ?o FILTER(isBlank(?o)) }}", union=True
    )

    assert {f"{E}a"} == changed
    assert store.query(f"ASK {{ GRAPH <{E}a> {{ <{E}s> <{E}p> ?b . ?b <{E}p> 5 ; <{E}q> 7 }} }}")
    assert {f"{E}a", f"{E}b"} == {graph.value for graph in store.named_graphs()}


def test_a_graph_that_is_not_there_is_cleared_and_one_that_is_there_is_not_made() -> None:
    done(f"CLEAR GRAPH <{E}none> ; clear graph <{E}none>")

    with pytest.raises(UpdateFailed, match="already exists"):
        done(f"CREATE GRAPH <{E}a>")
    with pytest.raises(LevierError, match="does not exist"):
        done(f"DROP GRAPH <{E}none>")


@pytest.mark.parametrize(
    "text",
    [
        f"INSERT {{ ?s ?p ?o }} USING <{E}a> WHERE {{ ?s ?p ?o }}",
        f"INSERT {{ ?s ?p ?o }}using named<{E}a> WHERE {{ ?s ?p ?o }}",
        f"CLEAR DEFAULT ; WITH <{E}a> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}",
    ],
)
def test_graphs_are_named_in_one_place_only(text: str) -> None:
    assert text == with_using(text, (), ())
    with pytest.raises(UsingConflict, match="USING or WITH"):
        with_using(text, (f"{E}b",), ())
    with pytest.raises(UsingConflict, match="USING or WITH"):
        with_using(text, (), (f"{E}b",))


@pytest.mark.parametrize("iri", ["", "a", "http://e/a b", "http://e/>"])
def test_a_graph_to_use_is_named_by_an_iri(iri: str) -> None:
    with pytest.raises(BadParameter, match="not the IRI"):
        with_using("DELETE WHERE { ?s ?p ?o }", (iri,), ())


BLANKS = st.sampled_from([" ", "\n", " # WHERE { }\n", "\t# USING <x>\r\n", "  "])
STRINGS = st.sampled_from(["'WHERE {'", '"} WITH"', '"""a"\nUSING {"""', "'''}'''", '"\\"}"', "'it\\'s {'@en"])
TRIPLES = st.one_of(
    st.sampled_from(["?s ?p ?o", f"<{E}s> ?p ?o", "?s e:p ?o", "?s e:where\\'s ?o", "?o ?p ?where"]),
    STRINGS.map(lambda text: f"?s <{E}WITH> {text}"),
)
SMALLER = st.sampled_from(["FILTER(?o<3&&3>?o)", "FILTER(?o < 3)", "FILTER(STR(?s) != '{')"])
BASIC = st.lists(TRIPLES, min_size=1, max_size=2).map(" . ".join)
PATTERNS = st.recursive(
    st.one_of(BASIC, st.tuples(BASIC, SMALLER).map(" ".join)),
    lambda inner: st.one_of(
        inner.map(lambda text: f"{{ SELECT * WHERE {{ {text} }} }}"),
        inner.map(lambda text: f"GRAPH ?g {{ {text} }}"),
        inner.map(lambda text: f"?s ?p ?o OPTIONAL {{ {text} }}"),
        st.tuples(inner, inner).map(lambda pair: f"{{ {pair[0]} }} UNION {{ {pair[1]} }}"),
        inner.map(lambda text: f"?s ?p ?o FILTER EXISTS {{ {text} }}"),
    ),
    max_leaves=3,
)
TEMPLATES = st.sampled_from(
    ["?s ?p ?o", "?s e:new ?o", "GRAPH e:n { ?s ?p ?o }", "GRAPH ?g { ?s e:new 'WHERE {' } ?s e:new ?o", ""]
)
OTHERS = st.sampled_from(
    [f"INSERT DATA {{ e:s e:p '; WHERE {{' GRAPH <{E}a> {{ e:s e:p 8 }} }}", "CLEAR DEFAULT", f"COPY <{E}a> TO <{E}c>",
     "DELETE DATA { e:s e:p 0 }"]
)  # fmt: skip


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str]:
    """Give an update of the request, and the same with the graphs a and b written out in USING."""
    using = f"USING <{E}a> USING NAMED <{E}b> "
    plain, written = [], []
    for _ in range(draw(st.integers(1, 3))):
        blank = draw(BLANKS)
        pattern = draw(PATTERNS)
        kind = draw(st.sampled_from(["delete", "insert", "both", "delete where", "other"]))
        if kind == "other":
            other = draw(OTHERS)
            plain.append(other)
            written.append(other)
        elif kind == "delete where":
            quads = draw(st.sampled_from(["?s ?p ?o", "?s e:p 1 ; e:q ?o", "GRAPH ?g { ?s ?p ?o }", "?s ?p 'WHERE {'"]))
            plain.append(f"DELETE{blank}WHERE{blank}{{ {quads} }}")
            written.append(f"DELETE {{ {quads} }} {using}WHERE {{ {quads} }}")
        else:
            delete = f"DELETE{blank}{{ {draw(TEMPLATES)} }}" if kind != "insert" else ""
            insert = f"INSERT{{{draw(TEMPLATES)}}}{blank}" if kind != "delete" else ""
            plain.append(f"{delete}{blank}{insert} where{blank}{{ {pattern} }}")
            written.append(f"{delete}{blank}{insert} {using}WHERE {{ {pattern} }}")
    prologue = f"{draw(BLANKS)}PREFIX e: <{E}>{draw(BLANKS)}"
    end = draw(st.sampled_from(["", ";", " # WHERE"]))
    return f"{prologue}{' ; '.join(plain)}{end}", f"{prologue}{';'.join(written)}{end}"


@given(pairs())
@settings(max_examples=200, deadline=None)
def test_using_of_the_request_means_what_using_of_the_update_means(texts: tuple[str, str]) -> None:
    plain, written = texts
    given_using, expected = filled(), filled()
    expected.update(written, base_iri=BASE, prefixes=PREFIXES)
    given_using.update(with_using(plain, (f"{E}a",), (f"{E}b",)), base_iri=BASE, prefixes=PREFIXES)
    performed = filled()
    for operation in check_update(plain):
        perform(performed, operation, union=True, using=(f"{E}a",), using_named=(f"{E}b",))

    assert content(expected) == content(given_using)
    assert content(expected) == content(performed)


@given(st.text(max_size=60) | st.lists(st.sampled_from(
    [*"{};<>'\"#\\ \n.", "CLEAR", "ALL", "INSERT", "DELETE", "DATA", "WHERE", "WITH", "USING", "GRAPH", "PREFIX e:",
     "BASE", "<http://e/>", "e:x", "?s", "1", "'''", "LOAD", "SERVICE", "\\u0041"]
), max_size=14).map("".join))  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_any_text_is_an_update_or_is_told_why_not(text: str) -> None:
    try:
        operations = check_update(text)
    except (QuerySyntaxError, QueryRejected):
        return
    assert all(operation.text in text for operation in operations)
