from collections.abc import Callable

import pyoxigraph as ox
import pytest

from levier.errors import BrokenData
from levier.graph import EmbeddedStore
from levier.linking.rules import load_rules
from levier.resources import folder
from levier.terms import DCTERMS, LEVIER, SKOS, graph_iri

MakeStore = Callable[[str], EmbeddedStore]

GOOD = """
rule:a a levier:AlignmentRule ; skos:prefLabel "A"@en ; levier:basis levier:Worded ; levier:weight 0.5 ;
  levier:alignsWith <https://w3id.org/levier/id/note/migration/objective/1> ; levier:hasCondition <c> .
<c> a levier:RuleCondition ; levier:onProperty iati:title ; levier:anyWord "migration"@en .
"""


def values(store: EmbeddedStore, subject: str, predicate: str) -> list[ox.Literal]:
    """The literals that the rules state of a thing."""
    quads = store.raw.quads_for_pattern(ox.NamedNode(subject), ox.NamedNode(predicate), None)
    return [quad.object for quad in quads if isinstance(quad.object, ox.Literal)]


def test_bundled_rules_reach_every_element_with_transcribed_content(empty: EmbeddedStore) -> None:
    notations = [element.notation for element in load_rules(empty).elements.values()]

    assert ["H1", "H2", "H3", "H4", "M1", "M2", "M3", "M4", "S"] == notations


def test_bundled_rules_have_words_in_six_languages(empty: EmbeddedStore) -> None:
    """Every list of words that is looked for has them in fr, nl, en, de, es and pt."""
    conditions = load_rules(empty).conditions
    languages = {one.iri: {term.language for term in one.terms} for c in conditions for one in (*c.lists, *c.near)}

    assert {} == {iri: found for iri, found in languages.items() if found != {"fr", "nl", "en", "de", "es", "pt"}}


def test_bundled_rules_are_readable_by_a_person(empty: EmbeddedStore) -> None:
    """Every rule is named and explained in fr, nl and en."""
    for iri in load_rules(empty).rules:
        for predicate in ("prefLabel", "definition"):
            stated = {literal.language for literal in values(empty, iri, SKOS + predicate)}

            assert {"fr", "nl", "en"} == stated, (iri, predicate)


def test_bundled_rules_name_known_sources_and_say_that_they_are_proposals(empty: EmbeddedStore) -> None:
    empty.load(folder("data") / "sources.ttl", graph_iri("sources"))
    sourced = empty.select(
        "SELECT DISTINCT ?r { ?r a levier:AlignmentRule ; levier:factStatus levier:ProposedFact ; "
        "dcterms:source ?s . ?s a ?type . FILTER NOT EXISTS { ?r levier:basis levier:Decided } "
        "FILTER NOT EXISTS { ?r levier:inferredAlong ?along } }"
    )

    assert set(load_rules(empty).rules) == {row["r"].value for row in sourced}


def test_bundled_rules_name_known_codes_and_organisations(empty: EmbeddedStore) -> None:
    """A code that no list has would never be met."""
    for path in (folder("data") / "codelists").glob("*.ttl"):
        empty.load(path, graph_iri("codelists", path.stem))
    empty.load(folder("data") / "actors.ttl", graph_iri("actors"))
    unknown = empty.select(
        "SELECT DISTINCT ?x { ?c levier:anyCode|levier:exceptCode|levier:inVocabulary|levier:inCodeList"
        "|levier:anyOrganisation ?x FILTER NOT EXISTS { ?x a ?type } }"
    )

    assert [] == [row["x"].value for row in unknown]


def test_rule_comes_after_those_it_builds_on(empty: EmbeddedStore) -> None:
    book = load_rules(empty)
    place = {iri: at for at, iri in enumerate(book.rules)}

    assert all(place[n] < place[r.iri] for r in book.rules.values() for n in (*r.requires, *r.yields_to))


