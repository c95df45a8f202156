"""The diagnosis `reward_flat`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=70,
    rests_on=("stalled_reward",),
    explains=WEAK_DATA,
    kinds=("rft",),
)
def reward_flat(case: Case) -> Diagnosis | None:
    """The reward does not rise: the training changes nothing that the grader sees."""
    return case.diagnosis(
        case.said("Reward flat"),
        next=(
            "Read some rollouts with their rewards: does the grader tell better answers from worse?",
            "Then raise the learning rate, or take easier prompts.",
        ),
        metric="train_mean_reward",
    )
