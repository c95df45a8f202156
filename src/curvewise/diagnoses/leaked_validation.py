"""The diagnosis `leaked_validation`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=25,
    rests_on=("validation_leakage",),
    explains=(
        "overfitting",
        "rising_validation_loss",
        "generalization_gap",
        "vanishing_training_loss",
        "initial_gap",
        "flat_validation_loss",
        "unfinished_learning",
        *WEAK_DATA,
    ),
    kinds=("sft",),
)
def leaked_validation(case: Case) -> Diagnosis | None:
    """The validation examples were seen in training, or are much easier: their loss says nothing of new ones.

    Every verdict on validation, and the choice of a checkpoint by it, rests on examples that the model may
    know by heart. A handful of validation examples may well be easier than the rest by chance.
    """
    if case.few_examples:
        return None
    return case.diagnosis(
        case.said("Validation leaks"),
        next=(
            "Look for validation examples, exact or nearly so, among the training data.",
            "Evaluate the checkpoints on examples that were collected apart, and choose by those.",
        ),
        metric="full_valid_loss",
    )
