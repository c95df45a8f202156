"""How far a stand-in job has come, and what moves it: steps, and a client that pauses, resumes or cancels."""

from __future__ import annotations

from typing import Literal

import msgspec

from tests.standin.script import STARTED, VALIDATING, JobScript

Action = Literal["pause", "resume", "cancel"]


class Act(msgspec.Struct, frozen=True):
    """Something that happened to a job besides its steps.

    Parameters
    ----------
    steps
        Steps done by then.
    action
        What happened.
    """

    steps: int
    action: Action


class Progress(msgspec.Struct, frozen=True):
    """How far a job has come.

    Parameters
    ----------
    steps
        Steps done; -2 while its files are validated, -1 in the queue.
    acts
        What clients, or the service for an expensive job, did to it; oldest first.
    """

    steps: int = VALIDATING
    acts: tuple[Act, ...] = ()

    @property
    def is_paused(self) -> bool:
        """Whether it waits to be resumed."""
        return bool(self.acts) and self.acts[-1].action == "pause"

    @property
    def is_cancelled(self) -> bool:
        """Whether a client ended it."""
        return bool(self.acts) and self.acts[-1].action == "cancel"


def status(script: JobScript, progress: Progress) -> str:
    """Say where a job stands, in the words of the API.

    Examples
    --------
    >>> job = JobScript(name="x", total_steps=2)
    >>> [status(job, Progress(steps)) for steps in (-2, -1, 0, 1, 2)]
    ['validating_files', 'queued', 'running', 'running', 'succeeded']
    """
    if progress.is_cancelled:
        return "cancelled"
    if progress.is_paused:
        return "paused"
    if progress.steps >= script.last_step:
        return script.ending.status
    if progress.steps < STARTED:
        return "validating_files" if progress.steps == VALIDATING else "queued"
    return "running"


def is_over(script: JobScript, progress: Progress) -> bool:
    """Whether the job has come to an end, from which nothing moves it any more."""
    return status(script, progress) in ("succeeded", "failed", "cancelled")


def advanced(script: JobScript, progress: Progress, steps: int) -> Progress:
    """Do some steps: up to the end, or to where the service pauses the job. A paused job does none.

    Examples
    --------
    >>> job = JobScript(name="x", total_steps=100, paused_at=40)
    >>> there = advanced(job, Progress(), 1000)
    >>> there.steps, status(job, there)
    (40, 'paused')
    >>> status(job, advanced(job, acted(there, "resume"), 1000))
    'succeeded'
    """
    if progress.is_paused or progress.is_cancelled or steps <= 0:
        return progress
    target = min(progress.steps + steps, script.last_step)
    pause = script.paused_at
    if pause is not None and progress.steps < pause <= target:
        return acted(Progress(pause, progress.acts), "pause")
    return Progress(max(target, progress.steps), progress.acts)


def acted(progress: Progress, action: Action) -> Progress:
    """Pause, resume or cancel a job."""
    return Progress(progress.steps, (*progress.acts, Act(progress.steps, action)))


def refusal(script: JobScript, progress: Progress, action: Action) -> str | None:
    """Say why a job cannot be paused, resumed or cancelled now; None when it can.

    Examples
    --------
    >>> job = JobScript(name="x", total_steps=100)
    >>> refusal(job, Progress(100), "cancel")
    'Job has already completed with status succeeded.'
    """
    now = status(script, progress)
    if is_over(script, progress):
        return f"Job has already completed with status {now}."
    if action == "pause" and (now != "running" or progress.steps < 1):
        return f"Job cannot be paused in status {now}: it must be running and have done one step at least."
    if action == "resume" and now != "paused":
        return f"Job cannot be resumed in status {now}: only a paused job can."
    return None
