"""Where following a job is shown: what every display can do, and those for a log and for silence."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import click

from curvewise.cli._job_progress import clock, duration, news, place, said, values
from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise import ServiceError, Update


class Display(Protocol):
    """Shows a job that is followed, on standard error: standard output is for the last report."""

    def __enter__(self) -> object:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End, whatever happened, and leave the terminal as it was."""

    def show(self, update: Update) -> None:
        """Show what a look at the job brought."""

    def say(self, text: str) -> None:
        """Write a line that stays."""

    def ask(self, question: str) -> bool | None:
        """Ask yes or no; None when there is nobody to ask."""

    def wait(self, seconds: float) -> None:
        """Wait."""


class Silence:
    """Shows nothing but what must be said: for scripts that wait for the last report."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: nothing was drawn."""

    def show(self, update: Update) -> None:
        """Show nothing."""

    def say(self, text: str) -> None:
        """Write a line with the time."""
        click.echo(f"{clock()} {text}", err=True)

    def ask(self, question: str) -> bool | None:  # noqa: ARG002 - the protocol's name
        """Answer None, since there is nobody to ask."""
        return None

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


class Lines(Silence):
    """Writes a line for each change: for pipes, logs and continuous integration. No escape sequences."""

    def __init__(self) -> None:
        self._reported: dict[str, str] = {}
        self._line = ""
        self._trouble: ServiceError | None = None

    def show(self, update: Update) -> None:
        """Write what changed."""
        if update.trouble is not None and update.trouble is not self._trouble:
            pause = duration(update.wait or 0.0)
            self.say(f"trouble: {printable(update.trouble.problem)}; next try in {pause}")
        elif update.trouble is None and self._trouble is not None:
            self.say("the trouble is over")
        self._trouble = update.trouble
        line = "  ".join((printable(update.job.status, 40), place(update), *values(update))).strip()
        if line != self._line and update.job.status:
            self._line = line
            self.say(line)
        if update.change is not None:
            self.say(f"DIAGNOSIS {update.change.title}: {update.change.text}")
        for label, finding in news(update, self._reported):
            self.say(f"{label} {printable(finding.check)}: {said(finding)}")
