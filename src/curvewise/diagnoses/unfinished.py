"""The diagnosis `unfinished`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis

SLIGHT = 0.7
"""Share of its fall that a loss had done halfway from which on a handful of examples may tell it."""


@diagnosis(
    rank=65,
    rests_on=("unfinished_run", "unfinished_learning", "low_learning_rate", "zero_learning_rate"),
    explains=("stalled_training_loss", "high_losses", *WEAK_DATA),
    turns={"training_length": "up"},
)
def unfinished(case: Case) -> Diagnosis | None:
    """The training was cut short: it ended before its plan, or while it still got better."""
    half = case.evidence("low_learning_rate", "share of the fall that was done halfway")
    rests = case.few_examples or case.warns("flat_validation_loss")
    if set(case.alarms) == {"zero_learning_rate"}:
        return case.diagnosis(
            case.said("Unfinished"),
            next=("Train again with a learning rate schedule that is as long as the run.",),
            metric="train_loss",
            certainty="moderate",
        )
    if "unfinished_run" not in case.alarms and case.rests_since is not None:
        return None
    if set(case.alarms) == {"unfinished_learning"} and rests:
        return None
    slight = case.few_examples and half is not None and half.value >= SLIGHT
    if set(case.alarms) == {"low_learning_rate"} and (case.creeps or slight):
        return None
    cut = case.is_stretch or any(map(case.warns, WEAK_DATA))
    if set(case.alarms) == {"unfinished_run"} and case.is_excerpt and cut:
        return None
    return case.diagnosis(
        case.said("Unfinished", "unfinished_run" if "unfinished_run" in case.alarms else None),
        next=(
            "Resume the run, or train longer with a learning rate schedule of that length."
            if "unfinished_run" not in case.alarms or "unfinished_learning" in case.alarms
            else "Find out why it stopped, and resume it.",
        ),
        metric="full_valid_loss" if "unfinished_learning" in case.alarms else "",
        certainty="high" if "unfinished_run" in case.alarms else "low",
    )
