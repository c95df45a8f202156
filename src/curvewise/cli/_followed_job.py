"""Following a job from the command line: to its last report, or to where it stood when interrupted."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

import click

from curvewise.cli._actions import Actions
from curvewise.cli._display import Display, Lines, Silence
from curvewise.cli._job_progress import stood
from curvewise.cli._stop_rules import Stopping
from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise import Report, Update


class Terminated(KeyboardInterrupt):
    """SIGTERM was received."""


def make_display(*, silent: bool = False, plain: bool = False) -> Display:
    """Return what standard error can show: a drawing on a terminal, else lines."""
    if silent:
        return Silence()
    if not plain and sys.stderr.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", ""):
        from curvewise.cli._live_display import Screen

        return Screen()
    return Lines()


def follow(
    address: str,
    display: Display,
    watching: Mapping[str, Any],
    *,
    stopping: Stopping | None = None,
    actions: Actions | None = None,
    again: str | None = None,
) -> Report:
    """Follow a job until it rests, or a run on a disk until it ends, and return the last report.

    An interrupt ends the program with exit code 130, SIGTERM with 143; both say where the job stood. So does
    an error, before it is passed on.
    """
    from curvewise import CurvewiseError, watch

    last: Update | None = None
    again = again or f"curvewise watch {printable(address)}"
    try:
        with (
            termination_as_an_interrupt(),
            display,
            closing(watch(address, wait=display.wait, **watching)) as updates,
        ):
            for last in updates:
                display.show(last)
                if stopping is not None:
                    stopping.look(last, display)
                if actions is not None:
                    actions.look(last, display)
    except KeyboardInterrupt as interrupt:
        click.echo(stood(address, last, again), err=True)
        sys.exit(143 if isinstance(interrupt, Terminated) else 130)
    except CurvewiseError:
        if last is not None:
            click.echo(stood(address, last, again), err=True)
        raise
    finally:
        if actions is not None:
            actions.finish()
    if last is None or last.report is None:
        raise RuntimeError("the watch ended before the job came to rest")
    return last.report


@contextmanager
def termination_as_an_interrupt() -> Iterator[None]:
    """Let SIGTERM unwind the program as Ctrl-C does, so that the terminal is left clean."""

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        del number, frame
        raise Terminated

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
