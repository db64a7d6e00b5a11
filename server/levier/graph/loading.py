"""Loading a store in a process of its own, whose engine puts off what is done once, and better, at the end.

While files come in, the engine merges what it has in the background, over and over, though nobody reads it: 19 of the
59 s of processor time that four million statements took, measured. Here its own threads get only the time that is left
over, and `EmbeddedStore.optimize` merges everything once, when all is loaded.
"""

import multiprocessing
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from levier.graph.store import EmbeddedStore


def load_apart(files: Iterable[Path], folder: Path) -> None:
    """Load N-Quads (`EmbeddedStore.load_nquads`) into the store of a folder, which nobody else has open.

    Only a process that was started for such work puts anything off: without privileges no thread can take back its
    share of the time, and whoever compacts the store needs one.
    """
    store = EmbeddedStore.create(folder) if multiprocessing.parent_process() is None else _created_behind(folder)
    store.load_nquads(files)
    # What is loaded in bulk is in files already; to flush what is not would wait for the merging.
    store.release()


def _created_behind(folder: Path) -> EmbeddedStore:
    """Open a store for writing; the threads that the engine starts inherit the rank of the one that opens it."""
    with ThreadPoolExecutor(1, initializer=_stand_behind) as opener:
        return opener.submit(EmbeddedStore.create, folder).result()


def _stand_behind() -> None:
    """Rank this thread below all others, where the system knows such a rank."""
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
