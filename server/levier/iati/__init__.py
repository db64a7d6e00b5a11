"""Reading IATI: sources, streaming, the mapping to RDF, and the report of a conversion.

`sources()` finds files; `conversion()` converts them, with the choice of the report that counts where there are several
of an activity; `convert_source()` converts one file by itself.
"""

from levier.iati.account import write_json
from levier.iati.activity import UNKNOWN_REPORTER, Options
from levier.iati.convert import KNOWN_VERSIONS, Duplicate, FileReport, Seen, convert_source
from levier.iati.jobs import Conversion, conversion, convert_sources
from levier.iati.mapping import Row, rows
from levier.iati.rates import exchange_rates
from levier.iati.report import ConversionReport, SourceReport
from levier.iati.sink import Problem, Tally
from levier.iati.sources import Source, Sources, digest, sources
from levier.iati.tracing import Asked, Spot, spots

__all__ = [
    "KNOWN_VERSIONS",
    "UNKNOWN_REPORTER",
    "Asked",
    "Conversion",
    "ConversionReport",
    "Duplicate",
    "FileReport",
    "Options",
    "Problem",
    "Row",
    "Seen",
    "Source",
    "SourceReport",
    "Sources",
    "Spot",
    "Tally",
    "conversion",
    "convert_source",
    "convert_sources",
    "digest",
    "exchange_rates",
    "rows",
    "sources",
    "spots",
    "write_json",
]
