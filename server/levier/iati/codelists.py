"""The IATI code lists that activities need, as SKOS in Turtle: names, codes, statuses and dates, nothing else.

The descriptions of the lists are other people's sentences and are never read. Which lists: those that the standard's
`mapping.xml` puts on an activity, the lists that group them, and `EXTRA`.

    python -m levier.iati.codelists STANDARD_DIR -o data/codelists
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
from lxml import etree

from levier import terms
from levier.errors import BadInput, LevierError
from levier.graph.turtle import canonical

LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
EXTRA: Final = ("BudgetIdentifier", "GazetteerAgency", "GeographicalPrecision", "GLIDENumber", "HumanitarianPlan")
"""Lists that activities use and `mapping.xml` of 2.03 does not name: by a vocabulary, or in versions 1.0x."""

FIRST_GLIDE_YEAR: Final = 2015
"""GLIDE numbers are kept from this year on: all 8,520 would be three quarters of everything committed."""

LANGUAGES: Final = ("en", "fr")
NOWHERE: Final = "---"
"""What the GLIDE list says for the country of an event that has none."""

_GLIDE_YEAR: Final = re.compile(r"[A-Z]{2}-(\d{4})-")
_A: Final = ox.NamedNode(terms.RDF + "type")
_DATE: Final = ox.NamedNode(terms.XSD + "date")


@dataclass(frozen=True)
class Code:
    """One code of a list. `starts` and `ends` are the dates of the plan or event named, not those of the code."""

    code: str
    names: Mapping[str, str] = field(default_factory=dict)
    status: str = "active"
    active_from: str = ""
    withdrawn_on: str = ""
    category: str = ""
    starts: str = ""
    ends: str = ""


@dataclass(frozen=True)
class CodeList:
    """A list with its codes in the order of the file; `note` says in what it differs from its source."""

    name: str
    titles: Mapping[str, str]
    source: str
    codes: tuple[Code, ...]
    categories: str = ""
    note: str = ""

    @property
    def known(self) -> frozenset[str]:
        """The codes themselves."""
        return frozenset(code.code for code in self.codes)


def read_xml(path: Path, source: str) -> CodeList:
    """Give a list of the IATI secretariat's. Raises `BadInput` where the file is no code list."""
    root = _tree(path)
    if root.tag != "codelist" or not root.get("name"):
        raise BadInput(f"{path}: not a code list: its root element is {root.tag!r}")
    codes, note = _once(_code(item) for item in root.iterfind("codelist-items/codelist-item"))
    return CodeList(
        name=root.get("name", ""),
        titles=_names(root.find("metadata/name")),
        source=source,
        codes=codes,
        categories=root.get("category-codelist", ""),
        note=note,
    )


def read_json(path: Path, source: str) -> CodeList:
    """Give a list of Code for IATI's from its `X.en.json`, with the French names of the `X.fr.json` beside it."""
    english = _json(path)
    french_file = path.with_name(path.name.replace(".en.", ".fr."))
    french = _json(french_file) if french_file.is_file() else {"metadata": {}, "data": []}
    french_names = {row["code"]: row.get("name") or "" for row in french["data"]}
    titles = {"en": english["metadata"]["name"], "fr": french["metadata"].get("name", "")}
    updated = english["metadata"].get("last-updated-date", "")
    codes, note = _once(_code_of_row(row, french_names.get(row["code"], "")) for row in english["data"])
    full = CodeList(
        name=english["attributes"]["name"],
        titles={language: title for language, title in titles.items() if title},
        source=f"{source}, list of {updated}" if updated else source,
        codes=codes,
        note=note,
    )
    return recent_glides(full) if full.name == "GLIDENumber" else full


def recent_glides(full: CodeList) -> CodeList:
    """Give the GLIDE list from `FIRST_GLIDE_YEAR` on; the year is the one inside the number."""
    kept = tuple(code for code in full.codes if _glide_year(code.code) >= FIRST_GLIDE_YEAR)
    said = (
        f"Kept: the {len(kept)} GLIDE numbers of {FIRST_GLIDE_YEAR} and later, those of COVID-19 among them, "
        f"of the {len(full.codes)} in the source; older ones are left out for size."
    )
    return replace(full, codes=kept, note=f"{said} {full.note}".strip())


def turtle(listed: CodeList, known: Mapping[str, frozenset[str]]) -> str:
    """Give the canonical Turtle of a list; `known` holds the codes of every list, for the links to categories."""
    statements = list(_statements(listed, known))
    text = ox.serialize(statements, format=ox.RdfFormat.N_TRIPLES)
    return canonical((text or b"").decode(), f"{listed.name}.ttl")


