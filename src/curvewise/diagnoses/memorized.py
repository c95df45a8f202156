"""The diagnosis `memorized`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=50,
    rests_on=("vanishing_training_loss", "generalization_gap", "initial_gap"),
    explains=(
        "overfitting",
        "rising_validation_loss",
        "unfinished_run",
        "unfinished_learning",
        *WEAK_DATA,
    ),
    kinds=("sft", "dpo"),
    turns={"training_length": "down", "data": "up"},
)
def memorized(case: Case) -> Diagnosis | None:
    """The model knows its training examples by heart: their loss is at zero, or far below that of new ones.

    The rest of the training teaches nothing. Whether it still does well on new examples, the training loss
    cannot tell; where validation loss stands still or falls meanwhile, no harm is done yet.
    """
    if "vanishing_training_loss" not in case.alarms and case.few_examples:
        return None
    if set(case.alarms) == {"initial_gap"} and not case.by_heart:
        return None
    crossed = case.evidence("vanishing_training_loss", "")
    return case.diagnosis(
        case.said("Memorized"),
        next=(
            "Train for fewer epochs, or on more and more varied examples.",
            "Compare early checkpoints on examples that were held out.",
        ),
        since=None if crossed is None else crossed.first_step,
        metric="train_loss",
    )
