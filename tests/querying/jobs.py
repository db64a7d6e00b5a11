"""Jobs for engines: they are unpickled in another process, so they stand in a module."""

import os
import signal
import time

from levier.errors import UnknownThing
from levier.graph import Store
from levier.querying import Form, Sink

BYTES = "application/octet-stream"


def double(store: Store, number: int) -> int:
    """Give twice a number."""
    return 2 * number


def process(store: Store) -> int:
    """Give the process that it runs in."""
    return os.getpid()


def count(store: Store) -> int:
    """Give the statements of the store."""
    return store.count()


def fail(store: Store) -> None:
    """Fail as a job may."""
    raise UnknownThing("there is no such thing", hint="look elsewhere")


def break_down(store: Store) -> None:
    """Fail as a job should not."""
    raise ZeroDivisionError


def wait(store: Store) -> None:
    """Wait for a minute."""
    time.sleep(60)


def die(store: Store) -> None:
    """End the process as the kernel would."""
    os.kill(os.getpid(), signal.SIGKILL)


def hoard(store: Store) -> None:
    """Take memory until somebody stops it."""
    kept = []
    while True:
        kept.append(os.urandom(1 << 20))
        time.sleep(0.001)


def pour(store: Store, sink: Sink, chunks: int, then: str) -> int:
    """Send chunks, and then end, fail or wait."""
    sink.head(Form(BYTES))
    for _ in range(chunks):
        sink.chunk(b"x" * 1000)
    if then == "fail":
        fail(store)
    if then == "wait":
        wait(store)
    return chunks
