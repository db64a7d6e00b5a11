"""The querying room: every query runs in a process that can be killed, within limits, and streams its answer."""

from levier.querying.answer import Query, answer
from levier.querying.engine import EndpointSource, Job, Sink, SnapshotSource, Source
from levier.querying.federation import Federation, federated
from levier.querying.here import Done, Here, NotHere
from levier.querying.outlet import Form, Outlet, Size
from levier.querying.places import Places
from levier.querying.pool import Pool
from levier.querying.run import Limits, Run
from levier.querying.stores import Stores
from levier.querying.watch import Aside, Watch

__all__ = [
    "Aside",
    "Done",
    "EndpointSource",
    "Federation",
    "Form",
    "Here",
    "Job",
    "Limits",
    "NotHere",
    "Outlet",
    "Places",
    "Pool",
    "Query",
    "Run",
    "Sink",
    "Size",
    "SnapshotSource",
    "Source",
    "Stores",
    "Watch",
    "answer",
    "federated",
]
