"""The diagnosis `not_learning`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis

SMALL_GAIN = 0.05
"""Fall of the training loss that may be all there was to learn where little was."""


@diagnosis(
    rank=45,
    rests_on=("stalled_training_loss", "high_losses"),
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
    if case.warns("unfinished_run") and all(one.status == "warning" for one in case.alarms.values()):
        return None
    return case.diagnosis(
        case.said("Not learning"),
        next=(
            "Decode one training batch with its labels, and look whether it is what you meant.",
            "Then try a third and three times the learning rate on a short run.",
        ),
        metric="train_loss",
        certainty="low" if _fell_a_little(case) else "moderate",
        unknown="Wrong labels, a rate that is off and a model too small look alike in one curve.",
    )


def _fell_a_little(case: Case) -> bool:
    """Whether only the level of the losses speaks, and training loss fell by what small gains are too."""
    start = case.evidence("high_losses", "training loss at the start")
    end = case.evidence("high_losses", "final training loss")
    if set(case.alarms) != {"high_losses"} or start is None or end is None:
        return False
    return SMALL_GAIN < 1 - end.value / start.value <= 2 * SMALL_GAIN
