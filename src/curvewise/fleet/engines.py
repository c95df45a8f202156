"""Engines: where chunks of units are judged; each takes work as the executors of `concurrent.futures` do."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context, parent_process
from threading import Event, Thread
from typing import Any, Protocol, TypeVar

from curvewise.errors import ServiceError, UsageError
from curvewise.extras import load_extra
from curvewise.version import VERSION

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")
AHEAD = 3
"""Chunks in hand for each worker: enough that none waits, and few in memory."""
GO_ON = "start it again; with -o and --resume what was done is not judged again"
LOOK = 5.0
"""Seconds between two looks at whether Dask has workers."""


Value = TypeVar("Value", covariant=True)


class Pending(Protocol[Value]):
    """A result that is to come."""

    def result(self) -> Value:
        """Wait for it."""


class Engine(Protocol):
    """Where work is done.

    Parameters
    ----------
    workers
        How many there are.
    died
        What a result raises whose worker died, after the engine's own tries.
    lost
        What it raises where the engine itself is gone, such as its scheduler.
    """

    workers: int
    died: tuple[type[BaseException], ...]
    lost: tuple[type[BaseException], ...]

    def submit(self, work: Callable[[Chunk], Result], chunk: Chunk) -> Pending[Result]:
        """Begin to do the work on a chunk."""

    def alone(self, work: Callable[[Chunk], Result], chunk: Chunk) -> Result:
        """Do the work on a chunk where it can take no other with it."""

    def close(self) -> None:
        """Give up what is under way."""


def run(
    work: Callable[[Sequence[Chunk]], Result],
    chunks: Iterable[Sequence[Chunk]],
    engine: Engine | None,
    lost: Callable[[Chunk], Result],
) -> Iterator[Result]:
    """Do the work on chunks, and yield the results in the order of the chunks; without an engine, here.

    A chunk whose worker died is done again, and if it dies again each part of it alone; `lost` says what a
    part gives that kills its worker.
    """
    if engine is None:
        yield from map(work, chunks)
        return
    left = iter(chunks)
    pending: deque[tuple[Sequence[Chunk], Pending[Result]]] = deque()
    try:
        while True:
            room = AHEAD * engine.workers - len(pending)
            pending.extend((chunk, engine.submit(work, chunk)) for chunk in islice(left, room))
            if not pending:
                return
            chunk, future = pending.popleft()
            try:
                result = future.result()
            except engine.died:
                yield from _alone(engine, work, chunk, lost)
            except engine.lost:
                raise ServiceError(f"the scheduler of {type(engine).__name__} is gone", hint=GO_ON) from None
            except Exception as error:
                if "No module named 'curvewise'" not in str(error):
                    raise
                hint = f"install curvewise {VERSION} where the workers are"
                raise UsageError("the workers have no curvewise", hint=hint) from None
            else:
                yield result
    finally:
        engine.close()


def _alone(
    engine: Engine,
    work: Callable[[Sequence[Chunk]], Result],
    chunk: Sequence[Chunk],
    lost: Callable[[Chunk], Result],
) -> Iterator[Result]:
    try:
        yield engine.alone(work, chunk)
    except engine.died:
        if len(chunk) == 1:
            yield lost(chunk[0])
            return
        for part in chunk:
            yield from _alone(engine, work, [part], lost)


class Pool:
    """Processes of this machine; one that dies takes with it the chunks that all of them have in hand."""

    died: tuple[type[BaseException], ...] = (BrokenProcessPool,)
    lost: tuple[type[BaseException], ...] = ()

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool = _processes(workers)

    def submit(self, work: Callable[[Chunk], Result], chunk: Chunk) -> Pending[Result]:
        """Begin to do the work on a chunk, in new processes where one of the old has died."""
        try:
            return self._pool.submit(work, chunk)
        except BrokenProcessPool:
            self._pool.shutdown(cancel_futures=True)
            self._pool = _processes(self.workers)
            return self._pool.submit(work, chunk)

    def alone(self, work: Callable[[Chunk], Result], chunk: Chunk) -> Result:
        """Do the work on a chunk in a process of its own."""
        with _processes(1) as pool:
            return pool.submit(work, chunk).result()

    def close(self) -> None:
        """Give up what is under way."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _processes(count: int) -> ProcessPoolExecutor:
    """Start processes that end with this one.

    The threads by which obstore reads a bucket do not outlive a fork: a process would wait for them forever.
    """
    return ProcessPoolExecutor(
        count,
        mp_context=get_context("spawn" if "obstore" in sys.modules else None),
        initializer=_leave_to_parent,
    )


