"""The IATI module against the mapping that uses it, the code lists beside it and the schema of the standard."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from lxml import etree
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef

from levier.iati.mapping import FILE_CLASS, NODE_KINDS, RECORDS, Row, rows
from levier.terms import BASE, IATI, ID, LEVIER, ORG, PREFIXES, SCHEMA, XSD

MODULE = URIRef(BASE + "iati")
LANGUAGES = ["en", "fr", "nl"]
CLASS, OBJECT, DATATYPE = OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty

DOMAIN_INCLUDES = URIRef(SCHEMA + "domainIncludes")
RANGE_INCLUDES = URIRef(SCHEMA + "rangeIncludes")
LANG_STRING = str(RDF.langString)
CONCEPT = str(SKOS.Concept)

RANGES = {
    "narrative": {LANG_STRING},
    "code": {CONCEPT},
    "currency": {CONCEPT},
    "amount": {XSD + "decimal"},
    "measure": {XSD + "decimal", XSD + "string"},
    "position": {XSD + "string"},
    "organisation": {XSD + "string"},
    "identifier": {XSD + "string"},
    "language": {XSD + "string"},
}
"""What the value of a row is, by its kind; the other kinds of a value are the datatype of the same name."""

ALSO_ON = {("type", ORG + "Organization")}
"""Uses outside aid data: data/actors.ttl types the organisations themselves."""


@pytest.fixture(scope="module")
def module(root: Path) -> Graph:
    """The IATI module."""
    return Graph().parse(root / "ontology" / "iati.ttl")


@pytest.fixture(scope="module")
def terms(module: Graph) -> dict[str, URIRef]:
    """The kind of every term that the module defines, by its name."""
    kinds = (CLASS, OBJECT, DATATYPE)
    return {
        str(term).removeprefix(IATI): kind
        for kind in kinds
        for term in module.subjects(RDF.type, kind)
        if str(term).startswith(IATI)
    }


@pytest.fixture(scope="module")
def schema_places(shared: Path) -> set[str]:
    """Every element, attribute and text that the standard 2.03 has in activity and organisation files."""
    return set(_schema(shared, "iati-activities")) | set(_schema(shared, "iati-organisations"))


# The standard ---------------------------------------------------------------------------------------------------------

Named = dict[tuple[str, str], etree._Element]


def _schema(shared: Path, root: str) -> Iterator[str]:
    """Give the places of the files with a root element."""
    folder = shared / "standard" / "xsd" / "2.03"
    named = {
        (etree.QName(top).localname, top.get("name") or ""): top
        for name in (f"{root}-schema.xsd", "iati-common.xsd")
        for top in etree.parse(folder / name).getroot().iterchildren("{*}*")
    }
    yield from _schema_walk(named["element", root], "", named)


def _schema_walk(element: etree._Element, around: str, named: Named) -> Iterator[str]:
    """Give the place of an element, and those of its text, its attributes and the elements in it."""
    reference = element.get("ref")
    declared = named["element", reference] if reference else element
    path = f"{around}/{declared.get('name')}".lstrip("/")
    yield path
    yield from _schema_type(declared.get("type") or "", path, named)
    yield from _schema_content(declared, path, named)


def _schema_type(name: str, path: str, named: Named) -> Iterator[str]:
    if name.startswith("xsd:"):
        yield path + "/text()"
    elif name:
        yield from _schema_content(named["complexType", name], path, named)


def _schema_content(node: etree._Element, path: str, named: Named) -> Iterator[str]:
    for part in node.iterchildren("{*}*"):
        match etree.QName(part).localname:
            case "element":
                yield from _schema_walk(part, path, named)
            case "attribute":
                yield f"{path}/@{part.get('name') or part.get('ref')}"
            case "annotation":
                pass
            case _:
                yield from _schema_type(part.get("base") or "", path, named)
                yield from _schema_content(part, path, named)


def _common(path: str) -> str:
    """Give a place as the module writes it: from the record down, without text(), document links as one."""
    path = re.sub(r"^iati-(activities|organisations)/(iati-(activity|organisation))", r"\2", path)
    path = path.removesuffix("/text()")
    return re.sub(r"^iati-activity/.*/document-link/", "iati-activity/document-link/", path)


def _holds_a_value(place: str) -> bool:
    return place.endswith("/text()") or ("/@" in place and not place.endswith("narrative/@xml:lang"))


# The mapping ----------------------------------------------------------------------------------------------------------


@cache
def _by_class() -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows():
        found[row.cls].append(row)
    return found


def _mapped(cls: str, around: str) -> Iterator[tuple[str, str]]:
    """Give each term that a class's rows use, with its place."""
    for row in _by_class()[cls]:
        place = f"{around}/{row.place}"
        if row.kind == "selects":
            yield from ((decided, place) for decided in _decided_by(row))
            continue
        if row.kind == "dated" and row.when.values:
            yield from ((row.term, f"{place}/{attribute}") for attribute in ("@iso-date", row.when.attribute))
            continue
        yield row.term, place
        if row.kind == "organisation":
            yield "organisation", place
        if row.kind in NODE_KINDS:
            yield row.value, place
            yield from _mapped(row.value, place)


