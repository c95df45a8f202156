"""The diagnosis `insufficient_data`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.numbers import significant
from curvewise.plugin import Case, diagnosis


@diagnosis(
    rank=90,
    rests_on=("missing_validation", "few_evaluations"),
    explains=("minibatch_validation", "missing_best_checkpoint"),
)
def insufficient_data(case: Case) -> Diagnosis | None:
    """The log holds too little to judge the run or to choose a checkpoint."""
    missing = case.alarms.get("missing_validation")
    loss = case.curve("train_loss")
    if missing is not None and loss is not None and len(loss.value) > 1:
        summary = (
            f"No validation data: training loss {significant(loss.value[0], 3)} -> "
            f"{significant(loss.value[-1], 3)} alone cannot tell how the model does on new examples."
        )
    else:
        summary = case.said("Too little to judge")
    return case.diagnosis(
        summary,
        next=(
            "Hold out 5 to 10 % of the examples, and evaluate at every saved checkpoint.",
            "For this run, compare its checkpoints on held-out examples by hand.",
        ),
        certainty="moderate",
    )
