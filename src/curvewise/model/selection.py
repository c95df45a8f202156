"""Selection: which checkpoint to deploy, which ones to try, and the table behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from curvewise.model.metric import Direction

Existence = Literal["exists", "gone", "unknown"]
Saved = Literal["yes", "probably", "no", "unknown"]
Role = Literal["best", "peak", "final", "mid", "efficient"]
WORSE = "for comparison only, measurably worse: "
"""What stands before the reason for a candidate that the best one beats."""


class Pick(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint that the selection speaks of.

    Parameters
    ----------
    step
        Training step.
    model
        The name to deploy; None when no checkpoint list tells it.
    existence
        ``exists`` when a checkpoint list holds it, ``unknown`` when the run has no such list.
        A checkpoint that is known to be gone is never picked.
    metric, value
        What it was judged by. The value is an estimate that leans on its neighbours as far as noise
        demands, so that the lowest of many noisy values does not look better than it is.
    better
        Which direction of the metric is better.
    standard_error
        Of that estimate; None when nothing tells it.
    probability
        Of being the best of the checkpoints that there were to choose from; None when it is not known.
    saved, saved_why
        Whether the checkpoint was saved, ``yes`` for certain, ``probably``, ``no`` or ``unknown``; and what
        tells it, empty when nothing does.
    role
        ``best``; or for candidates ``peak``, ``final``, ``mid`` (mid-training), ``efficient``.
    why
        One sentence.
    worse
        Whether it is measurably worse than the best, and offered for comparison only.
    """

    step: int
    model: str | None
    existence: Existence
    metric: str
    value: float | None
    role: Role
    why: str
    better: Direction = "lower"
    standard_error: float | None = None
    probability: float | None = None
    saved: Saved = "unknown"
    saved_why: str = ""
    worse: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the checkpoint table.

    Parameters
    ----------
    step, epoch
        Training step, and the epochs done by then when known.
    model, existence
        As in `Pick`; here a checkpoint may be ``gone``.
    values
        By column; None is "n/a".
    """

    step: int
    epoch: float | None
    model: str | None
    existence: Existence
    values: Mapping[str, float | str | None]


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The choice of checkpoints for one run.

    Parameters
    ----------
    best
        The checkpoint to deploy, or the first to try; None when nothing supports a choice.
    tied
        Checkpoints that the noise cannot tell from `best`.
    candidates
        Two or three checkpoints to evaluate on the real task.
    gone
        Step that was better than `best` by what was logged and has no checkpoint; None when there is none.
    to_keep
        What to set so that the next run keeps such a checkpoint as that of `gone`; empty when nothing tells.
    pareto
        Steps that no other beats in both reward and tokens.
    columns
        Metrics of the table, in order.
    table
        Every checkpoint, or every evaluated step when no checkpoint list is known.
    reason
        Why this choice, or why none.
    """

    best: Pick | None
    tied: tuple[Pick, ...] = ()
    candidates: tuple[Pick, ...] = ()
    gone: int | None = None
    to_keep: str = ""
    pareto: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()
    table: tuple[Row, ...] = ()
    reason: str