def _decided_by(selector: Row) -> Iterator[str]:
    """Give the terms of the rows that an attribute chooses between."""
    for row in _by_class()[selector.cls]:
        if row.path[:-1] == selector.path[:-1] and row.when.attribute.rpartition("/")[2] == selector.path[-1]:
            yield row.term


@cache
def _mapped_places() -> frozenset[tuple[str, str]]:
    found = [(cls, record) for record, cls in RECORDS.items()]
    for record, cls in RECORDS.items():
        found += _mapped(cls, record)
    for root in ("iati-activities", "iati-organisations"):
        found += _mapped(FILE_CLASS, root)
    return frozenset((term, _common(place)) for term, place in found)


def _uses() -> Iterator[tuple[Row, str]]:
    """Give each row that says something, with each term it uses."""
    for row in rows():
        if row.kind != "selects":
            yield row, row.term
        if row.kind == "organisation":
            yield row, "organisation"


def _expected_kind(row: Row, term: str) -> URIRef:
    makes_node = row.kind in NODE_KINDS and not (row.kind == "dated" and row.when.values)
    return OBJECT if makes_node or row.kind in {"code", "currency"} or term == "organisation" else DATATYPE


def _expected_range(row: Row, term: str) -> set[str]:
    if term == "organisation":
        return {ORG + "Organization"}
    if row.kind == "dated" and row.when.values:
        return {XSD + "date"}
    if row.kind in NODE_KINDS:
        return {IATI + row.value}
    return RANGES.get(row.kind, {XSD + row.kind})


def _domain(row: Row) -> str:
    return LEVIER + "Dataset" if row.cls == FILE_CLASS else IATI + row.cls


# The module -----------------------------------------------------------------------------------------------------------


def _examples(module: Graph, kind: str) -> Iterator[tuple[str, str]]:
    """Give each term with each of its examples of a kind, "XML" or "Turtle"."""
    for term, example in module.subject_objects(SKOS.example):
        if str(example).startswith(kind + ": "):
            yield str(term).removeprefix(IATI), str(example).removeprefix(kind + ": ")


def _stated_places(module: Graph) -> set[tuple[str, str]]:
    """Give each term with each place of its XML examples; `a[@b="1"]/c` states the places a/c and a/@b."""
    found = set()
    for term, path in _examples(module, "XML"):
        found.add((term, re.sub(r"\[.*\]", "", path)))
        found |= {(term, f"{element}/{attribute}") for element, attribute in re.findall(r"^(.*)\[(@.*)=.*\]", path)}
    return found


