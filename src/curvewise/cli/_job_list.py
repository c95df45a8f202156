"""Lists of jobs as text and as CSV."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from curvewise.text import cell, printable

if TYPE_CHECKING:
    from rich.text import Text

    from curvewise import ListedJob
    from curvewise.plugin import Style

COLOURS = {"waiting": "cyan", "running": "bold blue", "paused": "yellow", "over": "bold red"}
"""Colour of a status by the phase of the job; the one good end is green."""

COLUMNS = (
    "id", "provider", "name", "status", "method", "base_model", "created_at", "finished_at", "last_step",
    "planned_steps", "best_step", "best_metric", "best_value", "best_model", "problem",
)  # fmt: skip


def as_text(listed: Sequence[ListedJob], style: Style) -> str:
    """Return a block of lines for each job; names and ids are never cut, so that they can be copied."""
    from io import StringIO

    from rich.cells import cell_len
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    out = StringIO()
    console = Console(
        file=out,
        width=style.width,
        force_terminal=style.colour,
        no_color=not style.colour,
        color_system="standard" if style.colour else None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    if not listed:
        console.print("no jobs")
    several = len({each.job.provider for each in listed}) > 1
    names = [_name(each, in_full=several) for each in listed]
    first = max(map(cell_len, names), default=0)
    second = max((cell_len(_status(each)) for each in listed), default=0)
    for index, (name, each) in enumerate(zip(names, listed, strict=True)):
        if index:
            console.print()
        head, done = Text(no_wrap=True), progress(each)
        for word, look, width in ((name, "bold", first), (_status(each), _colour(each), second)):
            head.append(word, look).append(" " * (width + 2 - cell_len(word)))
        has_room = head.cell_len + len(done) <= style.width
        console.print(head.append(done if has_room else ""), soft_wrap=True)
        below = [Text(done)] if done and not has_room else []
        for line in (*below, *_lines(each)):
            is_name = line.overflow == "ignore"
            console.print(Text("  ") + line if is_name else Padding(line, (0, 0, 0, 2)), soft_wrap=is_name)
    text = "\n".join(line.rstrip() for line in out.getvalue().split("\n"))
    return text if style.unicode else text.replace(" · ", " - ").encode("ascii", "replace").decode()


def as_csv(listed: Sequence[ListedJob]) -> str:
    """Return a row for each job; what is absent is "n/a"."""
    import csv
    from io import StringIO

    out = StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(COLUMNS)
    for each in listed:
        job, best = each.job, each.best
        chosen = (None,) * 4 if best is None else (best.step, best.metric, best.value, best.model)
        times = (moment(job.created_at), moment(job.finished_at))
        facts = (job.id, job.provider, job.name or None, job.status, job.kind, job.base_model, *times)
        values = (*facts, each.last_step, each.planned_steps, *chosen, each.problem)
        rows.writerow([cell(printable(value, 400) if isinstance(value, str) else value) for value in values])
    return out.getvalue()


def progress(each: ListedJob) -> str:
    """Say how far a job has come; "" before its first step.

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
    from rich.text import Text

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
