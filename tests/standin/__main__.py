"""``python -m tests.standin``: a stand-in to try clients against."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from shlex import quote

from curvewise.errors import CurvewiseError
from tests.standin import DEFAULT_KEY, ByTime, Standin, jobs

MOST = 1e6
"""Largest latency and speed."""


def main(arguments: list[str] | None = None, until: threading.Event | None = None) -> int:
    """Run a stand-in until it is interrupted, and print the variables that lead clients to it.

    Parameters
    ----------
    arguments
        Of the command line.
    until
        Ends it when set; None: only Ctrl-C does.
    """
    given = _parser().parse_args(arguments)
    try:
        _serve(given, until or threading.Event())
    except CurvewiseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _serve(given: argparse.Namespace, until: threading.Event) -> None:
    clock = ByTime(given.speed) if given.speed > 0 else None
    chosen = [jobs.BY_NAME[name]() for name in dict.fromkeys(given.job or ["demo"])]
    if clock is not None:
        chosen = [jobs.live(job, clock.per_second, time.time()) for job in chosen]
    with Standin(
        chosen, dialect=given.dialect, key=given.key, clock=clock, latency=given.latency, port=given.port
    ) as server:
        for name, value in server.environment().items():
            print(f"export {name}={quote(value)}", flush=True)
        for job in chosen:
            print(f"# {job.name}: {server.id(job.name)}", flush=True)
        try:
            until.wait()
        except KeyboardInterrupt:
            print()


def _amount(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {MOST:,.0f}")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.standin",
        description="Run a stand-in of the fine-tuning API on loopback until Ctrl-C.",
    )
    parser.add_argument("--port", type=int, default=0, help="port; 0, the default, takes any that is free")
    parser.add_argument(
        "--dialect", choices=("openai", "azure"), default="openai", help="whose API it speaks"
    )
    parser.add_argument(
        "--latency", type=_amount, default=0.0, metavar="SECONDS", help="wait before each answer"
    )
    parser.add_argument(
        "--speed", type=_amount, default=4.0, metavar="STEPS", help="steps a second; 0: all jobs are over"
    )
    parser.add_argument("--key", default=DEFAULT_KEY, help="the one key that it accepts")
    parser.add_argument(
        "--job",
        action="append",
        choices=sorted(jobs.BY_NAME),
        help="a job it has, several times; default: demo",
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
