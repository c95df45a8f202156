"""What `curvewise evaluate` shows on standard error: the plan, and bars while it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from curvewise.cli import _consent as consent
from curvewise.cli import _standard_streams as streams
from curvewise.signals import background_printer
from curvewise.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from curvewise import Plan, Sample


def show_plan(plan: Plan) -> None:
    """Show what is about to be done."""
    from curvewise.plugin import Style, renderers

    click.echo(renderers("plan")["text"](plan, Style()), nl=False, err=True)


def confirmed(plan: Plan, *, yes: bool) -> bool:
    """Show the plan and ask whether to begin; without a terminal to ask on, only with ``--yes``."""
    show_plan(plan)
    if yes or plan.is_complete:
        return True
    if not consent.is_terminal():
        click.echo(
            "nothing was begun: models are called, which may cost money; pass --yes to begin", err=True
        )
        return False
    return click.confirm("Begin?", err=True)


@contextmanager
def patient() -> Iterator[None]:
    """Explain the wait after the first Ctrl-C: answers under way are paid for, and kept."""
    import signal

    def stop(number: int, frame: object) -> None:
        del number, frame
        signal.signal(signal.SIGINT, before)
        aside("stopping: answers under way are waited for and kept; press Ctrl-C again to end at once")
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    with background_printer(streams.say) as aside:
        if before is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


@contextmanager
def bars(plan_of: Callable[[], Plan | None]) -> Iterator[Callable[[str, Sample], None]]:
    """Show a bar for each contender on a terminal; elsewhere a line when one is halfway and done."""
    if not sys.stderr.isatty():
        yield _lines(plan_of)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),  # names are foreign text
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[said]}", markup=False),
    )
    tally: dict[str, _Tally] = {}
    with Progress(*columns, console=Console(stderr=True)) as progress:
        rows: dict[str, int] = {}

        def told(contender: str, sample: Sample) -> None:
            plan = plan_of()
            if contender not in rows:
                done = 0 if plan is None else plan.done.get(contender, 0)
                total = None if plan is None else plan.expected
                rows[contender] = int(
                    progress.add_task(printable(contender, 30), total=total, completed=done, said="")
                )
            so_far = tally.setdefault(contender, _Tally(0.0 if plan is None else plan.failure))
            so_far.add(sample)
            progress.update(rows[contender], advance=1, said=str(so_far))  # type: ignore[arg-type] # TaskID is an int

        yield told


class _Tally:
    """What one contender has done in this session."""

    def __init__(self, failure: float) -> None:
        self._failure = failure
        self.samples = 0
        self._score = 0.0
        self._failed = 0
        self._tokens = 0

    def add(self, sample: Sample) -> None:
        self.samples += 1
        self._score += self._failure if sample.score is None else sample.score
        self._failed += sample.score is None
        self._tokens += sample.tokens.total if sample.tokens is not None else 0

    def __str__(self) -> str:
        tokens = f", {self._tokens:,} tokens" if self._tokens else ""
        failed = f", {self._failed} failed" if self._failed else ""
        return f"{self._score / max(1, self.samples):.2f} right{tokens}{failed}"


def _lines(plan_of: Callable[[], Plan | None]) -> Callable[[str, Sample], None]:
    tally: dict[str, _Tally] = {}

    def told(contender: str, sample: Sample) -> None:
        plan = plan_of()
        so_far = tally.setdefault(contender, _Tally(0.0 if plan is None else plan.failure))
        so_far.add(sample)
        if plan is None or plan.expected is None:
            return
        left = plan.expected - plan.done.get(contender, 0)
        if so_far.samples in (max(1, left // 2), left):
            click.echo(f"{printable(contender)}: {so_far.samples} of {left} samples, {so_far}", err=True)

    return told
