"""A job that is followed, drawn on a terminal: what happened scrolls by, and how it stands is below."""

from __future__ import annotations

import math
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from curvewise.cli import _terminal as terminal
from curvewise.cli._job_progress import Pace, best, clock, duration, news, place, said, tally, values
from curvewise.system import await_a_line
from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise import Update

STATUS_COLOURS = {"waiting": "cyan", "running": "bold blue", "paused": "bold yellow", "over": "bold"}
LABEL_COLOURS = {
    "PROBLEM": "bold red",
    "WARNING": "bold yellow",
    "CRASHED": "bold magenta",
    "CLEARED": "green",
}
BAR = 24
"""Columns of the bar."""
AROUND_CURVES = 14
"""Lines that are needed beside the curves, some of what scrolled by among them."""
HIGHEST = 18
"""Lines that the curves take at most."""
LONGEST_PLAN = 10 * 365.25 * 86_400
"""Seconds, ten years: a longer remaining time is not shown, since the planned steps are then no plan."""
TICK = 1.0
"""Seconds between two drawings of the times."""


class Screen:
    """Draws on the terminal that standard error is connected to; the drawing vanishes at the end.

    Everything is drawn from the caller's thread: nothing can be left half drawn by an interrupt.
    """

    def __init__(self) -> None:
        self._console = Console(
            stderr=True,
            force_terminal=True,
            force_interactive=True,
            no_color=not terminal.colour(sys.stderr),
            color_system="standard",
            highlight=False,
            markup=False,
            emoji=False,
        )
        self._unicode = (sys.stderr.encoding or "ascii").lower().startswith("utf")
        self._reported: dict[str, str] = {}
        self._update: Update | None = None
        self._status, self._message = "", ""
        self._pace = Pace()
        self._curves: tuple[tuple[int, int], list[RenderableType]] = ((0, 0), [])
        self._live = self._new()

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the drawing away and show the cursor again."""
        self._live.stop()

    def show(self, update: Update) -> None:
        """Write what happened above the drawing, and draw how the job stands."""
        is_first = self._update is None
        self._update = update
        if update.changed:
            self._curves = ((0, 0), [])
        if update.messages:
            self._message = update.messages[-1]
        if update.report is not None and update.report.run.last_step is not None and update.changed:
            self._pace.see(update.report.run.last_step, time.monotonic())
        if update.job.status != self._status:
            self._status = update.job.status
            self._write("", Text(printable(self._status, 40), style="bold"), place(update))
        if update.change is not None and not update.is_last:
            self._write("", Text(update.change.title, style="bold"), update.change.text)
        if not (is_first and update.is_last):  # the report alone describes a job that ended long ago
            for label, finding in news(update, self._reported):
                self._write(label, Text(printable(finding.check), style="bold"), said(finding))
        self._draw(update.wait)

    def say(self, text: str) -> None:
        """Write a line above the drawing."""
        self._write("", Text(), text)

    def ask(self, question: str) -> bool | None:
        """Ask below what was written, with the drawing taken away."""
        if not sys.stdin.isatty():
            return None
        self._live.stop()
        forget_typed_keys()
        self._console.print(question, end="")
        answer = ""
        try:
            await_a_line(TICK)
            answer = sys.stdin.readline()
        finally:  # the end of input, or an interrupt
            if not answer.endswith("\n"):
                self._console.print()
        self._live = self._new()
        self._live.start()
        return answer.strip().lower() in ("y", "yes")

    def wait(self, seconds: float) -> None:
        """Sleep, and count the seconds down."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._draw(left)
            time.sleep(min(left, TICK))
        self._draw(0.0)

    def _new(self) -> Live:
        return Live(
            Text("asking the service", style="dim"),
            console=self._console,
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )

    def _write(self, label: str, title: Text, text: str) -> None:
        line = Table.grid(padding=(0, 1))
        line.add_column(style="dim", no_wrap=True)
        if label:
            line.add_column(style=LABEL_COLOURS[label], no_wrap=True, min_width=7)
        line.add_column(overflow="fold")
        body = Text("  ").join(part for part in (title, Text(text)) if part)
        line.add_row(*(clock(), label, body) if label else (clock(), body))
        self._console.print(line)

    def _draw(self, left: float | None) -> None:
        if self._update is not None:
            self._live.update(Group(*self._lines(self._update, left)), refresh=True)

    def _lines(self, update: Update, left: float | None) -> list[RenderableType]:
        lines: list[RenderableType] = [Text(), self._title(update), self._progress(update)]
        if times := self._times(update, left):
            lines.append(Text(times, style="dim", overflow="ellipsis", no_wrap=True))
        if curves := self._drawn_curves(update):
            lines += [Text(), *curves]
        lines += [Text(), self._facts(update, left)]
        return lines

    def _title(self, update: Update) -> Text:
        job = update.job
        rest = [job.id, job.base_model or "", (job.kind or "").upper()]
        if not job.name:
            name, rest = job.id, rest[1:]
        else:
            name = job.name
        title = Text(printable(name, 40), style="bold", overflow="ellipsis", no_wrap=True)
        for part in filter(None, rest):
            title.append(f"{self._dot}{printable(part, 60)}", style="not bold dim")
        return title

    def _progress(self, update: Update) -> RenderableType:
        status = printable(update.job.status, 20) or "asking the service"
        colour = STATUS_COLOURS[update.job.phase]
        facts = None if update.report is None else update.report.run
        grid = Table.grid(padding=(0, 2))
        cells: list[RenderableType] = [Text(status, style=colour)]
        if facts is not None and facts.last_step is not None and facts.planned_steps:
            share = min(1.0, facts.last_step / facts.planned_steps)
            cells.append(ProgressBar(total=1.0, completed=share, width=BAR, finished_style="green"))
            cells.append(Text(f"{share:.0%}"))
        cells.append(Text(place(update)))
        grid.add_row(*cells)
        return grid

    def _times(self, update: Update, left: float | None) -> str:
        parts = []
        now, facts = time.time(), None if update.report is None else update.report.run
        if update.job.created_at is not None and update.job.created_at <= now:
            parts.append(f"created {duration(now - update.job.created_at)} ago")
        seconds = (
            self._pace.left(facts.planned_steps, time.monotonic())
            if facts and facts.planned_steps and update.job.phase == "running"
            else None
        )
        finish = update.job.estimated_finish if seconds is None else now + seconds
        if finish is not None and now <= finish < now + LONGEST_PLAN and not update.job.rests:
            parts.append(f"about {duration(finish - now)} left, until {clock(finish)}")
        if left is not None and update.wait is not None and update.wait > TICK:
            parts.append(f"next look in {duration(math.ceil(left))}" if left else "looking")
        return self._dot.join(parts)

    def _drawn_curves(self, update: Update) -> list[RenderableType]:
        width = min(self._console.width, terminal.WIDEST)
        room = self._console.height - AROUND_CURVES
        size, drawn = self._curves
        if size != (width, room) and update.report is not None:
            from curvewise.plugin import Style, reporters

            style = Style(
                width=width,
                colour=not self._console.no_color,
                unicode=self._unicode,
                part="curves",
                height=min(room, HIGHEST),
            )
            text = reporters()["text"]([update.report], style)
            drawn = [Text.from_ansi(line, no_wrap=True) for line in text.splitlines()]
            self._curves = ((width, room), drawn)
        return drawn

    def _facts(self, update: Update, left: float | None) -> RenderableType:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True, min_width=11)
        grid.add_column(overflow="ellipsis", no_wrap=True)
        if update.report is not None:
            if last := self._dot.join(values(update)):
                grid.add_row("now", Text(last))
            grid.add_row("best so far", Text(best(update)))
            grid.add_row("findings", Text(tally(update)))
        if self._message:
            grid.add_row("last event", Text(printable(self._message)))
        if update.trouble is not None:
            pause = f"; next try in {duration(math.ceil(left))}" if left else "; trying again"
            grid.add_row(
                Text("trouble", style="bold yellow not dim"),
                Text(printable(update.trouble.problem) + pause),
            )
        return grid

    @property
    def _dot(self) -> str:
        return " · " if self._unicode else " - "


def forget_typed_keys() -> None:
    """Drop what was typed before a question was asked, so that it is no answer."""
    with suppress(ImportError):  # Windows has no termios
        import termios

        termios.tcflush(sys.stdin, termios.TCIFLUSH)
