"""Namespaces and the IRIs of things: the names that users script against."""

from typing import Final
from urllib.parse import quote, unquote

BASE: Final = "https://w3id.org/levier/"
LEVIER: Final = BASE + "ontology#"
IATI: Final = BASE + "iati#"
SHAPES: Final = BASE + "shapes#"
ID: Final = BASE + "id/"
GRAPH: Final = BASE + "graph/"
COMMON: Final = ID + "common/"
"""Begins the IRIs of the nodes that the records of a dataset have in common, such as a sector with its percentage."""
XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
"""The attribute `xml:lang`, as lxml names it."""
NO_NAMESPACE: Final = "-"
"""Stands for the namespace in the property of an extension's name that has none."""

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
SKOSXL: Final = "http://www.w3.org/2008/05/skos-xl#"
PROV: Final = "http://www.w3.org/ns/prov#"
ORG: Final = "http://www.w3.org/ns/org#"
DCTERMS: Final = "http://purl.org/dc/terms/"
DCAT: Final = "http://www.w3.org/ns/dcat#"
FOAF: Final = "http://xmlns.com/foaf/0.1/"
SCHEMA: Final = "https://schema.org/"
GEO: Final = "http://www.w3.org/2003/01/geo/wgs84_pos#"
SH: Final = "http://www.w3.org/ns/shacl#"
VANN: Final = "http://purl.org/vocab/vann/"
VOID: Final = "http://rdfs.org/ns/void#"

PREFIXES: Final[dict[str, str]] = {
    "dcat": DCAT,
    "dcterms": DCTERMS,
    "foaf": FOAF,
    "geo": GEO,
    "graph": GRAPH,
    "iati": IATI,
    "id": ID,
    "levier": LEVIER,
    "levsh": SHAPES,
    "org": ORG,
    "owl": OWL,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "sh": SH,
    "skos": SKOS,
    "skosxl": SKOSXL,
    "vann": VANN,
    "void": VOID,
    "xsd": XSD,
}
"""Prefix to namespace, the same in every query, page and Turtle file of ours."""


def _path(*parts: str) -> str:
    return "/".join(quote(part, safe="") for part in parts)


def activity_iri(reporter: str, identifier: str) -> str:
    """Give the IRI of an activity from its reporter's reference and its trimmed IATI identifier."""
    return f"{ID}activity/{_path(reporter, identifier)}"


def organisation_iri(identifier: str) -> str:
    """Give the IRI of an organisation from its IATI identifier."""
    return f"{ID}organisation/{_path(identifier)}"


def code_iri(list_name: str, code: str) -> str:
    """Give the IRI of a code of a code list, such as `("Sector", "12220")`."""
    return f"{ID}code/{_path(list_name, code)}"


def copy_iri(dataset: str, number: int) -> str:
    """Give the IRI of a further report of an activity: the n-th such copy of a dataset."""
    return f"{ID}copy/{quote(dataset, safe='/')}/{number}"


def common_iri(dataset: str, name: str, digest: str) -> str:
    """Give the IRI of a node that the records of a dataset have in common: an element with a digest of its content."""
    return f"{COMMON}{quote(dataset, safe='/')}/{name}/{digest}"


def extension_iri(name: str) -> str:
    """Give the property of a name outside the standard: `{namespace}element`, `{namespace}@attribute`, or bare."""
    space, _, local = name.removeprefix("{").rpartition("}") if name.startswith("{") else ("", "", name)
    return f"{ID}extension/{_path(space or NO_NAMESPACE)}/{quote(local, safe='@')}"


def extension_name(iri: str) -> str:
    """Give the name that an extension's property stands for, as `extension_iri` takes it."""
    space, local = (unquote(part) for part in iri.removeprefix(f"{ID}extension/").split("/"))
    return local if space == NO_NAMESPACE else f"{{{space}}}{local}"


def graph_iri(kind: str, key: str = "") -> str:
    """Give the IRI of a named graph; `key` may have several parts (`round/2024`, `aid/iom/iom-2.03`)."""
    return GRAPH + kind + (f"/{quote(key, safe='/')}" if key else "")


def shorten(iri: str) -> str:
    """Give the IRI with the longest of our prefixes that fits (`iati:title`), or as it is."""
    fits = [(prefix, space) for prefix, space in PREFIXES.items() if iri.startswith(space)]
    if not fits:
        return iri
    prefix, space = max(fits, key=lambda pair: len(pair[1]))
    return f"{prefix}:{iri[len(space) :]}"
