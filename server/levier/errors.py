"""One exception class per cause; the command line and the HTTP service map them at a single boundary each.

An error says what was wrong and where (`message`), and what to do (`hint`). The exit code is 2 (bad input, bad
usage, or nothing to work on) where a class does not say another.
"""

from typing import ClassVar


class LevierError(Exception):
    """The base of every error that Levier raises on purpose."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 2
    status: ClassVar[int] = 400
    """The HTTP status that says the same."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BadInput(LevierError):
    """A file or an address that cannot be read as what it should be."""

    code = "bad-input"


class BadUsage(LevierError):
    """A command, flag or setting that cannot be meant."""

    code = "bad-usage"


class NothingToDo(LevierError):
    """There was nothing to work on."""

    code = "nothing-to-do"


class BrokenData(LevierError):
    """A Turtle file that is not Turtle, or does not say what it must; names file and line."""

    code = "broken-data"


class SnapshotMissing(LevierError):
    """No snapshot is built yet, or not the one asked for."""

    code = "snapshot-missing"
    status = 503


class BuildBusy(LevierError):
    """Another build is writing to the same store."""

    code = "build-busy"
    status = 503


class QueryRejected(LevierError):
    """A query that asks for what this service does not do, such as SERVICE or LOAD."""

    code = "query-rejected"
    status = 403


class QuerySyntaxError(LevierError):
    """A query that is not SPARQL."""

    code = "query-syntax"


class EndpointFailed(LevierError):
    """A remote SPARQL endpoint that is down, slow, or does not speak SPARQL."""

    code = "endpoint-failed"
    status = 502

    def __init__(self, message: str, *, hint: str = "", again: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.again = again
        """Whether it may answer if it is asked again: it was down, slow or busy."""


class ServiceFailed(LevierError):
    """A server that a query names with SERVICE is down, slow, redirects, or does not answer in SPARQL."""

    code = "service-failed"
    status = 502


class UnknownQuestion(LevierError):
    """A question that the library does not have; the message names the nearest."""

    code = "unknown-question"
    status = 404


class BadParameter(LevierError):
    """A parameter whose value is not among what is allowed."""

    code = "bad-parameter"


class UnknownThing(LevierError):
    """An activity or another thing that the graph does not have."""

    code = "unknown-thing"
    status = 404


class QueryStopped(LevierError):
    """A query that was ended because it went beyond a limit, or because nobody waits for it any more."""

    status = 503


class QueryTimeout(QueryStopped):
    """A query that ran out of time."""

    code = "query-timeout"


class QueryMemory(QueryStopped):
    """A query that took more memory than it may."""

    code = "query-memory"


class ResultTooLong(QueryStopped):
    """A result that has more rows or bytes than it may."""

    code = "result-too-long"


class ClientGone(QueryStopped):
    """A query whose client closed its connection."""

    code = "client-gone"


class PlacesTaken(LevierError):
    """As many queries run as may run at a time."""

    code = "places-taken"
    status = 503


class EngineLost(LevierError):
    """An engine process that ended in the middle of a query: from outside, or over a query that it cannot take."""

    code = "query-lost"
    status = 503


class EngineFault(LevierError):
    """A fault of ours in an engine process; the message is its stack trace, for the log."""

    code = "fault"
    exit_code = 3
    status = 500


class NotAcceptable(LevierError):
    """An answer that has none of the forms that its client takes."""

    code = "not-acceptable"
    status = 406


class UsingConflict(LevierError):
    """An update that says itself which graphs it uses, in a request that says so too."""

    code = "using-conflict"


class UpdateFailed(LevierError):
    """An update that cannot be done as things are, such as making a graph that there is already."""

    code = "bad-request"


class UnknownGraph(LevierError):
    """A graph that the store does not have."""

    code = "unknown-graph"
    status = 404


class NotRdf(BrokenData):
    """What was sent as a graph, and is not RDF in the form that it is said to be in, or has other graphs in it."""

    code = "not-rdf"


class WriteBusy(BuildBusy):
    """Another process is writing to the same store, and went on for longer than one waits."""

    code = "write-busy"
