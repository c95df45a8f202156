"""The diagnosis `validation_gap`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import GONE, WEAK_DATA, Case, diagnosis

DOUBLE = 2.0
"""Times its lowest value to which a validation loss rises that tells more than the gap before."""


@diagnosis(
    rank=35,
    rests_on=("initial_gap",),
    explains=(
        "generalization_gap",
        "overfitting",
        "rising_validation_loss",
        "flat_validation_loss",
        "unfinished_learning",
        *WEAK_DATA,
    ),
    kinds=("sft", "dpo"),
)
def validation_gap(case: Case) -> Diagnosis | None:
    """Validation loss lies far above training loss from the start on.

    The validation examples are of another kind than the training examples. A validation loss that rises
    afterwards is a part of it: what the model learns takes it away from them.

    In a training set of copies the same picture is made within the first epoch. It is taken for that when
    validation began where training did, or was measured on minibatches, and training loss fell to less than
    a half. Where validation loss doubles while training loss goes to next to nothing, the rise is the story.
    """
    if case.few_examples or case.by_heart or _doubles(case):
        return None
    return case.diagnosis(
        case.said("Validation gap"),
        next=(
            "Compare a dozen training and validation examples: format, length, source, system prompt.",
            "Draw the validation set from the same data, and a second one from the task itself.",
        ),
        metric="full_valid_loss",
        certainty="moderate",
    )


def _doubles(case: Case) -> bool:
    """Whether validation loss doubles while training loss goes to next to nothing."""
    best = case.evidence("overfitting", "best validation loss")
    final = case.evidence("overfitting", "final validation loss")
    start = case.evidence("initial_gap", "training loss at the start")
    end = case.evidence("initial_gap", "training loss at the end")
    if best is None or final is None or start is None or end is None:
        return False
    return final.value > DOUBLE * best.value and end.value < GONE * start.value
