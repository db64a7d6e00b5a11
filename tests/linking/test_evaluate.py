"""Measuring the rules: labels row by row, weights fitted to them, folds, and text against codes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.linking.conftest import Load

from levier.errors import BadInput, NothingToDo
from levier.graph import EmbeddedStore
from levier.linking.engine import Engine
from levier.linking.evaluate import evaluate, evaluate_codes
from levier.linking.evaluation_text import render_codes, render_evaluation
from levier.linking.facts import TITLE, ActivityFacts, TextFact
from levier.linking.fit import Case, Model, fit
from levier.linking.labels import read_labels
from levier.linking.rules import load_rules
from levier.linking.stored import aid_graphs, read_graph
from levier.settings import Settings

LABELS = """id\tlabels\tdisputed
protection-fr\tM3\t
governance-en\tM1\t
tangential\tM3\t
potential-nl\tM4,indonor\t
enterprise\tM3\tM4
birds\t-\t
birds\tM3\t
\tM3\t
glide\tX9\t
nowhere\tM1\t
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "labels.tsv"
    path.write_text(LABELS, encoding="utf-8")
    return path


def test_bad_rows_are_told_by_their_line_and_the_others_read(table: Path) -> None:
    labels = read_labels(table, ["M1", "M3", "M4"])

    assert [2, 3, 4, 5, 6, 7, 11] == [row.line for row in labels.rows]
    assert {
        8: "birds was labelled on line 7.",
        9: "it has no identifier.",
        10: "no rule links to X9; known are M1, M3, M4.",
    } == {row.line: row.why for row in labels.bad}
    assert frozenset({"M4"}) == next(row.labels for row in labels.rows if row.identifier == "potential-nl")


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [("a.tsv", "id,labels\nx,M1\n", "line 1 has no column id"), ("a.csv", "id\nx\n", "no column labels")],
)
def test_table_without_its_columns_is_refused(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=complaint):
        read_labels(tmp_path / name, ["M1"])


def test_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_labels(tmp_path / "none.tsv", ["M1"])


def test_evaluation_scores_the_shipped_and_the_held_out_links(load: Load, table: Path) -> None:
    found = evaluate(load("migration"), table, Settings())
    page = render_evaluation(found)

    assert ["nowhere"] == [row.identifier for row in found.absent]
    assert len(found.shipped) == len(found.held_out) == 6
    assert [("tangential", "M3", True)] == [(e.identifier, e.notation, e.labelled) for e in found.worst]
    assert "6 labelled activities" in page
    assert "line 10 is left out: no rule links to X9" in page
    assert "As the rules stand: micro-F1" in page
    assert "Cross-validated: micro-F1" in page
    assert "tangential: M3 missed" in page


def test_labels_of_activities_that_are_elsewhere_are_nothing_to_work_on(load: Load, tmp_path: Path) -> None:
    path = tmp_path / "labels.tsv"
    path.write_text("id\tlabels\nnowhere\tM1\n", encoding="utf-8")
    with pytest.raises(NothingToDo, match="None of the 1 labelled activities"):
        evaluate(load("migration"), path, Settings())


RULES = """
rule:right a levier:AlignmentRule ; levier:basis levier:Worded ; levier:weight 0.5 ; levier:priorWeight 0.5 ;
  levier:alignsWith <https://w3id.org/levier/id/note/migration/objective/1> ; levier:hasCondition <c> .
rule:wrong a levier:AlignmentRule ; levier:basis levier:Worded ; levier:weight 0.5 ; levier:priorWeight 0.5 ;
  levier:alignsWith <https://w3id.org/levier/id/note/migration/objective/1> ; levier:hasCondition <d> .
rule:silent a levier:AlignmentRule ; levier:basis levier:Worded ; levier:weight 0.9 ; levier:priorWeight 0.3 ;
  levier:alignsWith <https://w3id.org/levier/id/note/migration/objective/1> ; levier:hasCondition <e> .
<c> a levier:RuleCondition ; levier:onProperty iati:title ; levier:anyWord "boat"@en .
<d> a levier:RuleCondition ; levier:onProperty iati:title ; levier:anyWord "car"@en .
<e> a levier:RuleCondition ; levier:onProperty iati:title ; levier:anyWord "train"@en .
"""


def test_fit_trusts_rules_that_are_right_and_leaves_the_silent_to_their_author(
    with_rules: Callable[[str], EmbeddedStore],
) -> None:
    book = load_rules(with_rules(RULES))
    engine = Engine(book, 0.5)

    def case(number: int, title: str, labels: set[str]) -> Case:
        facts = ActivityFacts(str(number), texts=[TextFact(TITLE, title, "en")])
        return Case(str(number), "g", engine.firings(facts), frozenset(labels))

    cases = [case(n, "boat", {"M1"}) for n in range(20)] + [case(n, "car", set()) for n in range(20, 40)]
    fitted = {book.rules[iri].slug: weight for iri, weight in fit(book, cases).items()}

    assert fitted["right"] > 0.8
    assert fitted["wrong"] < 0.2
    assert fitted["silent"] == 0.3


def test_model_gives_what_the_engine_gives(load: Load) -> None:
    """The fit judges by the same sum as the links that are written."""
    store = load("covid-axes", "sentences")
    book = load_rules(store)
    model, engine = Model(book), Engine(book, 0.5)
    weights = {iri: rule.weight for iri, rule in book.rules.items()}
    for facts in (one for graph in aid_graphs(store) for one in read_graph(store, graph)):
        firings = engine.firings(facts)
        expected = {link.element.notation: pytest.approx(link.confidence) for link in engine.weigh(firings)}

        assert expected == model.confidences(firings, weights), facts.identifier


AID = """
<coded> a iati:Activity ; iati:iatiIdentifier "coded" ; iati:title "COVID-19 response"@en ;
  iati:reportingOrg <org> ; iati:tag <coded/tag> .
<silent> a iati:Activity ; iati:iatiIdentifier "silent" ; iati:title "Roads"@en ;
  iati:reportingOrg <org> ; iati:tag <coded/tag> .
<told> a iati:Activity ; iati:iatiIdentifier "told" ; iati:title "COVID-19 masks"@en ; iati:reportingOrg <org> .
<other> a iati:Activity ; iati:iatiIdentifier "other" ; iati:title "COVID-19 masks"@en ; iati:reportingOrg <else> .
<coded/tag> iati:codeText "COVID-19" ; iati:vocabulary <https://w3id.org/levier/id/code/TagVocabulary/99> .
<org> iati:organisation <https://w3id.org/levier/id/organisation/XX-1> .
<else> iati:organisation <https://w3id.org/levier/id/organisation/XX-2> .
"""


def test_text_alone_is_measured_against_the_codes_of_publishers_that_use_them(load: Load) -> None:
    (found,) = evaluate_codes(load(turtle=AID), Settings())
    ((publisher, activities, counts),) = found.publishers

    assert (True, 3) == (publisher.endswith("XX-1"), activities)
    assert (1, 1, 1) == (counts.right, counts.wrong, counts.missed)
    assert "XX-1" in render_codes([found])


def test_store_without_codes_is_nothing_to_measure(load: Load) -> None:
    with pytest.raises(NothingToDo, match="carries a code"):
        evaluate_codes(load("migration"), Settings())
