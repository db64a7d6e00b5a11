"""The canonical Turtle formatter: same meaning, same text; and one clear sentence where it is not Turtle."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph
from rdflib.compare import isomorphic

from levier.errors import BrokenData
from levier.graph.turtle import canonical, main

HEAD = """@prefix levier: <https://w3id.org/levier/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix a: <http://example.org/> .
"""
TRICKY = (
    HEAD
    + """
# a comment, which says nothing
a:x10 a a:C . a:x2 a:p 1, 02, 1.50, 1e0, true, "x"@fr, "z"^^a:t, \"\"\"lines
and "quotes" \\\\ \"\"\", "\\t\\u00e9" ;
  a:q [ a:q 1 ; a:r (1 2 [a:z 3] ()) ], ( [] ) .
_:c a:p _:d . _:d a:p _:c . [] a:top [ a:in _:s ; a:in2 _:s ] . _:self a:p _:self .
a:l a:p _:cell . _:cell <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> 1 .
a:g levier:x <https://w3id.org/levier/id/note/migration>, levier:Verified, levier:a-1.2 .
"""
)


def graph(text: str) -> ox.Dataset:
    found = ox.Dataset(ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))
    found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return found


def test_the_graph_stays_the_same_to_the_letter_of_each_literal() -> None:
    assert graph(TRICKY) == graph(canonical(TRICKY))


def test_a_second_pass_changes_nothing() -> None:
    once = canonical(TRICKY)

    assert once == canonical(once)


def test_order_and_prefixes_of_the_source_do_not_show() -> None:
    one = HEAD + 'a:x a a:C ; skos:notation "M1" ; a:p [ a:q 1 ], [ a:q 2 ] . a:y a a:C .'
    other = (
        "@prefix s: <http://www.w3.org/2004/02/skos/core#> . @prefix b: <http://example.org/> .\n"
        'b:y a b:C . _:n b:q 2 . b:x b:p _:n, [ b:q 1 ] ; s:notation "M1" ; a b:C .'
    )

    assert canonical(one) == canonical(other)


def test_rdflib_reads_the_same_from_it() -> None:
    plain = HEAD + "a:x a a:C ; a:p (1 [ a:q 'é' ; a:r () ] 'b\\nc') ; levier:number 4 . [] a:members (a:x a:y) ."

    assert isomorphic(Graph().parse(data=plain), Graph().parse(data=canonical(plain)))


def test_the_form_is_the_one_we_know() -> None:
    text = (
        HEAD
        + "a:x2 skos:notation 'M2' . a:x10 a skos:Concept ; skos:broader a:x2, a:x1 ; levier:p [ levier:number 2 ] ."
    )
    expected = """PREFIX levier: <https://w3id.org/levier/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

<http://example.org/x2>
    skos:notation "M2" ;
.

<http://example.org/x10>
    a skos:Concept ;
    skos:broader
        <http://example.org/x1> ,
        <http://example.org/x2> ;
    levier:p [
        levier:number 2 ;
    ] ;
.
"""

    assert expected == canonical(text)


def test_the_header_stands_first() -> None:
    text = HEAD + "a:a a skos:Concept . a:z a levier:Dataset ."
    lines = canonical(text).splitlines()

    assert lines.index("<http://example.org/z>") < lines.index("<http://example.org/a>")


def test_a_ring_of_blank_nodes_is_kept() -> None:
    ring = HEAD + "_:a a:p _:b . _:b a:p _:c . _:c a:p _:a ; a:q [ a:r 1 ] ."

    assert len(graph(canonical(ring))) == 5


def test_query_texts_keep_their_lines() -> None:
    query = "SELECT *\n  WHERE { ?s ?p 'q' }\n"

    assert query in canonical(HEAD + f'a:x a:select """{query}""" .')


@pytest.mark.parametrize(
    ("text", "line"),
    [("a:x a:p 1 .", 1), (HEAD + "\na:x a:p nope:y .\n", 5), (HEAD + "a:x a:p 1", 4), ("<html>", 1)],
)
def test_what_is_not_turtle_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(BrokenData) as caught:
        canonical(text, "notes.ttl")

    assert caught.value.message.startswith(f"notes.ttl, line {line}: not Turtle: ")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A file that would change, and one that would not."""
    messy, tidy = tmp_path / "messy.ttl", tmp_path / "tidy.ttl"
    messy.write_text(HEAD + "a:x a a:C .", encoding="utf-8")
    tidy.write_text(canonical(HEAD + "a:y a a:C ."), encoding="utf-8")
    return messy, tidy


def test_check_names_what_would_change_and_leaves_it(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    messy, tidy = files
    before = messy.read_bytes()

    assert main(["--check", str(messy), str(tidy)]) == 1
    assert f"{messy}: would change\n" == capsys.readouterr().out
    assert before == messy.read_bytes()


def test_rewriting_makes_the_check_pass(files: tuple[Path, Path]) -> None:
    paths = [str(path) for path in files]

    assert main(paths) == 0
    assert main(["--check", *paths]) == 0


@pytest.mark.parametrize(("content", "said"), [(b"a:x", "line 1"), (b"\xff\xfe", "UTF-8"), (None, "no such file")])
def test_one_broken_file_is_told_and_the_others_are_written(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str], content: bytes | None, said: str
) -> None:
    messy, _ = files
    broken = messy.with_name("broken.ttl")
    if content is not None:
        broken.write_bytes(content)

    assert main([str(broken), str(messy)]) == 2
    error = capsys.readouterr().err
    assert str(broken) in error
    assert said in error
    assert error.count("\n") == 1
    assert messy.read_text(encoding="utf-8").startswith("<http://example.org/x>")


def test_no_file_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage: " in capsys.readouterr().err


def test_a_folder_means_the_turtle_files_below_it(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    path = tmp_path / "deep" / "a.ttl"
    path.write_text("<http://e/a>   <http://e/b> 1 .", encoding="utf-8")
    (tmp_path / "README.md").write_text("not Turtle", encoding="utf-8")

    assert (1, 0, 0) == (main(["--check", str(tmp_path)]), main([str(tmp_path)]), main(["--check", str(tmp_path)]))