def test_good_rule_is_read(with_rules: Callable[[str], EmbeddedStore]) -> None:
    (rule,) = load_rules(with_rules(GOOD)).rules.values()

    assert ("a", 0.5, "Worded", ["M1"]) == (rule.slug, rule.weight, rule.basis, [e.notation for e in rule.elements])


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("migration/objective/1", "migration/objective/9", "rule/a: links to id:note/migration/objective/9, which no"),
        ("levier:weight 0.5", "levier:weight 1.5", "rule/a: levier:weight is 1.5; it must be above 0 and at most 1"),
        ("levier:weight 0.5", 'levier:weight "much"', "rule/a: levier:weight is much; it must be a number"),
        ("levier:weight 0.5 ;", "", "rule/a: levier:weight is missing"),
        ("levier:weight 0.5", "levier:weight 0.5, 0.6", "rule/a: levier:weight is stated 2 times"),
        ("levier:Worded", "levier:Guessed", "rule/a: levier:basis is Guessed; it must be one of Inferred"),
        ("; levier:hasCondition <c>", "", "rule/a: has no condition and requires no other rule"),
        ("<c> a levier:RuleCondition", "<d> a levier:RuleCondition", "is named as a condition but nothing is said"),
        ('levier:anyWord "migration"@en', "a levier:RuleCondition", "tests nothing; a condition tests"),
        ('"migration"@en', '"migration"@en ; levier:anyCode code:x', "tests codes and words at once"),
        ('"migration"@en', '"migration"', "'migration' is in language None; it must be one of de, en"),
        ('"migration"@en', '"migração"@xx', "'migração' is in language xx"),
        ('"migration"@en', '"*"@en', "levier:anyWord '*' has no letter or digit"),
        ('"migration"@en', '"a* b"@en', "has * inside"),
        ("levier:onProperty iati:title", "a levier:RuleCondition", "does not say on which property"),
        ("iati:title", "skos:prefLabel", "levier:onProperty is skos:prefLabel, which is not a term of iati:"),
        ("levier:anyWord", "levier:anyWrod", "levier:anyWrod is not something a condition can test"),
        ('"migration"@en', '"a"@en ; levier:minimumOccurrences 0', "levier:minimumOccurrences is '0'"),
        ('levier:anyWord "migration"@en', 'levier:codePrefix "15"', "has levier:codePrefix without levier:inCodeList"),
        (
            "levier:hasCondition",
            "levier:requiresRule rule:b ; levier:hasCondition",
            "builds on rule/b, which is no linking rule",
        ),
        ("levier:hasCondition", "levier:yieldsTo rule:a ; levier:hasCondition", "in a circle: rule/a → rule/a"),
        ("levier:hasCondition", "levier:weakens rule:b ; levier:hasCondition", "speaks both for"),
        ('levier:anyWord "migration"@en', "levier:anyWordOf rule:w", "names rule/w, of which nothing is said"),
        ('levier:anyWord "migration"@en', "levier:anyWordOf rule:a", "rule/a: is a list of words without a word"),
        (
            '"migration"@en',
            '"a"@en ; levier:withinWords "few"',
            "levier:withinWords is 'few'; it must be a whole number",
        ),
        ('"migration"@en', '"a"@en ; levier:minimumPercentage 101', "it must be a number from 0 to 100"),
        ("levier:hasCondition", 'levier:inDonorCost "maybe" ; levier:hasCondition', "it must be true or false"),
    ],
)
def test_broken_rule_is_refused_with_its_name_and_what_is_wrong(
    with_rules: MakeStore, old: str, new: str, complaint: str
) -> None:
    assert old in GOOD
    with pytest.raises(BrokenData) as refused:
        load_rules(with_rules(GOOD.replace(old, new)))

    assert complaint in refused.value.message
    assert refused.value.hint


def test_store_without_rules_is_refused(with_rules: MakeStore) -> None:
    with pytest.raises(BrokenData, match="no linking rule"):
        load_rules(with_rules(""))


def test_circle_over_several_rules_is_named(with_rules: MakeStore) -> None:
    circle = GOOD.replace("levier:hasCondition", "levier:requiresRule rule:b ; levier:hasCondition")
    circle += (
        "rule:b a levier:AlignmentRule ; levier:basis levier:Coded ; levier:weight 0.5 ; levier:requiresRule rule:a ."
    )
    with pytest.raises(BrokenData, match="rule/a → rule/b → rule/a"):
        load_rules(with_rules(circle))


def test_rules_are_a_graph_that_says_what_it_is(empty: EmbeddedStore) -> None:
    graph = "https://w3id.org/levier/graph/linking/rules"
    titles = {literal.language for literal in values(empty, graph, DCTERMS + "title")}
    types = [q.object for q in empty.raw.quads_for_pattern(ox.NamedNode(graph), None, ox.NamedNode(LEVIER + "Dataset"))]

    assert ({"fr", "nl", "en"}, 1) == (titles, len(types))
