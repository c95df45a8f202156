"""The words for how far a job has come, for the drawing on a terminal and for the lines of a log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from curvewise.text import printable

if TYPE_CHECKING:
    from curvewise import Finding, Update

ALARMS = ("crashed", "problem", "warning")
"""Statuses of findings that are printed as they appear, the worst first."""

TOLD = (
    ("train_loss",),
    ("full_valid_loss", "valid_loss"),
    ("train_mean_reward",),
    ("full_valid_mean_reward",),
    ("train_reward_margin",),
)
"""Metrics whose last value is printed: of each group the first that the run has."""


def place(update: Update) -> str:
    """Write at which step the job is; "" before the first.

    Examples
    --------
    >>> import curvewise
    >>> place(curvewise.Update(job=curvewise.Job(id="ftjob-1", status="queued")))
    ''
    """
    facts = None if update.report is None else update.report.run
    if facts is None or facts.last_step is None:
        return ""
    planned = f" of {facts.planned_steps:,}" if facts.planned_steps else ""
    epoch = "" if facts.epochs is None else f", epoch {_epochs(facts.epochs)}"
    return f"step {facts.last_step:,}{planned}{epoch}"


def _epochs(number: float) -> str:
    return f"{number:.2g}" if abs(number) < 99.5 else f"{number:,.0f}"


def values(update: Update) -> Iterator[str]:
    """Write the last value of each metric that matters."""
    if update.run is None:
        return
    for names in TOLD:
        for name in names:
            series = update.run.get(name)
            known = None if series is None else series.finite()
            if known is not None and len(known):
                yield f"{name} {known.value[-1]:.4g}"
                break


def best(update: Update, *, with_model: bool = True) -> str:
    """State which checkpoint is the best so far, or why none is known."""
    if update.report is None or update.run is None:
        return "none yet: no step has been logged"
    chosen = update.report.selection.best
    if chosen is None:
        return printable(update.report.selection.reason)
    value = "" if chosen.value is None else f", {chosen.metric} {chosen.value:.4g}"
    model = f", {printable(chosen.model)}" if chosen.model and with_model else ""
    return f"{update.run.where(chosen.step)}{value}{model}"


def tally(update: Update) -> str:
    """State how many findings there are.

    Examples
    --------
    >>> import curvewise
    >>> tally(curvewise.Update(job=curvewise.Job(id="ftjob-1")))
    'none yet'
    """
    if update.report is None:
        return "none yet"
    judged = update.report.with_status
    alarms = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for word, count in (("problem", len(judged("problem"))), ("warning", len(judged("warning"))))
        if count
    ]
    open_questions = f", {len(judged('unknown'))} cannot be judged yet" if judged("unknown") else ""
    return f"{', '.join(alarms) or 'nothing wrong'}; {len(judged('ok'))} ok{open_questions}"


def stood(address: str, update: Update | None, again: str) -> str:
    """State where a job stood when nobody watched it any longer, and the command to go on."""
    if update is None or not update.job.status:
        return f"stopped watching {printable(address)} before its service answered\n  to go on: {again}"
    job = update.job
    status = printable(job.status, 40) + (f", {where}" if (where := place(update)) else "")
    chosen = None if update.report is None else update.report.selection.best
    model = f"  checkpoint: {printable(chosen.model)}\n" if chosen is not None and chosen.model else ""
    goes_on = "" if job.rests else "; the job itself goes on"
    return (
        f"stopped watching {printable(address)}{goes_on}\n"
        f"  status: {status}\n"
        f"  best so far: {best(update, with_model=False)}\n{model}"
        f"  findings: {tally(update)}\n"
        f"  to go on: {again}"
    )


def news(update: Update, reported: dict[str, str]) -> Iterator[tuple[str, Finding]]:
    """Yield new warnings and problems with a label, and later those that are resolved."""
    for finding in update.findings:
        if finding.status in ALARMS:
            reported[finding.check] = finding.status
            yield finding.status.upper(), finding
        elif reported.pop(finding.check, None):
            yield "CLEARED", finding


def said(finding: Finding) -> str:
    """Return what a finding says in a line."""
    return printable(finding.reason if finding.status in ("unknown", "not_applicable") else finding.summary)


def duration(seconds: float) -> str:
    """Write a time in words.

    Examples
    --------
    >>> duration(0.3), duration(41.2), duration(700), duration(11_100), duration(187_200)
    ('0.3 s', '41 s', '12 min', '3 h 05 min', '2 d 4 h')
    """
    if 0.0 < seconds < 1.0:
        return f"{seconds:.1g} s"
    whole = max(0, round(seconds))
    if whole < 120:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02} min"
    return f"{hours // 24} d {hours % 24} h"


def clock(at: float | None = None) -> str:
    """Return the time of day, now when None."""
    return time.strftime("%H:%M:%S", time.localtime(at))


class Pace:
    """How fast a job goes, from when its steps were seen.

    Examples
    --------
    >>> pace = Pace()
    >>> pace.see(100, now=0.0), pace.left(300, now=0.0)
    (None, None)
    >>> pace.see(150, now=10.0), pace.left(300, now=15.0)
    (None, 25.0)
    """

    LOOKS = 20
    """Looks that the pace is taken over: enough to even out what a single one brings."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, int]] = []

    def see(self, step: int, now: float) -> None:
        """Note that a step is done; a step that was seen before says nothing."""
        if not self._seen or step > self._seen[-1][1]:
            self._seen = [*self._seen[1 - self.LOOKS :], (now, step)]

    def left(self, planned: int, now: float) -> float | None:
        """Return the seconds that are left; None while no pace is known."""
        if len(self._seen) < 2:
            return None
        (began, first), (last_seen, last) = self._seen[0], self._seen[-1]
        return max(0.0, (planned - last) * (last_seen - began) / (last - first) - (now - last_seen))
