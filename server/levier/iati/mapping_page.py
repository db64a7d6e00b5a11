"""The table of the mapping as a page for people: `python -m levier.iati.mapping_page > docs/mapping.md`."""

from collections.abc import Iterator

from levier.iati.mapping import ABSENT, NODE_KINDS, Row, rows

_HEAD = """\
# The mapping from IATI XML to the graph

Made from `server/levier/iati/mapping.tsv` by `python -m levier.iati.mapping_page`; a test keeps the two alike. One
section per class of node, one row per place in the XML below that node's element. Terms are in the namespace `iati:`;
what they mean is in `ontology/iati.ttl`.
"""

_WORDS = {
    "node": "a node {}",
    "shared": "a node {}, one per distinct content in the dataset",
    "party": "a node {}, one per distinct content in the dataset",
    "dated": "`xsd:date`; also a node {} where it says more",
    "narrative": "text with its language",
    "code": "a concept",
    "currency": "a concept; where absent, the default currency",
    "amount": "a decimal, and `levier:amountEur`",
    "measure": "a decimal, else text",
    "position": "text, `geo:lat` and `geo:long`",
    "organisation": "`iati:organisation`; the reference itself where it was written otherwise",
    "identifier": "`xsd:string`; `levier:spacesAround` where white space surrounds it",
    "language": "a language tag",
    "selects": "tells which row holds",
}


def page() -> Iterator[str]:
    """Give the lines of the page."""
    yield from _HEAD.splitlines()
    cls = ""
    for row in rows():
        if row.cls != cls:
            cls = row.cls
            yield from ("", f"## {cls}", "", "| place | becomes | term | where |", "|---|---|---|---|")
        yield f"| `{row.place}` | {_becomes(row)} | {f'`{row.term}`' if row.term else ''} | {_where(row)} |"


def _becomes(row: Row) -> str:
    said = _WORDS.get(row.kind, f"`xsd:{row.kind}`")
    if row.kind in NODE_KINDS:
        return said.format(f"`{row.value}`")
    return f"{said} of {row.value}" if row.value else said


def _where(row: Row) -> str:
    when = row.when
    if when.otherwise:
        return "otherwise"
    if when.inside:
        return f"in `{when.inside}`"
    values = ["absent" if value == ABSENT else value for value in when.values]
    return f"`{when.attribute}` is {' or '.join(values)}" if when.attribute else ""


if __name__ == "__main__":
    print("\n".join(page()))
