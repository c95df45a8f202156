"""The diagnosis `noisy_validation`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import Case, diagnosis


@diagnosis(
    rank=70,
    rests_on=("few_validation_examples", "oscillating_validation_loss", "minibatch_validation"),
    explains=(
        "overfitting",
        "generalization_gap",
        "initial_gap",
        "rising_validation_loss",
        "flat_validation_loss",
        "unfinished_learning",
        "few_evaluations",
        "missing_best_checkpoint",
        "validation_leakage",
    ),
    kinds=("sft", "dpo"),
)
def noisy_validation(case: Case) -> Diagnosis | None:
    """The validation loss scatters so much that it cannot rank the checkpoints.

    Too few validation examples, or a different minibatch at each evaluation, are the usual causes.
    """
    if set(case.alarms) == {"minibatch_validation"} and case.is_excerpt:
        return None
    if case.report.run.metrics.get("full_valid_loss") == 1:
        return None  # one value has no scatter
    if "few_validation_examples" in case.alarms:
        return case.diagnosis(
            case.said("Noisy validation"),
            next=(
                "Validate on a hundred examples or more, and judge the checkpoints again.",
                "Until then, compare two or three of them on the real task.",
            ),
            metric="full_valid_loss",
            severity="warning",
            certainty="moderate",
        )
    return case.diagnosis(
        case.said("Noisy validation"),
        next=(
            "Evaluate on the whole validation set, and on the same examples each time.",
            "Compare two or three checkpoints on the real task before deploying one.",
        ),
        metric="valid_loss",
    )
