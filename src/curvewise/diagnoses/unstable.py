"""The diagnosis `unstable`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.model.finding import Finding
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=30,
    rests_on=(
        "jumping_training_loss",
        "loss_spikes",
        "high_learning_rate",
        "oscillating_validation_loss",
        "non_finite_values",
    ),
    explains=(
        "generalization_gap",
        "rising_validation_loss",
        "falling_task_metric",
        "unfinished_learning",
        *WEAK_DATA,
    ),
    kinds=("sft", "dpo"),
    turns={"learning_rate": "down", "batch_size": "up"},
)
def unstable(case: Case) -> Diagnosis | None:
    """The loss jumps about: the steps are too large for the batch that they rest on.

    Single spikes that the training comes back from are a warning; a loss that jumps from row to row, or a
    validation loss that swings from one evaluation to the next, says that any single checkpoint is a lottery.
    A gradient or a loss that is no number now and then is one of a batch, or of float16.
    """
    lost = case.alarms.get("non_finite_values")
    if lost is not None and (lost.status == "problem" or not _of_training(lost)):
        return None
    if set(case.alarms) == {"oscillating_validation_loss"} and (
        case.few_examples
        or (case.alarms["oscillating_validation_loss"].status != "problem" and _of_minibatches(case))
    ):
        return None
    leading = next(iter(case.alarms.values()))
    steps = [one.first_step for one in leading.evidence if one.first_step is not None]
    return case.diagnosis(
        case.said("Unstable"),
        next=(
            "Lower the learning rate by a factor of 3, or raise the batch size.",
            "Look at the examples of the batches where the loss jumps.",
        ),
        since=min(steps, default=None),
        metric=leading.evidence[0].metric if leading.evidence else "",
    )


def _of_training(finding: Finding) -> bool:
    return bool(finding.evidence) and finding.evidence[0].metric in ("grad_norm", "train_loss")


def _of_minibatches(case: Case) -> bool:
    """Whether the validation loss was measured on single minibatches, which scatter by themselves."""
    return case.curve("valid_loss") is not None and case.curve("full_valid_loss") is None
