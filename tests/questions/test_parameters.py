"""Parameters are looked up in the graph and bound as terms; what a person types never becomes part of a query."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from levier.errors import BadParameter
from levier.graph import EmbeddedStore
from levier.questions import Parameter, allowed, answer, bind, find, questions

DATA = b"""
PREFIX levier: <https://w3id.org/levier/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
BASE <https://w3id.org/levier/id/>
<../graph/notes> {
  <note/migration> a levier:StrategyNote .
  <note/migration/objective/3> skos:inScheme <note/migration> ; skos:notation "M3" ;
    skos:topConceptOf <note/migration> .
  <note/covid-socioeconomic> a levier:StrategyNote ; skos:notation "S" .
}
<../graph/codelists> {
  <code/Country/CD> skos:inScheme <code/Country> ; skos:notation "CD" .
  <code/Country/RW> skos:inScheme <code/Country> ; skos:notation "RW" .
  <code/Region/89> skos:inScheme <code/Region> ; skos:notation "89" .
}
"""
INJECTIONS = [
    'M3" } ?s ?p ?o . { VALUES ?x { "',
    "M3> } INSERT DATA { <a:b> <a:b> <a:b> }",
    "M3 } SERVICE <http://127.0.0.1/> { ?s ?p ?o",
    "\\u0022 } #",
    "UNDEF",
    "M3\nM1",
    "<https://w3id.org/levier/id/note/migration/objective/3>",
]


@pytest.fixture
def store() -> EmbeddedStore:
    store = EmbeddedStore.in_memory()
    store.raw.load(DATA, format=ox.RdfFormat.TRIG)
    return store


def parameter(kind: str) -> Parameter:
    return Parameter("p", kind, "any", "A parameter")


def test_codes_notations_and_notes_come_from_the_graph(store: EmbeddedStore) -> None:
    assert {"CD", "RW"} == set(allowed(parameter("Country"), store))
    assert {"M3", "S"} == set(allowed(parameter("element"), store))
    assert {"migration", "covid-socioeconomic"} == set(allowed(parameter("note"), store))


@pytest.mark.parametrize("typed", ["M3", "m3", " M3 ", "https://w3id.org/levier/id/note/migration/objective/3"])
def test_a_value_is_bound_as_a_term_on_its_line(store: EmbeddedStore, typed: str) -> None:
    text, terms = bind(find("money-per-objective"), {"objective": typed}, store)

    assert "VALUES ?objective { <https://w3id.org/levier/id/note/migration/objective/3> }" in text
    assert ox.NamedNode("https://w3id.org/levier/id/note/migration/objective/3") == terms["objective"]


def test_years_dates_and_languages_are_written_anew_as_literals(store: EmbeddedStore) -> None:
    year, _ = bind(find("in-donor-share"), {"year": " 2021 "}, store)
    date, _ = bind(find("note-in-force"), {"date": "2021-02-28", "language": "FR"}, store)

    assert 'VALUES ?year { "2021"^^<http://www.w3.org/2001/XMLSchema#integer> }' in year
    assert 'VALUES ?date { "2021-02-28"^^<http://www.w3.org/2001/XMLSchema#date> }' in date
    assert 'VALUES ?language { "fr" }' in date


def test_without_values_the_query_is_that_of_the_file(store: EmbeddedStore) -> None:
    question = find("note-in-force")
    text, terms = bind(question, {}, store)

    assert question.text == text
    assert {"date": "2022-06-30", "language": "en"} == {name: value.value for name, value in terms.items() if value}


@pytest.mark.parametrize("typed", INJECTIONS)
@pytest.mark.parametrize("name", ["objective", "year", "language"])
def test_an_injection_is_refused_before_anything_is_run(store: EmbeddedStore, name: str, typed: str) -> None:
    with pytest.raises(BadParameter):
        answer(store, find("money-per-objective"), {name: typed})


@pytest.mark.parametrize(
    ("question", "name", "typed", "told"),
    [
        ("lost-partner-status", "country", "XX", "CD, RW"),
        ("money-per-objective", "objective", "M9", "M3, S"),
        ("plans-without-result", "note", "covid", "covid-socioeconomic, migration"),
        ("in-donor-share", "year", "21", "a year such as 2024"),
        ("note-in-force", "date", "2021-02-30", "a date such as 2024-06-30"),
        ("note-in-force", "language", "it", "fr, nl, en, de"),
        ("note-in-force", "country", "CD", "date, language"),
        ("found-only-by-text", "year", "2021", "It has none."),
    ],
)
def test_what_is_allowed_is_told(store: EmbeddedStore, question: str, name: str, typed: str, told: str) -> None:
    with pytest.raises(BadParameter) as caught:
        answer(store, find(question), {name: typed})

    assert told in f"{caught.value.message} {caught.value.hint}"


def test_a_long_code_list_gives_the_nearest_codes_and_says_where_they_stand() -> None:
    store = EmbeddedStore.in_memory()
    scheme, place = (
        ox.NamedNode("https://w3id.org/levier/id/code/Country"),
        ox.NamedNode("https://w3id.org/levier/graph/c"),
    )
    skos = "http://www.w3.org/2004/02/skos/core#"
    for letter in "ABCDEFGHIJKLMNOP":
        code = ox.NamedNode(f"{scheme.value}/{letter}W")
        store.raw.add(ox.Quad(code, ox.NamedNode(skos + "inScheme"), scheme, place))
        store.raw.add(ox.Quad(code, ox.NamedNode(skos + "notation"), ox.Literal(f"{letter}W"), place))

    with pytest.raises(BadParameter) as caught:
        bind(find("lost-partner-status"), {"country": "zw"}, store)

    assert "16 codes are allowed" in caught.value.hint
    assert "https://w3id.org/levier/id/code/Country" in caught.value.hint


def test_a_graph_without_such_values_says_so() -> None:
    with pytest.raises(BadParameter, match="no code of the list Country") as caught:
        bind(find("lost-partner-status"), {"country": "CD"}, EmbeddedStore.in_memory())

    assert "holds no code of the list Country at all" in caught.value.hint


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
def test_an_empty_graph_gives_the_sentence_that_says_what_is_missing(language: str) -> None:
    store = EmbeddedStore.in_memory()
    for question in questions():
        found = answer(store, question, language=language)

        assert () == found.rows
        assert question.empty[language] == found.missing
        assert question.titles[language] == found.title


def test_with_rows_nothing_is_missing(store: EmbeddedStore) -> None:
    found = answer(store, find("french-and-dutch"))

    assert found.rows
    assert found.missing is None


def test_no_case_of_the_library_needs_a_parameter_that_has_no_default() -> None:
    """Every question answers as it stands: `levier ask NAME` alone is always a whole command."""
    folder = Path(__file__).parent
    alone = {path.parent.name for path in folder.glob("*/expected.csv") if not (path.parent / "params.json").exists()}

    assert {question.name for question in questions()} == alone
