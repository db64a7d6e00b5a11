"""The report of a conversion as JSON, written activity by activity: memory stays the same however many there are.

The keys::

    totals        files, filesWithError, bytes (of XML), activities, items, triples, problemCounts {kind: count}
    passedOver    [names of files that are not IATI XML by their names]
    files         one object each:
      file, dataset, sha256, kind ("activity" or "organisation"), version, generated, linkedDataDefault, bytes,
      activities, items, triples, problemCounts, error (a sentence, or null)
      commonTriples  those of the triples that are of nodes which its activities have in common, and of none of them
      head        {items, problems} of what stands in no activity: the root element and what is beside the activities;
                  repairs of the file's characters and markup are among these problems, wherever in it they stood
      perActivity one object each, organisations as well:
        identifier, iri, line, outcome ("converted", "copy", "set-aside"), items, triples, problems
        copyOf    of a copy: {dataset, because}, the dataset whose report counts, and the term that says why

`activities` is {read, converted, copies, setAside}: read = converted + copies + setAside. `items` is {read, made,
converted, repaired, kept, dropped}: read + made = converted + repaired + kept + dropped, for each activity, each file
(the sum of its activities and its head) and in all. A problem is {kind, severity, outcome, line, message, count}; the
same message about the same activity is there once, with the first line and its count.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, TextIO

from levier.iati.index import Index, Told
from levier.iati.report import ConversionReport


def write_json(stream: TextIO, report: ConversionReport, index: Index) -> None:
    """Write the report of a conversion, of which `index` has the activities."""
    stream.writelines(_pieces(report, index))


def _pieces(report: ConversionReport, index: Index) -> Iterator[str]:
    yield f'{{"totals": {_json(report.totals())},\n"passedOver": {_json(report.passed_over)},\n"files": ['
    for number, source in enumerate(report.sources):
        yield ",\n" if number else "\n"
        yield _json(source.as_json()).removesuffix("}") + ', "perActivity": ['
        for place, told in enumerate(index.told(number)):
            yield (",\n" if place else "\n") + _activity(told)
        yield "]}"
    yield "]}\n"


def _activity(told: Told) -> str:
    account: dict[str, Any] = {
        "identifier": told.identifier,
        "iri": told.iri,
        "line": told.line,
        "outcome": told.outcome,
        "items": asdict(told.tally),
        "triples": told.triples,
    }
    if told.copy:
        account["copyOf"] = {"dataset": told.dataset, "because": told.reason}
    # The problems are JSON already.
    return _json(account).removesuffix("}") + f', "problems": {told.problems}}}'


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
