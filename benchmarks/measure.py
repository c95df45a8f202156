"""Compare two pieces of work: run them by turns, and take the medians of their processor time."""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

Timed = Callable[[], float]


class Result(NamedTuple):
    """Medians of one comparison, in seconds of processor time, system time included.

    Parameters
    ----------
    subject, yardstick
        What was run.
    rated
        Whether the number of times in a second says something.
    """

    subject: str
    subject_seconds: float
    yardstick: str
    yardstick_seconds: float
    rated: bool = False

    @property
    def ratio(self) -> float:
        """How many times as long the subject took as the yardstick."""
        return self.subject_seconds / self.yardstick_seconds


def compare(subject: str, work: Timed, yardstick: str, reference: Timed, *, rounds: int) -> Result:
    """Time both by turns, after one round that is not counted, so that a busy machine slows both alike."""
    work()
    reference()
    pairs = [(work(), reference()) for _ in range(rounds)]
    return Result(
        subject,
        statistics.median(pair[0] for pair in pairs),
        yardstick,
        statistics.median(pair[1] for pair in pairs),
    )


def missing(subject: str, yardstick: str) -> Result:
    """Say that a yardstick is not installed."""
    return Result(subject, math.nan, f"{yardstick} (not installed)", math.nan)


def call(function: Callable[[], object]) -> Timed:
    """Time a call in this process, all its threads together."""

    def timed() -> float:
        start = time.process_time()
        function()
        return time.process_time() - start

    return timed


def command(arguments: Sequence[str]) -> Timed:
    """Time a whole process; an exit status other than 0 or 1 is an error."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def timed() -> float:
        before = os.times()
        done = subprocess.run(arguments, env=environment, capture_output=True, check=False)
        if done.returncode not in (0, 1):
            said = (done.stdout + done.stderr).decode()
            raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}:\n{said}")
        after = os.times()
        return after.children_user - before.children_user + after.children_system - before.children_system

    return timed


def table(results: Sequence[Result]) -> str:
    """Return the results as text, one line each."""
    lines = [f"{'':34}{'time':>10}  {'against':34}{'time':>10}{'ratio':>8}{'each second':>14}"]
    for result in results:
        if math.isnan(result.ratio):
            lines.append(f"{result.subject:34}{'':>10}  {result.yardstick}")
            continue
        rate = f"{1 / result.subject_seconds:,.0f}" if result.rated else ""
        lines.append(
            f"{result.subject:34}{_milliseconds(result.subject_seconds):>10}  "
            f"{result.yardstick:34}{_milliseconds(result.yardstick_seconds):>10}"
            f"{result.ratio:>8.3g}{rate:>14}"
        )
    return "\n".join(lines)


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.2f} ms" if seconds < 0.01 else f"{1000 * seconds:,.0f} ms"
