"""Job: what a service tells about a fine-tuning job in one object, without its curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from curvewise.model.api_object import number, text, whole
from curvewise.model.run import Kind
from curvewise.model.selection import Pick

Phase = Literal["waiting", "running", "paused", "over"]

_PHASES: Mapping[str, Phase] = {
    "validating_files": "waiting", "queued": "waiting", "pending": "waiting", "created": "waiting",
    "notRunning": "waiting", "running": "running", "resuming": "running", "pausing": "running",
    "cancelling": "running", "paused": "paused", "succeeded": "over", "failed": "over", "cancelled": "over",
    "canceled": "over", "deleted": "over", "expired": "over",
    "ended": "over",
}  # fmt: skip

METHODS: Mapping[str, Kind] = {"supervised": "sft", "dpo": "dpo", "reinforcement": "rft"}
"""What the fine-tuning API calls each kind of run."""


LATEST = 1e12
"""Seconds since 1970 beyond which a time is none; such a number may be of milliseconds."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A fine-tuning job of a service.

    Parameters
    ----------
    id
        Of the job, such as ``ftjob-abc123``.
    provider
        Name of the service that runs it.
    name
        The suffix that its owner gave it; "" without one.
    status
        As the service calls it.
    kind
        ``sft``, ``dpo`` or ``rft``; None when the service does not say.
    base_model, final_model
        The model that is trained, and the one that came of it.
    created_at, finished_at, estimated_finish
        Seconds since 1970; None when unknown.
    trained_tokens
        Tokens that were billed.
    result_files
        Ids of the files with its metrics.
    error
        Why it failed; None for the empty error object of a healthy job.

    Examples
    --------
    >>> Job(id="ftjob-1", status="running").phase
    'running'
    """

    id: str
    provider: str = ""
    name: str = ""
    status: str = ""
    kind: Kind | None = None
    base_model: str | None = None
    final_model: str | None = None
    created_at: float | None = None
    finished_at: float | None = None
    estimated_finish: float | None = None
    trained_tokens: int | None = None
    result_files: tuple[str, ...] = ()
    error: str | None = None

    @property
    def phase(self) -> Phase:
        """Where it stands: ``waiting`` to begin, ``running``, ``paused`` (it rests until told), or ``over``.

        A status that no documentation names counts as running.
        """
        return _PHASES.get(self.status, "running")

    @property
    def is_known(self) -> bool:
        """Whether a documentation names the status."""
        return self.status in _PHASES

    @property
    def rests(self) -> bool:
        """Whether nothing more happens by itself: it is over, or paused until someone resumes it."""
        return self.phase in ("over", "paused")


class ListedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job in a list.

    Parameters
    ----------
    job
        What the service says of it.
    last_step, planned_steps
        The last step that has a value, and the steps that it was to take; None when not known.
    best
        The checkpoint to deploy, or to evaluate first when rewards were judged, so far; None without one.
    reason
        Why this checkpoint, or why none; "" when it was not asked for.
    problem
        Why the parts of the job cannot be read, and where that is; None when they can.
    """

    job: Job
    last_step: int | None = None
    planned_steps: int | None = None
    best: Pick | None = None
    reason: str = ""
    problem: str | None = None

    @property
    def address(self) -> str:
        """What to give to `load` for this job."""
        return f"{self.job.provider}://{self.job.id}" if self.job.provider else self.job.id


def job_from_api(value: Mapping[str, Any], provider: str = "") -> Job:
    """Read the object of a job as the fine-tuning API gives it; a field of another type counts as absent.

    Examples
    --------
    >>> job_from_api({"id": "ftjob-1", "error": {"code": "x", "message": "bad file"}}).error
    'bad file (x)'
    """
    method = value.get("method")
    kind = str(method.get("type", "")) if isinstance(method, Mapping) else ""
    files = value.get("result_files")
    return Job(
        id=text(value, "id") or "",
        provider=provider,
        name=text(value, "user_provided_suffix") or text(value, "suffix") or "",
        status=text(value, "status") or "",
        kind=METHODS.get(kind),
        base_model=text(value, "model"),
        final_model=text(value, "fine_tuned_model"),
        created_at=_time(value, "created_at"),
        finished_at=_time(value, "finished_at"),
        estimated_finish=_time(value, "estimated_finish"),
        trained_tokens=whole(value.get("trained_tokens")),
        result_files=tuple(name for name in files if isinstance(name, str))
        if isinstance(files, list)
        else (),
        error=_error(value.get("error")),
    )


def _time(value: Mapping[str, Any], field: str) -> float | None:
    held = number(value, field)
    return held if held is not None and abs(held) < LATEST else None


def _error(error: object) -> str | None:
    if not isinstance(error, Mapping):
        return None
    message, code = error.get("message"), error.get("code")
    if message and code:
        return f"{message} ({code})"
    return str(message or code) if message or code else None
