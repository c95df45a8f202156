"""Measure how much of `curvewise check JOB` is spent waiting: ``python -m benchmarks.waiting`` (on Linux).

The stand-in, in this process, answers each request after 50 ms. Whenever it becomes busy or idle, the time is
noted, and the processor time that the program, in a process of its own, has taken so far. What the program
takes while no request is under way is work that no waiting hides. It depends less than the time on the wall
on what else the machine does, and tells the share of waiting where the processor is always free.

Importing the SDK is work that no request can hide, because there is none before it; it is measured apart.
"""

from __future__ import annotations

import ctypes
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

from tests.standin import Answer, JobScript, Request, Respond, Standin, jobs

LATENCY = 0.05
ROUNDS = 5
GOAL = 0.9
BIG = jobs.big()
JOBS = (BIG, jobs.big("small", events=300, checkpoints=3))


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
    working
        Seconds of processor time since the first request in which no request was being answered.
    when_calm
        Share of waiting since the first request where the processor is always free: of `LATENCY` for each
        time that the stand-in is busy, and `working`.
    """

    requests: float
    seconds: float
    waiting: float
    since_first: float
    of_all: float
    without_sdk: float
    working: float
    when_calm: float


class Moment(NamedTuple):
    """A time on the wall, and the processor time that a process had taken by then, in seconds."""

    wall: float
    processor: float


class Doorkeeper:
    """Answers the requests of a process late, and notes from when until when there were any."""

    def __init__(self) -> None:
        self.process = 0
        self.spans: list[tuple[Moment, Moment]] = []
        self._since = Moment(0, 0)
        self._inside = 0
        self._lock = Lock()

    def answer(self, request: Request, respond: Respond) -> Answer:
        """Answer a request after the latency."""
        with self._lock:
            if self._inside == 0:
                self._since = self._now()
            self._inside += 1
        time.sleep(LATENCY)
        answer = respond(request)
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self.spans.append((self._since, self._now()))
        return answer

    def _now(self) -> Moment:
        clock = ctypes.c_int()
        ctypes.CDLL(None).clock_getcpuclockid(self.process, ctypes.byref(clock))
        return Moment(time.monotonic(), time.clock_gettime(clock.value))


def measure(script: JobScript, rounds: int = ROUNDS) -> Share:
    """Run ``curvewise check`` on a job of the stand-in, after one run that is not counted."""
    runs = []
    with Standin([script]) as server:
        address = f"openai://{server.id(script.name)}"
        command = [sys.executable, "-m", "curvewise", "check", address, "--fail-on", "never"]
        environment = {**_environment(), **server.environment()}
        for _ in range(rounds + 1):
            asked, keeper = len(server.requests), Doorkeeper()
            rule = server.faults.add("**", keeper.answer)
            sdk = _run([sys.executable, "-c", "import openai"], _environment())
            whole = _run(command, environment, keeper)
            rule.remove()
            runs.append(_share(len(server.requests) - asked, whole, sdk, keeper.spans))
    return Share(*map(statistics.median, zip(*runs[1:], strict=True)))


def _share(
    requests: int,
    whole: tuple[Moment, Moment],
    sdk: tuple[Moment, Moment],
    spans: Sequence[tuple[Moment, Moment]],
) -> Share:
    start, end = whole
    seconds, first = end.wall - start.wall, spans[0][0]
    waiting = sum(until.wall - since.wall for since, until in spans)
    hidden = sum(until.processor - since.processor for since, until in spans)
    working = end.processor - first.processor - hidden
    calm = LATENCY * len(spans)
    return Share(
        requests=requests,
        seconds=seconds,
        waiting=waiting,
        since_first=waiting / (end.wall - first.wall),
        of_all=waiting / seconds,
        without_sdk=waiting / (seconds - (sdk[1].wall - sdk[0].wall)),
        working=working,
        when_calm=calm / (calm + working),
    )


def _run(
    command: Sequence[str], environment: dict[str, str], keeper: Doorkeeper | None = None
) -> tuple[Moment, Moment]:
    """Run a process; when it began and ended, with the processor time that it took."""
    start = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    if keeper is not None:
        keeper.process = process.pid
    _, status, usage = os.wait4(process.pid, 0)
    end = time.monotonic()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return Moment(start, 0), Moment(end, usage.ru_utime + usage.ru_stime)


def _environment() -> dict[str, str]:
    """Return the variables of this process without those that lead to a service or forbid compiled files."""
    unwanted = ("OPENAI_", "AZURE_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}


def table() -> str:
    """Measure, and return the results as text: a line a job, and whether the goal is reached."""
    lines = [
        f"Waiting for a service that answers after {1000 * LATENCY:.0f} ms, share of the wall time of check",
        f"{'':34}{'requests':>10}{'time':>10}{'waiting':>10}{'since first':>13}{'all':>7}{'without SDK':>13}"
        f"{'working':>10}{'when calm':>11}",
    ]
    shares = {script.name: measure(script) for script in JOBS}
    for script in JOBS:
        share = shares[script.name]
        subject = f"{len(script.records):,} events, {len(script.checkpoints)} checkpoints"
        times = "".join(f"{1000 * seconds:>7,.0f} ms" for seconds in (share.seconds, share.waiting))
        parts = f"{share.since_first:>13.0%}{share.of_all:>7.0%}{share.without_sdk:>13.0%}"
        rest = f"{1000 * share.working:>7,.0f} ms{share.when_calm:>11.0%}"
        lines.append(f"{subject:34}{share.requests:>10.0f}{times}{parts}{rest}")
    big = shares[BIG.name]
    reached = "reached" if big.since_first >= GOAL else "missed"
    return "\n".join(
        [
            *lines,
            f"The goal, {GOAL:.0%} since the first request on the larger job, is {reached}: "
            f"{big.since_first:.1%}, and {big.when_calm:.1%} where the processor is always free.",
        ]
    )


if __name__ == "__main__":
    print(table())
