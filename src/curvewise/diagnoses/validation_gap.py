"""The diagnosis `validation_gap`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=55,
    rests_on=("initial_gap", "generalization_gap"),
    explains=("flat_validation_loss", "unfinished_learning", *WEAK_DATA),
    kinds=("sft", "dpo"),
)
def validation_gap(case: Case) -> Diagnosis | None:
    """Validation loss lies far above training loss, and did not rise to get there.

    From the start on, it says that the validation examples are of another kind than the training examples;
    growing, that the training examples are being learned by heart while the others gain nothing.
    """
    if case.few_examples:
        return None
    return case.diagnosis(
        case.said("Validation gap"),
        next=(
            "Compare a dozen training and validation examples: format, length, source, system prompt.",
            "Draw the validation set from the same data, and a second one from the task itself.",
        ),
        metric="full_valid_loss",
    )
