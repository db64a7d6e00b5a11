"""The querying room: every query runs in a process that can be killed, within limits, and streams its answer."""

from levier.querying.answer import Query, answer
from levier.querying.engine import EndpointSource, Job, Sink, SnapshotSource, Source
from levier.querying.federation import Federation, federated
from levier.querying.outlet import Form, Outlet, Size
from levier.querying.places import Places
from levier.querying.pool import Pool
from levier.querying.run import Limits, Run

__all__ = [
    "EndpointSource",
    "Federation",
    "Form",
    "Job",
    "Limits",
    "Outlet",
    "Places",
    "Pool",
    "Query",
    "Run",
    "Sink",
    "Size",
    "SnapshotSource",
    "Source",
    "answer",
    "federated",
]
