"""The diagnosis `grader_errors`."""

from __future__ import annotations

from curvewise.model.diagnosis import Diagnosis
from curvewise.plugin.diagnosis import WEAK_DATA, Case, diagnosis


@diagnosis(
    rank=35,
    rests_on=("grader_errors", "ungraded_rollouts", "sample_parse_errors"),
    explains=("reward_gap", "stalled_reward", "constant_reward_component", *WEAK_DATA),
    kinds=("rft",),
)
def grader_errors(case: Case) -> Diagnosis | None:
    """The grader fails on a part of the rollouts, which then count as failures of the model."""
    return case.diagnosis(
        case.said("Grader errors"),
        next=("Read the errors of the grader, and mend them before you trust the reward.",),
        metric=next(iter(case.alarms.values())).evidence[0].metric,
    )
