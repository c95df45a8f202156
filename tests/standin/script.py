"""What a stand-in job is going to do: its whole life, written down before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from curvewise.errors import UsageError

Method = Literal["supervised", "dpo", "reinforcement"]
Encoding = Literal["dialect", "plain", "base64"]

VALIDATING, QUEUED, STARTED = -2, -1, 0
"""What comes before the first step, counted like steps: the files are validated, then the job waits."""

CREATED_AT = 1_790_000_000
"""A time (September 2026) for jobs that do not tell when they were created, in seconds since 1970."""


class Record(msgspec.Struct, frozen=True):
    """What one training step measured.

    Parameters
    ----------
    step
        From 1.
    data
        What the metrics event of the step carries, without ``step`` and ``total_steps``; nested for
        reinforcement, as the service nests it.
    """

    step: int
    data: Mapping[str, Any]


class Checkpoint(msgspec.Struct, frozen=True):
    """A checkpoint that the job saves.

    Parameters
    ----------
    step
        Step after which it is saved.
    metrics
        Sent as they are: with or without ``step``, with None, zero or NaN, or empty.
    """

    step: int
    metrics: Mapping[str, Any]


class Ending(msgspec.Struct, frozen=True):
    """How and where a job comes to its end.

    Parameters
    ----------
    status
        The status that it keeps; ``"queued"`` with ``at=-1`` for a job that never starts.
    at
        Steps done by then; None for all.
    code, message, param
        The error of a job that failed.
    """

    status: str = "succeeded"
    at: int | None = None
    code: str | None = None
    message: str | None = None
    param: str | None = None


class JobScript(msgspec.Struct, frozen=True, kw_only=True):
    """A fine-tuning job from its creation to its end.

    What the service says at any moment is a function of the script, of the number of steps done, and of what
    a client asked for (`tests.standin.progress.Progress`).

    Parameters
    ----------
    name
        Short and unique in a server; every id is derived from it.
    method
        How it is trained.
    base_model, suffix
        The model that is tuned, and the suffix that its user chose.
    total_steps, epochs
        Length of the training.
    records
        What the steps measured, in order.
    checkpoints
        Those that it saves before the end, and one at ``total_steps`` that bears the name of the final
        model. Only those of the last three epochs stay.
    ending
        How it ends.
    paused_at
        Step after which the service itself pauses the job, as Azure does with an expensive one.
    log_every
        Steps between two metrics events; a step with a full validation pass has one in any case.
    result_encoding
        Whether the result file comes as base64; ``"dialect"``: as the service sends it.
    results
        Text of the result file; None: a table made of the records.
    done
        Steps done when the server starts; None: what its clock says.
    created_at, seconds_per_step
        Time of creation in seconds since 1970, and the time from one step to the next.
    hyperparameters, metadata
        As the service shows them.
    extra
        Fields laid over the job object as they are.
    """

    name: str
    method: Method = "supervised"
    base_model: str = "gpt-4o-mini-2024-07-18"
    suffix: str = ""
    total_steps: int = 0
    epochs: int = 1
    records: tuple[Record, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    ending: Ending = Ending()
    paused_at: int | None = None
    log_every: int = 1
    result_encoding: Encoding = "dialect"
    results: str | None = None
    done: int | None = None
    created_at: int = CREATED_AT
    seconds_per_step: float = 10.0
    hyperparameters: Mapping[str, Any] = {}
    metadata: Mapping[str, str] | None = None
    extra: Mapping[str, Any] = {}

    def __post_init__(self) -> None:
        if not self.name or self.epochs < 1 or self.log_every < 1 or self.total_steps < 0:
            raise UsageError(
                f"the job {self.name!r} has {self.epochs} epochs, {self.total_steps} steps and an event "
                f"every {self.log_every} steps",
                hint="give it a name, at least one epoch and an event every step or more",
            )

    @property
    def last_step(self) -> int:
        """Steps done at the end."""
        return self.total_steps if self.ending.at is None else self.ending.at

    def epoch_of(self, step: int) -> int:
        """Return the epoch, from 1, in which a step lies.

        Examples
        --------
        >>> script = JobScript(name="x", total_steps=30, epochs=3)
        >>> [script.epoch_of(step) for step in (0, 1, 10, 11, 30)]
        [1, 1, 1, 2, 3]
        """
        if self.total_steps == 0:
            return 1
        return max(1, -(-step * self.epochs // self.total_steps))

    def time_at(self, steps: int) -> int:
        """Return the moment at which so many steps are done, in seconds since 1970."""
        return self.created_at + int((steps - VALIDATING) * self.seconds_per_step)