def import_lists(standard: Path) -> list[CodeList]:
    """Give every list an activity needs from a folder of the standard. Raises `BadInput` naming what is missing."""
    sources = _sources(standard / "README.md")
    files = {path.stem: (path, "embedded") for path in sorted((standard / "codelists/embedded").glob("*.xml"))}
    files |= {path.stem: (path, "non-embedded") for path in sorted((standard / "codelists/non-embedded").glob("*.xml"))}
    files |= {path.name.split(".")[0]: (path, "other") for path in (standard / "codelists/other").glob("*.en.json")}
    lists: dict[str, CodeList] = {}
    wanted = [*_governing(standard / "codelists/mapping.xml"), *EXTRA]
    while wanted:
        name = wanted.pop()
        if name in lists:
            continue
        if name not in files:
            raise BadInput(f"{standard}: the code list {name} is not there")
        path, folder = files[name]
        lists[name] = (read_json if folder == "other" else read_xml)(path, sources[folder])
        wanted += [lists[name].categories] if lists[name].categories else []
    return [lists[name] for name in sorted(lists)]


def write(lists: Sequence[CodeList], folder: Path) -> int:
    """Write a file per list, drop those of lists no longer there, and give the bytes written."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {listed.name: listed.known for listed in lists}
    for stale in set(folder.glob("*.ttl")) - {folder / f"{name}.ttl" for name in known}:
        stale.unlink()
    size = 0
    for listed in lists:
        text = turtle(listed, known)
        (folder / f"{listed.name}.ttl").write_text(text, encoding="utf-8", newline="\n")
        size += len(text.encode())
    return size


def main(argv: Sequence[str] | None = None) -> int:
    """Run the importer; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m levier.iati.codelists", description="IATI code lists to SKOS.")
    parser.add_argument("standard", type=Path, help="folder of the standard, with README.md and codelists/")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the Turtle files")
    arguments = parser.parse_args(argv)
    try:
        lists = import_lists(arguments.standard)
        size = write(lists, arguments.output)
    except LevierError as error:
        sys.stderr.write(f"levier: {error.message}\n")
        return error.exit_code
    sys.stderr.write(f"{len(lists)} lists, {sum(len(each.codes) for each in lists)} codes, {size / 1e6:.1f} MB\n")
    return 0


def _tree(path: Path) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        return etree.parse(path, parser).getroot()
    except OSError:
        raise BadInput(f"{path}: cannot be read") from None
    except etree.XMLSyntaxError as error:
        raise BadInput(f"{path}, line {error.lineno}: not XML: {error.msg}") from None


def _json(path: Path) -> dict[str, Any]:
    try:
        read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise BadInput(f"{path}: cannot be read") from None
    except ValueError as error:
        raise BadInput(f"{path}: not JSON: {error}") from None
    return read


def _sources(readme: Path) -> dict[str, str]:
    """Give repository and commit of each folder of lists, from the table of the standard's README."""
    try:
        rows = [line.strip().strip("|").split("|") for line in readme.read_text(encoding="utf-8").splitlines()]
    except OSError:
        raise BadInput(f"{readme}: cannot be read, and it names the source of the lists") from None
    found = {}
    for folder in ("embedded", "non-embedded", "other"):
        cells = [row for row in rows if f"`codelists/{folder}`" in row[0]]
        if not cells:
            raise BadInput(f"{readme}: its table has no row for codelists/{folder}")
        found[folder] = cells[0][-1].strip()
    return found


def _governing(mapping: Path) -> list[str]:
    """Give the lists that `mapping.xml` puts on an element or attribute of an activity file."""
    pairs = ((each.findtext("path") or "", each.find("codelist")) for each in _tree(mapping).iterfind("mapping"))
    return [found.get("ref", "") for path, found in pairs if "iati-activit" in path and found is not None]


def _code(item: etree._Element) -> Code:
    return Code(
        code=(item.findtext("code") or "").strip(),
        names=_names(item.find("name")),
        # The lists leave out the status where it is “active”, their schema's default.
        status=item.get("status", "active"),
        active_from=_date(item.get("activation-date", "")),
        withdrawn_on=_date(item.get("withdrawal-date", "")),
        category=(item.findtext("category") or "").strip(),
    )


def _code_of_row(row: Mapping[str, str | None], french: str) -> Code:
    name = row.get("name") or _event(row)
    return Code(
        code=(row["code"] or "").strip(),
        names={language: text for language, text in (("en", name), ("fr", french)) if text},
        status=row.get("status") or "active",
        starts=_date(row.get("codeforiati:plan-start-date") or row.get("codeforiati:date") or ""),
        ends=_date(row.get("codeforiati:plan-end-date") or ""),
    )


def _event(row: Mapping[str, str | None]) -> str:
    """Name a disaster, which the GLIDE list leaves nameless, by its kind and its country."""
    country = "" if row.get("codeforiati:country-code") == NOWHERE else row.get("codeforiati:country")
    return ", ".join(part for part in (row.get("codeforiati:event"), country) if part)


