"""The diagnosis `not_learning`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=45,
    rests_on=("stalled_training_loss", "high_losses", "zero_learning_rate"),
    explains=(
        "low_learning_rate",
        "high_learning_rate",
        "flat_validation_loss",
        "unfinished_learning",
        "loss_spikes",
        "stalled_preference_accuracy",
        "unfinished_run",
        "initial_gap",
        *WEAK_DATA,
    ),
    kinds=("sft", "dpo"),
)
def not_learning(case: Case) -> Diagnosis | None:
    """The model learns nothing: its training loss stands where it began, or where guessing would have it.

    The labels may be wrong or masked, the learning rate off by a factor of ten, or the task beyond the model.
    No checkpoint differs from another. One curve cannot tell these apart; a decoded batch, and a short run at
    another rate, can.
    """
    zero = case.alarms.get("zero_learning_rate")
    if zero is not None and zero.status == "problem":
        return case.diagnosis(
            case.said("Not learning", zero.check),
            next=("Find what sets the rate to 0: the warm-up, the schedule, or skipped optimizer steps.",),
            metric="train_loss",
            certainty="high",
        )
    if set(case.alarms) == {"zero_learning_rate"}:
        return None
    if case.warns("unfinished_run") and all(one.status == "warning" for one in case.alarms.values()):
        return None
    return case.diagnosis(
        case.said("Not learning"),
        next=(
            "Decode one training batch with its labels, and look whether it is what you meant.",
            "Then try a third and three times the learning rate on a short run.",
        ),
        metric="train_loss",
        certainty="moderate",
        unknown="Wrong labels, a rate that is off and a model too small look alike in one curve.",
    )
