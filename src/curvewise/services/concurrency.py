"""Concurrency: several requests at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Semaphore, Thread
from time import monotonic
from typing import TypeVar

Value = TypeVar("Value")


def in_parallel(
    calls: Sequence[Callable[[], Value]], at_once: int = 8, *, seconds: float | None = None
) -> list[Value]:
    """Call functions that wait for a server in threads, and return their results or raise the first error.

    The threads are daemons, so that Ctrl-C ends the program at once, and so does the end of ``seconds``, with
    a `TimeoutError`.

    >>> in_parallel([lambda: 1, lambda: 2])
    [1, 2]
    """
    if len(calls) == 1 and seconds is None:
        return [calls[0]()]
    done: SimpleQueue[tuple[int, list[Value], Exception | None]] = SimpleQueue()
    free = Semaphore(at_once)

    def run(number: int, call: Callable[[], Value]) -> None:
        with free:
            try:
                done.put((number, [call()], None))
            except Exception as error:  # raised again below, in the caller's thread
                done.put((number, [], error))

    for number, call in enumerate(calls):
        Thread(target=run, args=(number, call), daemon=True).start()
    deadline = None if seconds is None else monotonic() + seconds
    outcomes = []
    for _ in calls:
        try:
            outcomes.append(done.get(timeout=None if deadline is None else max(0.0, deadline - monotonic())))
        except Empty:
            raise TimeoutError from None
    outcomes.sort(key=lambda outcome: outcome[0])
    values: list[Value] = []
    for _, value, error in outcomes:
        if error is not None:
            raise error
        values.extend(value)
    return values
