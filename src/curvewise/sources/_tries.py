"""Tries: a request that fails for the moment is made again."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from curvewise.errors import ServiceError

TRIES = 4
"""How often something is asked for that failed for the moment."""

LONGEST_WAIT = 30.0
"""Seconds that a service may ask to wait before the next try."""

Value = TypeVar("Value")


def again(call: Callable[[], Value], deadline: float) -> Value:
    """Call a function until it gives something, or fails for good, or the time is over."""
    for attempt in range(1, TRIES + 1):
        try:
            return call()
        except ServiceError as error:
            wait = 0.5 * 2**attempt if error.wait is None else error.wait
            last = attempt == TRIES or wait > LONGEST_WAIT or monotonic() + wait > deadline
            if not error.temporary or last:
                raise
        sleep(wait)
    raise AssertionError  # the last attempt returned or raised
