"""The same activity from several files: one report counts, by a documented rule, and the others stand beside it."""

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from levier.iati import ConversionReport, convert_sources, sources
from levier.terms import COMMON, GRAPH, IATI, ID, LEVIER, RDF, shorten

A = f"{ID}activity/BE-1/A"
OWN, NEWEST, FIRST = "levier:ReporterOwnFile", "levier:NewestReport", "levier:FirstMet"


def activity(identifier: str = "A", reporter: str = "BE-1", title: str = "t", updated: str = "", **more: str) -> str:
    attributes = f' last-updated-datetime="{updated}"' if updated else ""
    secondary = f' secondary-reporter="{more["secondary"]}"' if "secondary" in more else ""
    return (
        f"<iati-activity{attributes}><iati-identifier>{identifier}</iati-identifier>"
        f'<reporting-org ref="{reporter}" type="10"{secondary}/><title><narrative>{title}</narrative></title>'
        f"{more.get('content', '')}</iati-activity>"
    )


def file(*activities: str, generated: str = "") -> str:
    stated = f' generated-datetime="{generated}"' if generated else ""
    return f'<iati-activities version="2.03"{stated}>{"".join(activities)}</iati-activities>'


class Graph:
    """What several files became."""

    def __init__(self, lines: bytes, report: ConversionReport) -> None:
        self.lines = lines
        self.report = report
        self.store = ox.Store()
        self.store.load(lines, format=ox.RdfFormat.N_QUADS)

    def values(self, subject: str, term: str) -> list[str]:
        quads = self.store.quads_for_pattern(ox.NamedNode(subject), None, None)
        return sorted(shown(quad.object) for quad in quads if shorten(quad.predicate.value) == term)

    def graph_of(self, subject: str, term: str) -> set[str]:
        quads = self.store.quads_for_pattern(ox.NamedNode(subject), None, None)
        return {str(quad.graph_name).strip("<>") for quad in quads if shorten(quad.predicate.value) == term}


def shown(term: object) -> str:
    return shorten(term.value) if isinstance(term, ox.NamedNode) else str(term)


Convert = Callable[..., Graph]


@pytest.fixture
def convert(tmp_path: Path) -> Convert:
    """Convert files of these contents, called a.xml, b.xml …, in that order."""

    def convert_files(*contents: str) -> Graph:
        folder = tmp_path / "in"
        folder.mkdir()
        for name, content in zip("abcdefgh", contents, strict=False):
            (folder / f"{name}.xml").write_text(content, encoding="utf-8")
        lines: list[bytes] = []
        report = convert_sources(sources([folder]), lines.append, spool_in=tmp_path)
        return Graph(b"".join(lines), report)

    return convert_files


OTHER = activity("X", reporter="XX-9")


@pytest.mark.parametrize(
    ("files", "title", "reason"),
    [
        pytest.param((file(activity(title="1"), OTHER), file(activity(title="2"))), "2", OWN, id="own file"),
        pytest.param(
            (file(activity(title="1", updated="2025-01-01T00:00:00Z"), OTHER), file(activity(title="2"))),
            "2", OWN, id="own file, though older",
        ),
        pytest.param(
            (file(activity(title="1", secondary="1")), file(activity(title="2"))), "2", OWN, id="secondary reporter"
        ),
        pytest.param(
            (file(activity(title="1", secondary="true")), file(activity(title="2"))), "2", OWN, id="secondary, in words"
        ),
        pytest.param(
            (file(activity(title="1", secondary="0")), file(activity(title="2"))), "1", FIRST, id="not secondary"
        ),
        pytest.param(
            (
                file(activity(title="1", updated="2024-12-31T23:00:00Z")),
                file(activity(title="2", updated="2025-01-01T00:00:00+02:00")),
                file(activity(title="3", updated="2024-12-31")),
            ),
            "1", NEWEST, id="updated last, in whatever time zone",
        ),
        pytest.param(
            (file(activity(title="1")), file(activity(title="2", updated="2020-01-01"))), "2", NEWEST, id="date stated"
        ),
        pytest.param(
            (file(activity(title="1", updated="yesterday")), file(activity(title="2", updated="2020-01-01"))),
            "2", NEWEST, id="no date",
        ),
        pytest.param(
            (
                file(activity(title="1"), generated="2024-05-01T00:00:00"),
                file(activity(title="2"), generated="2024-06-01T00:00:00"),
            ),
            "2", NEWEST, id="file generated last",
        ),
        pytest.param(
            (
                file(activity(title="1", updated="2024-02-01"), generated="2024-05-01T00:00:00"),
                file(activity(title="2", updated="2024-01-01"), generated="2024-06-01T00:00:00"),
            ),
            "1", NEWEST, id="updated before generated",
        ),
        pytest.param((file(activity(title="1")), file(activity(title="2"))), "1", FIRST, id="first met"),
        pytest.param((file(activity(title="1"), activity(title="2")),), "1", FIRST, id="twice in a file"),
    ],
)  # fmt: skip
def test_which_report_counts_and_why(convert: Convert, files: tuple[str, ...], title: str, reason: str) -> None:
    graph = convert(*files)

    assert [f'"{title}"'] == graph.values(A, "iati:title")
    assert [reason] == graph.values(A, "levier:chosenBecause")
    assert graph.report.converted == sum(source.read for source in graph.report.sources) - len(files[1:] or files)


