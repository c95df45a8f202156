"""The engine: chunks of units are judged by the processes of this machine."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")
AHEAD = 3
"""Chunks in hand for each process: enough that none waits, and few in memory."""


def run(
    work: Callable[[Sequence[Chunk]], Result],
    chunks: Iterable[Sequence[Chunk]],
    jobs: int,
    lost: Callable[[Chunk], Result],
) -> Iterator[Result]:
    """Do the work on chunks in processes, and yield the results in the order of the chunks.

    A process that dies takes its chunk with it. The chunks that were in hand are done again one by one,
    and of one that kills its process each part alone; `lost` says what a part gives that does so again.
    """
    if jobs == 1:
        yield from map(work, chunks)
        return
    left = iter(chunks)
    pending: deque[tuple[Sequence[Chunk], Future[Result]]] = deque()
    pool = _pool(jobs)
    try:
        while True:
            pending.extend(
                (chunk, pool.submit(work, chunk)) for chunk in islice(left, AHEAD * jobs - len(pending))
            )
            if not pending:
                return
            try:
                result = pending[0][1].result()
            except BrokenProcessPool:
                pool.shutdown(cancel_futures=True)
                again = [chunk for chunk, _ in pending]
                pending.clear()
                for chunk in again:
                    yield from _alone(work, chunk, lost)
                pool = _pool(jobs)
                continue
            pending.popleft()
            yield result
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _pool(jobs: int) -> ProcessPoolExecutor:
    """Start processes that leave an interrupt to this one, which then ends them."""
    return ProcessPoolExecutor(jobs, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN))


def _alone(
    work: Callable[[Sequence[Chunk]], Result], chunk: Sequence[Chunk], lost: Callable[[Chunk], Result]
) -> Iterator[Result]:
    """Do the work on one chunk in a process of its own."""
    try:
        with _pool(1) as pool:
            yield pool.submit(work, chunk).result()
    except BrokenProcessPool:
        if len(chunk) == 1:
            yield lost(chunk[0])
            return
        for part in chunk:
            yield from _alone(work, [part], lost)
