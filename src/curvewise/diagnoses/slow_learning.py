"""The diagnosis `slow_learning`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=60,
    rests_on=("low_learning_rate",),
    explains=("unfinished_learning", *WEAK_DATA),
    kinds=("sft", "dpo"),
    turns={"learning_rate": "up"},
)
def slow_learning(case: Case) -> Diagnosis | None:
    """The model learns, but creeps: at its end it is far from where it could be.

    A low learning rate is the usual cause. One curve alone cannot tell it from a task that is slow to learn.
    A loss that falls as straight, and has come down by a fifth, is `unfinished`.
    """
    if case.warns("unfinished_run") or not case.creeps:
        return None
    return case.diagnosis(
        case.said("Slow learning"),
        next=("Try three times the learning rate on a short run, and compare the two.",),
        metric="train_loss",
    )
