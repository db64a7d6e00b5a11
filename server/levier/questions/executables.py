"""The library as a graph: each question a `sh:SPARQLSelectExecutable` (SHACL Advanced Features, section 4 and 9).

Editors that know the convention ask an endpoint for `sh:SPARQLExecutable` and show each by its `rdfs:comment`; there is
one comment for each question, or they would show it three times. Its titles in the three languages are `rdfs:label`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import pyoxigraph as ox

from levier.questions.header import ANY, LANGUAGES, Parameter
from levier.questions.library import Question
from levier.terms import DCTERMS, ID, LEVIER, PREFIXES, RDF, RDFS, SCHEMA, SH, SKOS, XSD, graph_iri

QUESTIONS_GRAPH: Final = graph_iri("questions")
"""The named graph of the library."""
TITLES: Final = {"en": "The question library", "fr": "La bibliothèque de questions", "nl": "De vragenbibliotheek"}

_A: Final = ox.NamedNode(RDF + "type")
_DATATYPES: Final = {"year": XSD + "integer", "date": XSD + "date", "language": XSD + "string"}
_CLASSES: Final = {"note": LEVIER + "StrategyNote"}


def executables(known: Sequence[Question]) -> bytes:
    """Give the questions as N-Triples, with the prefixes that need no declaration here."""
    triples = [*_library(), *(triple for question in known for triple in _question(question))]
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""


def _library() -> Iterator[ox.Triple]:
    graph = ox.NamedNode(QUESTIONS_GRAPH)
    yield ox.Triple(graph, _A, ox.NamedNode(LEVIER + "Dataset"))
    for language, title in TITLES.items():
        yield ox.Triple(graph, ox.NamedNode(DCTERMS + "title"), ox.Literal(title, language=language))
    for prefix, space in PREFIXES.items():
        declaration = ox.BlankNode()
        yield ox.Triple(graph, ox.NamedNode(SH + "declare"), declaration)
        yield ox.Triple(declaration, ox.NamedNode(SH + "prefix"), ox.Literal(prefix))
        yield ox.Triple(
            declaration, ox.NamedNode(SH + "namespace"), ox.Literal(space, datatype=ox.NamedNode(XSD + "anyURI"))
        )


def _question(question: Question) -> Iterator[ox.Triple]:
    node = ox.NamedNode(f"{ID}question/{question.name}")
    for kind in ("SPARQLExecutable", "SPARQLSelectExecutable"):
        yield ox.Triple(node, _A, ox.NamedNode(SH + kind))
    yield ox.Triple(node, ox.NamedNode(DCTERMS + "identifier"), ox.Literal(question.name))
    yield ox.Triple(node, ox.NamedNode(SCHEMA + "keywords"), ox.Literal(question.theme))
    yield ox.Triple(node, ox.NamedNode(RDFS + "comment"), ox.Literal(question.title("en"), language="en"))
    yield ox.Triple(node, ox.NamedNode(SH + "prefixes"), ox.NamedNode(QUESTIONS_GRAPH))
    yield ox.Triple(node, ox.NamedNode(SH + "select"), ox.Literal(question.text))
    for language in LANGUAGES:
        yield ox.Triple(node, ox.NamedNode(RDFS + "label"), ox.Literal(question.title(language), language=language))
        for caveat in dict.fromkeys(question.caveats[language]):
            yield ox.Triple(node, ox.NamedNode(SKOS + "note"), ox.Literal(caveat, language=language))
    for order, parameter in enumerate(question.parameters):
        own = ox.NamedNode(f"{node.value}/parameter/{parameter.name}")
        yield ox.Triple(node, ox.NamedNode(SH + "parameter"), own)
        for predicate, value in _parameter(parameter, order):
            yield ox.Triple(own, ox.NamedNode(predicate), value)


def _parameter(parameter: Parameter, order: int) -> Iterator[tuple[str, ox.NamedNode | ox.Literal]]:
    """Give what is said of a parameter; the last part of its path is the variable that it binds, as SHACL has it."""
    yield RDF + "type", ox.NamedNode(SH + "Parameter")
    yield SH + "path", ox.NamedNode(f"{ID}parameter/{parameter.name}")
    yield SH + "optional", ox.Literal(True)  # a literal, not a flag
    yield SH + "order", ox.Literal(order)
    yield SH + "description", ox.Literal(parameter.description, language="en")
    if parameter.type in _DATATYPES:
        yield SH + "datatype", ox.NamedNode(_DATATYPES[parameter.type])
        if parameter.default != ANY:
            datatype = ox.NamedNode(_DATATYPES[parameter.type])
            yield SH + "defaultValue", ox.Literal(parameter.default, datatype=datatype)
        return
    yield SH + "nodeKind", ox.NamedNode(SH + "IRI")
    if parameter.type in _CLASSES:
        yield SH + "class", ox.NamedNode(_CLASSES[parameter.type])
    if parameter.type == "note" and parameter.default != ANY:
        yield SH + "defaultValue", ox.NamedNode(f"{ID}note/{parameter.default}")