def test_a_copy_says_where_it_stands_of_what_it_is_a_copy_and_why(convert: Convert) -> None:
    graph = convert(file(activity(title="1"), OTHER), file(activity(title="2")))
    copy, dataset = f"{ID}copy/a/1", f"{GRAPH}aid/a"
    said = {term: graph.values(copy, term) for term in ("levier:copyOf", "levier:copyIn", "levier:setAsideBecause")}

    assert {
        "levier:copyOf": [shorten(A)],
        "levier:copyIn": [shorten(dataset)],
        "levier:setAsideBecause": [OWN],
    } == said
    assert ['"1"'] == graph.values(copy, "iati:title")
    assert {dataset} == graph.graph_of(copy, "iati:title")
    assert [shorten(dataset)] == graph.values(A, "levier:alsoReportedIn")
    assert {f"{GRAPH}aid/b"} == graph.graph_of(A, "levier:chosenBecause")


BUDGET = """
<budget><period-start iso-date="2024-01-01"/><period-end iso-date="2024-12-31"/>
<value currency="EUR" value-date="2024-01-01">1</value></budget><budget><value currency="EUR">2</value></budget>
"""


def test_nothing_of_a_copy_is_counted_and_nothing_of_it_is_lost(convert: Convert) -> None:
    text = f"of &lt;{A}&gt; and &lt;{A}/budget/1&gt;"
    one = activity(title=text, content=BUDGET)
    alone, both = convert_alone(convert, one), convert(file(activity()), file(one))
    copy = f"{ID}copy/b/1"
    of_copy = {
        (shorten_node(quad.subject, copy), quad.predicate, shorten_node(quad.object, copy))
        for quad in both.store
        if str(quad.subject).startswith(f"<{copy}")
    }
    added = {LEVIER + term for term in ("copyOf", "copyIn", "setAsideBecause")}
    said = {triple for triple in of_copy if triple[1].value not in {*added, RDF + "type"}}
    classes = [triple for triple in of_copy if triple[1].value == RDF + "type"]

    assert {triple for triple in alone if triple[1].value != RDF + "type"} == said
    assert [("", ox.NamedNode(RDF + "type"), f"<{LEVIER}ActivityCopy>")] == classes
    assert any("/budget/2" in triple[0] for triple in said)


def convert_alone(convert: Convert, one: str) -> set[tuple[str, ox.NamedNode, str]]:
    report_lines = convert(file(one))
    triples = {
        (shorten_node(quad.subject, A), quad.predicate, shorten_node(quad.object, A).replace("common/a/", "common/b/"))
        for quad in report_lines.store
        if not str(quad.subject).startswith(f"<{COMMON}")
    }
    folder = next(iter(report_lines.report.sources)).file
    Path(folder).unlink()
    Path(folder).parent.rmdir()
    return triples


