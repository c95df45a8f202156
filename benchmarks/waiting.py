"""Measure how much of `curvewise check JOB` is spent waiting: ``python benchmarks/waiting.py``.

The stand-in, in this process, answers each request after 50 ms, and records when at least one request was
under way. The program runs in a process of its own, by the same monotonic clock. Importing the SDK is the
work of a processor that no request can hide, because there is none before it; it is measured apart.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

from curvewise.standin import JobScript, Standin, jobs

LATENCY = 0.05
ROUNDS = 5
JOBS = (jobs.big(), jobs.big("small", events=300, checkpoints=3))


class Share(NamedTuple):
    """Medians over runs of one command.

    Parameters
    ----------
    requests
        That it made.
    seconds
        From the start of the process to its exit.
    waiting
        Of these, seconds in which at least one request was being answered.
    since_first
        Share of the time from the first request to the exit that was spent waiting.
    of_all, without_sdk
        Share of the time of the whole process, and of that without what importing the SDK takes alone.
    """

    requests: float
    seconds: float
    waiting: float
    since_first: float
    of_all: float
    without_sdk: float


def measure(script: JobScript, rounds: int = ROUNDS) -> Share:
    """Run ``curvewise check`` on a job of the stand-in, after one run that is not counted."""
    runs = []
    with Standin([script], latency=LATENCY) as server:
        address = f"openai://{server.id(script.name)}"
        command = [sys.executable, "-m", "curvewise", "check", address, "--fail-on", "never"]
        environment = {**_environment(), **server.environment()}
        for _ in range(rounds + 1):
            seen, asked = len(server.busy), len(server.requests)
            sdk = _seconds([sys.executable, "-c", "import openai"], _environment())[1]
            start, seconds = _seconds(command, environment)
            spans = server.busy[seen:]
            waiting = sum(end - begin for begin, end in spans)
            since_first = start + seconds - spans[0][0]
            shares = (waiting / since_first, waiting / seconds, waiting / (seconds - sdk))
            runs.append(Share(len(server.requests) - asked, seconds, waiting, *shares))
    return Share(*map(statistics.median, zip(*runs[1:], strict=True)))


def _seconds(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float]:
    """Run a process; when it began, and how long it took."""
    start = time.monotonic()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return start, time.monotonic() - start


def _environment() -> dict[str, str]:
    """Return the variables of this process without those that lead to a service."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "AZURE_"))}


def table() -> str:
    """Measure, and return the results as text, one line a job."""
    lines = [
        f"Waiting for a service that answers after {1000 * LATENCY:.0f} ms, share of the wall time of check",
        f"{'':34}{'requests':>10}{'time':>10}{'waiting':>10}{'since first':>13}{'all':>7}{'without SDK':>13}",
    ]
    for script in JOBS:
        share = measure(script)
        subject = f"{len(script.records):,} events, {len(script.checkpoints)} checkpoints"
        times = "".join(f"{1000 * seconds:>7,.0f} ms" for seconds in (share.seconds, share.waiting))
        shares = f"{share.since_first:>13.0%}{share.of_all:>7.0%}{share.without_sdk:>13.0%}"
        lines.append(f"{subject:34}{share.requests:>10.0f}{times}{shares}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
