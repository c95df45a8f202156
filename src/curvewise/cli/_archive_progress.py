"""The progress bar of `curvewise archive`, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from curvewise.cli import _terminal as terminal
from curvewise.cli._archive_text import counted
from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise import ArchiveProgress


@contextmanager
def bar() -> Iterator[Callable[[ArchiveProgress], None] | None]:
    """Show on standard error how far archives have come; nothing unless it is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, no_color=not terminal.colour(sys.stderr))
    columns = (
        BarColumn(bar_width=20, complete_style="cyan", finished_style="green", pulse_style="cyan"),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as drawn:
        task = drawn.add_task("asking the service", total=None)
        tally = Tally()

        def tell(progress: ArchiveProgress) -> None:
            tally.take(progress)
            drawn.update(task, description=tally.text(), completed=len(tally.done), total=tally.total)

        yield tell


class Tally:
    """The progress of one job or several.

    Examples
    --------
    >>> import curvewise
    >>> tally = Tally()
    >>> tally.take(curvewise.ArchiveProgress(job="ftjob-1", events=100))
    >>> tally.text()
    'ftjob-1: 100 events, 0 result files'
    """

    def __init__(self) -> None:
        self.jobs = 1
        self.done: set[str] = set()
        self._received: dict[str, tuple[int, int]] = {}

    def take(self, progress: ArchiveProgress) -> None:
        """Add the progress of a job."""
        self.jobs = progress.jobs
        if progress.is_done:
            self.done.add(progress.job)
        else:
            self._received[progress.job] = (progress.events, progress.result_files)

    @property
    def total(self) -> int | None:
        """The number of jobs; None for a single one, whose total is unknown."""
        return self.jobs if self.jobs > 1 else None

    def text(self) -> str:
        """Return the progress in words."""
        received = list(self._received.values())
        events, files = (sum(each[part] for each in received) for part in (0, 1))
        what = f"{counted(events, 'event')}, {counted(files, 'result file')}"
        if self.jobs > 1:
            return f"{len(self.done):,} of {counted(self.jobs, 'job')}: {what}"
        return f"{printable(next(iter(self._received), ''), 60)}: {what}"