def _names(element: etree._Element | None) -> dict[str, str]:
    """Give the first name in each of `LANGUAGES`; a narrative without a language is English, as the lists say."""
    names: dict[str, str] = {}
    for narrative in element.iterfind("narrative") if element is not None else ():
        text = " ".join((narrative.text or "").split())
        language = narrative.get(terms.XML_LANG, "en")
        if text and language in LANGUAGES:
            names.setdefault(language, text)
    return names


def _once(codes: Iterable[Code]) -> tuple[tuple[Code, ...], str]:
    """Keep each code once, and say which came twice: the active one, else the one activated last, else the first."""
    kept: dict[str, Code] = {}
    twice: list[str] = []
    for code in codes:
        held = kept.get(code.code)
        if held:
            twice.append(code.code)
        if not held or _standing(code) > _standing(held):
            kept[code.code] = code
    note = f"Listed more than once in the source, kept once: {', '.join(sorted(set(twice)))}." if twice else ""
    return tuple(kept.values()), note


def _standing(code: Code) -> tuple[bool, str]:
    return code.status == "active", code.active_from


def _date(text: str) -> str:
    """Give a date that is one, else nothing: the GLIDE list has days like `2017/9/-6`."""
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        return ""


def _glide_year(code: str) -> int:
    found = _GLIDE_YEAR.match(code)
    return int(found.group(1)) if found else 0


def _statements(listed: CodeList, known: Mapping[str, frozenset[str]]) -> Iterator[ox.Triple]:
    graph = ox.NamedNode(terms.graph_iri("codelists", listed.name))
    scheme = ox.NamedNode(f"{terms.ID}code/{listed.name}")
    yield ox.Triple(graph, _A, ox.NamedNode(terms.LEVIER + "Dataset"))
    yield ox.Triple(graph, _property("dcterms:license"), ox.NamedNode(LICENCE))
    yield ox.Triple(scheme, _A, _property("skos:ConceptScheme"))
    for language, words in (("en", "IATI code list"), ("fr", "Liste de codes IATI"), ("nl", "IATI-codelijst")):
        yield _said(graph, "dcterms:title", f"{words} {listed.name}", language)
    for language, title in listed.titles.items():
        yield _said(scheme, "dcterms:title", title, language)
    for subject in (graph, scheme):
        yield ox.Triple(subject, _property("dcterms:source"), ox.Literal(listed.source))
    if listed.note:
        yield _said(graph, "dcterms:description", listed.note, "en")
    for code in listed.codes:
        yield from _concept(code, listed, scheme, known)


def _concept(
    code: Code, listed: CodeList, scheme: ox.NamedNode, known: Mapping[str, frozenset[str]]
) -> Iterator[ox.Triple]:
    concept = ox.NamedNode(terms.code_iri(listed.name, code.code))
    yield ox.Triple(concept, _A, _property("skos:Concept"))
    yield ox.Triple(concept, _property("skos:inScheme"), scheme)
    yield ox.Triple(concept, _property("skos:notation"), ox.Literal(code.code))
    yield ox.Triple(concept, _property("levier:codeStatus"), ox.Literal(code.status))
    for language, name in code.names.items():
        yield _said(concept, "skos:prefLabel", name, language)
    dates = {
        "levier:activeFrom": code.active_from,
        "levier:withdrawnOn": code.withdrawn_on,
        "schema:startDate": code.starts,
        "schema:endDate": code.ends,
    }
    for name, day in dates.items():
        if day:
            yield ox.Triple(concept, _property(name), ox.Literal(day, datatype=_DATE))
    broader = _broader(code, listed, known)
    if broader:
        yield ox.Triple(concept, _property("skos:broader"), ox.NamedNode(broader))


def _broader(code: Code, listed: CodeList, known: Mapping[str, frozenset[str]]) -> str:
    """Give the concept a code belongs under, or nothing.

    A category is looked for in the list of categories, then in the list itself (AidType B021 is under B02, a channel
    under its parent channel). The category of a target of the Sustainable Development Goals is its number's first part.
    """
    is_target = listed.name == "UNSDG-Targets"
    category = code.code.partition(".")[0] if is_target else code.category
    for name in ("UNSDG-Goals" if is_target else listed.categories, listed.name):
        if category != code.code and category in known.get(name, frozenset()):
            return terms.code_iri(name, category)
    return ""


def _property(short: str) -> ox.NamedNode:
    prefix, _, local = short.partition(":")
    return ox.NamedNode(terms.PREFIXES[prefix] + local)


def _said(subject: ox.NamedNode, name: str, text: str, language: str) -> ox.Triple:
    return ox.Triple(subject, _property(name), ox.Literal(text, language=language))


if __name__ == "__main__":
    sys.exit(main())