def _labels(module: Graph, name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for label in module.objects(URIRef(IATI + name), SKOS.prefLabel):
        assert isinstance(label, Literal)
        found[label.language or ""].append(str(label))
    return found


def test_every_term_of_the_mapping_is_defined_and_of_its_kind(terms: dict[str, URIRef]) -> None:
    expected: dict[str, URIRef] = {row.value: CLASS for row in rows() if row.kind in NODE_KINDS} | dict.fromkeys(
        RECORDS.values(), CLASS
    )
    expected |= {term: _expected_kind(row, term) for row, term in _uses()}

    assert expected == {name: terms.get(name) for name in expected}


def test_every_term_defined_is_used_by_the_mapping(terms: dict[str, URIRef]) -> None:
    used = (
        {term for _, term in _uses()} | {row.value for row in rows() if row.kind in NODE_KINDS} | set(RECORDS.values())
    )

    assert sorted(used) == sorted(terms)


def test_a_property_never_leads_to_both_concepts_and_literals() -> None:
    """OWL 2 DL knows no such property: a code of an unknown list has a term of its own, iati:codeText."""
    kinds: dict[str, set[URIRef]] = defaultdict(set)
    for row, term in _uses():
        kinds[term].add(_expected_kind(row, term))
    found = [term for term, found in kinds.items() if len(found) > 1]

    assert not found


def test_the_subjects_of_each_property_are_those_of_the_mapping(module: Graph) -> None:
    expected = {(term, _domain(row)) for row, term in _uses()} | ALSO_ON
    stated = {(str(s).removeprefix(IATI), str(o)) for s, o in module.subject_objects(DOMAIN_INCLUDES)}

    assert expected == stated


def test_the_values_of_each_property_are_those_of_the_mapping(module: Graph) -> None:
    expected = {(term, value) for row, term in _uses() for value in _expected_range(row, term)}
    stated = {(str(s).removeprefix(IATI), str(o)) for s, o in module.subject_objects(RANGE_INCLUDES)}

    assert expected == stated


def test_each_coded_property_names_its_code_lists(module: Graph, root: Path) -> None:
    """A list that the repository does not have (EarmarkingModality) cannot be named."""
    present = {path.stem for path in (root / "data" / "codelists").glob("*.ttl")}
    used = {(row.term, row.value) for row in rows() if row.kind in {"code", "currency"}}
    stated = {
        (str(term).removeprefix(IATI), str(target).removeprefix(ID + "code/"))
        for term, target in module.subject_objects(RDFS.seeAlso)
        if str(target).startswith(ID + "code/")
    }

    assert {(term, code_list) for term, code_list in used if code_list in present} == stated


def test_every_term_has_one_label_and_one_definition_per_language(module: Graph, terms: dict[str, URIRef]) -> None:
    wanted = {(name, predicate, language) for name in terms for predicate in ("p", "d") for language in LANGUAGES}
    found = Counter(
        (name, short, text.language)
        for name in terms
        for short, predicate in (("p", SKOS.prefLabel), ("d", SKOS.definition))
        for text in module.objects(URIRef(IATI + name), predicate)
        if isinstance(text, Literal)
    )

    assert dict.fromkeys(wanted, 1) == dict(found)


def test_definitions_are_sentences(module: Graph) -> None:
    """A definition begins with a capital, ends with a period and says more than a label."""
    sentence = re.compile(r"[A-ZÀ-Ý].{20,}[^.]\.")
    found = [str(text) for text in module.objects(None, SKOS.definition) if not sentence.fullmatch(str(text))]

    assert not found


def test_no_definition_is_said_twice(module: Graph) -> None:
    counted = Counter(str(text) for text in module.objects(None, SKOS.definition))
    found = [text for text, times in counted.items() if times > 1]

    assert not found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("of_classes", [True, False], ids=["classes", "properties"])
def test_no_two_terms_share_a_label(module: Graph, terms: dict[str, URIRef], language: str, of_classes: bool) -> None:
    names = [name for name, kind in terms.items() if (kind == CLASS) == of_classes]
    counted = Counter(label.casefold() for name in names for label in _labels(module, name)[language])
    found = [label for label, times in counted.items() if times > 1]

    assert not found


def test_every_term_says_where_it_is_defined_and_comes_from(module: Graph, terms: dict[str, URIRef]) -> None:
    source = URIRef("https://iatistandard.org/en/iati-standard/203/")
    stated = {
        name
        for name in terms
        if (URIRef(IATI + name), RDFS.isDefinedBy, MODULE) in module
        and (URIRef(IATI + name), DCTERMS.source, source) in module
    }

    assert set(terms) == stated


def test_every_term_has_an_example_in_xml_and_in_turtle(module: Graph, terms: dict[str, URIRef]) -> None:
    for kind in ("XML", "Turtle"):
        exemplified = {name for name, _ in _examples(module, kind)}

        assert set(terms) == exemplified


def test_turtle_examples_use_their_term_and_only_defined_ones(module: Graph, terms: dict[str, URIRef]) -> None:
    prefixes = "".join(f"PREFIX {prefix}: <{space}>\n" for prefix, space in PREFIXES.items())
    for name, example in _examples(module, "Turtle"):
        graph = Graph().parse(data=f"BASE <{BASE}>\n{prefixes}{example}", format="turtle")
        used = {str(node).removeprefix(IATI) for triple in graph for node in triple if str(node).startswith(IATI)}

        assert name in used
        assert set() == used - set(terms)


def test_codes_in_examples_exist(module: Graph, root: Path) -> None:
    found = re.findall(r"<id/code/([^/>]+)/([^>]+)>", "\n".join(text for _, text in _examples(module, "Turtle")))
    missing = [
        (code_list, code)
        for code_list, code in sorted(set(found))
        if f"<{ID}code/{code_list}/{code}>"
        not in (root / "data" / "codelists" / f"{code_list}.ttl").read_text(encoding="utf-8")
    ]

    assert len(found) > 0
    assert not missing


def test_xml_examples_are_where_the_mapping_puts_the_term(module: Graph) -> None:
    assert set() == _stated_places(module) - _mapped_places()


def test_every_place_of_the_standard_that_is_mapped_is_an_example(module: Graph, schema_places: set[str]) -> None:
    known = {_common(place) for place in schema_places}
    mapped = {(term, place) for term, place in _mapped_places() if place in known}

    assert set() == mapped - _stated_places(module)


def test_every_place_of_the_standard_with_a_value_has_a_term(module: Graph, schema_places: set[str]) -> None:
    """The module holds one term for each element and attribute of the standard 2.03."""
    values = {_common(place) for place in schema_places if _holds_a_value(place)}

    assert set() == values - {place for _, place in _stated_places(module)}


def test_xml_examples_are_places_of_the_standard(module: Graph, schema_places: set[str]) -> None:
    known = {_common(place) for place in schema_places}

    assert set() == {place for _, place in _stated_places(module)} - known


def test_the_kinds_of_description_are_descriptions(module: Graph) -> None:
    kinds = {row.term for row in rows() if row.path == ("description", "narrative") and row.when.values}
    stated = {
        str(term).removeprefix(IATI) for term in module.subjects(RDFS.subPropertyOf, URIRef(IATI + "description"))
    }

    assert kinds == stated


def test_classes_exclude_each_other_and_concepts(module: Graph, terms: dict[str, URIRef]) -> None:
    """A node of aid data is of one class only, and never a code: the reasoner finds a code put where a node belongs."""
    (axiom,) = module.subjects(RDF.type, OWL.AllDisjointClasses)
    head = module.value(axiom, OWL.members)
    assert head is not None
    members = set(module.items(head))

    assert {URIRef(IATI + name) for name, kind in terms.items() if kind == CLASS} | {SKOS.Concept} == members
