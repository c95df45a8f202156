"""The diagnosis `no_reward_signal`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=60,
    rests_on=("vanishing_reward_variance",),
    explains=("flat_reward", "stalled_reward", "constant_reward_component", *WEAK_DATA),
    kinds=("rft",),
    turns={"difficulty": "either", "grader_strictness": "down"},
)
def no_reward_signal(case: Case) -> Diagnosis | None:
    """All rollouts of a prompt earn the same, so there is no gradient to learn from."""
    finding = case.alarms["vanishing_reward_variance"]
    return case.diagnosis(
        case.said("No reward signal"),
        next=(finding.advice,),
        deploy=finding.status != "problem",
        metric=next(iter(case.alarms.values())).evidence[0].metric,
    )
