"""The diagnosis `reward_flat`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=70,
    rests_on=("stalled_reward", "constant_reward_component"),
    explains=("unfinished_learning", *WEAK_DATA),
    kinds=("rft",),
    turns={"learning_rate": "up", "difficulty": "down"},
)
def reward_flat(case: Case) -> Diagnosis | None:
    """The reward does not rise, or a part of it never pays: the task is not learned."""
    if "stalled_reward" not in case.alarms:
        return case.diagnosis(
            case.said("Part of the reward flat"),
            next=("Run that part of the grader on a few rollouts by hand: mend it, or take it out.",),
            metric=case.alarms["constant_reward_component"].evidence[0].metric,
        )
    return case.diagnosis(
        case.said("Reward flat"),
        next=(
            "Read some rollouts: are they cut, do all of a group earn alike, does the grader see the answer?",
            "Else raise the learning rate, or begin with easier prompts.",
        ),
        metric=next(iter(case.alarms.values())).evidence[0].metric,
    )
