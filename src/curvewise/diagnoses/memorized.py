"""The diagnosis `memorized`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=50,
    rests_on=("vanishing_training_loss",),
    explains=(
        "generalization_gap",
        "overfitting",
        "rising_validation_loss",
        "unfinished_run",
        "unfinished_learning",
        *WEAK_DATA,
    ),
    kinds=("sft", "dpo"),
)
def memorized(case: Case) -> Diagnosis | None:
    """Training loss is at zero: the model knows its training examples by heart.

    The rest of the training teaches nothing. Whether it still does well on new examples, the training loss
    cannot tell.
    """
    crossed = next((one for one in case.alarms["vanishing_training_loss"].evidence), None)
    return case.diagnosis(
        case.said("Memorized"),
        next=(
            "Train for fewer epochs, or on more and more varied examples.",
            "Compare early checkpoints on examples that were held out.",
        ),
        since=None if crossed is None else crossed.first_step,
        metric="train_loss",
    )
