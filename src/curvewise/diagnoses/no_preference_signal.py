"""The diagnosis `no_preference_signal`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis

CHECK = "stalled_preference_accuracy"


@diagnosis(
    rank=35,
    rests_on=(CHECK,),
    explains=(
        "stalled_training_loss",
        "high_losses",
        "flat_validation_loss",
        "low_learning_rate",
        "high_learning_rate",
        "unfinished_learning",
        *WEAK_DATA,
    ),
    kinds=("dpo",),
)
def no_preference_signal(case: Case) -> Diagnosis | None:
    """The model cannot tell chosen from rejected answers: the pairs carry no preference to learn.

    Where it learns the training pairs all the same, and validation loss rises, it is `overfit`.
    """
    if case.warns("overfitting") and case.evidence(CHECK, "mean preference accuracy in training"):
        return None
    return case.diagnosis(
        case.said("No preference signal"),
        next=("Read twenty pairs: would you choose the chosen one? Look for swapped or random labels.",),
        metric=next(iter(case.alarms.values())).evidence[0].metric,
        deploy=False,
    )
