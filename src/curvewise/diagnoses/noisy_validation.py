"""The diagnosis `noisy_validation`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import Case, diagnosis


@diagnosis(
    rank=70,
    rests_on=("oscillating_validation_loss", "minibatch_validation"),
    explains=("generalization_gap", "rising_validation_loss", "few_evaluations", "missing_best_checkpoint"),
    kinds=("sft", "dpo"),
)
def noisy_validation(case: Case) -> Diagnosis | None:
    """The validation loss scatters so much that it cannot rank the checkpoints.

    Too few validation examples, or a different minibatch at each evaluation, are the usual causes.
    """
    if "oscillating_validation_loss" not in case.alarms and case.is_excerpt:
        return None
    return case.diagnosis(
        case.said("Noisy validation"),
        next=(
            "Evaluate on the whole validation set, and on the same examples each time.",
            "Compare two or three checkpoints on the real task before deploying one.",
        ),
        metric="valid_loss",
    )
