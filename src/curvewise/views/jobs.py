"""The recent jobs of the services."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from curvewise.drawing.console import drawn
from curvewise.model.job import ListedJob
from curvewise.plugin import Style, View
from curvewise.text import cell, printable
from curvewise.views._formats import as_csv, table_formats

COLOURS = {"waiting": "cyan", "running": "bold blue", "paused": "yellow", "over": "bold red"}
"""Colour of a status by the phase of the job; the one good end is green."""

COLUMNS = (
    "id", "provider", "name", "status", "method", "base_model", "created_at", "finished_at", "last_step",
    "planned_steps", "best_step", "best_metric", "best_value", "best_model", "problem",
)  # fmt: skip


HEADER = ("job", "name", "model", "created", "status", "progress", "best", "checkpoint", "note")
"""Columns of a table to read."""


def _text(listed: Sequence[ListedJob], style: Style) -> str:
    """Render a block of lines for each job; names and ids are never cut, so that they can be copied."""
    return drawn(_parts(listed, style.width), style)


def _parts(listed: Sequence[ListedJob], width: int) -> Iterator[RenderableType]:
    if not listed:
        yield Text("no jobs")
    several = len({each.job.provider for each in listed}) > 1
    names = [_name(each, in_full=several) for each in listed]
    first = max(map(cell_len, names), default=0)
    second = max((cell_len(_status(each)) for each in listed), default=0)
    for index, (name, each) in enumerate(zip(names, listed, strict=True)):
        if index:
            yield Text()
        head, done = Text(overflow="ignore", no_wrap=True), progress(each)
        for word, look, room in ((name, "bold", first), (_status(each), _colour(each), second)):
            head.append(word, look).append(" " * (room + 2 - cell_len(word)))
        has_room = head.cell_len + len(done) <= width
        yield head.append(done if has_room else "")
        below = [Text(done)] if done and not has_room else []
        for line in (*below, *_lines(each)):
            is_name = line.overflow == "ignore"
            yield _indented(line) if is_name else Padding(line, (0, 0, 0, 2))


def _indented(line: Text) -> Text:
    return Text("  ", overflow="ignore", no_wrap=True) + line


def _csv(listed: Sequence[ListedJob], style: Style) -> str:
    """Render a row for each job; what is absent is "n/a"."""
    del style  # a table has one look
    return as_csv([COLUMNS, *([cell(value) for value in _row(each)] for each in listed)])


def _row(each: ListedJob) -> tuple[str | float | None, ...]:
    job, best = each.job, each.best
    chosen = (None,) * 4 if best is None else (best.step, best.metric, best.value, best.model)
    times = (moment(job.created_at), moment(job.finished_at))
    facts = (job.id, job.provider, job.name or None, job.status, job.kind, job.base_model, *times)
    values = (*facts, each.last_step, each.planned_steps, *chosen, each.problem)
    return tuple(printable(value, 400) if isinstance(value, str) else value for value in values)


def _cells(each: ListedJob) -> list[str]:
    best = "" if each.best is None else f"step {each.best.step:,}{_value(each)}"
    created = (moment(each.job.created_at) or "").replace("T", " ").replace("Z", " UTC")
    said = each.problem or each.job.error or ("" if each.best else each.reason)
    facts = (each.address, each.job.name, each.job.base_model or "", created)
    return [*facts, _status(each), progress(each), best, (each.best and each.best.model) or "", said]


def progress(each: ListedJob) -> str:
    """State how far a job has come; "" before its first step.

    Examples
    --------
    >>> import curvewise
    >>> progress(curvewise.ListedJob(job=curvewise.Job(id="ftjob-1"), last_step=20, planned_steps=1200))
    'step 20 of 1,200'
    """
    if each.last_step is None:
        return ""
    if each.job.phase == "over" and each.planned_steps in (None, each.last_step):
        return f"{each.last_step:,} step{'' if each.last_step == 1 else 's'}"
    planned = f" of {each.planned_steps:,}" if each.planned_steps else ""
    return f"step {each.last_step:,}{planned}"


def moment(seconds: float | None) -> str | None:
    """Return a time in UTC as ISO 8601; None for one that no calendar has.

    Examples
    --------
    >>> moment(1_700_000_000.0)
    '2023-11-14T22:13:20Z'
    """
    if seconds is None:
        return None
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
    except (OverflowError, ValueError, OSError):
        return None


def _name(each: ListedJob, *, in_full: bool) -> str:
    return printable(each.address if in_full else each.job.id, 400) or "(no id)"


def _status(each: ListedJob) -> str:
    return printable(each.job.status, 40) or "unknown"


def _colour(each: ListedJob) -> str:
    return "green" if each.job.status == "succeeded" else COLOURS[each.job.phase]


def _lines(each: ListedJob) -> Iterator[Text]:
    job, best = each.job, each.best
    created = moment(job.created_at)
    when = f"created {created[:10]} {created[11:16]} UTC" if created else None
    facts = (job.base_model, job.kind, job.name, when)
    yield Text(" · ".join(printable(fact, 80) for fact in facts if fact), style="dim")
    if job.error:
        yield Text(f"error: {printable(job.error)}", style="red")
    if each.problem is not None:
        yield Text(f"cannot be read: {printable(each.problem)}", style="red")
    elif best is not None:
        yield Text(f"{_verb(each)}: step {best.step:,}{_value(each)}")
        if best.model:
            yield Text(printable(best.model, 400), overflow="ignore", no_wrap=True)
    elif each.reason:
        yield Text(f"no best checkpoint: {printable(each.reason)}", style="dim")


def _verb(each: ListedJob) -> str:
    so_far = "" if each.job.phase == "over" else " so far"
    return f"evaluate first{so_far}" if each.job.kind == "rft" else f"best{so_far}"


def _value(each: ListedJob) -> str:
    best = each.best
    return "" if best is None or best.value is None else f", {printable(best.metric, 80)} {best.value:.4g}"


jobs = View(
    name="jobs",
    formats={
        "text": _text,
        **table_formats("Jobs", HEADER, lambda listed: map(_cells, listed)),
        "csv": _csv,
    },
)
