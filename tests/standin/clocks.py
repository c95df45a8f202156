"""What makes stand-in jobs move: time, requests, or the hand of a test."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from curvewise.errors import UsageError

SLOWEST, FASTEST = 1e-6, 1e6
"""Steps a second that a clock goes by; beyond them, times leave the calendar."""


class Clock(Protocol):
    """Says how many steps a job has to do."""

    def now(self) -> float:
        """Return the time in seconds."""

    def steps(self, elapsed: float, retrieved: bool) -> tuple[int, float]:
        """Say what is due.

        Parameters
        ----------
        elapsed
            Seconds since the job last moved.
        retrieved
            Whether a client is just retrieving this job.

        Returns
        -------
        steps : int
        used : float
            Seconds of ``elapsed`` that the steps took.
        """


class ByHand(msgspec.Struct, frozen=True):
    """Jobs move when `Standin.advance` says so."""

    def now(self) -> float:
        """Return a time that stands still."""
        return 0.0

    def steps(self, elapsed: float, retrieved: bool) -> tuple[int, float]:  # noqa: ARG002 - the protocol's names
        """Nothing is ever due."""
        return 0, elapsed


class ByRequest(msgspec.Struct, frozen=True):
    """A job moves each time a client retrieves it, before the answer.

    Parameters
    ----------
    each
        Steps for one retrieval.
    """

    each: int = 1

    def now(self) -> float:
        """Return a time that stands still."""
        return 0.0

    def steps(self, elapsed: float, retrieved: bool) -> tuple[int, float]:
        """Let a retrieval, and nothing else, move the job."""
        return self.each if retrieved else 0, elapsed


class ByTime(msgspec.Struct, frozen=True):
    """Jobs move by themselves.

    Parameters
    ----------
    per_second
        Steps a second.
    clock
        Time in seconds; a test passes its own.
    """

    per_second: float
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        if not SLOWEST <= self.per_second <= FASTEST:
            raise UsageError(
                f"a clock of {self.per_second} steps a second does not go",
                hint=f"give a number from {SLOWEST:f} to {FASTEST:,.0f}",
            )

    def now(self) -> float:
        """Return the time."""
        return self.clock()

    def steps(self, elapsed: float, retrieved: bool) -> tuple[int, float]:  # noqa: ARG002 - the protocol's names
        """Whole steps that fit into the time.

        Examples
        --------
        >>> ByTime(4.0).steps(1.1, retrieved=False)
        (4, 1.0)
        """
        steps = int(elapsed * self.per_second)
        return steps, steps / self.per_second
