"""The build: our statements, the aid and the links between them, composed into a new snapshot.

A build never edits what is being served. It writes a draft, and the pointer moves at the end, or nothing changes.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from levier.build import aid, references, statements
from levier.build.links import Links
from levier.errors import NothingToDo
from levier.graph import Draft, EmbeddedStore, Snapshots, origins
from levier.graph.origins import Origin
from levier.graph.provenance import PROVENANCE_GRAPH, Provenance, file_facts
from levier.iati import Conversion, ConversionReport, Options, Sources, conversion
from levier.linking import LinkReport
from levier.linking.decisions import decisions_file
from levier.questions import QUESTIONS_GRAPH, executables, questions
from levier.resources import folder
from levier.settings import Settings
from levier.terms import graph_iri

__all__ = ["BuildReport", "Plan", "build", "sample"]


def _quiet(_: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build is to hold."""

    aid: Sources
    """The IATI files, as `levier.iati.sources` finds them."""
    jobs: int = 1
    """Processes to work with."""
    options: Options | None = None
    """How the aid is converted."""
    data: Sequence[Path] = ()
    """More Turtle files or folders of statements, besides the bundled ones."""
    illustrative: bool = False
    """Whether the graphs marked illustrative come in."""
    before: Callable[[str], None] = field(default=_quiet)
    """Hears what is worked on now."""
    after: Callable[[str], None] = field(default=_quiet)
    """Hears what was read of each aid file."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build made."""

    version: str
    graphs: int
    triples: int
    statements: int
    aid: ConversionReport
    links: LinkReport

    @property
    def clean(self) -> bool:
        """Whether every aid file was taken whole."""
        return self.aid.clean


def sample() -> Path:
    """Give the bundled sample of aid data."""
    return folder("data") / "aid" / "sample.xml"


def build(settings: Settings, plan: Plan) -> BuildReport:
    """Make a new snapshot of the store and point to it.

    Raises BrokenData for a Turtle file that is broken, NothingToDo where aid was given and none of it could be read,
    BuildBusy while another build runs; after any of them the snapshot in use is what it was.
    """
    ours = statements.read_all([folder("data"), *plan.data], illustrative=plan.illustrative)
    decided = decisions_file(settings)
    if decided.exists():
        ours = [*ours, statements.read(decided)]
    with Snapshots(settings.store).new() as draft:
        provenance = Provenance(draft.version, datetime.now(UTC), "levier build")
        with conversion(plan.aid, jobs=plan.jobs, spool_in=draft.folder, options=plan.options) as run:
            plan.before("notes, actors and code lists")
            _add_statements(draft, ours, provenance)
            links = _add_aid(draft, run, ours, provenance, plan, settings)
        draft.store.load_bytes(provenance.finish(datetime.now(UTC)), PROVENANCE_GRAPH)
        _keep_origins(draft.store, ours, plan.aid)
        graphs = len(draft.store.graphs())
    return BuildReport(draft.version, graphs, draft.statements, len(ours), run.report, links)


def _add_statements(draft: Draft, ours: Sequence[statements.Statements], provenance: Provenance) -> None:
    ontology = folder("ontology")
    library = questions()
    statements.load(draft.store, ours, ontology)
    draft.store.load_bytes(executables(library), QUESTIONS_GRAPH)
    for item in ours:
        provenance.describe(item.graph, "", file_facts(item.path))
    modules = [fact for module in sorted(ontology.glob("*.ttl")) for fact in file_facts(module)]
    provenance.describe(statements.ONTOLOGY_GRAPH, "The ontology of Levier", modules)
    provenance.describe(QUESTIONS_GRAPH, "", [])


def _keep_origins(store: EmbeddedStore, ours: Sequence[statements.Statements], given: Sources) -> None:
    """Note where everything was read, for checks to find it again; what came from an address is nowhere here."""
    if store.folder is None:
        return
    read = {item.graph: [Origin(item.path.resolve())] for item in ours}
    read[statements.ONTOLOGY_GRAPH] = [Origin(module.resolve()) for module in sorted(folder("ontology").glob("*.ttl"))]
    for source in given:
        if source.path is not None:
            read[graph_iri("aid", source.key)] = [Origin(source.path.resolve(), source.member)]
    origins.keep(store.folder, read)


def _add_aid(
    draft: Draft,
    run: Conversion,
    ours: Sequence[statements.Statements],
    provenance: Provenance,
    plan: Plan,
    settings: Settings,
) -> LinkReport:
    plan.before("reading the aid")
    files = aid.convert(run, plan.after)
    if len(plan.aid) and not run.report.converted:
        raise NothingToDo(
            "None of the aid could be read; no snapshot was made.",
            hint="The lines above say why, file by file. The snapshot in use stays as it is.",
        )
    aid.describe(run, provenance)
    plan.before("loading the aid, and linking it to the notes")
    with draft.store.lent() as store:
        loaded = aid.load(run, [path for paths in files for path in paths], store)
        links = Links(run, files, ours, settings, draft.folder)
        deque(loaded, maxlen=0)
        report = links.load(store)
    # What comes after it is small, and reads what was loaded: ten times as fast from a store that is compacted.
    plan.before("compacting the snapshot")
    draft.store.optimize()
    plan.before("resolving the references between activities")
    aid.add_shared(draft.store, run)
    references.refer(draft.store)
    links.add_inferred(draft.store, report)
    return report