def shorten_node(term: object, root: str) -> str:
    """Give a term as text, without the activity's or the copy's own address in front."""
    text = str(term)
    return text.removeprefix(f"<{root}").removesuffix(">") if text.startswith(f"<{root}") else text


def test_copies_are_numbered_within_their_file_and_other_activities_are_untouched(convert: Convert) -> None:
    other = activity("B", title="other")
    graph = convert(
        file(activity(), activity("C"), generated="2025-01-01T00:00:00"),
        file(activity(), other, activity("C"), activity(title="again")),
    )
    copies = {f"{ID}copy/b/{number}": graph.values(f"{ID}copy/b/{number}", "levier:copyOf") for number in (1, 2, 3)}

    assert {
        f"{ID}copy/b/1": [shorten(A)],
        f"{ID}copy/b/2": [shorten(f"{ID}activity/BE-1/C")],
        f"{ID}copy/b/3": [shorten(A)],
    } == copies
    assert ['"other"'] == graph.values(f"{ID}activity/BE-1/B", "iati:title")
    assert [] == graph.values(f"{ID}activity/BE-1/B", "levier:chosenBecause")
    assert [(2, 0), (4, 3)] == [(source.read, source.copies) for source in graph.report.sources]
    assert len(graph.lines.splitlines()) == len(set(graph.lines.splitlines())) == len(graph.store)


def test_the_report_that_counts_names_every_criterion_that_decided(convert: Convert) -> None:
    graph = convert(file(activity(), OTHER), file(activity(updated="2024-01-01")), file(activity()))

    assert [NEWEST, OWN] == graph.values(A, "levier:chosenBecause")


def test_the_same_identifier_by_another_reporter_is_another_activity(convert: Convert) -> None:
    graph = convert(file(activity()), file(activity(reporter="BE-2")))

    assert (2, []) == (graph.report.converted, graph.values(A, "levier:chosenBecause"))


def test_activities_without_identifier_are_no_copies_of_each_other(convert: Convert) -> None:
    graph = convert(file(activity("")), file(activity("")))
    typed = graph.store.quads_for_pattern(None, ox.NamedNode(RDF + "type"), ox.NamedNode(IATI + "Activity"))

    assert (2, 2) == (graph.report.converted, len({quad.subject for quad in typed}))


ORGANISATION = """
<iati-organisations version="2.03"><iati-organisation><organisation-identifier>BE-1</organisation-identifier>
<name><narrative>{name}</narrative></name><reporting-org ref="BE-1" type="10"/></iati-organisation></iati-organisations>
"""


def test_a_copy_of_an_organisation_still_names_the_organisation_as_its_reporter(convert: Convert) -> None:
    graph = convert(ORGANISATION.format(name="1"), ORGANISATION.format(name="2"))
    copy = f"{ID}copy/b/1"
    reporter = graph.values(copy, "iati:reportingOrg")[0].replace("id:", ID)

    assert ["id:organisation/BE-1"] == graph.values(copy, "levier:copyOf")
    assert ["id:organisation/BE-1"] == graph.values(reporter, "iati:organisation")
    assert reporter.startswith(f"{COMMON}b/org/")


@pytest.mark.parametrize(
    "other",
    [activity(reporter="XX-9", secondary="1", updated="2030-01-01"), activity(reporter=" ")],
    ids=["secondary", "no reporter"],
)
def test_who_reports_for_another_has_no_activity_of_its_own(convert: Convert, other: str) -> None:
    graph = convert(file(other), file(activity(title="own")))

    assert ['"own"'] == graph.values(A, "iati:title")
    assert [shorten(A)] == graph.values(f"{ID}copy/a/1", "levier:copyOf")
    assert [OWN] == graph.values(f"{ID}copy/a/1", "levier:setAsideBecause")
    assert 1 == graph.report.converted


def test_an_identifier_that_several_reporters_have_is_nobodys(convert: Convert) -> None:
    nameless = activity(reporter=" ")
    graph = convert(file(activity()), file(activity(reporter="BE-2")), file(nameless))

    assert 3 == graph.report.converted


def test_activities_without_identifier_on_one_line_are_several(convert: Convert) -> None:
    graph = convert(file(activity(" "), activity(" ")))

    assert 2 == graph.report.converted
