"""The diagnosis `diverged`."""

from __future__ import annotations

from math import isfinite

from curvewise.model.diagnosis import Diagnosis
from curvewise.numbers import significant
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis

CLIMBED = 1.5
"""Highest training loss over the first one from which on it climbed."""


@diagnosis(
    rank=20,
    rests_on=("divergence", "high_learning_rate"),
    explains=(
        "overfitting",
        "rising_validation_loss",
        "falling_task_metric",
        "generalization_gap",
        "high_losses",
        "loss_spikes",
        "oscillating_validation_loss",
        "high_learning_rate",
        "low_learning_rate",
        "stalled_training_loss",
        "unfinished_learning",
        "unfinished_run",
        "flat_validation_loss",
        "initial_gap",
        *WEAK_DATA,
    ),
    kinds=("sft", "dpo"),
    turns={"learning_rate": "down"},
)
def diverged(case: Case) -> Diagnosis | None:
    """The training itself went wrong: its loss rises and does not come back.

    The model that it had is being lost. A learning rate that is too high is the usual cause; a checkpoint
    from before the rise may still be good.
    """
    if "divergence" not in case.alarms and not _climbed(case):
        return None
    return case.diagnosis(
        case.said("Diverged") if "divergence" in case.alarms else _rise(case),
        next=("Train again with a third to a tenth of the learning rate, warm-up and gradient clipping.",),
        since=_since(case),
        metric="train_loss",
    )


def _since(case: Case) -> int | None:
    """Return the step of the lowest loss; the first one where the loss has climbed from there on."""
    if "divergence" not in case.alarms:
        return min(_finite(case), default=(0.0, None))[1]
    for label in ("best validation loss", "lowest training loss", "median / first training loss"):
        if (found := case.evidence("divergence", label)) is not None:
            return found.first_step
    return None


def _finite(case: Case) -> list[tuple[float, int]]:
    """Return the finite values of the training loss, each with its step."""
    curve = case.curve("train_loss")
    known = [] if curve is None else [*zip(curve.value, curve.step, strict=True)]
    return [point for point in known if isfinite(point[0])]


def _rise(case: Case) -> str:
    """Say how far the training loss rose above its lowest value."""
    finite = _finite(case)
    if not finite or min(finite) == finite[-1]:
        return case.said("Diverged")
    (low, step), (end, last) = min(finite), finite[-1]
    start = f"{significant(low, 3)} at step {step:,}"
    return f"Diverged: training loss rose from {start} to {significant(end, 3)} at step {last:,}."


def _climbed(case: Case) -> bool:
    """Whether the training loss ends above where it began, so that all that was learned is lost."""
    highest = case.evidence("high_learning_rate", "highest level / starting loss")
    end = case.evidence("high_learning_rate", "end above the lowest level / whole fall")
    sure = any(one.check == "high_learning_rate" and one.status == "problem" for one in case.alarms.values())
    return sure and highest is not None and end is not None and highest.value >= CLIMBED and end.value >= 1.0