def _leave_to_parent() -> None:
    """Leave an interrupt to the process that started this one, and end when that is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


class Dask:
    """The `distributed.Client` of this program, of ``DASK_SCHEDULER_ADDRESS``, or of processes started here.

    Dask itself gives the task of a lost worker to another, up to its setting ``allowed-failures``, and waits
    forever where none is left. Of processes started here it gives up one that dies and is not back after
    ``lost-worker-timeout``, 15 seconds; it is asked for another.
    """

    def __init__(self, workers: int) -> None:
        distributed = load_extra("distributed", "distributed", "dask")
        self._own: Any = None
        try:
            client = distributed.Client.current()
        except ValueError:
            address = load_extra("dask.config", "dask", "dask").get("scheduler-address", None)
            local = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
            logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # of what is told here
            try:
                client = self._own = distributed.Client(address, **({} if address else local))
            except OSError as error:
                problem = f"no scheduler of Dask answers at {address}: {error}"
                raise ServiceError(problem, hint="check DASK_SCHEDULER_ADDRESS") from None
        self.workers = sum(client.nthreads().values()) or workers
        self.died: tuple[type[BaseException], ...] = (distributed.KilledWorker,)
        self.lost: tuple[type[BaseException], ...] = (distributed.CancelledError,)
        self._client = client
        self._closed = Event()
        self._watch = Thread(target=self._keep_workers, daemon=True)
        self._watch.start()

    def _keep_workers(self) -> None:
        """Replace workers that Dask gave up; of a cluster that is not ours, say that it has none."""
        cluster = self._own and self._own.cluster
        is_told = False
        while not self._closed.wait(LOOK):
            if cluster is not None:
                cluster.scale(self.workers)
            elif not is_told and self._has_none():
                is_told = True
                logging.getLogger("curvewise").warning("Dask has no workers: waiting for one")

    def _has_none(self) -> bool:
        try:
            return not self._client.nthreads()
        except Exception:  # a scheduler that does not answer, which is told by the results
            return False

    def submit(self, work: Callable[[Chunk], Result], chunk: Chunk) -> Pending[Result]:
        """Begin to do the work on a chunk."""
        begun: Pending[Result] = self._client.submit(work, chunk, pure=False)
        return begun

    def alone(self, work: Callable[[Chunk], Result], chunk: Chunk) -> Result:
        """Do the work on a chunk; Dask blames for a dead worker all that it had in hand."""
        return self.submit(work, chunk).result()

    def close(self) -> None:
        """End what was started here; what nobody waits for any longer Dask gives up itself."""
        self._closed.set()
        if self._own is not None:
            self._watch.join()
            self._own.close()


class Ray:
    """Ray Core: what this program is connected to, what ``RAY_ADDRESS`` names, or processes started here.

    Ray itself does the task of a lost worker again, up to three times.
    """

    def __init__(self, workers: int) -> None:
        ray = load_extra("ray", "ray", "ray")
        if not ray.is_initialized():
            local = {"num_cpus": workers, "include_dashboard": False}
            ray.init(log_to_driver=False, **({} if os.environ.get("RAY_ADDRESS") else local))
        self.workers = int(ray.cluster_resources().get("CPU", workers))
        errors = ray.exceptions
        self.died: tuple[type[BaseException], ...] = (
            errors.WorkerCrashedError, errors.NodeDiedError, errors.OutOfMemoryError,
        )  # fmt: skip
        self.lost: tuple[type[BaseException], ...] = (errors.RaySystemError,)
        self._call = ray.remote(_call)

    def submit(self, work: Callable[[Chunk], Result], chunk: Chunk) -> Pending[Result]:
        """Begin to do the work on a chunk."""
        begun: Pending[Result] = self._call.remote(work, chunk).future()
        return begun

    def alone(self, work: Callable[[Chunk], Result], chunk: Chunk) -> Result:
        """Do the work on a chunk; each task of Ray has a process of its own."""
        return self.submit(work, chunk).result()

    def close(self) -> None:
        """Leave what is under way to end with the program."""


def _call(work: Callable[[Chunk], Result], chunk: Chunk) -> Result:
    return work(chunk)


ENGINES: dict[str, Callable[[int], Engine]] = {"pool": Pool, "ray": Ray, "dask": Dask}


def engine_of(name: str, workers: int) -> Engine:
    """Start an engine by its name."""
    if name not in ENGINES:
        raise UsageError(f"there is no engine {name!r}", hint=f"one of {', '.join(ENGINES)}")
    return ENGINES[name](workers)
