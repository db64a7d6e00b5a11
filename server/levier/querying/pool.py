"""The engines of one front: which are idle, and which do what."""

import pickle
from collections.abc import Callable, Sequence
from typing import Any

from levier.querying.engine import Job
from levier.querying.frames import Frames, Kind
from levier.querying.nursery import Nursery
from levier.querying.places import Places
from levier.querying.run import LOOK, Engine, Limits, Run, held


class Pool:
    """Runs jobs in engines, at most as many at a time as there are places."""

    def __init__(self, places: Places, modules: Sequence[str] = ()) -> None:
        self.places = places
        self._modules = modules
        self._nursery: Nursery | None = None
        self._idle: list[Engine] = []

    def call(self, job: Job, limits: Limits, gone: Callable[[], bool]) -> Any:  # noqa: ANN401  # what the function gives
        """Give what a job gives.

        Raises what it raises, PlacesTaken, and QueryStopped where it is ended; `gone` tells whether its client is.
        """
        with self.stream(job, limits, gone) as run:
            for _ in run:
                pass  # a job that does not stream sends nothing
        return run.given

    def stream(self, job: Job, limits: Limits, gone: Callable[[], bool]) -> Run:
        """Give a job under way; whoever closes it before the job's end ends the job."""
        place = self.places.take(limits.patience)
        try:
            engine = self._begin(job)
        except BaseException:
            self.places.free(place)
            raise

        def leave(run: Run, engine: Engine) -> None:
            try:
                self._leave(engine, reusable=run.reusable)
            finally:
                self.places.free(place)

        return Run(engine, limits, gone, leave)

    def start(self) -> None:
        """Start the nursery, which takes half a second to be ready; it does not wait for that."""
        if self._nursery is None:
            self._nursery = Nursery(self._modules)

    def close(self) -> None:
        """End all engines."""
        for engine in self._idle:
            engine.frames.close()
        self._idle.clear()
        if self._nursery is not None:
            self._nursery.close()
            self._nursery = None

    def _begin(self, job: Job) -> Engine:
        """Give an engine that has got the job: an idle one that still lives, or a new one."""
        said = pickle.dumps(job)
        while True:
            engine = self._idle.pop() if self._idle else self._new()
            try:
                engine.frames.send(Kind.JOB, said)
            except OSError:  # somebody ended it while it was idle
                engine.frames.close()
            else:
                return engine

    def _new(self) -> Engine:
        try:
            return self._fork()
        except EOFError:  # somebody ended the nursery: start another
            if self._nursery is not None:
                self._nursery.close()
            self._nursery = None
            return self._fork()

    def _fork(self) -> Engine:
        self.start()
        assert self._nursery is not None  # noqa: S101  # it is started
        process, connection = self._nursery.fork()
        connection.settimeout(LOOK)
        return Engine(process, Frames(connection), held(process) or 0)

    def _leave(self, engine: Engine, *, reusable: bool) -> None:
        if reusable:
            self._idle.append(engine)
            return
        if self._nursery is not None:
            self._nursery.kill(engine.process)
        engine.frames.close()
