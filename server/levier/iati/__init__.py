"""Reading IATI: sources, streaming, the mapping to RDF, and the report of a conversion.

`sources()` finds files; `convert_source()` converts one, for a build; `convert_sources()` converts many to N-Quads.
"""

from levier.iati.activity import UNKNOWN_REPORTER
from levier.iati.convert import KNOWN_VERSIONS, convert_source
from levier.iati.jobs import convert_sources
from levier.iati.mapping import Row, rows
from levier.iati.report import ConversionReport, Duplicate, Seen, SourceReport
from levier.iati.sink import Problem
from levier.iati.sources import Source, Sources, sources

__all__ = [
    "KNOWN_VERSIONS",
    "UNKNOWN_REPORTER",
    "ConversionReport",
    "Duplicate",
    "Problem",
    "Row",
    "Seen",
    "Source",
    "SourceReport",
    "Sources",
    "convert_source",
    "convert_sources",
    "rows",
    "sources",
]
